#!/bin/sh
# Finds the WebKitGTK of the tests in Safari's engine, or installs Debian's where that is allowed.
# Never fails: without it those tests are left out, and the last lines of the run say so.
set -u

cd "$(dirname "$0")/../.." || exit 1

usable() {
    command -v WebKitWebDriver >/dev/null 2>&1 && command -v Xvfb >/dev/null 2>&1 &&
        /usr/bin/python3 tests/e2e/engines/webkit_window.py --check 2>/dev/null
}

if ! usable && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    set -- -q -y -o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30
    sh deploy/step.sh .make/apt-update.log "更新软件源 (apt-get update)" apt-get "$@" update
    sh deploy/step.sh .make/apt-webkit.log "安装 WebKitGTK (apt-get install)" apt-get "$@" \
        --no-install-recommends install webkit2gtk-driver xvfb python3-gi gir1.2-webkit2-4.1
fi
if ! usable; then
    printf 'WebKit 测试 NOT RUN：没有 WebKitGTK，也无法自行安装（需要 root 和 apt）。 (no WebKitGTK here and no way to install it)\n'
fi
exit 0
