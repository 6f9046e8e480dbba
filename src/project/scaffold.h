/* SPDX-License-Identifier: MIT */
/* Makes the folder of a new project from a template. Owns nothing. */
#ifndef MICROVM_PROJECT_SCAFFOLD_H
#define MICROVM_PROJECT_SCAFFOLD_H

#include <stdbool.h>

#include "base/error.h"
#include "project/template.h"

/* Makes the folder `target`, or fills it if it is there and empty: with all files of the template, or with none. Nothing that
 * is there is changed. */
bool scaffold_create(const char *target, const struct template *template, struct error *err);

#endif
