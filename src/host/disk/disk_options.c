/* SPDX-License-Identifier: MIT */
/* The text of -d/--disk. */
#include "host/disk/disk.h"

#include <ctype.h>
#include <string.h>

#include "base/compiler.h"
#include "host/disk/disk_image.h"
#include "host/option_text.h"

#define KNOWN                                                                                                          \
    "ro, format=raw|qcow2, backing-format=raw|qcow2, cache=writeback|writethrough|unsafe, serial=S, "                  \
    "on-error=report|enospc|pause, snapshot=on; a comma in a name is written twice"
/* Longest part of a value that a message repeats. */
#define SHOWN 200

static bool find_format(const char *value, const struct disk_format **format, struct error *err)
{
    *format = disk_format_named(value);
    return *format != NULL ||
           error_set(
               err,
               "disk format '%.*s' is not supported: give raw or qcow2; 'qemu-img convert -O qcow2' makes the one "
               "of most others",
               SHOWN, value);
}

static bool set_format(const char *value, struct disk_options *options, struct error *err)
{
    return find_format(value, &options->format, err);
}

static bool set_backing_format(const char *value, struct disk_options *options, struct error *err)
{
    return find_format(value, &options->backing_format, err);
}

static bool set_cache(const char *value, struct disk_options *options, struct error *err)
{
    static const char *const names[] = {
        [DISK_CACHE_WRITEBACK] = "writeback",
        [DISK_CACHE_WRITETHROUGH] = "writethrough",
        [DISK_CACHE_UNSAFE] = "unsafe",
    };
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(value, names[i]) != 0)
            continue;
        options->cache = (enum disk_cache)i;
        return true;
    }
    return error_set(err, "disk cache mode '%.*s' is none of writeback, writethrough, unsafe", SHOWN, value);
}

static bool set_on_error(const char *value, struct disk_options *options, struct error *err)
{
    static const char *const names[] = {
        [DISK_ON_ERROR_REPORT] = "report",
        [DISK_ON_ERROR_ENOSPC] = "enospc",
        [DISK_ON_ERROR_PAUSE] = "pause",
    };
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(value, names[i]) != 0)
            continue;
        options->on_error = (enum disk_on_error)i;
        return true;
    }
    return error_set(err,
                     "disk option on-error='%.*s' is none of report (the guest is told), enospc (the machine waits "
                     "where the host lacks room), pause (it waits for the host, whatever is wrong)",
                     SHOWN, value);
}

static bool set_snapshot(const char *value, struct disk_options *options, struct error *err)
{
    options->throw_away = strcmp(value, "on") == 0;
    return options->throw_away || strcmp(value, "off") == 0 ||
           error_set(err, "disk option snapshot='%.*s' is neither on nor off", SHOWN, value);
}

static bool set_serial(const char *value, struct disk_options *options, struct error *err)
{
    size_t length = strlen(value);
    bool printable = true;
    for (size_t i = 0; i < length; i++)
        printable &= isgraph((unsigned char)value[i]) != 0;
    if (length == 0 || length > DISK_SERIAL_BYTES || !printable)
        return error_set(err, "disk serial '%.*s': give 1 to %u printable ASCII characters without blanks", SHOWN,
                         value, DISK_SERIAL_BYTES);
    memcpy(options->serial, value, length + 1);
    return true;
}

static bool set_option(const char *part, struct disk_options *options, struct error *err)
{
    static const struct {
        const char *name;
        bool (*set)(const char *value, struct disk_options *options, struct error *err);
    } rows[] = {
        {"format", set_format},     {"backing-format", set_backing_format},
        {"cache", set_cache},       {"serial", set_serial},
        {"on-error", set_on_error}, {"snapshot", set_snapshot},
    };
    if (strcmp(part, "ro") == 0)
        return options->read_only = true;
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *value = option_text_value(part, rows[i].name);
        if (value != NULL)
            return rows[i].set(value, options, err);
    }
    return error_set(err, "unknown disk option '%.*s'; known are " KNOWN, SHOWN, part);
}

bool disk_options_parse(const char *text, struct disk_options *options, struct error *err)
{
    *options = (struct disk_options){.cache = DISK_CACHE_WRITEBACK};
    if (!option_text_next(&text, options->path, sizeof options->path, "disk file name", err))
        return false;
    if (options->path[0] == '\0')
        return error_set(err, "a disk needs a file name: FILE[,OPTION...]; options are " KNOWN);
    while (text != NULL) {
        char part[256];
        if (!option_text_take(&text, part, sizeof part))
            return error_set(err, "disk option of more than %zu bytes; known are " KNOWN, sizeof part - 1);
        if (!set_option(part, options, err))
            return false;
    }
    return true;
}
