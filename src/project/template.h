/* SPDX-License-Identifier: MIT */
/* The templates that new projects begin as, with their files: starter-kit/list's, embedded in the command
 * (cmake/starter_kit.cmake). Owns nothing. */
#ifndef MICROVM_PROJECT_TEMPLATE_H
#define MICROVM_PROJECT_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define TEMPLATE_USUAL "minimal-kernel"
#define TEMPLATE_RUST "rust-kernel"

struct template
{
    const char *name, *meaning;
    const char *more;      /* where it is explained: a sentence, or "" */
    const char *behind;    /* the options of run that it wants, as they follow `microvm build --run`; or "" */
    const char *arguments; /* the same in a list in JSON */
    const char *before;    /* a command that makes what they name, or "" */
    const char *also;      /* the same as it follows `microvm build` on one line */
};

struct template_file {
    const char *template;
    const char *path; /* below the project's folder; its folders are named by it alone */
    bool executable;
    const char *begin, *end; /* text; @NAME@ and the like stand for what the project knows */
};

/* All of them, in the order of help. */
const struct template *template_table(size_t *count);

/* The files of all templates. */
const struct template_file *template_files(size_t *count);

/* NULL: no template has that name; err suggests one. */
const struct template *template_find(const char *name, struct error *err);

#endif
