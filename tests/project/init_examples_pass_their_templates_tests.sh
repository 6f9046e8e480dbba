#!/bin/sh
# SPDX-License-Identifier: MIT
# Each kernel that microvm run --example LIST names does what the test of the template of that name wants, and run starts it with the options
# that it needs; a template in C that wants no file is among them.
# usage: init_examples_pass_their_templates_tests.sh MICROVM
set -u
microvm=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
failed=0
"$microvm" run --example LIST | sed 's/ .*//' >"$work/examples"
grep -v '^#' "$root/starter-kit/list" | while IFS='|' read -r name folder _ options _; do
    case $options in *disk* | *initrd*) continue ;; esac
    folder=$(echo "$folder" | tr -d ' ')
    [ -e "$root/starter-kit/$folder/entry.S" ] && echo "$name" | tr -d ' '
done | diff - "$work/examples" || { echo "LIST names other examples"; failed=1; }
[ "$("$microvm" run --example list)" = "$("$microvm" run --example LIST)" ] || { echo "list is not LIST"; failed=1; }
while read -r name; do
    sed "s/^kernel = .*/example = $name/" "$root/starter-kit/project/$name/kernel.test" >"$work/$name.test"
    "$microvm" test "$work/$name.test" --recordings none >"$work/out" 2>&1 || { cat "$work/out"; failed=1; }
    printf q | "$microvm" run --example "$name" --clock virtual --max-insns 2000000000 >"$work/out" 2>"$work/err"
    status=$?
    [ "$status" -eq 0 ] && [ -s "$work/out" ] && [ ! -s "$work/err" ] || { echo "$name: status $status"; cat "$work/err"; failed=1; }
done <"$work/examples"
exit $failed
