#!/bin/sh
# Runs one long command without its output: prints a sentence, a dot every two seconds, and the end
# of the log when the command fails.
#   sh deploy/step.sh LOG SENTENCE COMMAND [ARGUMENT…]
set -u

log=$1
sentence=$2
shift 2

mkdir -p "$(dirname "$log")" || exit 1
printf '%s …' "$sentence"
# The command stays in the foreground, so that Ctrl-C reaches it; only the dots run in the background.
(while sleep 2; do printf .; done) &
dots=$!
trap 'kill "$dots" 2>/dev/null' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

began=$(date +%s)
"$@" >"$log" 2>&1
status=$?
if [ "$status" -eq 0 ]; then
    printf ' %d 秒\n' $(($(date +%s) - began))
else
    printf ' 失败 (failed)\n\n' && tail -n 25 "$log" >&2
    printf '\nmake: 这一步没有成功，完整日志在 %s (this step failed, the whole log is there)\n' "$log" >&2
fi
exit "$status"
