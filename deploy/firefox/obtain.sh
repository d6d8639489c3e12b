#!/bin/sh
# Finds the Firefox of the browser tests, or installs Debian's where that is allowed; with
# `driver` also builds geckodriver, once, into a cache outside the tree: no Debian package has it.
# Never fails: without them those tests are left out, and the last lines of the run say so.
#   sh deploy/firefox/obtain.sh [driver]
set -u

version=0.37.1
cache=${XDG_CACHE_HOME:-$HOME/.cache}/inspect-server/geckodriver

cd "$(dirname "$0")/../.." || exit 1

has_browser() {
    command -v firefox-esr >/dev/null 2>&1 || command -v firefox >/dev/null 2>&1
}

has_driver() {
    command -v geckodriver >/dev/null 2>&1 || [ -x "$cache/bin/geckodriver" ]
}

install_browser() {
    export DEBIAN_FRONTEND=noninteractive
    set -- -q -y -o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30
    sh deploy/step.sh .make/apt-update.log "更新软件源 (apt-get update)" apt-get "$@" update
    sh deploy/step.sh .make/apt-firefox.log "安装 Firefox ESR (apt-get install)" \
        apt-get "$@" --no-install-recommends install firefox-esr
}

build_driver() {
    # The optimised build takes three times as long and drives no faster. The compiled parts are
    # not kept, only the program.
    fresh=$cache/.building.$$
    mkdir -p "$fresh" || return
    trap 'rm -rf "$fresh"' EXIT
    sh deploy/step.sh .make/geckodriver.log "构建 geckodriver，首次约 2–4 分钟 (building geckodriver)" \
        env CARGO_TARGET_DIR="$fresh/target" CARGO_PROFILE_DEV_DEBUG=0 CARGO_PROFILE_DEV_STRIP=symbols \
        nice cargo install --debug --locked --no-track --root "$fresh" "geckodriver@$version" &&
        mkdir -p "$cache/bin" && mv -f "$fresh/bin/geckodriver" "$cache/bin/geckodriver"
}

if ! has_browser && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    install_browser
fi
if [ "${1:-}" = driver ] && ! has_driver && command -v cargo >/dev/null 2>&1; then
    build_driver
fi
if ! has_browser; then
    printf 'Firefox 测试 NOT RUN：没有 Firefox，也无法自行安装（需要 root 和 apt）。 (no Firefox here and no way to install it)\n'
elif ! has_driver; then
    printf 'Firefox 测试 NOT RUN：没有 geckodriver；有 cargo 时 make geckodriver 可构建。 (no geckodriver: make geckodriver builds it where there is cargo)\n'
fi
exit 0
