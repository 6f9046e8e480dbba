#!/bin/sh
# SPDX-License-Identifier: MIT
# microvm trace prints of a ring what run would have printed, in each form, the newest records alone where there were more, and
# chooses as run does. Files that are no rings are refused in a line.
# usage: a_ring_keeps_the_newest_records.sh MICROVM GUESTS
set -u
microvm=$1
guest=$2/kernel.elf
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
failed=0

complain() {
    echo "$*" >&2
    failed=1
}

run() {
    "$microvm" run --clock virtual --trace=insn,mem,csr,trap,sbi,irq,walk "$@" "$guest" </dev/null ||
        complain "run $*: status $?"
}

same() {
    cmp "$work/want" "$work/got" || complain "$1: differs"
}

run --trace-format binary --trace-file "$work/ring"
run --trace-file "$work/text"

cp "$work/text" "$work/want"
"$microvm" trace "$work/ring" --symbols "$guest" >"$work/got" || complain "text: status $?"
same text

"$microvm" run --clock virtual --trace --trace-format spike --trace-file "$work/want" "$guest"
"$microvm" trace "$work/ring" --format spike >"$work/got"
same spike

"$microvm" run --clock virtual --trace --trace-format perfetto --trace-file "$work/want" "$guest"
"$microvm" trace "$work/ring" --symbols "$guest" --format perfetto --trace=trap,sbi >"$work/got"
same perfetto

run --trace-file "$work/want" --trace-filter symbol=handler
"$microvm" trace --trace-filter symbol=handler --symbols="$guest" "$work/ring" >"$work/got"
same filter

run --trace-file "$work/want" --trace-from 10 --trace-count 20
"$microvm" trace --trace-from 10 --trace-count 20 --symbols "$guest" "$work/ring" >"$work/got"
same window

# Of the last 25 records: all that belongs to the last lines.
run --trace-format binary --trace-file "$work/short" --trace-records 25
[ "$(wc -c <"$work/short")" -eq $((64 + 25 * 64)) ] || complain "a ring of 25 records has another size"
"$microvm" trace "$work/short" --symbols "$guest" | tail -n 10 >"$work/got"
tail -n 10 "$work/text" >"$work/want"
same newest
[ "$("$microvm" trace "$work/short" | wc -l)" -le 25 ] || complain "25 records make more than 25 lines"

# refuse TEXT WORD...: one line that holds TEXT, and status 125.
refuse() {
    text=$1
    shift
    "$microvm" trace "$@" >/dev/null 2>"$work/err"
    [ $? -eq 125 ] && [ "$(wc -l <"$work/err")" -eq 1 ] && grep -qF -- "$text" "$work/err" || complain "$*: $(cat "$work/err")"
}
head -c 200 "$work/ring" >"$work/cut"
{ printf 'mvmtrace\4\3\2\1\1\0\0\0'; head -c 100 /dev/zero; } >"$work/future"
refuse 'Name the file' --format text
refuse 'No such file' "$work/none"
refuse 'no binary trace' "$guest"
refuse 'no binary trace' /dev/null
refuse 'no binary trace' "$work"
refuse 'cut short' "$work/cut"
refuse 'version' "$work/future"
refuse "there is no symbol 'nobody'" "$work/ring" --trace-filter symbol=nobody
refuse 'did you mean' "$work/ring" --trace=tarp
refuse 'is not one of' "$work/ring" --format binary
exit $failed
