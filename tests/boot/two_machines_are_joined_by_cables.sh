#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Two machines with two cards each, joined by a stream and by datagrams: they ping each other and carry a file over either cable.
# The cables of the one that stays on are down (stream) and still there (datagrams) when the other has gone. A replay of what it did
# opens no cable, and does the same again.
. "$(dirname -- "$0")/network.sh"

# drivers HOST: the cards get the addresses 10.9.0.HOST and 10.9.1.HOST.
drivers() {
    cat <<EOF

modprobe -a virtio_mmio virtio_net || poweroff -f
ifconfig lo 127.0.0.1
ifconfig eth0 10.9.0.$1 up
ifconfig eth1 10.9.1.$1 up
EOF
}

{
    drivers 1
    cat <<'EOF'
mkdir /tmp/www
dd if=/dev/urandom of=/tmp/www/file bs=64k count=128 2>/dev/null
echo "given: $(md5sum </tmp/www/file)"
httpd -h /tmp/www
until [ "$(cat /sys/class/net/eth0/carrier)" = 0 ]; do sleep 1; done
echo "carriers: $(cat /sys/class/net/eth0/carrier /sys/class/net/eth1/carrier | tr '\n' ' ')"
poweroff -f
EOF
} >"$work/commands.1"
{
    drivers 2
    cat <<'EOF'
until wget -q -O /dev/null http://10.9.0.1/file 2>/dev/null; do sleep 1; done
for net in 0 1; do
    ping -c 3 10.9.$net.1 | sed "s/^/net $net: /"
    echo "net $net: $(wget -q -O - http://10.9.$net.1/file | md5sum)"
done
poweroff -f
EOF
} >"$work/commands.2"

# machine N OPTION...
machine() {
    local n=$1
    shift
    timeout 300 "$MICROVM" run "$image" --initrd "$initramfs" --cmdline quiet -m 256M "$@" <"$work/commands.$n" \
        >"$work/out.$n" 2>"$work/err.$n"
}

machine 1 --record "$work/recording" --net "stream,path=$work/stream,server=on,mac=52:54:00:00:00:01" \
    --net "dgram,local=$work/one,remote=$work/two,mac=52:54:00:00:01:01" &
machine 2 --net "stream,path=$work/stream,reconnect=1" --net "dgram,local=$work/two,remote=$work/one" ||
    die "the second machine: $(tail -n 5 "$work/out.2" "$work/err.2")"
wait "$!" || die "the first machine: $(tail -n 5 "$work/out.1" "$work/err.1")"
cat "$work/out.1" "$work/out.2" >"$work/out"
cat "$work/err.1" "$work/err.2" >"$work/err"
sum=$(sed -n 's/^given: \([0-9a-f]*\).*/\1/p' "$work/out.1")
[[ $sum ]] || die 'the first machine has made no file'
for net in 0 1; do
    want "^net $net: 3 packets transmitted, 3 packets received, 0% packet loss"
    want "^net $net: $sum "
done
want '^carriers: 0 1'
"$MICROVM" run --replay "$work/recording" >"$work/out" 2>"$work/err" </dev/null || die "the replay: $(tail -n 5 "$work/err")"
cmp "$work/out" "$work/out.1" || die 'the replay does not say the same'
for left in stream one two; do
    [[ ! -e $work/$left ]] || die "the socket $left is left behind"
done
