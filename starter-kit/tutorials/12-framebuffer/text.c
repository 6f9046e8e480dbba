/* SPDX-License-Identifier: MIT */
#include "text.h"

#include "font.h"
#include "screen.h"

enum { PAPER = 0x102040, INK = 0xe0e0e0 };

static int terminal_columns, terminal_rows;
static int next_column, next_row;  /* where the next character goes */

void text_draw(int column, int row, char c)
{
    if (c >= 'a' && c <= 'z')
        c += 'A' - 'a';            /* the font has no others */
    for (int y = 0; y < CELL; y++)
        for (int x = 0; x < CELL; x++)
            screen_put(column * CELL + x, row * CELL + y, font[c & 127][y] & 0x80 >> x ? INK : PAPER);
}

static void clear_rows(int from, int to)
{
    screen_fill((struct rect){0, from * CELL, screen_width(), to * CELL}, PAPER);
}

void text_init(int rows)
{
    terminal_columns = screen_width() / CELL;
    terminal_rows = rows;
    clear_rows(0, rows);
}

/* Moves all up by a row. */
static void scroll(void)
{
    int last = terminal_rows - 1;
    for (int y = 0; y < last * CELL; y++)
        for (int x = 0; x < screen_width(); x++)
            screen_put(x, y, screen_get(x, y + CELL));
    clear_rows(last, terminal_rows);
}

static void begin_row(void)
{
    next_column = 0;
    if (next_row + 1 < terminal_rows)
        next_row++;
    else
        scroll();
}

void text_put(char c)
{
    if (terminal_rows == 0)
        return;
    if (c == '\n' || next_column == terminal_columns)
        begin_row();
    if (c != '\n')
        text_draw(next_column++, next_row, c);
}
