/* SPDX-License-Identifier: MIT */
#include "host/option_text.h"

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
