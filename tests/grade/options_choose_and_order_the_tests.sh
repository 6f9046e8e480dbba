#!/bin/sh
# SPDX-License-Identifier: MIT
# --only, --tag and --list choose by name and tag; results stand in the order of the specs, however long each takes; --kernel takes
# the place of every kernel.
# usage: options_choose_and_order_the_tests.sh MICROVM GUESTS
set -u
microvm=$1
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
failed=0
cp "$2"/*.elf "$work"
cd "$work" || exit 125
printf '[test long one]\nkernel = turns.elf\nmax-insns = 60_000_000\nexit = budget\ntags = slow, a\n[test short]\nkernel = hello.elf\ntags = a b\n' >one.test
printf '[test last]\nkernel = panics.elf\nexit = fail\n' >two.test

# names WANTED WORD...: the names of the tests that microvm test WORD... runs, in their order.
names() {
    wanted=$1
    shift
    got=$("$microvm" test --format tap "$@" | sed -n 's/^ok [0-9]* - //p' | tr '\n' ';')
    [ "$got" = "$wanted" ] && return
    echo "options_choose_and_order_the_tests: $*: '$got' instead of '$wanted'" >&2
    failed=1
}

names 'long one;short;last;' --jobs 4 one.test two.test
names 'last;long one;short;' --jobs 4 two.test one.test
names 'last;long one;short;' --jobs 1 two.test -- one.test
names 'short;' --only short one.test two.test
names 'long one;last;' --only 'l*' one.test two.test
names 'short;last;' --only '?hort' --only=last one.test two.test
names 'long one;short;' --tag a one.test two.test
names 'short;' --tag b one.test two.test
names 'long one;' --tag slow --tag none --only '*' one.test two.test
names 'short;' --tag a --shard 2/2 one.test two.test
[ "$("$microvm" test --list --tag a one.test two.test)" = "one.test: long one  [slow a]
one.test: short  [a b]" ] || { echo "--list lists otherwise" >&2; failed=1; }

mkdir sub
printf '[test a]\nkernel = no.elf\n[test b]\nexample = minimal-kernel\n' >sub/all.test
"$microvm" test --kernel hello.elf sub/all.test >/dev/null || { echo "--kernel is not taken" >&2; failed=1; }
"$microvm" test --kernel no.elf sub/all.test >/dev/null
[ $? -eq 125 ] || { echo "a missing --kernel is not 125" >&2; failed=1; }

"$microvm" test --format junit=x.xml --format json=x.json one.test | grep -q '^2 of 2 passed$' || { echo "no text beside files" >&2; failed=1; }
"$microvm" test --format junit=y.xml --format json --output y.json one.test
cmp x.xml y.xml && cmp x.json y.json || failed=1
exit $failed
