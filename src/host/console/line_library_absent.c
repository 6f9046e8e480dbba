/* SPDX-License-Identifier: MIT */
/* Where libedit is not there: the line editor does with little (line_editor.c). */
#include "base/compiler.h"
#include "host/console/line_library.h"

struct line_library *line_library_create(UNUSED const struct line_library_config *config)
{
    return NULL;
}

void line_library_destroy(UNUSED struct line_library *library)
{
}

const char *line_library_key(UNUSED struct line_library *library, UNUSED const char *bytes, UNUSED size_t count)
{
    return NULL;
}

void line_library_begin(UNUSED struct line_library *library)
{
}

void line_library_draw(UNUSED struct line_library *library)
{
}

bool line_library_is_empty(UNUSED struct line_library *library)
{
    return true;
}
