#!/bin/sh
# SPDX-License-Identifier: MIT
# Each kernel that microvm run --example LIST names does what the test of the template of that name wants, and run starts it with the options
# that starter-kit/list names, once what is to be typed before is typed; every template in C is among them.
# usage: init_examples_pass_their_templates_tests.sh MICROVM
set -u
microvm=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
failed=0
mkdir "$work/bin" && ln -s "$microvm" "$work/bin/microvm"
PATH=$work/bin:$PATH
microvm run --example LIST | sed 's/ .*//' >"$work/examples"
[ "$(microvm run --example list)" = "$(microvm run --example LIST)" ] || { echo "list is not LIST"; failed=1; }

# column N NAME: that column of its row of starter-kit/list, without blanks around it.
column() {
    awk -F'|' -v n="$1" -v name="$2" '{ id = $1; gsub(/ /, "", id) } id == name { gsub(/^ +| +$/, "", $n); print $n }' "$root/starter-kit/list"
}

grep -v '^#' "$root/starter-kit/list" | sed 's/ .*//' | while read -r name; do
    [ -e "$root/starter-kit/$(column 2 "$name")/entry.S" ] && echo "$name"
done | diff - "$work/examples" || { echo "LIST names other examples"; failed=1; }

while read -r name; do
    microvm init "$work/$name" --template "$name" >"$work/out" 2>&1 && cd "$work/$name" || { cat "$work/out"; exit 1; }
    sh -c "$(column 5 "$name")" </dev/null >"$work/out" 2>&1 || { cat "$work/out"; failed=1; }
    sed -i "s/^kernel = .*/example = $name/" kernel.test
    microvm test kernel.test --recordings none >"$work/out" 2>&1 </dev/null || { cat "$work/out"; failed=1; }
    # shellcheck disable=SC2046 # the options are words
    printf 'quit\r' | microvm run --example "$name" $(column 4 "$name") --clock virtual --max-insns 2000000000 >"$work/out" 2>"$work/err"
    status=$?
    [ "$status" -eq 0 ] && [ -s "$work/out" ] && [ ! -s "$work/err" ] || { echo "$name: status $status"; cat "$work/err"; failed=1; }
done <"$work/examples"
exit $failed
