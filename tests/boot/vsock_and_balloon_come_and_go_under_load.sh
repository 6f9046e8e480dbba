#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The drivers of the sockets and of the balloon are unbound, unloaded and loaded 100 times while data streams and memory is filled and
# freed; each time a connection works afterwards, and at the end what the guest kept is right.
# Nothing is left behind in the process.
. "$(dirname -- "$0")/lib.sh"
. "$(dirname -- "$0")/rounds.sh"
with_program vsock "$(dirname -- "$0")/vsock.c"
cat >"$work/server" <<'EOF'
import socket, sys, threading
def echo(peer):
    with peer:
        try:
            while piece := peer.recv(65536):
                peer.sendall(piece)
        except OSError:
            pass
listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1])
listener.listen(64)
print("ready", flush=True)
while True:
    threading.Thread(target=echo, args=(listener.accept()[0],), daemon=True).start()
EOF
coproc server { exec python3 "$work/server" "$work/v_5000"; }
# shellcheck disable=SC2154 # coproc sets both
{
    read -r _ <&"${server[0]}"
    trap 'kill "$server_PID"; rm -rf "$work"' EXIT
}
cat >"$work/commands" <<'EOF'

modprobe -a virtio_mmio virtio_balloon vmw_vsock_virtio_transport
mkdir /big; mount -t tmpfs -o size=60% none /big; seq 1 100000 >/kept; md5sum /kept >/sum
cat >/round <<'END'
for n in 1 2 3; do vsock connect 2 5000 </dev/zero >/dev/null 2>&1 & done
while :; do head -c 30000000 /dev/zero | tr '\0' x >/big/file; rm /big/file; done &
filler=$!
[ "$(echo hello $1 | vsock connect 2 5000)" = "hello $1" ] || exit 1
for driver in vmw_vsock_virtio_transport virtio_balloon; do
    for device in /sys/bus/virtio/drivers/$driver/virtio*; do echo ${device##*/} >/sys/bus/virtio/drivers/$driver/unbind; done
done
kill $filler; killall vsock 2>/dev/null
wait
tries=0 # a socket whose end was on its way holds the module for some seconds
until modprobe -r vmw_vsock_virtio_transport 2>/dev/null || [ $((tries = tries + 1)) -gt 100 ]; do usleep 200000; done
modprobe -r virtio_balloon || exit 2
modprobe virtio_balloon && modprobe vmw_vsock_virtio_transport || exit 3
END
echo 'md5sum -c -s /sum && echo kept' >/after
EOF
in_rounds "$image" --initrd "$work/initrd" --cmdline 'quiet loglevel=4' --memory 256M --balloon --vsock "path=$work/v"
want '^kept'
