#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Debian writes to a shared folder, has given memory away and draws: it goes back to before that and comes again, the folder is not
# written by the past, and afterwards files and memory are right.
. "$(dirname -- "$0")/lib.sh"
. "$(dirname -- "$0")/guest_tools.sh"
mkdir "$work/folder"
python3 "${0%.sh}.py" "$work/folder" "$image" --initrd "$devices" --cmdline 'quiet loglevel=4' --memory 256M --balloon --gpu=320x200 \
    --share "$work/folder,rw"
