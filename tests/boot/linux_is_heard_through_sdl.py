# SPDX-License-Identifier: MIT
"""A sound card of SDL's that is a file: what the guest plays is written there, what it records stands in another.

usage: linux_is_heard_through_sdl.py FOLDER OPTION...   with MICROVM set; the options are those of microvm run; FOLDER/root/tune is what the
guest has as /tune
"""

import array
import base64
import pathlib
import sys

from text_console import Guest

FOLDER = pathlib.Path(sys.argv[1])
PERIOD = 882
FORMAT = f"S16 44100 2 {PERIOD}"
RECORDED_FRAMES = 10 * PERIOD
BASE = 0x7fff
# The card takes pieces a few times as fast as they are to be heard, so that a busy host is no reason for it to drop any.
CARD = {"SDL_AUDIODRIVER": "disk", "SDL_DISKAUDIODELAY": "2", "SDL_DISKAUDIOFILE": str(FOLDER / "heard"),
        "SDL_DISKAUDIOFILEIN": str(FOLDER / "sung")}


def samples(data):
    return array.array("h", data[:len(data) // 2 * 2])


def heard():
    """Without the silence before, between and after."""
    return [sample for sample in samples((FOLDER / "heard").read_bytes()) if sample != 0]


def song():
    """Frames that say which they are, none of them silent."""
    return array.array("h", (part for number in range(2 ** 20) for part in (number % BASE + 1, number // BASE + 1)))


def check_recorded(recorded):
    """Pieces of the song, in order: what the guest is too slow for is dropped, what comes too late for it is silence."""
    numbers = [(rest - 1) * BASE + low - 1 for low, rest in zip(recorded[::2], recorded[1::2]) if rest != 0]
    distances = [after - before for before, after in zip(numbers, numbers[1:])]
    assert len(recorded) == 2 * RECORDED_FRAMES and len(numbers) > PERIOD, (len(recorded), len(numbers))
    assert min(distances) > 0 and distances.count(1) > 0.9 * len(distances), distances


def main():
    (FOLDER / "sung").write_bytes(song().tobytes())
    with Guest([*sys.argv[2:], "--audio", "sdl"], **CARD) as guest:
        guest.wait_for_output("# ")
        guest.quiet_shell()
        guest.says("modprobe -a virtio_mmio virtio_snd; until [ -e /dev/snd/pcmC0D0p ]; do sleep 0.2; done; echo it so''unds", "it sounds")
        guest.says(f"/pcm play {FORMAT} </tune", "played in")
        tune = list(samples((FOLDER / "root" / "tune").read_bytes()))
        while len(found := heard()) < len(tune):
            pass
        assert found == tune, "what is heard is not what was played"
        answer = guest.says(f"/pcm record {FORMAT} {RECORDED_FRAMES} | base64; echo th''at is all", "that is all")
        check_recorded(samples(base64.b64decode(answer.partition(b"\n")[2].rpartition(b"that")[0])))
        guest.type("poweroff -f\n")
        assert guest.process.wait() == 0, guest.process.returncode


main()
