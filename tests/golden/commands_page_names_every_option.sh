#!/bin/sh
# SPDX-License-Identifier: MIT
# docs/commands.md, the page that shows every command with examples, names all that the command's own help lists.
# usage: commands_page_names_every_option.sh MICROVM
set -eu
page=$(dirname "$0")/../../docs/commands.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" help | sed -n 's/^  \([a-z][a-z]*\).*/microvm \1/p' >"$work/names"
[ "$(wc -l <"$work/names")" -gt 10 ] || { echo "the help lists no commands"; exit 1; }
"$1" help run | grep -oE -- '^ +(-[a-zA-Z], )?--[a-z-]+' | sed 's/.*--/--/' >>"$work/names"
while read -r name; do
    grep -qE -- "(^|[^a-z-])$name([^a-z-]|\$)" "$page" || { echo "docs/commands.md does not name $name"; echo missing >"$work/missing"; }
done <"$work/names"
[ ! -e "$work/missing" ]
