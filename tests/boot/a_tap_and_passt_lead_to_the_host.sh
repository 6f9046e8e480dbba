#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# In a network namespace of its own: a machine whose first card is a tap interface and whose second is behind passt gets 8 MiB
# from the host over either; a ping of 8,000 bytes comes back whole; and who has no right to a tap is told what to do.
. "$(dirname -- "$0")/network.sh"
if [[ ${1-} != inside ]]; then
    [[ -e /dev/net/tun ]] || skip 'no /dev/net/tun'
    unshare --net true 2>/dev/null || skip 'no right to make a network namespace'
    rm -rf "$work"
    exec unshare --net bash "$0" inside
fi
ip link set lo up || skip 'no right to configure interfaces'
ip tuntap add dev tap0 mode tap 2>/dev/null || skip 'no right to make a tap interface'
ip addr add 10.9.0.1/24 dev tap0 && ip link set tap0 up

# An interface with a route, which passt takes its addresses from.
ip tuntap add dev out0 mode tap && ip addr add 192.0.2.10/24 dev out0 && ip link set out0 up
ip route add default via 192.0.2.1 dev out0
stream=()
if command -v passt >/dev/null; then
    passt --socket "$work/passt" --foreground --one-off -t none -u none --runas 0 >"$work/passt.log" 2>&1 &
    until grep -q 'socket bound' "$work/passt.log" || ! kill -0 "$!" 2>/dev/null; do read -r -t 0.1 <> <(:) || true; done
    [[ ! -S $work/passt ]] || stream=(--net "stream,path=$work/passt,mtu=65520")
fi
serve 8 0.0.0.0
{
    cat <<EOF

modprobe -a virtio_mmio virtio_net || poweroff -f
ifconfig lo 127.0.0.1
ifconfig eth0 10.9.0.2 up
ping -c 3 -s 8000 10.9.0.1
echo "tap: \$(wget -q -O - http://10.9.0.1:$port/ | md5sum)"
EOF
    if ((${#stream[@]})); then
        cat <<EOF
ifconfig eth1 up
udhcpc -i eth1 -n -q -s /bin/true
ifconfig eth1 192.0.2.10 up
echo "passt: \$(wget -q -O - http://192.0.2.1:$port/ | md5sum)"
EOF
    fi
    echo 'poweroff -f'
} >"$work/commands"
in_guest --net tap,ifname=tap0 "${stream[@]}" <"$work/commands"
want '3 packets transmitted, 3 packets received, 0% packet loss'
want "^tap: $sum "
if ((${#stream[@]})); then want "^passt: $sum "; fi

# Without rights: as nobody, to whom the interface does not belong.
if command -v setpriv >/dev/null; then
    chmod 711 "$work"
    cp "$MICROVM" "$work/microvm"
    status=0
    setpriv --reuid 65534 --clear-groups --bounding-set=-all --inh-caps=-all "$work/microvm" run --example minimal-kernel \
        --net tap,ifname=tap0 >"$work/out" 2>&1 </dev/null || status=$?
    ((status == 125)) || die "without rights the status is $status: $(cat "$work/out")"
    want 'ip tuntap add dev tap0 mode tap user'
fi
