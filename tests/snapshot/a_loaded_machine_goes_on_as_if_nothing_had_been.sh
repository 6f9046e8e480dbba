#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Saved anywhere and loaded, a machine ends in the state of one that nobody stopped; loaded and saved again it is the same file,
# whether RAM was mapped or read.
. "$(dirname -- "$0")/lib.sh"
run 122 "${guest[@]}" --max-insns 30000000 -vv
whole=$(digest)
for step in 1 4095 4096 4097 999999 8388608 20000003; do
    run 0 "${guest[@]}" --save-snapshot "$work/a" --at-step $step
    run 0 "${guest[@]}" --save-snapshot "$work/t" --at-step $step --snapshot-format template
    run 122 --load-snapshot "$work/a" --save-snapshot "$work/b" --at-step $step --max-insns $((30000000 - step)) -vv
    [[ $(digest) == "$whole" ]] || fail "from step $step the machine goes another way"
    cmp "$work/a" "$work/b" || fail "loaded and saved at step $step it is another file"
    run 122 --load-snapshot "$work/t" --save-snapshot "$work/b" --at-step $step --max-insns $((30000000 - step)) -vv
    [[ $(digest) == "$whole" ]] || fail "from step $step the mapped machine goes another way"
    cmp "$work/a" "$work/b" || fail "mapped and saved at step $step it is another file"
done
