/* SPDX-License-Identifier: MIT */
/* What --share says of a folder. */
#ifndef MICROVM_SHARE_SHARE_OPTIONS_H
#define MICROVM_SHARE_SHARE_OPTIONS_H

#include <stdbool.h>

#include "base/error.h"

/* With the zero at the end. */
#define SHARE_TAG_SIZE 32u

struct share_options {
    char path[4096];
    char tag[SHARE_TAG_SIZE]; /* empty: none was given */
    bool writable;
};

/* Parses "DIR[,tag=TAG][,rw]"; a comma in a name is written twice. */
bool share_options_parse(const char *text, struct share_options *options, struct error *err);

#endif
