#!/bin/sh
# Finds a MinIO server to test on, or builds one with Go, once, into a cache outside the tree.
# MinIO ships no binaries any more, and its release tags are not Go versions: so the version is
# the pseudo-version of a commit.
#   sh deploy/minio/obtain.sh      exit code 0: a server exists, the last line names it
set -u

version=v0.0.0-20260212201848-7aac2a2c5b7c
cache=${XDG_CACHE_HOME:-$HOME/.cache}/inspect-server/minio

refuse() {
    printf 'make minio: %s\n' "$1" >&2
    exit 1
}

found() {
    printf 'MinIO: %s\n' "$1"
    exit 0
}

is_pinned() {
    # Without Go the version cannot be read, and no other build can be made: use it.
    ! command -v go >/dev/null 2>&1 || go version -m "$1" 2>/dev/null | grep -q "$version"
}

cd "$(dirname "$0")/../.." || exit 1

if [ -n "${INSPECT_TEST_S3_ENDPOINT_URL:-}" ]; then
    found "$INSPECT_TEST_S3_ENDPOINT_URL (INSPECT_TEST_S3_ENDPOINT_URL)"
fi
if program=$(command -v minio); then
    found "$program"
fi
if [ -x "$cache/minio" ] && is_pinned "$cache/minio"; then
    found "$cache/minio"
fi
command -v go >/dev/null 2>&1 ||
    refuse "没有 MinIO，也没有 Go 可用来构建；请安装 Go 1.24 或更新版本，或用 Docker：docker compose -f deploy/minio/compose.yaml up -d。 (no MinIO here and no Go to build it: install Go 1.24 or newer, or use Docker with deploy/minio/compose.yaml)"

fresh=$cache/.building.$$
mkdir -p "$fresh" || refuse "无法写入 $cache (cannot write there)"
trap 'rm -rf "$fresh"' EXIT
# GOFLAGS of the user's own projects (such as -mod=vendor) must not apply here. GOPROXY and the
# module cache are the user's. GOTOOLCHAIN=local: a Go that is too old fails at once, instead of
# downloading another.
if ! sh deploy/step.sh .make/minio.log "构建 MinIO，首次约 5–15 分钟 (building MinIO)" \
    env GOFLAGS= CGO_ENABLED=0 GOTOOLCHAIN=local GOBIN="$fresh" \
    nice go install -trimpath -ldflags "-s -w" "github.com/minio/minio@$version"; then
    refuse "MinIO 没有构建成功，日志在 .make/minio.log；也可以用 Docker：docker compose -f deploy/minio/compose.yaml up -d。 (the build failed, see .make/minio.log; or use Docker)"
fi
mv -f "$fresh/minio" "$cache/minio" || refuse "无法写入 $cache (cannot write there)"
found "$cache/minio"
