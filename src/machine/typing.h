/* SPDX-License-Identifier: MIT */
/* What scripts do at the keyboard: names of keys, and the keys that make a text on a US keyboard, as presses and releases in guest
 * time. */
#ifndef MICROVM_MACHINE_TYPING_H
#define MICROVM_MACHINE_TYPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* A key goes down or up, so long after what came before it. */
struct key_action {
    uint32_t after_us;
    uint16_t code; /* Linux' */
    uint8_t pressed;
    uint8_t unused; /* 0 */
};

/* Of one request. */
#define TYPING_ACTIONS 16384u
/* How long sendkey holds keys; the next follow after as long a time. What is typed comes in such a distance, and is not held: whatever
 * the host's time does meanwhile, no key repeats. */
#define TYPING_HOLD_MS 100u
#define TYPING_HOLD_LIMIT_MS 60000u
#define TYPING_TEXT_US 10000u
/* Keys that are held at once. */
#define TYPING_CHORD 16u

struct typing {
    size_t count;
    struct key_action actions[TYPING_ACTIONS];
};

/* Names as in virtio/input_keys.def, and a few others that some of the keys have. NULL: there are no more. */
const char *typing_key_name(unsigned n);

/* Appends a chord as in "ctrl-alt-delete": all keys go down, in that order, and after the time up again. False: err names the
 * key that there is not. */
bool typing_add_keys(struct typing *typing, const char *keys, uint32_t hold_ms, struct error *err);

/* Appends a text in ASCII; with escapes \n, \t, \e and \\ stand for Enter, Tab, Esc and the backslash. False: err names what no
 * key makes, and nothing is appended. */
bool typing_add_text(struct typing *typing, const char *text, bool escapes, struct error *err);

/* As bytes, for a saved machine: of each action after_us (4), code (2), pressed (1), 0 (1). What is loaded may be an enemy's: it is
 * checked first. */
size_t typing_saved_bytes(const struct typing *typing);
void typing_save(const struct typing *typing, uint8_t *bytes);
bool typing_check(const uint8_t *bytes, size_t count, struct error *err);
bool typing_load(struct typing *typing, const uint8_t *bytes, size_t count);

#endif
