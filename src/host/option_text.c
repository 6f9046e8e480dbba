/* SPDX-License-Identifier: MIT */
#include "host/option_text.h"

#include <string.h>

bool option_text_take(const char **text, char *part, size_t size)
{
    const char *from = *text;
    size_t length = 0;
    for (;;) {
        char c = *from++;
        if (c == '\0' || (c == ',' && *from != ',')) {
            *text = c == '\0' ? NULL : from;
            part[length] = '\0';
            return true;
        }
        from += c == ',';
        if (length + 1 == size)
            return false;
        part[length++] = c;
    }
}

bool option_text_next(const char **text, char *part, size_t size, const char *what, struct error *err)
{
    return option_text_take(text, part, size) || error_set(err, "%s of more than %zu bytes", what, size - 1);
}

const char *option_text_value(const char *part, const char *name)
{
    size_t length = strlen(name);
    return strncmp(part, name, length) == 0 && part[length] == '=' ? part + length + 1 : NULL;
}
