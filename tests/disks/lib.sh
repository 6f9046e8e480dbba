# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What these tests share; sourced with the command under test as $1 and the guest that fills its disk as $2.
set -euo pipefail
microvm=$1 guest=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

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

# says TEXT: it was said on standard error.
says() {
    grep -qF -- "$1" "$work/err" || fail "nothing of '$1'"
}

# What the guest makes of a disk of 1 MiB.
full_image() {
    truncate -s 1M "$1"
    run 0 "$guest" --disk "$1"
}
