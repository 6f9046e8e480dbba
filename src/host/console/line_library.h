/* SPDX-License-Identifier: MIT */
/* Line editing by libedit: keys in, the terminal's bytes and finished lines out; nothing here reads or blocks. Owns the library's state and a
 * terminal of its own, whose modes the library may set: those of the user's terminal are none of its business. */
#ifndef MICROVM_HOST_CONSOLE_LINE_LIBRARY_H
#define MICROVM_HOST_CONSOLE_LINE_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

struct line_library;

struct line_library_config {
    const char *prompt;
    int size_fd; /* of the user's terminal, for its size */
    void *owner;
    void (*write)(void *owner, const char *text, size_t bytes);
    /* What Tab adds to the line, cut at the cursor; *listed: something was printed, and the line is to be drawn anew. */
    const char *(*complete)(void *owner, const char *line, bool *listed);
};

/* NULL: the library is not there, or there is no terminal to be had. Strings and owner are borrowed. */
struct line_library *line_library_create(const struct line_library_config *config);

/* Accepts NULL. */
void line_library_destroy(struct line_library *library);

/* Takes the bytes of one whole key. The line, if it has ended with that, else NULL; it is good until the next call, and a new one begins
 * with line_library_begin. */
const char *line_library_key(struct line_library *library, const char *bytes, size_t count);

/* An empty line behind a prompt. */
void line_library_begin(struct line_library *library);

/* Draws prompt and line on the present line of the screen, which is empty. */
void line_library_draw(struct line_library *library);

bool line_library_is_empty(struct line_library *library);

#endif
