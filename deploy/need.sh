#!/bin/sh
# Checks that this machine has the programs that `make` needs; prints one sentence if not.
#   sh deploy/need.sh python   prints the Python that will be used (PYTHON=… chooses another)
#   sh deploy/need.sh node
set -u

refuse() {
    printf 'make: %s\n' "$1" >&2
    exit 1
}

new_enough='import sys; sys.exit(sys.version_info < (3, 11))'

find_python() {
    for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        program=$(command -v "$name") || continue
        "$program" -c "$new_enough" >/dev/null 2>&1 || continue
        "$program" -c 'import ensurepip, venv' >/dev/null 2>&1 ||
            refuse "$program 缺少 venv 模块，请安装后重试，例如 apt install python3-venv。 ($program has no venv module: install it, for example: apt install python3-venv)"
        printf '%s\n' "$program"
        return
    done
    refuse "需要 Python 3.11 或更新版本，请先安装，或用 PYTHON=路径 指定。 (Python 3.11 or newer is needed: install it, or name it by PYTHON=path)"
}

need_node() {
    for name in node npm; do
        command -v "$name" >/dev/null 2>&1 ||
            refuse "找不到 $name：构建网页需要 Node.js 20.19 或更新版本，请先安装。 ($name was not found: Node.js 20.19 or newer builds the web pages, please install it)"
    done
    node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
        refuse "Node.js $(node --version) 太旧，构建网页需要 20.19 或更新版本。 (this Node.js is too old: 20.19 or newer is needed)"
}

case ${1:-} in
python) find_python ;;
node) need_node ;;
*) refuse "usage: sh deploy/need.sh python|node" ;;
esac
