/* SPDX-License-Identifier: MIT */
#include "host/display/gpu_options.h"

#include <stdio.h>
#include <string.h>

#include "host/option_text.h"

#define PART_BYTES 64u

/* Digits alone, within the limits; *end is behind them. */
static bool take_number(const char *text, uint32_t least, uint32_t most, uint32_t *value, const char **end)
{
    uint32_t number = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9' && number <= most; at++)
        number = number * 10 + (uint32_t)(*at - '0');
    *value = number;
    *end = at;
    return at != text && number >= least && number <= most;
}

static bool set_size(const char *part, struct gpu_options *options, struct error *err)
{
    const char *end;
    bool ok = take_number(part, GPU_SIZE_LEAST, GPU_SIZE_MOST, &options->width, &end) && *end == 'x' &&
              take_number(end + 1, GPU_SIZE_LEAST, GPU_SIZE_MOST, &options->height, &end) && *end == '\0';
    return ok || error_set(err, "'%s' is neither WIDTHxHEIGHT, each from %u to %u, nor heads=N", part, GPU_SIZE_LEAST,
                           GPU_SIZE_MOST);
}

static bool set_heads(const char *value, struct gpu_options *options, struct error *err)
{
    const char *end;
    uint32_t heads;
    if (!take_number(value, 1, GPU_MAX_HEADS, &heads, &end) || *end != '\0')
        return error_set(err, "heads=%s: a machine has from 1 to %u screens", value, GPU_MAX_HEADS);
    options->heads = heads;
    return true;
}

bool gpu_options_parse(const char *text, struct gpu_options *options, struct error *err)
{
    char part[PART_BYTES];
    *options = (struct gpu_options){.width = 1280, .height = 800, .heads = 1};
    while (text != NULL && *text != '\0') {
        if (!option_text_take(&text, part, sizeof part))
            return error_set(err, "a part of more than %u bytes; known are WIDTHxHEIGHT and heads=N", PART_BYTES - 1);
        const char *heads = option_text_value(part, "heads");
        if (heads != NULL ? !set_heads(heads, options, err) : !set_size(part, options, err))
            return false;
    }
    return true;
}

void gpu_options_describe(const struct gpu_options *options, char *text, size_t size)
{
    snprintf(text, size, "%ux%u,heads=%u", options->width, options->height, options->heads);
}
