/* SPDX-License-Identifier: MIT */
#include "devices/input_watch.h"

void input_watch_note(struct input_watch *watch, enum input_access access)
{
    bool look = access != ACCESS_OTHER, in_a_row = access == watch->last;
    watch->last = access;
    if (!look || watch->waits)
        return;
    watch->looks++;
    watch->guessed = watch->looks >= INPUT_WATCH_LOOKS_OF_A_WRITER;
    watch->waits = watch->guessed || (in_a_row && watch->looks >= INPUT_WATCH_LOOKS);
}
