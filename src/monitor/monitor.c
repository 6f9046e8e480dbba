/* SPDX-License-Identifier: MIT */
/* A line on its way to its command. */
#include "monitor/monitor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cpu/register.h"
#include "monitor/impl.h"

#define SAY_BYTES 2048
#define BLANKS " \t\r\n"

void monitor_say(const struct monitor_request *r, const char *format, ...)
{
    char text[SAY_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length > 0)
        r->out->write(r->out->owner, text, (size_t)length < sizeof text ? (size_t)length : sizeof text - 1);
}

bool monitor_fail(const struct monitor_request *r, const char *format, ...)
{
    char text[SAY_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (char *c = text; *c != '\0'; c++)
        if (text_is_control(*c))
            *c = '?'; /* whatever bytes a word brought in */
    monitor_say(r, "%s\n", text);
    return false;
}

struct hart *monitor_hart(const struct monitor_request *r)
{
    return machine_hart(r->monitor->parts.machine, r->monitor->hart);
}

struct monitor *monitor_create(const struct monitor_parts *parts, struct error *err)
{
    struct monitor *m = calloc(1, sizeof *m);
    if (m == NULL) {
        error_set(err, "out of memory for the monitor");
        return NULL;
    }
    m->parts = *parts;
    m->format = (struct monitor_format){1, 'x', 4};
    m->listener = (struct control_listener){.owner = m, .paused = monitor_on_pause};
    m->source = (struct event_source){.owner = m, .poll = monitor_poll};
    if (machine_add_listener(parts->machine, &m->listener) && machine_add_source(parts->machine, &m->source))
        return m;
    error_set(err, "the machine has too many listeners for a monitor");
    free(m);
    return NULL;
}

void monitor_destroy(struct monitor *m)
{
    if (m == NULL)
        return;
    monitor_finish_end(m);
    free(m);
}

/* Splits text in place at blanks; what follows a # is a remark. Of too many words one more than the most is counted. */
static void split(char *text, char **words, unsigned *count)
{
    char *rest = text;
    *count = 0;
    for (char *word = strtok_r(text, BLANKS, &rest); word != NULL && word[0] != '#' && *count <= MONITOR_WORDS;
         word = strtok_r(NULL, BLANKS, &rest))
        words[(*count)++] = word;
}

/* x/FMT: the format belongs to the first word. */
static const char *take_format(char *word)
{
    char *slash = strchr(word, '/');
    if (slash == NULL)
        return NULL;
    *slash = '\0';
    return slash + 1;
}

static bool check_words(const struct monitor_request *r)
{
    const struct monitor_command *c = r->command;
    const char *arguments = c->arguments != NULL ? c->arguments : "nothing";
    if (r->format != NULL && (c->arguments == NULL || strstr(c->arguments, "/FMT") == NULL))
        return monitor_fail(r, "%s: takes no /FMT", c->name);
    if (c->completer == MONITOR_COMPLETE_TEXT)
        return r->rest[0] != '\0' || monitor_fail(r, "%s: takes %s", c->name, arguments);
    if (r->too_many)
        return monitor_fail(r, "a line has at most %d words", MONITOR_WORDS);
    if (r->count >= c->least && r->count <= c->most)
        return true;
    return monitor_fail(r, "%s: takes %s", c->name, arguments);
}

/* A register's name alone prints it. */
static const struct monitor_command *find_or_print(char **words, unsigned count, unsigned *used, struct error *err)
{
    char print[] = "print";
    char *const print_word[] = {print};
    const struct monitor_command *command = monitor_command_find(words, count, used, err);
    if (command != NULL || count != 1 || !register_find(words[0], &(struct register_ref){0}))
        return command;
    command = monitor_command_find(print_word, 1, used, err);
    *used = 0;
    return command;
}

/* Fills in what follows the first word of a line, but for a blank. */
static const char *behind_first_word(const char *line, char rest[MONITOR_LINE_BYTES])
{
    line += strspn(line, BLANKS);
    line += strcspn(line, BLANKS);
    snprintf(rest, MONITOR_LINE_BYTES, "%.*s", (int)strcspn(line, "\r\n"), line);
    return rest + (rest[0] != '\0');
}

static bool run(struct monitor_request *r, char **words, unsigned count)
{
    unsigned used = 0;
    struct error err;
    r->format = take_format(words[0]);
    r->command = find_or_print(words, count, &used, &err);
    if (r->command == NULL)
        return monitor_fail(r, "%s", err.text);
    r->words = words + used;
    r->count = count - used;
    return check_words(r) && r->command->run(r);
}

bool monitor_execute(struct monitor *m, const char *line, const struct monitor_out *out)
{
    char text[MONITOR_LINE_BYTES];
    char *words[MONITOR_WORDS + 1], rest[MONITOR_LINE_BYTES];
    struct monitor_request r = {.monitor = m, .out = out};
    if (strlen(line) >= sizeof text)
        return monitor_fail(&r, "a line has at most %d bytes", MONITOR_LINE_BYTES - 1);
    r.repeated = line[strspn(line, BLANKS)] == '\0';
    strcpy(text, r.repeated ? m->last_line : line);
    split(text, words, &r.count);
    if (r.count == 0)
        return true;
    r.too_many = r.count > MONITOR_WORDS;
    r.rest = behind_first_word(line, rest);
    bool ok = run(&r, words, r.count);
    bool keep = ok && r.command != NULL && r.command->repeats;
    if (!r.repeated || !keep)
        strcpy(m->last_line, keep ? line : "");
    return ok;
}
