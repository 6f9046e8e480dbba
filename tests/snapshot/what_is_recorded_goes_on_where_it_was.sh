#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A guest writes what its sound card records. Saved in the midst of that, loaded, and saved again, it has all of the file once.
. "$(dirname -- "$0")/lib.sh"
seq -f 'line %04g' 1 500 >"$work/text"
python3 - "$work" <<'EOP'
import sys, wave
with wave.open(f"{sys.argv[1]}/in.wav", "wb") as file:
    file.setnchannels(1), file.setsampwidth(1), file.setframerate(192000)
    file.writeframes(open(f"{sys.argv[1]}/text", "rb").read())
EOP
audio=(--audio "wav:$work/out.wav,in=$work/in.wav")
run 0 "$2" --clock virtual "${audio[@]}"
cmp "$work/out" "$work/text" || fail 'what is recorded at once is not the file'
for steps in 1000 400000 1000003 4999999; do
    run 122 "$2" --clock virtual "${audio[@]}" --max-insns "$steps" --save-snapshot "$work/a"
    cp "$work/out" "$work/all"
    run 122 --load-snapshot "$work/a" "${audio[@]}" --max-insns 3000001 --save-snapshot "$work/b"
    cat "$work/out" >>"$work/all"
    run 0 --load-snapshot "$work/b" "${audio[@]}"
    cat "$work/out" >>"$work/all"
    cmp "$work/all" "$work/text" || fail "saved at step $steps it records something else"
done
