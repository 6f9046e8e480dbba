#!/bin/sh
# SPDX-License-Identifier: MIT
# A hundred runs of a class give the same reports byte for byte: one test at a time and four, on idle processors and on ones
# that have other work.
# usage: reports_repeat_byte_for_byte.sh MICROVM GUESTS
set -u
microvm=$1
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 125
load=
trap 'kill $load 2>/dev/null; rm -rf "$work"' EXIT
cp "$2"/*.elf "$here/class.test" "$work"
cd "$work" || exit 125
cat >>class.test <<'SPEC'
[test runs tasks by its timer]
example = minimal-kernel
max-insns = 2_000_000
expect = starting scheduler
exit = budget
SPEC

# round JOBS: all forms of report in one file.
round() {
    "$microvm" test --jobs "$1" --output text --format tap=tap --format junit=junit --format json=json \
        --format gradescope=gradescope class.test
    [ $? -eq 1 ] || { echo "the status is not 1"; exit 1; }
    cat text tap junit json gradescope >report
}

round 1
cp report first
[ "$(wc -c <first)" -gt 10000 ] || { echo "the reports are short"; exit 1; }
for n in $(seq 50); do
    if [ "$n" -eq 25 ]; then
        for processor in 1 2 3 4; do
            (while :; do :; done) &
            load="$load $!"
        done
    fi
    for jobs in 1 4; do
        round $jobs
        cmp first report || { echo "round $n with --jobs $jobs differs"; diff first report; exit 1; }
    done
done
exit 0
