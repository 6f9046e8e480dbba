/* SPDX-License-Identifier: MIT */
/* --load-snapshot: what the other options may say beside it, and the configuration that comes of it. Owns nothing. */
#ifndef MICROVM_CLI_LOAD_H
#define MICROVM_CLI_LOAD_H

#include "cli/option.h"
#include "snapshot/snapshot.h"

/* Opens the snapshot that the options name, and makes their configuration its machine's. NULL: it is refused, or an
 * option
 * contradicts it. */
struct snapshot *load_open(struct options *options, struct error *err);

/* The extensions that are not as they are unless somebody says otherwise, as --cpu has them; "the usual extensions"
 * for none. */
#define LOAD_EXTENSIONS_BYTES 1024
void load_print_extensions(const struct ext_set *set, char text[LOAD_EXTENSIONS_BYTES]);

#endif
