#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Debian and the host connect to each other by vsock, in both directions and many at a time: all that is sent arrives, ends of halves
# do, too, and where nobody listens both sides hear so. A replay and a machine from a snapshot go on without the host's ends.
. "$(dirname -- "$0")/lib.sh"
with_program vsock "$(dirname -- "$0")/vsock.c"
python3 "${0%.sh}.py" "$MICROVM" "$image" "$work"
