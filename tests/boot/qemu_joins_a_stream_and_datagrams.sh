#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A machine and one of QEMU, joined by a stream and by datagrams: a file is carried over either cable.
. "$(dirname -- "$0")/network.sh"
qemu-system-riscv64 -netdev help 2>/dev/null | grep -qx dgram || skip 'no QEMU with -netdev stream and dgram'

# The cards get addresses in the networks that the last bytes of their own addresses name.
drivers() {
    cat <<EOF
# What comes before the guest has opened its terminal is lost.
# QEMU's UART forgets it.

modprobe -a virtio_mmio virtio_net || poweroff -f
ifconfig lo 127.0.0.1
for card in eth0 eth1; do
    read -r address </sys/class/net/\$card/address
    ifconfig \$card 10.9.\${address##*:0}.$1 up
done
EOF
}

{
    drivers 1
    cat <<'EOF'
mkdir /tmp/www
dd if=/dev/urandom of=/tmp/www/file bs=64k count=64 2>/dev/null
echo "given: $(md5sum </tmp/www/file)"
httpd -h /tmp/www
EOF
} >"$work/commands.1"
{
    drivers 2
    cat <<'EOF'
until wget -q -O /dev/null http://10.9.0.1/file 2>/dev/null; do sleep 1; done
for net in 0 1; do
    echo "net $net: $(wget -q -O - http://10.9.$net.1/file | md5sum)"
done
poweroff -f
EOF
} >"$work/commands.2"

mkfifo "$work/typed"
timeout 300 qemu-system-riscv64 -M virt -m 256M -nographic -kernel "$image" -initrd "$initramfs" -append quiet \
    -global virtio-mmio.force-legacy=false \
    -netdev "stream,id=s,server=on,addr.type=unix,addr.path=$work/stream" \
    -device virtio-net-device,netdev=s,mac=52:54:00:00:01:00 \
    -netdev "dgram,id=d,local.type=unix,local.path=$work/one,remote.type=unix,remote.path=$work/two" \
    -device virtio-net-device,netdev=d,mac=52:54:00:00:01:01 <"$work/typed" >"$work/out.1" 2>"$work/err.1" &
exec 8>"$work/typed"
cat "$work/commands.1" >&8
timeout 300 "$MICROVM" run "$image" --initrd "$initramfs" --cmdline quiet -m 256M \
    --net "stream,path=$work/stream,reconnect=1,mac=52:54:00:00:02:00" \
    --net "dgram,local=$work/two,remote=$work/one,mac=52:54:00:00:02:01" <"$work/commands.2" \
    >"$work/out" 2>"$work/err" || die "the machine: $(tail -n 5 "$work/out" "$work/err" "$work/out.1")"
echo 'poweroff -f' >&8
wait "$!" || die "QEMU: $(tail -n 5 "$work/out.1" "$work/err.1")"
sum=$(sed -n 's/^given: \([0-9a-f]*\).*/\1/p' "$work/out.1")
[[ $sum ]] || die "QEMU's machine has made no file"
want "^net 0: $sum "
want "^net 1: $sum "
