/* SPDX-License-Identifier: MIT */
/* The guest's serial port on the host: standard input and output, a terminal or not. Owns both buffers, and the terminal
 * (terminal.h) while it is open. */
#ifndef MICROVM_HOST_CONSOLE_CONSOLE_H
#define MICROVM_HOST_CONSOLE_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "host/wait_set.h"

struct console_config {
    int input_fd, output_fd;
    bool connected; /* false: output is dropped, input is left alone; signals are served all the same */
    bool filtered;  /* take control strings out of what goes to a terminal */
};

enum console_event {
    CONSOLE_GOES_ON,
    CONSOLE_SIGNAL, /* a signal asks for the end */
    CONSOLE_QUIT,   /* Ctrl-A x */
    CONSOLE_CLOSED, /* nobody reads the output any more */
    CONSOLE_FAILED  /* the output cannot be written; console_close says why */
};

/* Who takes what is typed in the guest's place while the user wants it (Ctrl-A c): a monitor. Called in the midst of the console's work, so
 * that it does no more than note what has come. */
struct console_overlay {
    void *owner;
    void (*toggled)(void *owner, bool open);
    void (*typed)(void *owner, char key);
    void (*hide)(void *owner); /* something else is to be shown: it takes its line off the screen, by console_show */
};

struct console;

/* Takes the terminal and the signals. NULL: err says why. */
struct console *console_open(const struct console_config *config, struct error *err);

/* Passes on what is left, restores the terminal and the signals. False: output was lost to an error of the host. What a
 * reader does not take within a second after a signal or Ctrl-A x is dropped. Accepts NULL. */
bool console_close(struct console *console, struct error *err);

/* Takes all bytes. Blocks while the reader of a full pipe keeps it full, but not against signals and Ctrl-A x. */
void console_write(struct console *console, const uint8_t *bytes, size_t count);

/* At most size bytes of what has arrived. Enters the kernel only in the midst of a longer input. */
size_t console_read(struct console *console, uint8_t *bytes, size_t size);

/* Of an input that is a regular file: begins behind its next `bytes` bytes, which another run has had. Before the first look. */
void console_skip_input(struct console *console, uint64_t bytes);

/* Passes output on, then sleeps until input arrives, a descriptor of the set is ready, an event or the time-out (UINT64_MAX:
 * none). Input counts only while there is room for it, so what a guest does not read cannot keep the host awake. Adds
 * the console's descriptors to the set. */
void console_wait(struct console *console, struct wait_set *set, uint64_t timeout_ns);

/* Passes output on and looks for input; *number is the signal of a CONSOLE_SIGNAL. */
enum console_event console_poll(struct console *console, int *number);

/* Copied. Without one Ctrl-A c does nothing. */
void console_set_overlay(struct console *console, const struct console_overlay *overlay);

/* Gives the keys to the overlay, or back to the guest. */
void console_open_overlay(struct console *console, bool open);

/* Before anything but the overlay's own line is shown. */
void console_hide_overlay(struct console *console);

/* The overlay's text for the terminal, behind the output so far; and a line end if that has left the line unfinished. */
void console_show(struct console *console, const char *text, size_t bytes);
void console_begin_line(struct console *console);

/* A line of ours for the user, on standard error: behind the output so far, and on a line of its own. */
void console_message(struct console *console, const char *line);

#endif
