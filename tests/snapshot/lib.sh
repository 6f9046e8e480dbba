# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What these tests share; sourced with the command under test as $1.
set -euo pipefail
microvm=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Runs for 40,148,430 steps and powers off.
guest=(--example minimal-kernel --clock virtual --memory 16)

fail() {
    echo "$0: $*" >&2
    [[ ! -f $work/err ]] || cat "$work/err" >&2
    exit 1
}

# run STATUS OPTION...: what it says stands in $work/out and $work/err.
run() {
    local want=$1 status=0
    shift
    timeout 60 "$microvm" run "$@" </dev/null >"$work/out" 2>"$work/err" || status=$?
    [[ $status == "$want" ]] || fail "status $status, not $want: run $*"
}

# refuse TEXT OPTION...: one line, which holds the text, and nothing of a run.
refuse() {
    local text=$1
    shift
    run 125 "$@"
    [[ $(wc -l <"$work/err") == 1 && ! -s $work/out ]] || fail "more than a line: run $*"
    grep -qF -- "$text" "$work/err" || fail "nothing of '$text': run $*"
}

# The step at which a snapshot was saved.
step_of() {
    "$microvm" inspect "$1" | sed -n 's/^steps \([0-9]*\),.*/\1/p'
}

digest() {
    sed -n 's/.*state digest //p' "$work/err"
}
