/* SPDX-License-Identifier: MIT */
#include "cli/flag.h"

#include <string.h>

#include "base/nearest.h"

static bool unknown(const struct flag_command *command, const char *name, struct error *err)
{
    struct nearest nearest = {.typed = name};
    for (size_t i = 0; i < command->count; i++)
        nearest_offer(&nearest, command->flags[i].name);
    if (nearest.best != NULL)
        return error_set(err, "unknown option '--%.100s'; did you mean --%s?", name, nearest.best);
    return error_set(err, "unknown option '--%.100s'; microvm help %s lists them", name, command->name);
}

static const struct flag *find(const struct flag_command *command, const char *name, size_t length)
{
    for (size_t i = 0; i < command->count; i++)
        if (strlen(command->flags[i].name) == length && memcmp(command->flags[i].name, name, length) == 0)
            return &command->flags[i];
    return NULL;
}

/* -v, where a flag is called v. */
static bool is_short(const struct flag_command *command, const char *word)
{
    return word[0] == '-' && strlen(word) == 2 && find(command, word + 1, 1) != NULL;
}

/* Applies the option at arguments[*next], and steps over it. */
static bool parse_flag(const struct flag_command *command, void *owner, int count, char *const *arguments, int *next,
                       struct error *err)
{
    const char *name = arguments[(*next)++];
    name += is_short(command, name) ? 1 : 2;
    size_t length = strcspn(name, "=");
    const struct flag *flag = find(command, name, length);
    const char *value = name[length] == '=' ? name + length + 1 : NULL;
    if (flag == NULL)
        return unknown(command, name, err);
    if (!flag->has_value && value != NULL)
        return error_set(err, "--%s: takes no argument, but got '%.100s'", flag->name, value);
    if (flag->has_value && value == NULL && *next < count)
        value = arguments[(*next)++];
    if (flag->has_value && (value == NULL || value[0] == '\0'))
        return error_set(err, "--%s: wants an argument", flag->name);
    return flag->set(owner, value, err);
}

bool flags_parse(const struct flag_command *command, void *owner, int count, char *const *arguments, struct error *err)
{
    bool only_operands = false;
    for (int next = 0; next < count;) {
        if (!only_operands && strcmp(arguments[next], "--") == 0) {
            only_operands = true;
            next++;
        } else if (only_operands || (strncmp(arguments[next], "--", 2) != 0 && !is_short(command, arguments[next]))) {
            if (!command->operand(owner, arguments[next++], err))
                return false;
        } else if (!parse_flag(command, owner, count, arguments, &next, err)) {
            return false;
        }
    }
    return true;
}
