#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A save that fails, or whose moment never comes, is said; the guest runs to its end, and the status says that the snapshot asked for is
# not there.
. "$(dirname -- "$0")/lib.sh"
mkdir "$work/folder"
run 125 "${guest[@]}" --save-snapshot "$work/none/s"
[[ $(wc -l <"$work/err") == 1 ]] || fail 'not one line'
grep -q "$work/none/s" "$work/err" || fail 'the file is not named'
grep -q 'powering off' "$work/out" || fail 'the guest did not run to its end'
run 125 "${guest[@]}" --save-snapshot "$work/folder" --at-step 1000
grep -q 'powering off' "$work/out" || fail 'the guest did not run to its end'
run 125 "${guest[@]}" --save-snapshot "$work/s" --at-step 99999999999
grep -Eq 'ended with step [0-9]{8}, before --at-step 99999999999' "$work/err" || fail 'nothing of the step'
run 125 "${guest[@]}" --save-snapshot "$work/s" --at-output 'no such text'
grep -q "before the console showed 'no such text'" "$work/err" || fail 'nothing of the text'
[[ ! -e $work/s ]] || fail 'something was saved'
