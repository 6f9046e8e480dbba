/* SPDX-License-Identifier: MIT */
/* Commands about the monitor and the machine as a whole: help, sym, log, reset, poweroff, quit. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "monitor/impl.h"
#include "observe/trace.h"
#include "snapshot/saver.h"

#define HEAD_COLUMNS 35

static void say_row(const struct monitor_request *r, const struct monitor_command *c)
{
    char head[MONITOR_PLACE_BYTES];
    bool format = c->arguments != NULL && strncmp(c->arguments, "[/FMT]", 6) == 0;
    snprintf(head, sizeof head, "%s%s%s", c->name, c->arguments != NULL && !format ? " " : "",
             c->arguments != NULL ? c->arguments : "");
    bool fits = strlen(head) < HEAD_COLUMNS;
    monitor_say(r, "%-*s", HEAD_COLUMNS, head);
    if (!fits)
        monitor_say(r, "\n%*s", HEAD_COLUMNS, "");
    monitor_say(r, "%s\n", c->meaning);
}

/* Every command whose name, or its first word, is the word: `help info`, `help set`. */
static bool help_about(const struct monitor_request *r)
{
    size_t length = strlen(r->words[0]);
    const struct monitor_command *c;
    struct error err;
    unsigned used, found = 0;
    for (unsigned i = 0; r->count == 1 && (c = monitor_command(i)) != NULL; i++)
        if (strncmp(c->name, r->words[0], length) == 0 && (c->name[length] == ' ' || c->name[length] == '\0')) {
            say_row(r, c);
            found++;
        }
    if (found > 0)
        return true;
    c = monitor_command_find(r->words, r->count, &used, &err);
    if (c == NULL)
        return monitor_fail(r, "%s", err.text);
    say_row(r, c);
    return true;
}

bool monitor_do_help(struct monitor_request *r)
{
    const struct monitor_command *c;
    const char *name, *meaning;
    if (r->count > 0)
        return help_about(r);
    for (unsigned i = 0; (c = monitor_command(i)) != NULL; i++)
        say_row(r, c);
    monitor_say(r, "Names may be cut short as long as one command remains (i r: info regs); also");
    for (unsigned i = 0; monitor_alias(i, &name, &meaning); i++)
        monitor_say(r, "%s %s: %s", i > 0 ? "," : "", name, meaning);
    monitor_say(r, ".\n");
    return true;
}

bool monitor_do_sym(struct monitor_request *r)
{
    uint64_t value;
    char text[SYMBOLS_TEXT_BYTES];
    const char *file;
    unsigned line;
    if (!monitor_value(r, r->words[0], &value))
        return false;
    monitor_say(r, "%s", symbols_text(r->monitor->parts.symbols, value, text));
    if (symbols_line(r->monitor->parts.symbols, value, &file, &line))
        monitor_say(r, " %s:%u", file, line);
    monitor_say(r, "\n");
    return true;
}

bool monitor_do_log(struct monitor_request *r)
{
    static const char *const levels[] = {"what concerns the user alone",
                                         "the start, and the page walk of an explained fault",
                                         "everything there is to say"};
    struct machine *machine = r->monitor->parts.machine;
    unsigned level = machine_config(machine)->verbose;
    if (r->count > 0) {
        const char *word = r->words[0];
        if (word[0] < '0' || word[0] > '2' || word[1] != '\0')
            return monitor_fail(r, "log: '%.40s' is none of 0, 1, 2", word);
        level = (unsigned)(word[0] - '0');
        machine_set_verbose(machine, level);
    }
    level = level < ARRAY_SIZE(levels) ? level : ARRAY_SIZE(levels) - 1;
    monitor_say(r, "level %u: %s\n", level, levels[level]);
    return true;
}

bool monitor_do_trace(struct monitor_request *r)
{
    struct trace *trace = r->monitor->parts.trace;
    struct error err;
    if (trace == NULL)
        return monitor_fail(r, "there is no trace to switch");
    bool on = r->count > 0 && strcmp(r->words[0], "on") == 0;
    if (r->count > 0 && !on && strcmp(r->words[0], "off") != 0)
        return monitor_fail(r, "trace: '%.40s' is neither on nor off", r->words[0]);
    if (r->count > 0 && !trace_enable(trace, on, &err))
        return monitor_fail(r, "%s", err.text);
    monitor_say(r, "the trace is %s\n", trace_enabled(trace) ? "on" : "off");
    return true;
}

/* Whoever types here names no file: the peers of sockets and debuggers come here, too. */
bool monitor_do_snapshot(struct monitor_request *r)
{
    struct saver *saver = r->monitor->parts.saver;
    const char *path;
    struct error err;
    if (saver == NULL)
        return monitor_fail(r, "snapshot: nothing can be saved here");
    if (!saver_save(saver, &path, &err))
        return monitor_fail(r, "%s", err.text);
    monitor_say(r, "saved to %s at step %" PRIu64 "\n", path, machine_steps(r->monitor->parts.machine));
    return true;
}

bool monitor_do_reset(struct monitor_request *r)
{
    machine_end(r->monitor->parts.machine, CONTROL_RESET);
    return true;
}

bool monitor_do_poweroff(struct monitor_request *r)
{
    machine_end(r->monitor->parts.machine, CONTROL_POWEROFF);
    return true;
}

bool monitor_do_quit(struct monitor_request *r)
{
    machine_end(r->monitor->parts.machine, CONTROL_QUIT);
    return true;
}
