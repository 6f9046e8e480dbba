/* SPDX-License-Identifier: MIT */
#include "text.h"

#include "font.h"
#include "screen.h"

enum { PAPER = 0x102040, INK = 0xe0e0e0, RED = 0xff4040 };
enum { SAYS_RED = 31, SAYS_USUAL = 0 }; /* between ESC [ and m */

static int terminal_columns, terminal_rows;
static int ink = INK;
static char begun;                 /* how a sequence has begun that is not over: ESC or [; 0: none has */
static int number;                 /* in it, so far */
static int next_column, next_row;  /* where the next character goes */

void text_draw(int column, int row, char c)
{
    if (c >= 'a' && c <= 'z')
        c += 'A' - 'a';            /* the font has no others */
    for (int y = 0; y < CELL; y++)
        for (int x = 0; x < CELL; x++)
            screen_put(column * CELL + x, row * CELL + y, font[c & 127][y] & 0x80 >> x ? ink : PAPER);
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

void text_clear(void)
{
    clear_rows(0, terminal_rows);
    next_column = next_row = 0;
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

/* Whether the character belongs to an escape sequence. Of those that end with m the colour is kept; others do nothing. */
static int is_in_sequence(char c)
{
    if (c == '\033') {
        begun = c;
        number = 0;
    } else if (begun == '\033' && c == '[') {
        begun = c;
    } else if (begun == '[' && c >= '0' && c <= '9') {
        number = number * 10 + c - '0';
    } else if (begun) {
        begun = 0;
        if (c == 'm')
            ink = number == SAYS_RED ? RED : number == SAYS_USUAL ? INK : ink;
    } else {
        return 0;
    }
    return 1;
}

void text_put(char c)
{
    if (terminal_rows == 0 || is_in_sequence(c))
        return;
    if (c == '\n' || next_column == terminal_columns)
        begin_row();
    if (c != '\n')
        text_draw(next_column++, next_row, c);
}
