#!/bin/sh
# SPDX-License-Identifier: MIT
# A profile that could not be written, coverage without debug information and bad symbol files end the command before the guest
# runs: exit status 125, one line.
# usage: what_cannot_be_written_is_refused_at_the_start.sh MICROVM GUESTS
set -u
microvm=$1 guest=$2/passes.elf
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
failed=0
refused() {
    said=$("$microvm" run "$@" 2>&1 </dev/null)
    status=$?
    [ "$status" -eq 125 ] && [ "$(printf '%s\n' "$said" | wc -l)" -eq 1 ] && return
    echo "microvm run $*: exit status $status: $said"
    failed=1
}
printf '\157\000\000\000' >"$work/raw"
head -c 2000 "$guest" >"$work/short"
refused "$guest" --profile="$work/nowhere/p"
refused "$guest" --coverage "$work/nowhere/c"
refused "$guest" --coverage "$work"
refused "$work/raw" --load-addr 0x80000000 --coverage "$work/c"
refused "$guest" --symbols "$work/nothing"
refused "$guest" --symbols "$work/short"
refused "$guest" --symbols "$work/raw"
refused "$guest" --symbols "$guest@0xg"
refused "$guest" --symbols "$work"
exit $failed
