#!/bin/sh
# SPDX-License-Identifier: MIT
# The exact profile of the kernel: counts that follow from its source, by symbol, kind, mode and trap, and the same from both
# engines and from every run.
# usage: exact_profile_counts_each_instruction.sh MICROVM GUESTS
set -u
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
failed=0
"$1" run "$2/passes.elf" --profile-exact --console none -v 2>"$work/said" || exit 1
sed '/^microvm: /d' "$work/said" >"$work/tail"
"$1" run "$2/passes.elf" --profile-exact --console none --engine switch 2>"$work/switch" || exit 1
cmp "$work/tail" "$work/switch" || failed=1

# Steps are instructions and traps: there is one trap.
steps=$(sed -n 's/^microvm: \([0-9]*\) instructions$/\1/p' "$work/said")
grep -q "^microvm profile: $((steps - 1)) instructions, each of them counted\$" "$work/tail" || { head -1 "$work/tail"; failed=1; }
part() {
    sed -n "/^$1\$/,/^\$/p" "$work/tail"
}
part 'instructions by mode' | grep -q "100.00% *$((steps - 1))  M\$" || { part 'instructions by mode'; failed=1; }
part exceptions | grep -q '^ *1  load access fault$' || { part exceptions; failed=1; }
line='  .*kernel.c:'
"$1" run "$2/passes.elf" --coverage "$work/c" --console none 2>&1 | grep -q 'without libdw' && line=
part 'hottest places' | grep -q "^ *[0-9.]*% *3000  .*(twice+0x0)$line" || { part 'hottest places'; failed=1; }
for name in sum twice main _start load_nowhere; do
    part 'by symbol' | grep -q "^ *[0-9.]*% *[0-9]*  $name\\(  \\|\$\\)" || { echo "no symbol $name"; failed=1; }
done
part 'by symbol' | grep -q ' never ' && { echo 'never was executed'; failed=1; }
all=$(part 'by symbol' | awk '$1 ~ /%$/ {all += $2} END {print all}')
[ "$all" = "$((steps - 1))" ] || { echo "symbols add up to $all"; failed=1; }
all=$(part 'kinds of instructions' | awk '$1 ~ /%$/ {all += $2} END {print all}')
[ "$all" = "$((steps - 1))" ] || { echo "kinds add up to $all"; failed=1; }
exit $failed
