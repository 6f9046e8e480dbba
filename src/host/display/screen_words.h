/* SPDX-License-Identifier: MIT */
/* A few words on a screen that the guest does not draw on. Owns the letters' shapes. */
#ifndef MICROVM_HOST_DISPLAY_SCREEN_WORDS_H
#define MICROVM_HOST_DISPLAY_SCREEN_WORDS_H

#include <stdbool.h>
#include <stdint.h>

/* Whether there is a shape for the letter: only those are there that words of ours need. */
bool screen_words_has(char letter);

/* Draws a line of small letters, centred; y: its top; each dot scale pixels wide and high. What does not fit is left out. */
void screen_words_draw(uint32_t *pixels, uint32_t width, uint32_t height, const char *text, uint32_t y, uint32_t scale,
                       uint32_t colour);

#endif
