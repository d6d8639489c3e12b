#!/bin/sh
# Builds the pages of the phone, the console and the API browser, only when a source file changed.
set -eu

cd "$(dirname "$0")/.."
sh deploy/need.sh node
mkdir -p .make

# Compared by content: a checkout changes file times without changing the lock file.
if ! cmp -s web/package-lock.json web/node_modules/.installed; then
    sh deploy/step.sh .make/npm-ci.log "安装网页构建工具 (npm ci)" npm --prefix web ci --no-audit --no-fund
    cp web/package-lock.json web/node_modules/.installed
fi

stale=
for page in field console apidocs; do
    [ -f "inspect_server/static/$page/index.html" ] || stale=$page
done
if [ ! -f .make/pages ] || [ -n "$stale" ] ||
    [ -n "$(find web -name node_modules -prune -o -newer .make/pages -print | head -n 1)" ]; then
    rm -f .make/pages
    # Time taken before the build: a file edited while it runs is built next time.
    : >.make/pages.begun
    sh deploy/step.sh .make/npm-build.log "构建网页 (web pages)" npm --prefix web run build
    mv .make/pages.begun .make/pages
fi
