#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# One bit of a template that is not as it was: in the header or the table of checksums nothing starts; in a page that the guest uses the
# run ends before it is used, with one line that names the page; in one that nobody uses --verify finds it.
. "$(dirname -- "$0")/lib.sh"
run 0 "${guest[@]}" --save-snapshot "$work/t" --at-step 10000000 --snapshot-format template
size=$(stat -c %s "$work/t")

# flip OFFSET: in a copy.
flip() {
    cp --sparse=always "$work/t" "$work/f"
    perl -e 'open my $f, "+<", $ARGV[0]; seek $f, $ARGV[1], 0; read $f, my $b, 1; seek $f, $ARGV[1], 0; print $f chr(ord($b) ^ 4)' \
        "$work/f" "$1"
}

for offset in 0 9 30 $((size - 1)) $((size - 40)) $((size - 300)); do
    flip "$offset"
    refuse "'$work/f'" --load-snapshot "$work/f"
done

# RAM lies at the only place with the kernel's first bytes that is a multiple of a page.
page=$(perl -e 'open my $f, "<", $ARGV[0]; local $/ = \4096; my $n = 0; while (<$f>) { if (/MyOS v0/) { print $n; last } $n++ }' "$work/t")
[[ -n $page ]] || fail 'there is no page of the kernel'
flip $((page * 4096 + 100))
"$microvm" inspect "$work/f" >"$work/out" 2>"$work/err" || fail 'a page that is not used stops inspect'
if "$microvm" inspect --verify "$work/f" >"$work/out" 2>"$work/err"; then fail '--verify finds nothing'; fi
grep -q "$work/f" "$work/err" || fail '--verify does not name the file'
run 125 --load-snapshot "$work/f" -vv --max-insns 1000000 --save-snapshot "$work/g"
grep -q 'is damaged' "$work/err" || fail 'a damaged page is not named'
[[ ! -e $work/g ]] || fail 'a machine with a damaged page was saved'
