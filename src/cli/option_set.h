/* SPDX-License-Identifier: MIT */
/* How the functions that apply an option's value begin; for cli/option_set*.c alone. */
#ifndef MICROVM_CLI_OPTION_SET_H
#define MICROVM_CLI_OPTION_SET_H

#include "base/compiler.h"
#include "cli/option.h"

/* What a function does not need is marked. */
#define SET(id)                                                                                                        \
    bool option_set_##id(UNUSED struct options *options, UNUSED const struct option_row *row,                          \
                         UNUSED const char *value, UNUSED struct error *err)

#endif
