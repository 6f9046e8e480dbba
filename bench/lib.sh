# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the benchmarks share; sourced with default_rows set, and with the script's own arguments: [--rounds N] [ROW...].
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/lib.sh
. "$root/scripts/lib.sh"
# shellcheck disable=SC2034 # for the scripts
microvm=${MICROVM:-$root/microvm} guests=$cache/guests
rounds=3
if [[ ${1:-} == --rounds ]]; then
    rounds=$2
    shift 2
fi
(($#)) || set -- "${default_rows[@]}"
rows=("$@")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

median() {
    sort -g | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'
}

# compare UNIT less|more: a line for each row: the medians of what the script's `measure microvm|qemu ROW` prints, each in turn,
# and how much better microvm is, less or more of the unit being so.
compare() {
    local row ours theirs i
    printf '%-12s %15s %15s %8s\n' row "microvm, $1" "QEMU, $1" ratio
    for row in "${rows[@]}"; do
        : >"$work/ours"
        : >"$work/theirs"
        for ((i = 0; i < rounds; i++)); do
            measure microvm "$row" >>"$work/ours"
            measure qemu "$row" >>"$work/theirs"
        done
        ours=$(median <"$work/ours")
        theirs=$(median <"$work/theirs")
        printf '%-12s %15s %15s %8s\n' "$row" "$ours" "$theirs" "$(awk -v a="$ours" -v b="$theirs" -v better="$2" 'BEGIN {
            if (better == "less") { c = a; a = b; b = c }
            print (b > 0) ? sprintf("%.2f", a / b) : "-"}')"
    done
}
