#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The driver is unloaded and loaded 100 times while downloads and pings come by the user network and, where the host has them, by a tap
# interface and a stream to passt; each time the network works as before, and nothing is left behind in the process.
. "$(dirname -- "$0")/network.sh"
. "$(dirname -- "$0")/rounds.sh"
if [[ ${1-} != inside && -e /dev/net/tun ]] && command -v passt >/dev/null && unshare --net true 2>/dev/null; then
    rm -rf "$work"
    exec unshare --net bash "$0" inside
fi
cards=(--net user) hosts=10.0.2.2
if [[ ${1-} == inside ]]; then
    ip link set lo up
    ip tuntap add dev tap0 mode tap && ip addr add 10.9.0.1/24 dev tap0 && ip link set tap0 up
    ip tuntap add dev out0 mode tap && ip addr add 192.0.2.10/24 dev out0 && ip link set out0 up
    ip route add default via 192.0.2.1 dev out0
    passt --socket "$work/passt" --foreground --one-off -t none -u none --runas 0 >"$work/passt.log" 2>&1 &
    until grep -q 'socket bound' "$work/passt.log"; do kill -0 "$!" || die 'passt does not start'; done
    cards+=(--net tap,ifname=tap0 --net "stream,path=$work/passt,mtu=65520") hosts+=' 10.9.0.1 192.0.2.1'
fi
serve 1 0.0.0.0
cat >"$work/commands" <<EOF

modprobe -a virtio_mmio virtio_net || poweroff -f
ifconfig lo 127.0.0.1
cat >/settings <<'END'
hosts="$hosts" port=$port sum=$sum
END
EOF
cat >>"$work/commands" <<'EOF'
cat >/round <<'END'
. /settings
fetch() { [ "$(wget -q -O - http://$1:$port/ | md5sum | cut -c1-32)" = $sum ]; }
addresses() {
    ifconfig eth0 10.0.2.15 netmask 255.255.255.0 up
    if [ "$hosts" != 10.0.2.2 ]; then ifconfig eth1 10.9.0.2 netmask 255.255.255.0 up; ifconfig eth2 192.0.2.10 up; fi
}
[ $1 -gt 1 ] || addresses
for host in $hosts; do
    ping -q -A -c 50 $host >/dev/null 2>&1 &
    while fetch $host; do :; done 2>/dev/null &
done
usleep $((RANDOM % 100 * 1000))
modprobe -r virtio_net || exit 1
killall ping wget
wait
modprobe virtio_net && addresses || exit 1
for host in $hosts; do fetch $host || exit 1; done
END
EOF
in_rounds "$image" --initrd "$initramfs" --cmdline 'quiet loglevel=4' "${cards[@]}"
