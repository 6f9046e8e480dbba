/* SPDX-License-Identifier: MIT */
/* The text of options that consist of parts between commas, FILE[,OPTION...]; a comma in a part is written twice. */
#ifndef MICROVM_HOST_OPTION_TEXT_H
#define MICROVM_HOST_OPTION_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Copies the text up to the next single comma, a doubled one as one. *text is then what follows, or NULL at the end.
 * False: it is longer than size - 1. */
bool option_text_take(const char **text, char *part, size_t size);

/* The same; what: what is too long, as err says then. */
bool option_text_next(const char **text, char *part, size_t size, const char *what, struct error *err);

/* What stands behind "name=" in a part that begins with it; NULL: it does not. */
const char *option_text_value(const char *part, const char *name);

#endif
