/* SPDX-License-Identifier: MIT */
#include "host/display/display_options.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "host/option_text.h"

/* Longest part of a value that a message repeats. */
#define SHOWN 200

static bool set_place(const char *value, struct display_options *options, struct error *err)
{
    char *end;
    if (strncmp(value, "unix:", 5) == 0) {
        strcpy(options->path, value + 5);
        return options->path[0] != '\0' || error_set(err, "'vnc=unix:' wants a path");
    }
    unsigned long port = strtoul(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end != '\0' || port == 0 || port > UINT16_MAX)
        return error_set(err, "'vnc=%.*s': wants a port of 127.0.0.1, from 1 to %u, or unix:PATH", SHOWN, value,
                         UINT16_MAX);
    options->has_port = true;
    options->port = (uint16_t)port;
    return true;
}

static bool set_kind(const char *part, struct display_options *options, struct error *err)
{
    const char *place = option_text_value(part, "vnc");
    if (strcmp(part, "none") == 0)
        return true;
    if (strcmp(part, "sdl") == 0) {
        options->kind = DISPLAY_SDL;
        return true;
    }
    if (strcmp(part, "vnc") == 0 || place != NULL) {
        options->kind = DISPLAY_VNC;
        return place == NULL || set_place(place, options, err);
    }
    return error_set(err, "there is no display '%.*s'; known are none, sdl, vnc, vnc=PORT and vnc=unix:PATH", SHOWN,
                     part);
}

static bool set_scale(const char *value, struct display_options *options, struct error *err)
{
    char *end;
    options->scale = 0;
    if (strcmp(value, "fit") == 0)
        return true;
    unsigned long scale = strtoul(value, &end, 10);
    if (value[0] < '1' || value[0] > '9' || *end != '\0' || scale > DISPLAY_SCALE_MAX)
        return error_set(err, "scale '%.*s': give a number from 1 to %u, or fit", SHOWN, value, DISPLAY_SCALE_MAX);
    options->scale = (unsigned)scale;
    return true;
}

static bool set_password(const char *value, struct display_options *options, struct error *err)
{
    strcpy(options->password, value);
    return value[0] != '\0' || error_set(err, "'password-file=' wants a file");
}

static bool set_option(const char *part, struct display_options *options, struct error *err)
{
    const char *scale = option_text_value(part, "scale");
    const char *password = option_text_value(part, "password-file");
    bool window = options->kind == DISPLAY_SDL, server = options->kind == DISPLAY_VNC;
    if (window && strcmp(part, "full-screen") == 0) {
        options->full_screen = true;
        return true;
    }
    if (window && scale != NULL)
        return set_scale(scale, options, err);
    if (server && password != NULL)
        return set_password(password, options, err);
    static const char *const known[] = {"none has no options", "known are full-screen, scale=N and scale=fit",
                                        "known is password-file=FILE"};
    return error_set(err, "unknown display option '%.*s'; %s", SHOWN, part, known[options->kind]);
}

bool display_options_parse(const char *text, struct display_options *options, struct error *err)
{
    char part[sizeof options->path];
    *options = (struct display_options){.kind = DISPLAY_NONE};
    if (!option_text_next(&text, part, sizeof part, "a path", err) || !set_kind(part, options, err))
        return false;
    while (text != NULL)
        if (!option_text_next(&text, part, sizeof part, "a path", err) || !set_option(part, options, err))
            return false;
    return true;
}
