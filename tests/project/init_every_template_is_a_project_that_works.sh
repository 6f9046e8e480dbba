#!/bin/bash
# SPDX-License-Identifier: MIT
# What microvm init makes from each template builds and passes its own test by the steps of its CI workflow, which README.md names, too. It
# runs under --strict, and by make where there is a Makefile, and leaves nothing that git would take for a source.
# usage: init_every_template_is_a_project_that_works.sh MICROVM
set -u
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" && ln -s "$(realpath "$1")" "$work/bin/microvm"
PATH=$work/bin:$PATH
cd "$work" || exit 125
failed=0

complain() {
    echo "$1"
    cat "$work/out"
    failed=1
}

# The commands of a step of the workflow.
step() { sed -n "/- name: $1/{n;s/^ *run: //p}" .github/workflows/ci.yml; }

# What git would add, or all files that .gitignore does not name where there is no git.
sources() { git init -q . && git add -A && git ls-files | sort; }

try() {
    microvm init "a $1 kernel" --template "$1" >"$work/out" 2>&1 || { complain "$1: no project"; return; }
    cd "a $1 kernel" || exit 125
    grep -q "^# a $1 kernel\$" README.md || complain "$1: README.md has another title"
    grep -qr '@[A-Z]*@' README.md && complain "$1: README.md has a placeholder"
    sources >"$work/before"
    sh -euc "$(step 'Build the kernel')" >"$work/out" 2>&1 || complain "$1: does not build"
    sed -i '/compiling core and alloc of Rust .*; only this first time/d' "$work/out"
    [ -s "$work/out" ] && complain "$1: the build says something"
    sh -euc "$(step 'Test the kernel')" >"$work/out" 2>&1 || complain "$1: its test fails"
    [ "$(grep -c '^ok ' "$work/out")" -ge 1 ] || complain "$1: its test tests nothing"
    grep -qF "\`$(step 'Build the kernel') && $(step 'Test the kernel')\`" README.md || complain "$1: README.md tests otherwise"
    sed '/^kernel = /s/$/\nstrict = yes/' kernel.test >strict.test
    microvm test strict.test --only "$(sed -n 's/^\[test \(.*\)\]$/\1/p' kernel.test | tail -n 1)" >"$work/out" 2>&1 ||
        complain "$1: fails under --strict"
    rm strict.test
    if [ -e Makefile ]; then
        make MAKEFLAGS= run >"$work/out" 2>&1 </dev/null || complain "$1: make run fails"
        grep -q 'powering off' "$work/out" || complain "$1: make run shows nothing"
    fi
    sources | diff "$work/before" - >"$work/out" || complain "$1: what is built is not in .gitignore"
    cd "$work" || exit 125
}

templates=$(microvm init --list | sed 's/ .*//')
[ "$(printf '%s\n' "$templates" | wc -l)" -ge 3 ] || { echo "few templates: $templates"; exit 1; }
for template in $templates; do
    try "$template"
done
exit $failed
