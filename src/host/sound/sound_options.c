/* SPDX-License-Identifier: MIT */
#include "host/sound/sound_options.h"

#include <string.h>

#include "host/option_text.h"

/* Longest part of a value that a message repeats. */
#define SHOWN 200

static bool set_kind(const char *part, struct sound_options *options, struct error *err)
{
    if (strcmp(part, "none") == 0)
        return true;
    if (strcmp(part, "sdl") == 0) {
        options->kind = SOUND_SDL;
        return true;
    }
    if (strncmp(part, "wav:", 4) != 0)
        return error_set(err, "'%.*s' is no sound; known are wav:FILE, sdl and none", SHOWN, part);
    options->kind = SOUND_WAV;
    strcpy(options->output, part + 4);
    return part[4] != '\0' || error_set(err, "wav: wants a file");
}

static bool set_more(const char *part, struct sound_options *options, struct error *err)
{
    const char *input = option_text_value(part, "in");
    if (input == NULL || options->kind != SOUND_WAV)
        return error_set(err, "there is no '%.*s'; known is in=FILE behind wav:FILE", SHOWN, part);
    strcpy(options->input, input);
    return input[0] != '\0' || error_set(err, "in= wants a file");
}

bool sound_options_parse(const char *text, struct sound_options *options, struct error *err)
{
    char part[SOUND_PATH_BYTES];
    *options = (struct sound_options){.kind = SOUND_NONE};
    if (!option_text_next(&text, part, sizeof part, "a path", err) || !set_kind(part, options, err))
        return false;
    while (text != NULL)
        if (!option_text_next(&text, part, sizeof part, "a path", err) || !set_more(part, options, err))
            return false;
    return true;
}
