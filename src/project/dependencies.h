/* SPDX-License-Identifier: MIT */
/* The files that a compiler has read besides the source it was given: what it wrote with -MMD, in make's language. Owns nothing. */
#ifndef MICROVM_PROJECT_DEPENDENCIES_H
#define MICROVM_PROJECT_DEPENDENCIES_H

#include "project/words.h"

/* Adds the names that stand behind the colon of one rule. */
void dependencies_parse(const char *rule, struct words *files);

/* Adds those of all *.d of the folder, but for files that lie in it. What cannot be read has none. */
void dependencies_read(const char *folder, struct words *files);

#endif
