/* SPDX-License-Identifier: MIT */
#include "monitor/command.h"

#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "monitor/impl.h"

#define NAME_BYTES 32
#define NEAR_BYTES 512

static const struct monitor_command commands[] = {
#define COMMAND(id, name, arguments, completer, least, most, repeats, meaning)                                         \
    {name, arguments, MONITOR_COMPLETE_##completer, least, most, repeats, meaning, monitor_do_##id},
#define ALIAS(name, stands_for)
#include "monitor/command.def"
#undef COMMAND
#undef ALIAS
};

static const struct {
    const char *name, *meaning;
} aliases[] = {
#define COMMAND(id, name, arguments, completer, least, most, repeats, meaning)
#define ALIAS(name, stands_for) {name, stands_for},
#include "monitor/command.def"
#undef COMMAND
#undef ALIAS
};

const struct monitor_command *monitor_command(unsigned n)
{
    return n < ARRAY_SIZE(commands) ? &commands[n] : NULL;
}

bool monitor_alias(unsigned n, const char **name, const char **meaning)
{
    if (n >= ARRAY_SIZE(aliases))
        return false;
    *name = aliases[n].name;
    *meaning = aliases[n].meaning;
    return true;
}

/* A command's name, word by word. */
struct name {
    char bytes[2][NAME_BYTES];
    unsigned count;
};

static struct name name_of(const struct monitor_command *command)
{
    struct name name = {.count = 1};
    size_t first = strcspn(command->name, " ");
    snprintf(name.bytes[0], NAME_BYTES, "%.*s", (int)first, command->name);
    if (command->name[first] != '\0') {
        snprintf(name.bytes[1], NAME_BYTES, "%s", command->name + first + 1);
        name.count = 2;
    }
    return name;
}

static const char *unaliased(const char *word)
{
    for (unsigned i = 0; i < ARRAY_SIZE(aliases); i++)
        if (strcmp(aliases[i].name, word) == 0)
            return aliases[i].meaning;
    return word;
}

/* What may still be meant. */
struct candidates {
    unsigned count;
    const struct monitor_command *list[ARRAY_SIZE(commands)];
};

/* Keeps those whose word at the place is the typed one or, if there is none, begins with it. */
static void narrow(struct candidates *c, unsigned place, const char *typed)
{
    struct candidates exact = {0}, begun = {0};
    for (unsigned i = 0; i < c->count; i++) {
        struct name name = name_of(c->list[i]);
        if (place >= name.count || strncmp(name.bytes[place], typed, strlen(typed)) != 0)
            continue;
        begun.list[begun.count++] = c->list[i];
        if (strcmp(name.bytes[place], typed) == 0)
            exact.list[exact.count++] = c->list[i];
    }
    *c = exact.count > 0 ? exact : begun;
}

/* Whether all of them have the same first word. */
static bool agree(const struct candidates *c)
{
    for (unsigned i = 1; i < c->count; i++)
        if (strcmp(name_of(c->list[i]).bytes[0], name_of(c->list[0]).bytes[0]) != 0)
            return false;
    return c->count > 0;
}

static void list_names(const struct candidates *c, char out[NEAR_BYTES])
{
    size_t used = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < c->count && used < NEAR_BYTES; i++)
        used += (size_t)snprintf(out + used, NEAR_BYTES - used, "%s%s", i > 0 ? ", " : "", c->list[i]->name);
}

static const struct monitor_command *ambiguous(const struct candidates *c, const char *typed, struct error *err)
{
    char names[NEAR_BYTES];
    list_names(c, names);
    error_set(err, "'%.40s' may be: %s", typed, names);
    return NULL;
}

static const struct monitor_command *unknown(const struct candidates *c, unsigned place, const char *typed,
                                             struct error *err)
{
    struct nearest nearest = {.typed = typed};
    char names[ARRAY_SIZE(commands)][NAME_BYTES];
    for (unsigned i = 0; i < c->count; i++) {
        struct name name = name_of(c->list[i]);
        snprintf(names[i], NAME_BYTES, "%s", name.bytes[place < name.count ? place : 0]);
        nearest_offer(&nearest, names[i]);
    }
    if (nearest.best != NULL)
        error_set(err, "unknown command '%.40s'; did you mean %s? help lists them", typed, nearest.best);
    else
        error_set(err, "unknown command '%.40s'; help lists them", typed);
    return NULL;
}

/* Of those whose first word is settled: by the second word, if there must be one. */
static const struct monitor_command *find_second(struct candidates *c, char *const *words, unsigned count,
                                                 unsigned *used, struct error *err)
{
    struct candidates all = *c, single = {0};
    for (unsigned i = 0; i < c->count; i++)
        if (name_of(c->list[i]).count == 1)
            single.list[single.count++] = c->list[i];
    *used = 1;
    if (count > 1) {
        narrow(c, 1, words[1]);
        if (c->count == 1) {
            *used = 2;
            return c->list[0];
        }
    }
    if (single.count == 1)
        return single.list[0];
    if (count == 1 || c->count > 1)
        return ambiguous(count == 1 ? &all : c, words[count > 1], err);
    return unknown(&all, 1, words[1], err);
}

const struct monitor_command *monitor_command_find(char *const *words, unsigned count, unsigned *used,
                                                   struct error *err)
{
    struct candidates all = {0}, c;
    for (unsigned i = 0; i < ARRAY_SIZE(commands); i++)
        all.list[all.count++] = &commands[i];
    c = all;
    const char *typed = unaliased(words[0]);
    narrow(&c, 0, typed);
    if (c.count == 0)
        return unknown(&all, 0, words[0], err);
    if (!agree(&c))
        return ambiguous(&c, words[0], err);
    return find_second(&c, words, count, used, err);
}
