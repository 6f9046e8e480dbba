#!/bin/sh
# SPDX-License-Identifier: MIT
# A command that is given more than it takes says so in one line, names what is too much, and does nothing.
# usage: commands_refuse_an_argument_too_many.sh MICROVM
set -u
failed=0
for command in 'man' 'version' 'help run' 'completion bash'; do
    # shellcheck disable=SC2086 # a command and its argument
    said=$("$1" $command extra 2>&1 </dev/null)
    status=$?
    [ "$status" -eq 125 ] && [ "$(printf '%s\n' "$said" | wc -l)" -eq 1 ] && case $said in *"'extra'"*) continue ;; esac
    echo "microvm $command extra: exit status $status: $said" >&2
    failed=1
done
exit $failed
