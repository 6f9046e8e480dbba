# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the tests of the network share; sourced.
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# skip WHY: the test cannot be made here.
skip() {
    echo "skipped: $1" >&2
    exit 77
}

# serve MIB [ADDRESS]: a server on the loopback, or at that address, until the test ends; its port is in $port, the sum of what it
# gives in $sum.
serve() {
    coproc server { "$(dirname -- "${BASH_SOURCE[0]}")/http_server" "$@"; }
    read -r port sum <&"${server[0]}" || die 'the server does not start'
}

# in_guest OPTION...: runs Debian with a network and gives it the commands of standard input; poweroff -f must end them.
in_guest() {
    "$MICROVM" run "$image" --initrd "$initramfs" --cmdline quiet "$@" >"$work/out" 2>"$work/err"
}

# The commands that bring the network up. The console may lose the first character to the kernel's opening of it.
network_up() {
    cat <<'EOF'

modprobe -a virtio_mmio virtio_net || poweroff -f
ifconfig lo 127.0.0.1
ifconfig eth0 up
udhcpc -i eth0 -n -q -s /bin/true
address() { ifconfig eth0 10.0.2.15 up && route add default gw 10.0.2.2; }
address
EOF
}
