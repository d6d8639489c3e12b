#!/bin/sh
# Finds a Chromium for the browser tests, or installs Debian's where that is allowed.
# Never fails: without a Chromium the tests are left out, and the last lines of the run say so.
set -u

usable() {
    for name in ${INSPECT_TEST_CHROMIUM:-chromium chromium-browser google-chrome}; do
        # Ubuntu's chromium-browser may be a script that only refers to a snap.
        program=$(command -v "$name") && "$program" --version >/dev/null 2>&1 && return
    done
    return 1
}

has_chinese() {
    ! command -v fc-list >/dev/null 2>&1 || [ -n "$(fc-list :lang=zh family 2>/dev/null | head -n 1)" ]
}

may_install() {
    [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1
}

install() {
    export DEBIAN_FRONTEND=noninteractive
    set -- -o Acquire::Retries=2 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 "$@"
    sh deploy/step.sh .make/apt-update.log "更新软件源 (apt-get update)" apt-get -q update
    sh deploy/step.sh .make/apt-install.log "安装 Chromium 和中文字体 (apt-get install)" \
        apt-get -q -y --no-install-recommends install "$@"
}

cd "$(dirname "$0")/../.." || exit 1

if usable && has_chinese; then
    exit 0
fi
if may_install; then
    install chromium fonts-noto-cjk || true
fi
if ! usable; then
    printf '浏览器测试 NOT RUN：没有 Chromium，也无法自行安装（需要 root 和 apt）；请安装 chromium。 (no Chromium here and no way to install it)\n'
elif ! has_chinese; then
    printf '没有中文字体，截图里的汉字会是方框；请安装 fonts-noto-cjk。 (no Chinese font: screenshots will show boxes)\n'
fi
exit 0
