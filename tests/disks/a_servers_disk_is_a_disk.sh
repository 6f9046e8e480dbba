#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A disk that an NBD server has: written, flushed, read again, over a socket and over TCP on loopback, by two servers; read-only
# exports; snapshot=on; and in one line what is wrong with a server.
. "$(dirname -- "$0")/lib.sh"
for tool in nbdkit qemu-nbd; do
    command -v $tool >/dev/null || { echo "no $tool"; exit 77; }
done
[[ $("$microvm" help run) == *nbd://* ]] || { echo "built without libnbd"; exit 77; }
trap 'stop_servers; rm -rf "$work"' EXIT
full_image "$work/whole"

# serve SOCKET NBDKIT-ARGUMENT...: a server in the background, which is there when this comes back.
serve() {
    nbdkit -U "$1" -P "$1.pid" "${@:2}"
    until [[ -s $1.pid ]]; do :; done
}

# Those that have written their process's number.
stop_servers() {
    local file
    for file in "$work"/*.pid; do
        [[ ! -f $file ]] || kill "$(<"$file")" 2>/dev/null || true
        rm -f "$file"
    done
}

at() {
    printf 'nbd+unix:///%s?socket=%s' "${2-}" "$1"
}

truncate -s 1M "$work/image" "$work/empty"
serve "$work/s1" file "$work/image"
run 0 "$guest" --disk "$(at "$work/s1")" -v
cmp "$work/image" "$work/whole" || fail "nbdkit's file is not what the guest wrote"
run 0 "$guest" --disk "$(at "$work/s1"),format=raw,cache=writethrough" --clock virtual
stop_servers

# The same by QEMU's server and on TCP; its image is qcow2, and the export has a name.
qemu-img create -q -f qcow2 "$work/qcow2" 1M
qemu-nbd --fork --pid-file="$work/qemu.pid" -f qcow2 -x system -k "$work/s2" "$work/qcow2"
run 0 "$guest" --disk "$(at "$work/s2" system)"
stop_servers
qemu-img compare -q -f qcow2 -F raw "$work/qcow2" "$work/whole" || fail "qemu-nbd's image is not what the guest wrote"
for port in $(seq 20000 20100); do
    nbdkit -i 127.0.0.1 -p "$port" -P "$work/tcp.pid" file "$work/image" 2>/dev/null && break
done
run 0 "$guest" --disk "nbd://127.0.0.1:$port"
stop_servers

# A server without zeros; one that wants no writes; one whose disk is left as it is.
serve "$work/s3" --filter=nozero memory 1M
run 0 "$guest" --disk "$(at "$work/s3")"
stop_servers
serve "$work/s4" -r file "$work/whole"
run 2 "$guest" --disk "$(at "$work/s4")"
run 0 "$guest" --disk "$(at "$work/s4"),snapshot=on"
run 0 "$guest" --disk "$(at "$work/s4")" --with-disks
stop_servers
serve "$work/s5" file "$work/empty"
run 0 "$guest" --disk "$(at "$work/s5"),snapshot=on" --clock virtual --save-snapshot "$work/saved" --at-step 200000
[[ $(tr -d '\0' <"$work/empty" | wc -c) == 0 ]] || fail "snapshot=on has written to the server"
run 0 --load-snapshot "$work/saved" --disk "$(at "$work/s5"),snapshot=on"
run 0 "$guest" --disk "$(at "$work/s5")" --record "$work/recording" -vv
digest=$(sed -n 's/.*state digest //p' "$work/err")
stop_servers
run 0 --replay "$work/recording" -vv
says "state digest $digest"

# in_background OPTION...
in_background() {
    : >"$work/err" # of the run before, until the shell behind & has opened it
    "$microvm" run "$guest" "$@" </dev/null >"$work/out" 2>"$work/err" &
    process=$!
}

# What the server refuses is the guest's, or waited for.
rm -f "$work/broken"
serve "$work/s6" --filter=error memory 1M error-pwrite=ENOSPC error-rate=100% error-file="$work/broken"
: >"$work/broken"
run 2 "$guest" --disk "$(at "$work/s6")"
says "No space left on device; the guest got an I/O error"
in_background --disk "$(at "$work/s6"),on-error=enospc"
until grep -q 'the machine waits' "$work/err"; do kill -0 $process || fail "it has ended"; done
rm "$work/broken"
wait $process || fail "status $? after the server had room"
stop_servers

# die_and_return SOCKET WRITES ARGUMENT...: the server dies when it has been asked for so many writes, and is there again.
die_and_return() {
    until [[ $(grep -c ' Write ' "$1.log") -ge $2 ]]; do kill -0 $process || fail "it has ended"; done
    kill -9 "$(<"$1.pid")"
    rm -f "$1" "$1.pid" "$1.log"
    serve "$1" "${@:3}" delay-write=2ms logfile="$1.log"
}

# A server that goes away and comes back: what it keeps is asked for again.
truncate -s 0 "$work/image"
truncate -s 1M "$work/image"
log=(--filter=log --filter=delay)
serve "$work/s7" "${log[@]}" file "$work/image" delay-write=2ms logfile="$work/s7.log"
in_background --disk "$(at "$work/s7"),cache=writethrough"
for _ in 1 2 3; do
    die_and_return "$work/s7" 20 "${log[@]}" file "$work/image"
done
wait $process || fail "status $? where the server came back"
stop_servers
cmp "$work/image" "$work/whole" || fail "something was lost"

# What was written and not flushed is lost with a server that keeps it in memory: the guest is told.
serve "$work/s11" "${log[@]}" memory 1M delay-write=2ms logfile="$work/s11.log"
in_background --disk "$(at "$work/s11")"
die_and_return "$work/s11" 20 "${log[@]}" memory 1M
status=0
wait $process || status=$?
[[ $status != 0 ]] || fail "what was lost was not told"
says "a flush at byte"
stop_servers

run 125 "$guest" --disk "$(at "$work/nowhere")"
says "No such file or directory"
serve "$work/s8" memory 1000
run 125 "$guest" --disk "$(at "$work/s8")"
says "no multiple of 512"
stop_servers
serve "$work/s9" memory 0
run 125 "$guest" --disk "$(at "$work/s9")"
says "is empty"
stop_servers
serve "$work/s10" memory 1M
run 125 "$guest" --disk "$(at "$work/s10"),format=qcow2"
says "format=qcow2 is for files"
run 125 "$guest" --disk "$(at "$work/s10")" --disk-log "$work/log"
says "is a server's"
run 125 "$guest" --disk "nbd://127.0.0.1:1/x"
says "Connection refused"
