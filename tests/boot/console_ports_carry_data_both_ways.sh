#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Debian has a shell on hvc0 and two ports to Unix sockets: 2 MB go each way through one of them unchanged, and the driver is
# bound anew 100 times while data streams through the other; then all is as before.
. "$(dirname -- "$0")/lib.sh"
perl "${0%.sh}.pl" "$MICROVM" "$image" "$initramfs" "$work"
