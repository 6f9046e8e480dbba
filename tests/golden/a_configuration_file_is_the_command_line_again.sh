#!/bin/sh
# SPDX-License-Identifier: MIT
# What --save-config writes makes the same machine from any folder, the example of docs/config.md runs, and the schema has every option.
# usage: a_configuration_file_is_the_command_line_again.sh MICROVM
set -eu
page=$(dirname "$0")/../../docs/config.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wrong() {
    echo "$1" >&2
    exit 1
}

# Nothing to run: the file is all.
mkdir "$work/lab"
truncate -s 1M "$work/lab/a,b.img" "$work/lab/system.img" "$work/lab/data.img"
(cd "$work" && "$1" run -m 64 --cpus=2 -d lab/a,,b.img,ro -vv --hvc file:lab/out --seed 7 --save-config lab/m.json)
grep -q '"a,,b.img,ro"' "$work/lab/m.json" || wrong "the disk's name is not relative to the file: $(cat "$work/lab/m.json")"

# The same device tree as by the command line, wherever it is asked for.
(cd "$work" && "$1" dts -m 64 --cpus=2 -d lab/a,,b.img,ro --hvc file:lab/out --seed 7 >by-line)
(cd / && "$1" dts --config "$work/lab/m.json" >"$work/by-file")
cmp "$work/by-line" "$work/by-file" || wrong "the saved file makes another machine"

# It runs as usual, and is written.
(cd "$work" && "$1" run --example hello-world --config lab/m.json --save-config all.json </dev/null 2>/dev/null) |
    grep -q 'Hello, RISC-V!' || wrong "with a file to write the machine does not run"
grep -q '"lab/a,,b.img,ro"' "$work/all.json" && grep -q hello-world "$work/all.json" || wrong "what came from a file was not saved"

# The page's own example.
sed -n '/^```json/,/^```/p' "$page" | sed '/^```/d' >"$work/lab/page.json"
(cd / && "$1" run --config "$work/lab/page.json" </dev/null) | grep -q 'powering off' || wrong "the page's example does not run"

"$1" schema config >"$work/schema"
"$1" run --help | grep -oE -- '^ +(-[a-zA-Z], )?--[a-z-]+' | sed 's/.*--//' | grep -vE '^(save-)?config$' >"$work/names"
[ "$(wc -l <"$work/names")" -gt 30 ] || wrong "the help lists few options"
while read -r name; do
    grep -q "^        \"$name\": {" "$work/schema" || wrong "the schema has no $name"
done <"$work/names"
