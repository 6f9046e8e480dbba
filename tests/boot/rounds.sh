# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2154 # work is lib.sh's
# For tests in which drivers come and go: rounds of a guest's script, and what they leave behind in the host's process; sourced.

warm=20 # rounds until code and buffers are made that later ones use again
rounds=${ROUNDS:-100}
((rounds > warm)) || warm=1

# The guest's loop: `sh /round N` for each round, as long as they succeed, then `sh /after`, and the end. At two of the rounds the guest
# waits for a line, so that the host can look at a quiet machine.
rounds_of_the_guest() {
    cat <<EOF
PS1=; PS2=; stty -echo
rounds() {
    round=1
    while [ \$round -le $rounds ]; do
        sh /round \$round || { echo "round \$round ends with \$?"; break; }
        case \$round in $warm | $rounds) echo "look: \$round"; read go ;; esac
        round=\$((round + 1))
    done
    echo "rounds: \$((round - 1))"
    if [ -e /after ]; then sh /after; fi
}
rounds; poweroff -f
EOF
}

# footprint PID: descriptors, threads and KiB of the heap of a machine and of the processes that it has started. RAM and translated code,
# which guests fill as they like, are no part of the heap; what history keeps is, and so there is none.
footprint() {
    local pid fds=0 threads=0 kib=0
    for pid in "$1" $(pgrep -P "$1" || true); do
        fds=$((fds + $(find "/proc/$pid/fd" -mindepth 1 | wc -l)))
        threads=$((threads + $(sed -n 's/^Threads:[^0-9]*//p' "/proc/$pid/status")))
        kib=$((kib + $(awk '/ \[heap\]$/ {heap = 1} heap && /^Anonymous:/ {kib = $2; heap = 0} END {print kib + 0}' "/proc/$pid/smaps")))
    done
    echo "$fds $threads $kib"
}

# look: what the machine holds when it is warm goes to $before; at the end it is to be no more, once connections that have lost their
# guest have timed out.
look() {
    if [[ ! ${before-} ]]; then
        before=$(footprint "$machine")
        return
    fi
    local tries=0
    after=$(footprint "$machine")
    # shellcheck disable=SC2086 # three numbers each
    until not_more $before $after || ((++tries > 300)); do
        sleep 0.5
        after=$(footprint "$machine")
    done
}

# not_more FDS THREADS KIB FDS THREADS KIB
not_more() { (($4 <= $1 && $5 <= $2 && $6 <= $3 + 8192)); }

# in_rounds OPTION...: a machine that gets the commands of $work/commands and then the rounds. None is to fail, the guest's log is to be
# clean, and the process is to hold no more at the end than when it was warm.
in_rounds() {
    local line machine before='' after=''
    mkfifo "$work/keys" "$work/screen"
    "$MICROVM" run --history 0 "$@" <"$work/keys" >"$work/screen" 2>"$work/err" &
    machine=$!
    exec 8>"$work/keys" 9<"$work/screen"
    { cat "$work/commands" && rounds_of_the_guest; } >&8
    while read -r line <&9; do
        printf '%s\n' "$line"
        [[ $line != 'look: '* ]] || { look && echo >&8; }
    done >"$work/out"
    wait "$machine" || die "the machine ends with $?: $(tail -n 5 "$work/out" "$work/err")"
    want "^rounds: $rounds"
    if grep -E 'BUG|Oops|WARNING|Call Trace|needs a reset|blocked for more|rcu.*stall' "$work/out" "$work/err"; then
        die 'the guest is in trouble'
    fi
    echo "descriptors, threads, KiB of heap after $warm rounds: $before; after $rounds: $after"
    # shellcheck disable=SC2086 # three numbers each
    not_more $before $after || die 'the process holds more than before'
}
