#!/bin/sh
# SPDX-License-Identifier: MIT
# Begins a kernel of your own: ./microvm-init.sh my-os, or ./microvm-init.sh my-os --rust. It is `microvm init`, for which microvm is
# built first (Debian 12) if it is not there yet.
set -eu
here=$(cd -- "$(dirname -- "$0")" && pwd)
for microvm in "$here/microvm" "$here/build/release/microvm" "$(command -v microvm || true)"; do
    [ -x "$microvm" ] && [ ! -d "$microvm" ] && exec "$microvm" init "$@"
done
# shellcheck disable=SC2016 # bash expands it
bash -euc '. "$1/scripts/lib.sh"
install_packages "${build_packages[@]}"
build release
ln -sf build/release/microvm "$root/microvm"' "$0" "$here"
exec "$here/microvm" init "$@"
