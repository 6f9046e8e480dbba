/* SPDX-License-Identifier: MIT */
#include "monitor/reference.h"

#include <string.h>

#include "monitor/impl.h"

/* In a table a bar has to be escaped. */
static void put(const struct monitor_request *r, const char *text)
{
    for (; *text != '\0'; text++)
        monitor_say(r, *text == '|' ? "\\|" : "%c", *text);
}

static void put_command(const struct monitor_request *r, const struct monitor_command *c)
{
    bool glued = c->arguments != NULL && strncmp(c->arguments, "[/", 2) == 0;
    monitor_say(r, "| `%s%s", c->name, c->arguments != NULL && !glued ? " " : "");
    put(r, c->arguments != NULL ? c->arguments : "");
    monitor_say(r, "` | ");
    put(r, c->meaning);
    monitor_say(r, "%s |\n", c->repeats ? "; an empty line repeats it" : "");
}

void monitor_reference(const struct monitor_out *out)
{
    const struct monitor_request r = {.out = out};
    const struct monitor_command *c;
    const char *name, *meaning;
    monitor_say(&r, "| command | what it does |\n|---|---|\n");
    for (unsigned i = 0; (c = monitor_command(i)) != NULL; i++)
        put_command(&r, c);
    monitor_say(&r, "\n| short | for |\n|---|---|\n");
    for (unsigned i = 0; monitor_alias(i, &name, &meaning); i++)
        monitor_say(&r, "| `%s` | `%s` |\n", name, meaning);
}
