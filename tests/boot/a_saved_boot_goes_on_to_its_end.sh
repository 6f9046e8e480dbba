#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Debian's boot, saved in the middle and loaded again, shows the rest of what it would have shown and ends in the same state; so does one
# that is mapped from a template, and one of four harts.
. "$(dirname -- "$0")/lib.sh"

digest() {
    sed -n 's/.*state digest //p' "$1"
}

# saved STEP OPTION...: the run that is saved at the step is the run that was not, and so is its second half.
saved() {
    local step=$1
    shift
    boot "$image" --initrd "$initramfs" --cmdline microvm.test=poweroff --clock virtual -vv "$@"
    want 'reboot: Power down'
    cp "$work/out" "$work/whole"
    local whole format
    whole=$(digest "$work/err")
    for format in compressed template; do
        boot "$image" --initrd "$initramfs" --cmdline microvm.test=poweroff --clock virtual -vv "$@" \
            --save-snapshot "$work/saved" --at-step "$step" --snapshot-format $format
        [[ $(digest "$work/err") == "$whole" ]] || die "saving changed the run ($format)"
        boot --load-snapshot "$work/saved" -vv
        [[ $(digest "$work/err") == "$whole" ]] || die "the loaded machine ended in another state ($format)"
        [[ -s $work/out ]] || die "the loaded machine has shown nothing"
        tail -c "$(stat -c %s "$work/out")" "$work/whole" | cmp - "$work/out" || die "the console went on differently"
    done
}

saved 500000000 --memory 256
saved 700000003 --memory 256 --cpus 4
