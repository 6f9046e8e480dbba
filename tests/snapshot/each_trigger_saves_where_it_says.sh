#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# --at-step saves at exactly that step, --at-output behind the byte that completes the text, the end of the run where it ended; SIGUSR1 and the
# monitor save and let the run go on.
. "$(dirname -- "$0")/lib.sh"

run 0 "${guest[@]}" --save-snapshot "$work/a" --at-step 12345677
[[ $(step_of "$work/a") == 12345677 ]] || fail "saved at step $(step_of "$work/a")"
run 0 --load-snapshot "$work/a"
grep -q 'powering off' "$work/out" || fail 'the loaded machine did not go on'
run 0 "${guest[@]}" --save-snapshot "$work/a" --at-step 0
[[ $(step_of "$work/a") == 0 ]] || fail "saved at step $(step_of "$work/a") instead of 0"

run 0 "${guest[@]}" --save-snapshot "$work/a" --at-output 'tick=3,'
run 0 --load-snapshot "$work/a"
[[ $(head -c 7 "$work/out") == ' pid=2,' ]] || fail "after the text comes $(head -n 1 "$work/out")"

run 122 "${guest[@]}" --save-snapshot "$work/a" --max-insns 5000001
[[ $(step_of "$work/a") == 5000001 ]] || fail "the end was saved at step $(step_of "$work/a")"
run 122 "${guest[@]}" --save-snapshot "$work/b" --max-insns 5000001 --at-step 5000001
cmp "$work/a" "$work/b" || fail 'the last step is saved in two ways'

# The guest waits for input that does not come.
printf '\163\0\120\20\157\360\337\377' >"$work/waits" # wfi; j .-4
"$microvm" run "$work/waits" --memory 16 --explain off --monitor "$work/monitor" --save-snapshot "$work/c" \
    </dev/null >"$work/out" 2>"$work/err" &
pid=$!
trap 'kill $pid 2>/dev/null || true; rm -rf "$work"' EXIT
until [[ -S $work/monitor ]]; do kill -0 $pid; done
kill -USR1 $pid
until [[ -s $work/c ]]; do kill -0 $pid; done
step=$(step_of "$work/c")
[[ $step -lt 100 ]] || fail "SIGUSR1 saved at step $step"
rm "$work/c"
perl -MIO::Socket::UNIX -e '
    my $s = IO::Socket::UNIX->new(Peer => $ARGV[0]) or die; print $s "snapshot\n"; $s->flush;
    while (<$s>) { print; last if /saved to|microvm: / } print $s "quit\n"; $s->flush; 1 while <$s>;' "$work/monitor" >"$work/said"
grep -Eq "saved to $work/c at step [0-9]{1,2}\$" "$work/said" || fail "the monitor said: $(cat "$work/said")"
wait $pid || fail "the run ended with $?"
