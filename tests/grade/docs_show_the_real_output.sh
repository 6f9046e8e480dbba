#!/bin/sh
# SPDX-License-Identifier: MIT
# The example class in docs/grading.md is starter-kit/class.test, and what stands behind its command is what that prints (guest
# times apart, which depend on the compiler of the kernel). The tables of the page name every key and option.
# usage: docs_show_the_real_output.sh MICROVM GUESTS
set -u
microvm=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
page=$root/docs/grading.md
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
failed=0

awk '/^# What the example/ { inside = 1 } /^```$/ { inside = 0 } inside' "$page" | diff - "$root/starter-kit/class.test" || failed=1

ln -s "$root/starter-kit" "$work/starter-kit"
cd "$work" || exit 125
"$microvm" test starter-kit/class.test >"$work/out"
[ $? -eq 1 ] || failed=1
cd "$root" || exit 125
without_times() { sed 's/([0-9.]* s)/(T s)/' "$@"; }
awk '/^\$ microvm test starter-kit/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$page" | grep -v '^ *\.\.\.$' >"$work/shown"
[ "$(wc -l <"$work/shown")" -ge 10 ] || { echo "the page shows no output"; failed=1; }
without_times "$work/out" >"$work/real"
without_times "$work/shown" | while IFS= read -r line; do
    grep -qFx -- "$line" "$work/real" || { echo "not printed: $line"; exit 1; }
done || failed=1

for key in $(sed -n 's/^    {"\([a-z-]*\)", \(true\|false\), .*/\1/p' src/grade/spec_key.c) \
    $(grep -o '{"[a-z-]*", GRADE_VALUE' src/cli/test_options.c | cut -d'"' -f2); do
    grep -q "^|.*\`$key[\` ]" "$page" || { echo "no row for $key"; failed=1; }
done
for option in $(sed -n '/^static const struct flag flags/,/^};/p' src/cli/test.c | grep -o '{"[a-z]*"' | cut -d'"' -f2); do
    grep -q "^| \`--$option" "$page" || { echo "no row for --$option"; failed=1; }
    "$microvm" help test | tr '\n' ' ' | grep -q -- "--$option" || { echo "help test does not name --$option"; failed=1; }
done
exit $failed
