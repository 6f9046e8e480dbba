#!/bin/sh
# SPDX-License-Identifier: MIT
# Sampled profiles: nearly all of the kernel's stacks begin at _start and lead through its calls, by frame pointers and, where
# there are none, by call frame information (if microvm can read it, as it needs to for --coverage); symbols have about the shares that
# exact counts give them; every run gives the same, and the guest's state is what it is without a profile.
# usage: sampled_stacks_lead_from_the_start.sh MICROVM GUESTS
set -u
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
failed=0
run() {
    "$1" run "$2/spins.elf" --console none --clock virtual --max-insns 100000000 -v -v "$3" 2>"$work/said"
    [ $? -eq 122 ] || { echo "the budget did not end it"; exit 1; }
    grep 'state digest' "$work/said"
}
plain=$(run "$1" "$2" --no-reboot)
[ -n "$plain" ] || { echo "no digest"; failed=1; }
[ "$(run "$1" "$2" "--profile=$work/first")" = "$plain" ] || { echo "a profile changes the run"; failed=1; }
[ "$(run "$1" "$2" "--profile=$work/second")" = "$plain" ] || { echo "a profile changes the run"; failed=1; }
[ "$(run "$1" "$2" --profile-exact)" = "$plain" ] || { echo "counting changes the run"; failed=1; }
sed '/^microvm: /d' "$work/said" >"$work/exact"
cmp "$work/first" "$work/second" || failed=1
cmp "$work/first.folded" "$work/second.folded" || failed=1

share() {
    sed -n '/^by symbol$/,/^$/p' "$1" | awk -v name="$2" '$3 == name {print int($1 + 0.5)}'
}
for name in sum twice; do
    apart=$(($(share "$work/first" $name) - $(share "$work/exact" $name)))
    [ $apart -ge -4 ] && [ $apart -le 4 ] || { echo "$name: $apart % more than counted"; failed=1; }
done
grep -Ev '^[A-Za-z_]+(;[A-Za-z_]+)* [0-9]+$' "$work/first.folded" && { echo "not as flamegraph.pl reads it"; failed=1; }
lead() {
    awk '{all += $2} $1 ~ /^M;_start;main;sum(;twice)?$/ {good += $2} END {exit good * 100 < all * 97}' "$1" ||
        { cat "$1"; failed=1; }
}
lead "$work/first.folded"
"$1" run "$2/optimised.elf" --console none --clock virtual --max-insns 100000000 --coverage "$work/c" \
    --profile="$work/optimised" 2>"$work/said"
grep -q 'without libdw' "$work/said" || lead "$work/optimised.folded"
exit $failed
