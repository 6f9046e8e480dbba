/* SPDX-License-Identifier: MIT */
#include "host/console/console.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/console/escape.h"
#include "host/console/filter.h"
#include "host/console/terminal.h"
#include "host/host_time.h"

enum {
    INPUT_BYTES = 65536,
    OUTPUT_BYTES = 16384,
    FILTER_PIECE = 1024,
    /* A pipe that polls as writable takes this much without blocking. */
    WRITE_BYTES = 4096
};

#define LAST_PATIENCE_SECONDS 1

struct console {
    struct console_config config;
    bool input_is_terminal, output_is_terminal;
    bool input_ended;
    bool input_flows; /* the last look found something, so another is worth a system call */
    bool quit;
    int output_error;    /* errno of a failed write */
    struct wait_set own; /* for waits that concern nobody else */
    struct escape escape;
    struct console_overlay overlay; /* owner NULL: none */
    bool overlay_open;
    struct filter filter;
    size_t input_first, input_count;
    size_t output_count;
    uint8_t last_byte; /* that went to the output */
    uint8_t input[INPUT_BYTES];
    uint8_t output[OUTPUT_BYTES];
};

struct console *console_open(const struct console_config *config, struct error *err)
{
    struct console *c = calloc(1, sizeof *c);
    if (c == NULL || wait_set_add(&c->own, -1, 0) < 0) {
        free(c);
        error_set(err, "no memory for the console");
        return NULL;
    }
    if (!terminal_begin(err)) {
        wait_set_destroy(&c->own);
        free(c);
        return NULL;
    }
    c->config = *config;
    c->input_ended = !config->connected;
    c->last_byte = '\n';
    if (!config->connected)
        return c;
    c->output_is_terminal = isatty(config->output_fd) == 1;
    c->filter.keep_strings = !config->filtered;
    c->input_is_terminal = terminal_raw(config->input_fd, c->output_is_terminal ? config->output_fd : -1);
    return c;
}

/* Somebody wants the end: nothing may block for long any more. */
static bool is_ending(const struct console *c)
{
    return c->quit || terminal_signal() != 0;
}

static void show_help(struct console *c)
{
    const char *help = escape_help();
    int fd = c->output_is_terminal ? c->config.output_fd : STDERR_FILENO;
    if (write(fd, help, strlen(help)) < 0)
        return; /* a help that cannot be shown is not worth an end */
}

void console_set_overlay(struct console *c, const struct console_overlay *overlay)
{
    c->overlay = *overlay;
}

void console_open_overlay(struct console *c, bool open)
{
    if (c->overlay.owner == NULL || c->overlay_open == open)
        return;
    c->overlay_open = open;
    c->overlay.toggled(c->overlay.owner, open);
}

void console_hide_overlay(struct console *c)
{
    if (!c->overlay_open)
        return;
    c->overlay.hide(c->overlay.owner);
    c->last_byte = '\n';
}

/* Keeps of the bytes just typed at `from` what goes to the guest. */
static size_t serve_keys(struct console *c, uint8_t *from, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool pass;
        uint8_t byte;
        enum escape_action action = escape_feed(&c->escape, from[i], &pass, &byte);
        if (pass && c->overlay_open)
            c->overlay.typed(c->overlay.owner, (char)byte);
        else if (pass)
            from[kept++] = byte;
        if (action == ESCAPE_HELP)
            show_help(c);
        if (action == ESCAPE_MONITOR)
            console_open_overlay(c, !c->overlay_open);
        if (action == ESCAPE_QUIT)
            c->quit = true;
    }
    return kept;
}

static bool wants_input(const struct console *c)
{
    return !c->input_ended && c->input_count < INPUT_BYTES;
}

/* Reads once what is there. The descriptor has polled as readable. */
static void fill_input(struct console *c)
{
    memmove(c->input, c->input + c->input_first, c->input_count);
    c->input_first = 0;
    uint8_t *end = c->input + c->input_count;
    ssize_t got = read(c->config.input_fd, end, INPUT_BYTES - c->input_count);
    c->input_flows = got > 0;
    if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
        c->input_ended = true;
    if (got > 0)
        c->input_count += c->input_is_terminal ? serve_keys(c, end, (size_t)got) : (size_t)got;
}

static void look_for_input(struct console *c)
{
    c->input_flows = false;
    wait_set_clear(&c->own);
    wait_set_add(&c->own, wants_input(c) ? c->config.input_fd : -1, POLLIN);
    if (wait_set_look(&c->own))
        fill_input(c);
}

size_t console_read(struct console *c, uint8_t *bytes, size_t size)
{
    if (c->input_count == 0 && c->input_flows)
        look_for_input(c);
    size_t count = size < c->input_count ? size : c->input_count;
    memcpy(bytes, c->input + c->input_first, count);
    c->input_first += count;
    c->input_count -= count;
    return count;
}

void console_skip_input(struct console *c, uint64_t bytes)
{
    struct stat st;
    if (!c->input_ended && fstat(c->config.input_fd, &st) == 0 && S_ISREG(st.st_mode))
        lseek(c->config.input_fd, (off_t)(bytes < INT64_MAX ? bytes : INT64_MAX), SEEK_CUR);
}

/* Waits for any of: room in the output (if asked for), input, a noted signal, the time-out (NULL: none). Once the end is
 * wanted, input counts no more and room in the output is waited for a second at most. True: there is room. */
