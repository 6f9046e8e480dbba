#!/bin/sh
# SPDX-License-Identifier: MIT
# The shards of a class run each test once, whoever runs them: one after the other, or GNU parallel.
# usage: shards_are_all_tests_once.sh MICROVM GUESTS
set -u
microvm=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
failed=0
cp "$2"/*.elf "$here/class.test" "$work"
cd "$work" || exit 125
"$microvm" test --format json class.test | grep '^{"test"' | sort >whole
[ "$(wc -l <whole)" -eq 12 ] || { echo "not 12 tests"; exit 1; }

# same WHAT FILE...: the shards' reports hold what the whole one holds.
same() {
    what=$1
    shift
    cat "$@" | grep '^{"test"' | sort | cmp - whole && return
    echo "shards_are_all_tests_once: $what" >&2
    failed=1
}

for shards in 1 2 5 12 15; do
    rm -f shard-*
    for shard in $(seq "$shards"); do
        "$microvm" test --shard "$shard/$shards" --format "json=shard-$shard.json" class.test >/dev/null
        status=$?
        wanted=$(sed -n 's/^{"tests".*"status":\([0-9]*\)}$/\1/p' "shard-$shard.json")
        [ "$status" = "$wanted" ] || { echo "shard $shard/$shards: status $status, not $wanted"; failed=1; }
    done
    same "$shards shards in a row" shard-*.json
done

[ "$("$microvm" test --shard 15/15 --format tap class.test)" = "$(printf 'TAP version 13\n1..0')" ] ||
    { echo "an empty shard is not an empty plan"; failed=1; }

if command -v parallel >/dev/null && parallel --version 2>/dev/null | grep -q GNU; then
    rm -f shard-*
    HOME=$work parallel --will-cite "$microvm" test --jobs 1 --shard {}/4 --format json=shard-{}.json class.test ::: 1 2 3 4 \
        >/dev/null
    [ $? -ne 0 ] || { echo "GNU parallel saw no failure"; failed=1; }
    same "4 shards by GNU parallel" shard-*.json
else
    echo "no GNU parallel: its part was left out"
    [ $failed -eq 0 ] && exit 77
fi
exit $failed
