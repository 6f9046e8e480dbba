#!/bin/sh
# SPDX-License-Identifier: MIT
# The comment behind each line of the kernel says how often it is executed: so does --coverage, for these lines and functions,
# under both engines, in a file that lcov accepts if it is there.
# usage: coverage_counts_each_line.sh MICROVM GUESTS
set -u
source=$(cd "$(dirname "$0")" && pwd)/guests/kernel.c
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
failed=0
said=$("$1" run "$2/passes.elf" --coverage "$work/tail" --console none 2>&1) || {
    echo "$said"
    echo "$said" | grep -q 'without libdw' && exit 77
    exit 1
}
"$1" run "$2/passes.elf" --coverage "$work/switch" --console none --engine switch || exit 1
cmp "$work/tail" "$work/switch" || failed=1

sed -n '/^SF:.*kernel\.c$/,/^end_of_record/p' "$work/tail" >"$work/kernel"
grep -n '/\* [0-9]* \*/$' "$source" | sed 's|^\([0-9]*\):.*/\* \([0-9]*\) \*/$|DA:\1,\2|' >"$work/expected"
[ "$(wc -l <"$work/expected")" -gt 20 ] || { echo "the source says too little"; failed=1; }
grep '^DA:' "$work/kernel" | while IFS= read -r line; do
    number=${line#DA:}
    grep -q "^DA:${number%%,*}," "$work/expected" && echo "$line"
done >"$work/found"
diff "$work/expected" "$work/found" || failed=1

for line in "SF:$source" FNDA:3000,twice FNDA:3,sum FNDA:0,never FNDA:1,main FNF:4 FNH:3; do
    grep -q "^$line\$" "$work/kernel" || { echo "no line $line"; failed=1; }
done
[ "$(grep -c '^DA:' "$work/kernel")" = "$(sed -n 's/^LF://p' "$work/kernel")" ] || { echo "LF is wrong"; failed=1; }
[ "$(grep -c '^DA:.*,0$' "$work/kernel")" -gt 3 ] || { echo "nothing is left out"; failed=1; }
if command -v lcov >/dev/null; then
    lcov --summary "$work/tail" >"$work/summary" 2>&1 || { cat "$work/summary"; failed=1; }
    grep -q 'lines.*: [0-9]' "$work/summary" || { cat "$work/summary"; failed=1; }
fi
exit $failed
