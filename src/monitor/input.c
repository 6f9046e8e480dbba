/* SPDX-License-Identifier: MIT */
/* Commands about the keyboard, the tablet and the sound card: info input, sendkey, type, info sound. */
#include <inttypes.h>
#include <stdlib.h>

#include "machine/input_devices.h"
#include "machine/sound.h"
#include "monitor/impl.h"

#define NO_DEVICES "the machine has no keyboard: give it a screen, or run it with --input keyboard"

/* NULL: there are none, which has been said. */
static struct input_devices *devices_of(const struct monitor_request *r)
{
    struct input_devices *devices = input_devices_of(machine_peripherals(r->monitor->parts.machine));
    if (devices == NULL)
        monitor_fail(r, NO_DEVICES);
    return devices;
}

static const char *driver(bool listens)
{
    return listens ? "the guest has a driver for it" : "the guest has no driver for it at present";
}

bool monitor_do_info_input(struct monitor_request *r)
{
    const struct input_devices *devices = devices_of(r);
    if (devices == NULL)
        return false;
    struct input_devices_look look = input_devices_look(devices);
    if (look.has_keyboard)
        monitor_say(r, "keyboard: %s; Num Lock %s, Caps Lock %s, Scroll Lock %s\n", driver(look.keyboard_listens),
                    look.leds & 1 ? "on" : "off", look.leds & 2 ? "on" : "off", look.leds & 4 ? "on" : "off");
    if (look.has_tablet)
        monitor_say(r, "tablet: %s\n", driver(look.tablet_listens));
    if (look.stalled)
        monitor_say(r, "the driver has not taken what it was given: all else waits\n");
    if (look.typed != 0)
        monitor_say(r, "%u presses and releases wait to be typed\n", look.typed);
    return true;
}

/* Frees what is to be typed, which could not be made if ok is false. */
static bool type(const struct monitor_request *r, struct typing *typing, bool ok, struct error *err)
{
    struct input_devices *devices = devices_of(r);
    if (devices != NULL && !machine_may_change(r->monitor->parts.machine))
        error_set(err, "%s", MONITOR_PAST_TEXT);
    else if (devices != NULL && ok && input_devices_type(devices, typing, err))
        return free(typing), true;
    free(typing);
    return devices != NULL && monitor_fail(r, "%s: %s", r->command->name, err->text);
}

static struct typing *new_typing(const struct monitor_request *r)
{
    struct typing *typing = calloc(1, sizeof *typing);
    if (typing == NULL)
        monitor_fail(r, "out of memory");
    return typing;
}

bool monitor_do_sendkey(struct monitor_request *r)
{
    uint64_t hold_ms = TYPING_HOLD_MS;
    struct error err;
    if (r->count > 1 && !monitor_value(r, r->words[1], &hold_ms))
        return false;
    if (hold_ms > TYPING_HOLD_LIMIT_MS)
        return monitor_fail(r, "sendkey: keys are held for %u ms at most", TYPING_HOLD_LIMIT_MS);
    struct typing *typing = new_typing(r);
    return typing != NULL && type(r, typing, typing_add_keys(typing, r->words[0], (uint32_t)hold_ms, &err), &err);
}

bool monitor_do_type(struct monitor_request *r)
{
    struct error err;
    struct typing *typing = new_typing(r);
    return typing != NULL && type(r, typing, typing_add_text(typing, r->rest, true, &err), &err);
}

static void say_stream(const struct monitor_request *r, const struct virtio_snd *card, enum sound_direction direction)
{
    static const char *const samples[SOUND_SAMPLES] = {
        [SOUND_U8] = "U8", [SOUND_S16] = "S16", [SOUND_S32] = "S32", [SOUND_FLOAT] = "FLOAT"};
    struct virtio_snd_look look = virtio_snd_look(card, direction);
    monitor_say(r, "%s: ", direction == SOUND_OUTPUT ? "output" : "input");
    if (look.prepared || look.running)
        monitor_say(r, "%s, %s, %" PRIu32 " Hz, %s; ", look.running ? "runs" : "stands", samples[look.format.sample],
                    look.format.rate, look.format.channels == 1 ? "mono" : "stereo");
    else
        monitor_say(r, "not in use; ");
    monitor_say(r, "%" PRIu64 " frames up to now; waited %" PRIu64 " times for the guest\n", look.frames, look.gaps);
}

bool monitor_do_info_sound(struct monitor_request *r)
{
    const struct virtio_snd *card = sound_card_of(machine_peripherals(r->monitor->parts.machine));
    if (card == NULL)
        return monitor_fail(r, "the machine has no sound card: run it with --audio");
    say_stream(r, card, SOUND_OUTPUT);
    say_stream(r, card, SOUND_INPUT);
    return true;
}
