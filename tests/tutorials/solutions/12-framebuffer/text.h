/* SPDX-License-Identifier: MIT */
/* Text on the screen, in cells of 8x8 pixels: at any cell, or as on a terminal, where it scrolls. */
#ifndef TEXT_H
#define TEXT_H

enum { CELL = 8 };

void text_draw(int column, int row, char c);

/* The terminal is the upper part of the screen, so many rows. Before this nothing that is put there is shown. */
void text_init(int rows);
void text_put(char c);

/* Clears the terminal; the next line begins at its top. */
void text_clear(void);

#endif
