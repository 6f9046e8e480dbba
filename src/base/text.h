/* SPDX-License-Identifier: MIT */
/* Bytes of texts that come from outside and go to a terminal. */
#ifndef MICROVM_BASE_TEXT_H
#define MICROVM_BASE_TEXT_H

#include <stdbool.h>

/* Whether a terminal might take it for a command: a line of ours shows it as '?'. */
static inline bool text_is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

#endif
