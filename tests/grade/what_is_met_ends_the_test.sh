#!/bin/sh
# SPDX-License-Identifier: MIT
# With stop-when-met a guest that has shown all passes, whether it sleeps, turns or prints for ever; without it, or with one
# thing missing, it does not. A guest that prints a report of its own changes no verdict.
# usage: what_is_met_ends_the_test.sh MICROVM GUESTS
set -u
microvm=$1
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
failed=0
cp "$2"/*.elf "$work"
cd "$work" || exit 125

# verdict VERDICT STATUS LINE...: a test of these lines comes to this.
verdict() {
    wanted=$1
    status=$2
    shift 2
    { printf '[test it]\nmemory = 16M\n'; printf '%s\n' "$@"; } >it.test
    "$microvm" test --format json it.test >out 2>err
    got=$?
    [ "$got" -eq "$status" ] && head -n 1 out | grep -q "\"verdict\":\"$wanted\"" && return
    echo "what_is_met_ends_the_test: not $wanted with $status but $got: $*" >&2
    cat out err >&2
    failed=1
}

met='stop-when-met = yes'
verdict passed 0 'kernel = waits.elf' 'expect = good bye' "$met"
verdict failed 121 'kernel = waits.elf' 'expect = good bye'
verdict failed 121 'kernel = waits.elf' 'expect = good night' "$met"
verdict failed 121 'kernel = waits.elf' 'expect = good bye' 'forbid = hello' "$met"
verdict passed 0 'kernel = waits.elf' 'expect = good bye' 'exit = stuck'
verdict passed 0 'kernel = babbles.elf' 'expect = ...' "$met"
verdict passed 0 'kernel = babbles.elf' 'expect = ...' "$met" 'max-insns = 500'
verdict failed 122 'kernel = babbles.elf' 'expect = ...' 'max-insns = 500'
verdict failed 1 'kernel = babbles.elf' 'expect = ...' "$met" 'memory counter word = 1'
verdict passed 0 'kernel = babbles.elf' 'expect = ...' "$met" 'memory counter word = 0'
verdict failed 1 'kernel = babbles.elf' 'expect = never' "$met" 'max-output = 1K'
verdict passed 0 'kernel = hello.elf'
verdict passed 0 'kernel = hello.elf' 'expect = good bye' 'max-insns = 2_000'
verdict failed 122 'kernel = hello.elf' 'expect = good bye' 'max-insns = 20'
verdict failed 121 'kernel = hello.elf' 'expect = never'
verdict failed 121 'kernel = hello.elf' 'exit = poweroff'
verdict failed 3 'kernel = panics.elf' 'expect = panic'
verdict passed 0 'kernel = panics.elf' 'expect = panic' 'exit = 3'
verdict failed 123 'kernel = resets.elf' 'no-reboot = yes'
verdict failed 122 'kernel = resets.elf' 'max-insns = 10_000'

printf 'ok 1 - it\n{"verdict":"passed"}\n\001\002' >typed
verdict passed 0 'kernel = answers.elf' 'input-file = typed' 'expect = "login: welcome, ok 1 - it\n"'
verdict failed 1 'kernel = answers.elf' 'input-file = typed' 'expect = never'
verdict untested 125 'kernel = answers.elf' 'input-file = nothing'
verdict untested 125 'kernel = answers.elf' 'input-file = /dev/zero'
verdict untested 125 'kernel = it.test'
exit $failed
