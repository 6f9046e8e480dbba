#!/bin/sh
# SPDX-License-Identifier: MIT
# A pixel passes if the screen has that colour there at the end; else the report says what is there, or why there is nothing.
# usage: pixels_are_held_against_the_screen.sh MICROVM GUESTS
set -u
microvm=$1
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
failed=0
cp "$2"/draws.elf "$work"
cd "$work" || exit 125

# says STATUS TEXT LINE...: a test of these lines ends with this status, and its report holds the text.
says() {
    status=$1
    text=$2
    shift 2
    { printf '[test it]\nkernel = draws.elf\nmemory = 16M\n'; printf '%s\n' "$@"; } >it.test
    "$microvm" test it.test >out 2>err
    got=$?
    [ "$got" -eq "$status" ] && grep -qF -- "$text" out && return
    echo "pixels_are_held_against_the_screen: not '$text' with $status but $got: $*" >&2
    cat out err >&2
    failed=1
}

screen='framebuffer = 64x48'
says 0 'ok    it' "$screen" 'pixel 3 2 = 0xff0000' 'pixel 4 2 = 0' 'pixel 2 3 = 0x000000' 'pixel 63 47 = 0'
says 1 'expected pixel 3 2 = 0x0000ff: it is 0xff0000 (line 5 of the spec)' "$screen" 'pixel 3 2 = 0x0000ff'
says 1 'expected pixel 2 3 = 0xff0000: it is 0x000000' "$screen" 'pixel 3 2 = 0xff0000' 'pixel 2 3 = 0xff0000'
says 1 'expected pixel 64 0 = 0x000000: the screen has no such pixel' "$screen" 'pixel 64 0 = 0'
says 1 'expected pixel 0 48 = 0x000000: the screen has no such pixel' "$screen" 'pixel 0 48 = 0'
says 121 'expected pixel 3 2 = 0xff0000: the machine has no screen (framebuffer)' 'pixel 3 2 = 0xff0000'

# What failed leaves a recording, and that draws the same again.
printf '[test it]\nkernel = draws.elf\n%s\npixel 3 2 = 1\n' "$screen" >it.test
"$microvm" test it.test >out
"$microvm" run --replay it.mvrec >replayed 2>&1 || { cat out replayed; failed=1; }
exit $failed
