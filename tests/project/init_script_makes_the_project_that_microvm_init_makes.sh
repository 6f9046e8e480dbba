#!/bin/sh
# SPDX-License-Identifier: MIT
# ./microvm-init.sh my-os, and with --rust, makes what microvm init makes, wherever it is called from; where microvm is not built yet, it
# installs what that needs, builds it, and leaves ./microvm.
# usage: init_script_makes_the_project_that_microvm_init_makes.sh MICROVM
set -u
microvm=$(realpath "$1")
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d) || exit 125
trap 'rm -rf "$work"' EXIT
PATH=/usr/bin:/bin
failed=0

# A clone with microvm in it.
mkdir "$work/clone" "$work/elsewhere" "$work/wanted" && cp "$root/microvm-init.sh" "$work/clone" && ln -s "$microvm" "$work/clone/microvm"
cd "$work/wanted" && "$microvm" init my-os >/dev/null && "$microvm" init rusty --rust >/dev/null || exit 1
cd "$work/clone" || exit 1
./microvm-init.sh my-os >"$work/out" || { echo "./microvm-init.sh my-os: status $?"; failed=1; }
grep -q '^    microvm build --run$' "$work/out" || { echo "it does not say what to type next"; failed=1; }
diff -r my-os "$work/wanted/my-os" || failed=1
./microvm-init.sh rusty --rust >/dev/null || { echo "./microvm-init.sh rusty --rust: status $?"; failed=1; }
diff -r rusty "$work/wanted/rusty" || failed=1
cd "$work/elsewhere" || exit 1
../clone/microvm-init.sh my-os --template minimal-kernel >/dev/null
diff -r my-os "$work/wanted/my-os" || failed=1
../clone/microvm-init.sh my-os 2>"$work/err"
[ $? -eq 125 ] && grep -q 'is not empty' "$work/err" || { echo "a second time nothing is refused"; failed=1; }

# A clone in which nothing is built: what scripts/lib.sh does is told here instead of done, but for the link.
mkdir -p "$work/fresh/scripts" && cd "$work/fresh" && cp "$root/microvm-init.sh" . || exit 1
cat >scripts/lib.sh <<END
root=$work/fresh
build_packages=(one two)
install_packages() { echo "installs \$*"; }
build() { echo "builds \$*"; cd "\$root"; mkdir -p build/\$1; ln -s "$microvm" build/\$1/microvm; }
END
cd "$work/elsewhere" && ../fresh/microvm-init.sh fresh >"$work/out" || { echo "a fresh clone: status $?"; failed=1; }
[ "$(head -n 2 "$work/out")" = "installs one two
builds release" ] || { echo "it is not built first"; cat "$work/out"; failed=1; }
[ -x "$work/fresh/microvm" ] && [ -f fresh/kernel.ld ] || { echo "a fresh clone has no ./microvm, or no project"; failed=1; }
# The functions that it calls are there.
for word in '^install_packages() {' '^build() {' '^build_packages=(' '^root='; do
    grep -q "$word" "$root/scripts/lib.sh" || { echo "scripts/lib.sh has no $word"; failed=1; }
done
exit $failed
