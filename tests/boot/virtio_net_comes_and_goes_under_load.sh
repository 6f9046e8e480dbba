#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The driver is unloaded and loaded 100 times while frames come and go; afterwards the network works as before.
. "$(dirname -- "$0")/network.sh"
serve 1
{
    network_up
    cat <<EOF
fetch() { wget -q -O - http://10.0.2.2:$port/ 2>/dev/null | md5sum; }
round=0
while [ \$round -lt 100 ]; do
    ping -q -A -c 50 10.0.2.2 >/dev/null 2>&1 &
    fetch >/dev/null &
    usleep 50000
    modprobe -r virtio_net && modprobe virtio_net && address || break
    round=\$((round + 1))
done
killall ping wget
echo "rounds: \$round"
ping -c 3 10.0.2.2
fetch
poweroff -f
EOF
} >"$work/commands"
in_guest --net user <"$work/commands"
want '^rounds: 100'
want '3 packets transmitted, 3 packets received, 0% packet loss'
want "^$sum "
if grep -E 'BUG|Oops|WARNING|Call Trace|needs a reset' "$work/out" "$work/err"; then die 'the guest is in trouble'; fi
