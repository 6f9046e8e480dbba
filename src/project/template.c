/* SPDX-License-Identifier: MIT */
#include "project/template.h"

#include <string.h>

#include "base/compiler.h"
#include "base/nearest.h"

#define BYTES(id) extern const char template_file_##id##_begin[], template_file_##id##_end[];
#define TEMPLATE_FILE(template, path, executable, id)
#include "template_file.inc"
#undef BYTES
#undef TEMPLATE_FILE

static const struct template_file files[] = {
#define BYTES(id)
#define TEMPLATE_FILE(template, path, executable, id)                                                                  \
    {template, path, executable, template_file_##id##_begin, template_file_##id##_end},
#include "template_file.inc"
#undef BYTES
#undef TEMPLATE_FILE
};

static const struct template templates[] = {
#define TEMPLATE(name, meaning, more, behind, arguments, before, also)                                                 \
    {name, meaning, more, behind, arguments, before, also},
#include "template.inc"
#undef TEMPLATE
};

const struct template *template_table(size_t *count)
{
    *count = ARRAY_SIZE(templates);
    return templates;
}

const struct template_file *template_files(size_t *count)
{
    *count = ARRAY_SIZE(files);
    return files;
}

const struct template *template_find(const char *name, struct error *err)
{
    struct nearest nearest = {.typed = name};
    for (size_t i = 0; i < ARRAY_SIZE(templates); i++) {
        if (strcmp(templates[i].name, name) == 0)
            return &templates[i];
        nearest_offer(&nearest, templates[i].name);
    }
    if (nearest.best != NULL)
        error_set(err, "there is no template '%.100s'; did you mean %s?", name, nearest.best);
    else
        error_set(err, "there is no template '%.100s'; microvm init --list names them", name);
    return NULL;
}
