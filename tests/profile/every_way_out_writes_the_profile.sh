#!/bin/sh
# SPDX-License-Identifier: MIT
# Whatever ends a run, the profile, its stacks and the coverage are written.
# usage: every_way_out_writes_the_profile.sh MICROVM GUESTS
set -u
microvm=$1 guests=$2
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
failed=0

"$microvm" run "$guests/passes.elf" --coverage "$work/c" 2>&1 | grep -q 'without libdw' && { echo 'left out: there is no libdw'; exit 77; }

# check NAME STATUS EXPECTED: what a run has left behind.
check() {
    [ "$2" -eq "$3" ] || { echo "$1: exit status $2, not $3"; failed=1; }
    grep -q '^microvm profile: [1-9]' "$work/p" || { echo "$1: no profile"; failed=1; }
    grep -q '^M;_start' "$work/p.folded" || { echo "$1: no stacks"; failed=1; }
    grep -q '^end_of_record' "$work/c" || { echo "$1: no coverage"; failed=1; }
    rm -f "$work/p" "$work/p.folded" "$work/c"
}

# ends NAME STATUS GUEST OPTION...
ends() {
    name=$1 expected=$2 guest=$3
    shift 3
    "$microvm" run "$guests/$guest.elf" --profile="$work/p" --coverage "$work/c" "$@" >"$work/said" 2>&1 </dev/null
    check "$name" $? "$expected"
}
ends 'power off' 0 passes
ends 'failure' 7 fails
ends 'reset' 123 resets --no-reboot
ends 'budget' 122 spins --max-insns 300000
ends 'timeout' 124 spins --timeout-secs 0.2

# The guest says that it runs before it is sent the signal. (A shell has what it starts in the background ignore SIGINT.)
for signal in TERM:15 INT:2 HUP:1; do
    mkfifo "$work/out"
    perl -e '$SIG{INT} = "DEFAULT"; exec @ARGV' "$microvm" run "$guests/spins.elf" --profile="$work/p" \
        --coverage "$work/c" >"$work/out" 2>"$work/said" </dev/null &
    vm=$!
    head -c 1 <"$work/out" >"$work/first"
    kill -s ${signal%:*} $vm
    wait $vm
    check "SIG${signal%:*}" $? $((128 + ${signal#*:}))
    rm -f "$work/out"
done
exit $failed
