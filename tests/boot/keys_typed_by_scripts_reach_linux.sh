#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each key that sendkey knows comes to Linux' event device as its code, texts as the keys of a US keyboard, also those that were
# typed before there was a driver; LEDs that Linux sets are seen. A machine that is saved with half of a text to be typed types the rest
# once it is loaded.
. "$(dirname -- "$0")/lib.sh"
. "$(dirname -- "$0")/guest_tools.sh"
with_programs events
exec python3 "$(dirname -- "$0")/keys_typed.py" "$image" "$work/initramfs" "$work"
