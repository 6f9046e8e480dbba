#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Debian's kernel runs backwards and forwards with four harts, under GDB and by the control socket, and powers off as if nothing had been.
. "$(dirname -- "$0")/lib.sh"
python3 "${0%.sh}.py" "$work" "$image" --initrd "$initramfs" --cpus 4 --cmdline microvm.test=poweroff
