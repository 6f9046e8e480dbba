/* SPDX-License-Identifier: MIT */
/* The text of --hvc. */
#include "host/port.h"

#include <ctype.h>
#include <string.h>

#include "base/compiler.h"
#include "host/option_text.h"

#define KNOWN "console, unix:PATH or file:PATH, with ,name=NAME for a port that is no console"
/* Longest part of a value that a message repeats. */
#define SHOWN 200

static bool set_backend(const char *text, struct port_options *options, struct error *err)
{
    static const struct {
        const char *prefix;
        enum port_kind kind;
    } rows[] = {{"unix:", PORT_UNIX}, {"file:", PORT_FILE}};
    if (strcmp(text, "console") == 0) {
        options->kind = PORT_TERMINAL;
        return true;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        size_t length = strlen(rows[i].prefix);
        if (strncmp(text, rows[i].prefix, length) != 0)
            continue;
        options->kind = rows[i].kind;
        strcpy(options->path, text + length);
        return text[length] != '\0' || error_set(err, "'%s' wants a path", text);
    }
    return error_set(err, "there is no port to '%.*s'; known are " KNOWN, SHOWN, text);
}

/* The name becomes one of a file in the guest. */
static bool set_name(const char *value, struct port_options *options, struct error *err)
{
    size_t length = strlen(value);
    bool legal = length > 0 && length < PORT_NAME_BYTES && value[0] != '.';
    for (size_t i = 0; i < length; i++)
        legal &= isgraph((unsigned char)value[i]) != 0 && value[i] != '/';
    if (!legal)
        return error_set(err,
                         "port name '%.*s': give 1 to %u printable ASCII characters without blanks and slashes, and "
                         "no dot at the start",
                         SHOWN, value, PORT_NAME_BYTES - 1);
    memcpy(options->name, value, length + 1);
    return true;
}

bool port_options_parse(const char *text, struct port_options *options, struct error *err)
{
    char part[sizeof options->path];
    *options = (struct port_options){.kind = PORT_TERMINAL};
    if (!option_text_next(&text, part, sizeof part, "a path", err) || !set_backend(part, options, err))
        return false;
    while (text != NULL) {
        const char *name = option_text_take(&text, part, sizeof part) ? option_text_value(part, "name") : NULL;
        if (name == NULL)
            return error_set(err, "unknown port option '%.*s'; known is name=NAME", SHOWN, part);
        if (!set_name(name, options, err))
            return false;
    }
    return true;
}
