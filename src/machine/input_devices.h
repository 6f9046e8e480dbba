/* SPDX-License-Identifier: MIT */
/* The keyboard and the tablet of a machine, and what waits to be typed there: --input, or because there is a screen. Owns the devices and the
 * queue that viewers put their events into. */
#ifndef MICROVM_MACHINE_INPUT_DEVICES_H
#define MICROVM_MACHINE_INPUT_DEVICES_H

#include "host/input_queue.h"
#include "machine/peripheral.h"
#include "machine/typing.h"

extern const struct peripheral_kind input_peripheral;

/* Which of them --input's value asks for. */
struct input_wanted {
    bool keyboard, tablet;
};
bool input_devices_parse(const char *text, struct input_wanted *wanted, struct error *err);

struct input_devices;

/* NULL: the machine has neither. */
struct input_devices *input_devices_of(const struct peripherals *peripherals);

/* For viewers, on any thread; as long as the machine. */
struct input_queue *input_devices_queue(struct input_devices *devices);

/* Presses keys and releases them, one after the other, behind what waits already. False: there is no keyboard, or not so much
 * room; nothing of it is typed then. On the machine's thread, where it may be changed (machine_may_change). */
bool input_devices_type(struct input_devices *devices, const struct typing *typing, struct error *err);

/* For those who look on. */
struct input_devices_look {
    bool has_keyboard, has_tablet;
    bool keyboard_listens, tablet_listens; /* the guest has a driver for it */
    bool stalled;                          /* that does not take what it is given */
    unsigned leds;
    unsigned typed; /* presses and releases that wait */
};
struct input_devices_look input_devices_look(const struct input_devices *devices);

#endif
