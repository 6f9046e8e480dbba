/* SPDX-License-Identifier: MIT */
#include "monitor/console.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/console/line_editor.h"
#include "monitor/complete.h"
#include "monitor/impl.h"

#define KEYS_BYTES 4096

struct monitor_console {
    struct monitor *monitor;
    struct machine *machine;
    struct console *console;
    struct line_editor *editor;
    struct control_listener control;
    struct event_source source;
    struct monitor_out out;
    bool open;       /* the keys are the monitor's */
    bool toggled;    /* which has not been served yet */
    bool greeted;    /* the user has been told how to get out */
    bool in_command; /* a command is being executed */
    bool waiting;    /* for the pause that follows a step: then comes the prompt */
    size_t key_count;
    char keys[KEYS_BYTES]; /* typed and not yet served */
};

static void show_text(void *owner, const char *text, size_t bytes)
{
    const struct monitor_console *c = owner;
    console_show(c->console, text, bytes);
}

static void say(struct monitor_console *c, const char *text)
{
    show_text(c, text, strlen(text));
}

/* What the console tells, to be served between the harts' turns. */

static void on_toggle(void *owner, bool open)
{
    struct monitor_console *c = owner;
    c->open = open;
    c->toggled = true;
}

static void on_key(void *owner, char key)
{
    struct monitor_console *c = owner;
    if (c->key_count < sizeof c->keys)
        c->keys[c->key_count++] = key;
}

static void on_hide(void *owner)
{
    const struct monitor_console *c = owner;
    line_editor_hide(c->editor);
}

/* What the line editor tells. */

static void on_line(void *owner, const char *line)
{
    struct monitor_console *c = owner;
    c->in_command = true;
    monitor_execute(c->monitor, line, &c->out);
    c->in_command = false;
    c->waiting = monitor_is_stepping(c->monitor);
    if (!c->waiting)
        line_editor_begin(c->editor);
}

static void on_closed(void *owner)
{
    const struct monitor_console *c = owner;
    console_open_overlay(c->console, false);
}

static size_t on_complete(void *owner, const char *line, void *list, void (*offer)(void *list, const char *word))
{
    const struct monitor_console *c = owner;
    return monitor_complete(c->monitor, line, list, offer);
}

/* On the machine's turn. */

static void leave(struct monitor_console *c)
{
    line_editor_end(c->editor);
    if (machine_paused(c->machine)->reason != PAUSE_NONE)
        say(c, "The machine is paused: Ctrl-A c and continue let it run.\n");
}

static void enter(struct monitor_console *c)
{
    console_begin_line(c->console);
    if (!c->greeted)
        say(c, "The monitor: help lists the commands; Ctrl-A c, or Ctrl-D, leads back to the guest, which runs on.\n");
    c->greeted = true;
    line_editor_begin(c->editor);
}

static void serve_toggle(struct monitor_console *c)
{
    c->toggled = false;
    if (c->open)
        enter(c);
    else
        leave(c);
}

static void serve_keys(struct monitor_console *c)
{
    char keys[KEYS_BYTES];
    size_t count = c->key_count;
    memcpy(keys, c->keys, count);
    c->key_count = 0;
    line_editor_type(c->editor, keys, count);
}

/* Between any two turns. What was typed before the keys went back to the guest counts, and Ctrl-D is a toggle, too. */
static void serve_user(void *owner)
{
    struct monitor_console *c = owner;
    if (UNLIKELY(c->toggled) && c->open)
        serve_toggle(c);
    if (UNLIKELY(c->key_count > 0) && !c->waiting)
        serve_keys(c);
    if (UNLIKELY(c->toggled))
        serve_toggle(c);
}

/* Before the machine sleeps, and every millisecond or so. */
static void watch(void *owner, struct wait_set *set, uint64_t *timeout_ns)
{
    struct monitor_console *c = owner;
    (void)set, (void)timeout_ns;
    if (!c->open || c->toggled || line_editor_is_shown(c->editor) || c->waiting)
        return;
    console_begin_line(c->console);
    line_editor_show(c->editor);
}

/* A point that was set here is what the user waits for, whoever has the keys. */
static void on_pause(void *owner, const struct pause *pause)
{
    struct monitor_console *c = owner;
    struct monitor_request r = {.monitor = c->monitor, .out = &c->out};
    bool travels = monitor_is_traveling(c->monitor);
    bool opens = !c->open && !travels && monitor_asked_for_pause(c->monitor);
    if ((!c->open && !opens) || (c->in_command && travels))
        return;
    if (!c->in_command) {
        console_hide_overlay(c->console);
        console_begin_line(c->console);
    }
    monitor_say_pause(&r, pause);
    if (opens)
        console_open_overlay(c->console, true);
    else if (c->waiting)
        line_editor_begin(c->editor);
    c->waiting = false;
}

struct monitor_console *monitor_console_create(struct monitor *monitor, struct machine *machine,
                                               struct console *console, struct error *err)
{
    struct monitor_console *c = calloc(1, sizeof *c);
    if (c == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    struct line_editor_config config = {
        .prompt = MONITOR_PROMPT,
        .size_fd = STDOUT_FILENO,
        .owner = c,
        .write = show_text,
        .line = on_line,
        .closed = on_closed,
        .complete = on_complete,
    };
    struct console_overlay overlay = {c, on_toggle, on_key, on_hide};
    c->monitor = monitor;
    c->machine = machine;
    c->console = console;
    c->out = (struct monitor_out){c, show_text, true};
    c->control = (struct control_listener){.owner = c, .paused = on_pause};
    c->source = (struct event_source){.owner = c, .watch = watch, .poll = serve_user};
    c->editor = line_editor_create(&config, err);
    if (c->editor != NULL && machine_add_source(machine, &c->source) && machine_add_listener(machine, &c->control)) {
        console_set_overlay(console, &overlay);
        return c;
    }
    error_set(err, "no room for a monitor on the console");
    monitor_console_destroy(c);
    return NULL;
}

void monitor_console_destroy(struct monitor_console *c)
{
    if (c == NULL)
        return;
    console_open_overlay(c->console, false);
    console_set_overlay(c->console, &(struct console_overlay){0});
    line_editor_destroy(c->editor);
    free(c);
}
