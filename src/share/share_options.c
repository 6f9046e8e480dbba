/* SPDX-License-Identifier: MIT */
#include "share/share_options.h"

#include <ctype.h>
#include <string.h>

#include "host/option_text.h"

/* Longest part of a value that a message repeats. */
#define SHOWN 200

/* A mount's source in the guest, which may stand in its fstab. */
static bool set_tag(const char *tag, struct share_options *options, struct error *err)
{
    size_t length = strlen(tag);
    bool legal = length > 0 && length < SHARE_TAG_SIZE && tag[0] != '#';
    for (size_t i = 0; i < length; i++)
        legal &= isgraph((unsigned char)tag[i]) != 0;
    if (!legal)
        return error_set(err,
                         "share '%.*s': the tag '%.*s' is not 1 to %u printable ASCII characters without blanks, the "
                         "first of them no #",
                         SHOWN, options->path, SHOWN, tag, SHARE_TAG_SIZE - 1);
    memcpy(options->tag, tag, length + 1);
    return true;
}

static bool set_part(const char *part, struct share_options *options, struct error *err)
{
    const char *tag = option_text_value(part, "tag");
    if (tag != NULL)
        return set_tag(tag, options, err);
    if (strcmp(part, "rw") != 0 && strcmp(part, "ro") != 0)
        return error_set(err, "share '%.*s': unknown option '%.*s'; known are tag=TAG, rw, ro", SHOWN, options->path,
                         SHOWN, part);
    options->writable = part[1] == 'w';
    return true;
}

bool share_options_parse(const char *text, struct share_options *options, struct error *err)
{
    char part[256];
    *options = (struct share_options){.writable = false};
    if (!option_text_next(&text, options->path, sizeof options->path, "share: a path", err))
        return false;
    if (options->path[0] == '\0')
        return error_set(err, "share: give a folder: DIR[,tag=TAG][,rw]");
    while (text != NULL) {
        if (!option_text_next(&text, part, sizeof part, "an option", err))
            return error_prefix(err, "share '%.*s'", SHOWN, options->path);
        if (!set_part(part, options, err))
            return false;
    }
    return true;
}
