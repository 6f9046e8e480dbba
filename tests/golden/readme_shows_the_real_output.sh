#!/bin/sh
# SPDX-License-Identifier: MIT
# What README.md prints behind a microvm command in its first code block is what that command prints.
# usage: readme_shows_the_real_output.sh MICROVM
set -eu
readme=$(dirname "$0")/../../README.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
awk '/^\$ .\/microvm run --example minimal-kernel$/ { inside = 1; next } /^```$/ { inside = 0 } inside' "$readme" >"$work/shown"
[ -s "$work/shown" ] || { echo "README.md shows no output"; exit 1; }
# The ticks that the tasks print count real time: the virtual clock is the one that is the same everywhere.
"$1" run --example minimal-kernel --clock virtual >"$work/real"
diff "$work/shown" "$work/real"
