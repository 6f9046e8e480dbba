/* SPDX-License-Identifier: MIT */
/* What a kernel is made of, and where it goes: found in a folder, or named. Owns copies of the names. */
#ifndef MICROVM_PROJECT_FOLDER_H
#define MICROVM_PROJECT_FOLDER_H

#include "project/words.h"

/* Names as the user gave them. */
struct project_names {
    const char *const *operands; /* a folder, or sources; none: the present folder */
    unsigned operand_count;
    const char *script; /* NULL: the folder's */
    const char *output; /* NULL: FOLDER/build/kernel.elf */
};

struct project {
    char *folder;
    bool is_rust; /* Cargo.toml says what it is made of; then sources and script are nobody's matter here */
    struct words sources;
    char *script; /* NULL: the built-in one */
    char *elf, *flat;
    char *work; /* the folder for objects */
};

/* False: err says what is missing, or cannot be. project_destroy is due either way. */
bool project_find(struct project *project, const struct project_names *names, struct error *err);

void project_destroy(struct project *project);

#endif
