#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Two cards on user networks: each has its address and its capture; guestfwd leads to a program; IPv6 has an address by router
# advertisement, a router that answers, and a port that is forwarded; a card that is unplugged says so.
. "$(dirname -- "$0")/network.sh"

# The answer of the guest's port 7, which is about to be there, at the address.
ask() {
    perl -MIO::Socket::IP -e '
        for (1 .. 100) {
            my $s = IO::Socket::IP->new(PeerHost => $ARGV[0], PeerPort => $ARGV[1]) or exit 1;
            my $line = <$s>;
            if (defined $line) { print $line; exit 0; }
        }' "$@" >"$work/answer" || true
}

{
    cat <<'EOF'

modprobe -a virtio_mmio virtio_net || poweroff -f
ifconfig lo 127.0.0.1
for card in eth0 eth1 eth2; do ifconfig $card up; echo "$card has $(cat /sys/class/net/$card/address)"; done
echo "carriers: $(cat /sys/class/net/eth0/carrier /sys/class/net/eth1/carrier /sys/class/net/eth2/carrier | tr '\n' ' ')"
udhcpc -i eth0 -n -q -s /bin/true
ifconfig eth0 10.0.2.15
echo shout | nc 10.0.2.100 80 | sed 's/^/program: /'
until ifconfig eth0 | grep -qi 'fec0:.*scope:site'; do sleep 1; done
ping6 -c 3 fec0::2
echo listening
echo 'hello from the guest' | nc -l -p 7 >/dev/null
poweroff -f
EOF
} >"$work/commands"
mkfifo "$work/lines"
host=::1
[[ -e /proc/net/if_inet6 && -s /proc/net/if_inet6 ]] || host=127.0.0.1
forward=hostfwd=tcp:[$host]:0-:7
[[ $host == ::1 ]] || forward=hostfwd=tcp:$host:0-:7
"$MICROVM" run "$image" --initrd "$initramfs" --cmdline quiet --pcap "$work/pcap" \
    --net "user,$forward,guestfwd=tcp:10.0.2.100:80-cmd:tr a-z A-Z" --net user,ipv6=off --net unplugged \
    <"$work/commands" >"$work/lines" 2>"$work/err" &
while read -r line; do
    printf '%s\n' "$line" >>"$work/out"
    if [[ $line == listening* ]]; then
        ask "$host" "$(sed -n 's/.*tcp .*:\([0-9]*\) is forwarded.*/\1/p' "$work/err")"
    fi
done <"$work/lines"
wait "$!"
want '^eth0 has 52:54:00:12:34:56'
want '^eth1 has 52:54:00:12:34:57'
want '^eth2 has 52:54:00:12:34:58'
want '^carriers: 1 1 0'
want '^program: SHOUT'
want '3 packets transmitted, 3 packets received, 0% packet loss'
[[ $(cat "$work/answer" 2>/dev/null) == 'hello from the guest' ]] || die 'the forwarded port has not answered'
for n in '' .1 .2; do
    [[ $(od -An -tx4 -N4 "$work/pcap$n") == *a1b23c4d ]] || die "the capture pcap$n has no magic"
done
(($(stat -c %s "$work/pcap") > $(stat -c %s "$work/pcap.1"))) || die 'the captures are not of each card'