static bool wait_for_events(struct console *c, struct wait_set *set, bool for_output, const struct timespec *timeout)
{
    static const struct timespec last_patience = {.tv_sec = LAST_PATIENCE_SECONDS}, no_patience = {0};
    sigset_t unblocked;
    terminal_block(&unblocked); /* from here on a signal cannot slip in between the look and the sleep */
    bool ending = is_ending(c);
    if (ending)
        timeout = for_output ? &last_patience : &no_patience;
    bool writable = c->config.connected && c->output_error == 0;
    int output = wait_set_add(set, writable ? c->config.output_fd : -1, for_output ? POLLOUT : 0);
    int input = wait_set_add(set, wants_input(c) && !ending ? c->config.input_fd : -1, POLLIN);
    bool ready = wait_set_sleep(set, timeout, &unblocked);
    terminal_unblock(&unblocked);
    if (!ready)
        return false;
    if (!for_output && wait_set_result(set, output) != 0)
        c->output_error = EPIPE; /* asked for nothing, so this is the reader's end */
    if (wait_set_result(set, input) != 0)
        fill_input(c);
    return for_output && wait_set_result(set, output) != 0;
}

static void drop_output(struct console *c, size_t count)
{
    c->output_count -= count;
    memmove(c->output, c->output + count, c->output_count);
}

static void write_once(struct console *c)
{
    size_t count = c->output_count < WRITE_BYTES ? c->output_count : WRITE_BYTES;
    ssize_t written = write(c->config.output_fd, c->output, count);
    if (written > 0)
        drop_output(c, (size_t)written);
    else if (written < 0 && errno != EINTR && errno != EAGAIN)
        c->output_error = errno;
}

/* Writes the buffer out. Gives up where the output is broken, and where somebody wants the end and the reader has taken
 * nothing for a second. */
static void flush(struct console *c)
{
    while (c->output_count > 0 && c->output_error == 0) {
        bool ending = is_ending(c);
        wait_set_clear(&c->own);
        if (wait_for_events(c, &c->own, true, NULL))
            write_once(c);
        else if (ending)
            break;
    }
    drop_output(c, c->output_error != 0 ? c->output_count : 0);
}

static void append(struct console *c, const uint8_t *bytes, size_t count)
{
    if (count > OUTPUT_BYTES - c->output_count)
        flush(c);
    if (count > OUTPUT_BYTES - c->output_count)
        return; /* the end is wanted and nobody takes the output */
    memcpy(c->output + c->output_count, bytes, count);
    c->output_count += count;
    if (count > 0)
        c->last_byte = bytes[count - 1];
}

static void append_filtered(struct console *c, const uint8_t *bytes, size_t count)
{
    uint8_t filtered[FILTER_PIECE + FILTER_HELD];
    size_t left = filter_bytes(&c->filter, bytes, count, filtered);
    terminal_note_modes(c->filter.modes);
    append(c, filtered, left);
}

void console_write(struct console *c, const uint8_t *bytes, size_t count)
{
    if (!c->config.connected)
        return;
    if (c->output_is_terminal)
        console_hide_overlay(c);
    while (count > 0) {
        size_t piece = count < FILTER_PIECE ? count : FILTER_PIECE;
        if (c->output_is_terminal)
            append_filtered(c, bytes, piece);
        else
            append(c, bytes, piece);
        bytes += piece;
        count -= piece;
    }
}

void console_show(struct console *c, const char *text, size_t bytes)
{
    for (size_t done = 0; c->output_is_terminal && done < bytes; done += FILTER_PIECE)
        append(c, (const uint8_t *)text + done, bytes - done < FILTER_PIECE ? bytes - done : FILTER_PIECE);
    if (!c->output_is_terminal && write(STDERR_FILENO, text, bytes) < 0)
        return; /* as with the help */
}

void console_begin_line(struct console *c)
{
    if (c->output_is_terminal && c->last_byte != '\n')
        append(c, (const uint8_t *)"\r\n", 2);
}

void console_wait(struct console *c, struct wait_set *set, uint64_t timeout_ns)
{
    struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / NS_PER_SECOND),
                               .tv_nsec = (long)(timeout_ns % NS_PER_SECOND)};
    flush(c);
    if (c->output_error == 0)
        wait_for_events(c, set, false, timeout_ns == UINT64_MAX ? NULL : &timeout);
}

enum console_event console_poll(struct console *c, int *number)
{
    flush(c);
    look_for_input(c);
    *number = terminal_signal();
    if (*number != 0)
        return CONSOLE_SIGNAL;
    if (c->quit)
        return CONSOLE_QUIT;
    if (c->output_error == 0)
        return CONSOLE_GOES_ON;
    return c->output_error == EPIPE ? CONSOLE_CLOSED : CONSOLE_FAILED;
}

void console_message(struct console *c, const char *line)
{
    console_hide_overlay(c);
    flush(c);
    fprintf(stderr, "%smicrovm: %s\n", c->output_is_terminal && c->last_byte != '\n' ? "\r\n" : "", line);
}

bool console_close(struct console *c, struct error *err)
{
    if (c == NULL)
        return true;
    if (c->output_is_terminal && c->last_byte != '\n')
        append(c, (const uint8_t *)"\r\n", 2); /* what the user sees next begins a line */
    flush(c);
    terminal_end();
    int error = c->output_error;
    wait_set_destroy(&c->own);
    free(c);
    return error == 0 || error == EPIPE || error_set(err, "cannot write the guest's output: %s", strerror(error));
}
