/* SPDX-License-Identifier: MIT */
/* The text of --input. */
#include "machine/input_devices.h"

#include <string.h>

#include "host/option_text.h"

bool input_devices_parse(const char *text, struct input_wanted *wanted, struct error *err)
{
    char part[16];
    *wanted = (struct input_wanted){0};
    if (strcmp(text, "none") == 0)
        return true;
    while (text != NULL) {
        const char *from = text;
        bool fits = option_text_take(&text, part, sizeof part);
        if (fits && strcmp(part, "keyboard") == 0)
            wanted->keyboard = true;
        else if (fits && strcmp(part, "tablet") == 0)
            wanted->tablet = true;
        else
            return error_set(err, "'%.40s' is none of keyboard, tablet and none", from);
    }
    return true;
}
