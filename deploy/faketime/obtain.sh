#!/bin/sh
# Finds the faketime of `make test-dates`, or installs Debian's where that is allowed.
# Never fails: without faketime those tests are left out, and the run says so.
set -u

cd "$(dirname "$0")/../.." || exit 1

usable() {
    command -v faketime >/dev/null 2>&1
}

if ! usable && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    set -- -q -y -o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30
    sh deploy/step.sh .make/apt-update.log "更新软件源 (apt-get update)" apt-get "$@" update
    sh deploy/step.sh .make/apt-faketime.log "安装 faketime (apt-get install)" \
        apt-get "$@" --no-install-recommends install faketime
fi
exit 0
