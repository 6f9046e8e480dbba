/* SPDX-License-Identifier: MIT */
/* Tells from the order of a guest's UART accesses whether it waits for input: guests clear the FIFO when their driver starts,
 * and input that came earlier would be lost. */
#ifndef MICROVM_DEVICES_INPUT_WATCH_H
#define MICROVM_DEVICES_INPUT_WATCH_H

#include <stdbool.h>

enum {
    /* Two looks in a row may be a driver's checks as it opens the port (Linux makes five between FCR and IER, and throws away
     * what RBR then holds), so it takes more than those to count as waiting. */
    INPUT_WATCH_LOOKS = 16,
    /* A look after each byte sent may be a wait for the transmitter, as in an early console, or a look for a key by a loop
     * that does not wait for the transmitter. After so many it counts as waiting, too. */
    INPUT_WATCH_LOOKS_OF_A_WRITER = 1024
};

/* What the guest's last access was, if it can be part of a loop that waits for input. */
enum input_access { ACCESS_OTHER, ACCESS_LSR, ACCESS_RBR };

/* All zero: nothing seen since the receiver was last cleared. */
struct input_watch {
    bool waits;   /* the guest waits for input by reading a register over and over */
    bool guessed; /* it may just as well have waited for the transmitter */
    bool taken;   /* it has read a byte */
    enum input_access last;
    unsigned looks; /* reads of LSR and RBR, up to INPUT_WATCH_LOOKS_OF_A_WRITER */
};

void input_watch_note(struct input_watch *watch, enum input_access access);

#endif
