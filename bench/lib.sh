# SPDX-License-Identifier: MIT
# shellcheck shell=bash disable=SC2034,SC2154 # the scripts use these variables, and set default_rows
# What the benchmarks share; sourced with default_rows set, and with the script's own arguments:
# [--against PEER] [--rounds N] [--with OPTIONS] [--profile] [ROW...]; the last two options only where can_profile is set.
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/lib.sh
. "$root/scripts/lib.sh"
microvm=${MICROVM:-$root/microvm} guests=$cache/guests
rounds=3
against=''
with=''
profile=''
while [[ ${1:-} == --* ]]; do
    case $1 in
    --rounds) rounds=${2:?--rounds needs a number} ;;
    --against) against=${2:?--against needs a peer} ;;
    --with)
        [[ ${can_profile:-} ]] || die "no option '$1'"
        with=${2:?--with needs options of microvm run}
        ;;
    --profile)
        [[ ${can_profile:-} ]] || die "no option '$1'"
        profile=yes
        shift
        continue
        ;;
    *) die "no option '$1'" ;;
    esac
    shift 2
done
(($#)) || set -- "${default_rows[@]}"
rows=("$@")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# column N: that column of the lines of $work/pairs, sorted.
column() {
    awk -v n="$1" '{print $n}' "$work/pairs" | sort -g
}

# median N: of that column.
median() {
    column "$1" | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}

# spread N: the least and the greatest of that column.
spread() {
    column "$1" | awk 'NR == 1 {least = $1} {greatest = $1} END {print (least == "-") ? "-" : least "-" greatest}'
}

# pair less|more PEER ROW: what the script's `measure microvm|PEER ROW` prints, each in turn, once a round. A line of
# $work/pairs is microvm's figure, the peer's, how much better microvm is (less or more of it being so), and what else
# `measure microvm` printed. Without a PEER there are dashes.
pair() {
    local ours theirs more i
    : >"$work/pairs"
    for ((i = 0; i < rounds; i++)); do
        # Assigned, not piped, so that a failure ends the script.
        ours=$(measure microvm "$3")
        theirs='-'
        [[ -z $2 ]] || theirs=$(measure "$2" "$3")
        more=${ours#* }
        echo "${ours%% *} ${theirs%% *} $(ratio "$1" "${ours%% *}" "${theirs%% *}") $more" >>"$work/pairs"
    done
}

# ratio less|more OURS THEIRS
ratio() {
    awk -v better="$1" -v a="$2" -v b="$3" 'BEGIN {
        if (better == "less") { c = a; a = b; b = c }
        print (a > 0 && b > 0) ? sprintf("%.2f", a / b) : "-"}'
}
