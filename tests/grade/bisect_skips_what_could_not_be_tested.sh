#!/bin/sh
# SPDX-License-Identifier: MIT
# `git bisect run microvm test` finds the commit that broke a kernel, over commits without a kernel and with a bad spec.
# usage: bisect_skips_what_could_not_be_tested.sh MICROVM GUESTS
set -eu
microvm=$1
guests=$2
command -v git >/dev/null || { echo "no git"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export HOME="$work" GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
git init -q repository
cd repository
spec='[test boots]
kernel = kernel.elf
expect = good bye'

# commit MESSAGE KERNEL SPEC: a kernel called none is missing.
commit() {
    rm -f kernel.elf
    [ "$2" = none ] || cp "$guests/$2.elf" kernel.elf
    printf '%s\n' "$3" >lab.test
    echo "$1" >message
    git add -A
    git commit -qm "$1"
}

commit good hello "$spec"
git tag good
commit 'good, too' hello "$spec
memory counter word = 7"
commit 'does not build' none "$spec"
commit 'still good' hello "$spec"
commit broken panics "$spec"
commit 'a bad spec' panics "$spec
what is this"
commit 'still broken' panics "$spec"
commit 'another way' waits "$spec
exit = poweroff"
git bisect start HEAD good >start 2>&1
git bisect run "$microvm" test lab.test >log 2>&1 || { cat log; exit 1; }
grep -q '^git bisect skip' .git/BISECT_LOG || { echo "nothing was skipped"; cat .git/BISECT_LOG; exit 1; }
[ "$(git log -1 --format=%s refs/bisect/bad)" = broken ] || { echo "another commit was found:"; cat log; exit 1; }
