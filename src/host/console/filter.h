/* SPDX-License-Identifier: MIT */
/* The guest's output on its way to a terminal: OSC, DCS, APC, PM and SOS strings (titles, clipboard, hyperlinks, palettes)
 * are taken out, all else passes, and the modes that the guest switched are remembered so that they can be undone.
 * Owns the parser's state, nothing else. */
#ifndef MICROVM_HOST_CONSOLE_FILTER_H
#define MICROVM_HOST_CONSOLE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum filter_state {
    FILTER_GROUND,
    FILTER_ESCAPE,       /* ESC seen, and held back until the next byte says what it begins */
    FILTER_INTERMEDIATE, /* ESC and an intermediate byte */
    FILTER_CSI,
    FILTER_STRING,
    FILTER_STRING_ESCAPE /* ESC inside a string: its end, or a new sequence */
};

/* All zero is the start: strings are dropped. */
struct filter {
    enum filter_state state;
    bool keep_strings;  /* let everything pass, only remember the modes */
    uint8_t introducer; /* which string: the byte behind ESC that begins it */
    uint8_t utf8_left;  /* continuation bytes that the character still lacks */
    uint8_t utf8_low;   /* bounds of the next one */
    uint8_t utf8_high;
    bool held_c2;         /* 0xc2 is held back: it may begin a control character */
    bool private_csi;     /* CSI ? */
    unsigned number;      /* the parameter being read */
    unsigned numbers[16]; /* those before it */
    unsigned number_count;
    uint32_t modes; /* a bit for each row of filter_modes.def that is not as a terminal has it */
};

/* Bytes that may be held back from earlier calls. */
enum { FILTER_HELD = 2 };

/* Filters count bytes into out (count + FILTER_HELD bytes large); returns how many came out. */
size_t filter_bytes(struct filter *filter, const uint8_t *in, size_t count, uint8_t *out);

/* Room enough for all modes. */
enum { FILTER_UNDO_BYTES = 256 };

/* Writes what undoes the modes into out; returns the length. Async-signal-safe. */
size_t filter_undo(uint32_t modes, char out[FILTER_UNDO_BYTES]);

#endif
