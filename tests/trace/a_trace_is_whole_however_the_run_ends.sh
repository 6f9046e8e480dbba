#!/bin/sh
# SPDX-License-Identifier: MIT
# Traces are complete files after a power-off, at the end of a budget and after a signal; a ring even after a kill. What
# cannot be written ends the run and is said.
# usage: a_trace_is_whole_however_the_run_ends.sh MICROVM GUESTS
set -u
microvm=$1
guests=$2
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
failed=0

complain() {
    echo "$*" >&2
    failed=1
}

# A guest that takes traps for ever: jumps into nothing, and its handler stands there, too.
printf '\147\0\0\0' >"$work/falls"

well_formed() {
    command -v python3 >/dev/null || return 0
    python3 - "$1" <<'END' || complain "$2: the time line is not as it should be"
import json, sys
open_spans = {}
latest = {}
for event in json.load(open(sys.argv[1]))["traceEvents"]:
    track = (event["pid"], event["tid"])
    if event["ph"] not in "BE":
        continue
    assert event["ts"] >= latest.get(track, 0), event
    latest[track] = event["ts"]
    if event["ph"] == "B":
        assert event["name"] and event["args"], event
        open_spans.setdefault(track, []).append(event)
    else:
        assert open_spans[track], event
        open_spans[track].pop()
assert latest and not any(open_spans.values()), open_spans
END
}

trace="--clock virtual --console none --trace=trap --trace-format perfetto --trace-file $work/json"
# shellcheck disable=SC2086 # they are words
"$microvm" run $trace "$guests/machine.elf" || complain "power-off: status $?"
well_formed "$work/json" power-off
# shellcheck disable=SC2086
"$microvm" run $trace --max-insns 1000 --load-addr 0x80000000 "$work/falls" 2>/dev/null
[ $? -eq 122 ] || complain "budget: another status than 122"
well_formed "$work/json" budget

# start FORMAT FILE: a run that goes on until it is ended; it has begun once the file holds something.
start() {
    "$microvm" run --console none --trace=trap --trace-format "$1" --trace-file "$2" --trace-records 1000 --load-addr 0x80000000 \
        "$work/falls" 2>/dev/null </dev/null &
    run=$!
    until [ -s "$2" ] && [ "$("$microvm" "${3:-version}" "$2" 2>/dev/null | head -n 3 | wc -l)" -ge "${4:-0}" ]; do
        kill -0 $run || { complain "$1: it did not start"; return; }
    done
}

start perfetto "$work/signal"
kill -TERM $run
wait $run
[ $? -eq 143 ] || complain "signal: another status than 143"
well_formed "$work/signal" signal

start binary "$work/ring" trace 3
kill -KILL $run
wait $run 2>/dev/null
"$microvm" trace "$work/ring" >"$work/text" || complain "ring of a killed run: status $?"
grep -q 'trap     instruction access fault' "$work/text" || complain "ring of a killed run: no traps"

# Lines that nobody reads.
"$microvm" run --console none --trace --load-addr 0x80000000 "$work/falls" 2>&1 </dev/null | head -n 1 >/dev/null
if [ -w /dev/full ]; then
    "$microvm" run --console none --trace --trace-file /dev/full --load-addr 0x80000000 "$work/falls" 2>"$work/err"
    [ $? -eq 125 ] || complain "full: another status than 125"
    grep -q "'/dev/full' is not whole: No space left" "$work/err" || complain "full: nothing is said"
fi
exit $failed
