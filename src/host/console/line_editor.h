/* SPDX-License-Identifier: MIT */
/* A line that somebody types: editing, history and completion by libedit, or, without it, a line with a backspace and completion.
 * Takes keys as they come and never waits for any. Owns the line and its history. */
#ifndef MICROVM_HOST_CONSOLE_LINE_EDITOR_H
#define MICROVM_HOST_CONSOLE_LINE_EDITOR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define LINE_EDITOR_BYTES 1024

struct line_editor_config {
    const char *prompt;
    int size_fd; /* of the terminal, for its size */
    bool plain;  /* do without the library */
    void *owner;
    void (*write)(void *owner, const char *text, size_t bytes); /* to the terminal */
    void (*line)(void *owner, const char *line);
    void (*closed)(void *owner); /* Ctrl-D on an empty line */
    /* Offers what may take the place of the line's last word; returns where that begins. */
    size_t (*complete)(void *owner, const char *line, void *list, void (*offer)(void *list, const char *word));
};

struct line_editor;

/* NULL: out of memory. The configuration is copied, its prompt borrowed. */
struct line_editor *line_editor_create(const struct line_editor_config *config, struct error *err);

/* Accepts NULL. */
void line_editor_destroy(struct line_editor *editor);

/* A new line behind a prompt. */
void line_editor_begin(struct line_editor *editor);

/* No line any more: it leaves the screen, and keys that were not served are forgotten. */
void line_editor_end(struct line_editor *editor);

/* What was typed; a key that has not arrived whole waits for the rest. Behind a finished line the owner begins the next: keys that are
 * typed before are kept. */
void line_editor_type(struct line_editor *editor, const char *keys, size_t count);

/* Takes the line off the screen, and draws it again, for output in between. */
void line_editor_hide(struct line_editor *editor);
void line_editor_show(struct line_editor *editor);

/* False: a line is typed that is not on the screen. */
bool line_editor_is_shown(const struct line_editor *editor);

#endif
