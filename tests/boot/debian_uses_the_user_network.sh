#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Debian gets an address by DHCP, pings the router, fetches 100 MiB from the host's loopback, and answers on a port that is
# forwarded to it; the capture shows the frames.
. "$(dirname -- "$0")/network.sh"
serve 100

# The answer of the guest's port 7, which is about to be there.
ask() {
    local answer='' host_port
    host_port=$(sed -n 's/.*tcp 127\.0\.0\.1:\([0-9]*\) is forwarded.*/\1/p' "$work/err")
    until [[ $answer == 'hello from the guest' ]]; do
        exec 3<>"/dev/tcp/127.0.0.1/$host_port" || return 0 # the machine has ended
        read -r -t 5 answer <&3 2>/dev/null || true
        exec 3>&-
    done
    echo "$answer" >"$work/answer"
}

{
    network_up
    cat <<EOF
ping -c 3 10.0.2.2
wget -q -O - http://10.0.2.2:$port/ | md5sum
echo listening
echo 'hello from the guest' | nc -l -p 7 >/dev/null
poweroff -f
EOF
} >"$work/commands"
mkfifo "$work/lines"
"$MICROVM" run "$image" --initrd "$initramfs" --cmdline quiet --net user,hostfwd=tcp::0-:7 --pcap "$work/pcap" \
    <"$work/commands" >"$work/lines" 2>"$work/err" &
while read -r line; do
    printf '%s\n' "$line" >>"$work/seen"
    if [[ $line == listening* ]]; then ask; fi
done <"$work/lines"
wait "$!"
mv "$work/seen" "$work/out"
want 'lease of 10\.0\.2\.15 obtained from 10\.0\.2\.2'
want '3 packets transmitted, 3 packets received, 0% packet loss'
want "^$sum "
[[ $(cat "$work/answer" 2>/dev/null) == 'hello from the guest' ]] || die 'the forwarded port has not answered'
[[ $(od -An -tx4 -N4 "$work/pcap") == *a1b23c4d ]] || die 'the capture has no magic'
(($(stat -c %s "$work/pcap") > 100 << 20)) || die 'the capture lacks what was fetched'
