#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Linux plays a second of noise in each format of the card and records a WAV file: no sample is lost, changed or invented, and a second
# of sound takes a second of the guest's time. A recording of the run is replayed without the files.
. "$(dirname -- "$0")/lib.sh"
. "$(dirname -- "$0")/guest_tools.sh"
mkdir -p "$work/root"
head -c 1536000 <(openssl enc -aes-128-ctr -K 00 -iv 00 -in /dev/zero 2>/dev/null || true) >"$work/root/noise"
python3 - "$work/root/noise" "$work/in.wav" <<'EOP'
import sys, wave
with wave.open(sys.argv[2], "wb") as file:
    file.setnchannels(2), file.setsampwidth(2), file.setframerate(44100)
    file.writeframes(open(sys.argv[1], "rb").read(88200))
EOP
with_programs pcm
cat >"$work/commands" <<'EOI'
modprobe -a virtio_mmio virtio_snd; PS1=; play() { head -c $5 /noise | /pcm play $1 $2 $3 $4; }
play S16 44100 2 4410 176400
play S16 44100 2 1024 176401
play U8 8000 1 800 8000
play S32 192000 2 1920 1536000
play FLOAT 48000 1 480 192000
/pcm record S16 44100 2 1024 30000 | md5sum
echo problems: $(dmesg | grep -c -E 'virtio_snd|BUG|WARNING')
poweroff -f
EOI
"$MICROVM" run "$image" --initrd "$work/initramfs" --cmdline 'quiet loglevel=4' --clock virtual --record "$work/record" \
    --audio "wav:$work/out.wav,in=$work/in.wav" <"$work/commands" >"$work/out" 2>"$work/err"
[[ $(grep -cE '^played in (1000|1[01][0-9]{2}) ms with 0 gaps' "$work/out") == 5 ]] || { cat "$work/out"; die 'it took another time'; }
want '^problems: 0'
want "^$(cat <(head -c 88200 "$work/root/noise") <(head -c 31800 /dev/zero) | md5sum | cut -c1-32)  -"

# same FILE SKIP BYTES: behind so many bytes of samples it has the first so many of the noise.
same() { cmp -n "$3" <(tail -c +$((45 + $2)) "$1") "$work/root/noise" || die "$1 has other samples"; }
# ends FILE BYTES: it has no more than so many bytes of samples, and its header says so.
ends() {
    [[ $(stat -c %s "$1") == $((44 + $2)) ]] || die "$1 has another length"
    [[ $(od -An -tu4 -j40 -N4 "$1" | tr -d ' ') == "$2" ]] || die "the header of $1 is wrong"
}
same "$work/out.wav" 0 176400
same "$work/out.wav" 176400 176401
ends "$work/out.wav" $((176400 + 180224))
same "$work/out.wav.2" 0 8000
ends "$work/out.wav.2" 8000
same "$work/out.wav.3" 0 1536000
ends "$work/out.wav.3" 1536000
same "$work/out.wav.4" 0 192000
ends "$work/out.wav.4" 192000
rm "$work"/*.wav*
"$MICROVM" run --replay "$work/record" >"$work/again" 2>"$work/err" </dev/null
cmp "$work/out" "$work/again"
if ls "$work"/*.wav* 2>/dev/null; then die 'the replay played'; fi
