/* SPDX-License-Identifier: MIT */
#include "cli/example.h"

#include <string.h>

#include "base/compiler.h"

#define EXAMPLE(id, name, cpus, meaning) extern const uint8_t example_##id##_begin[], example_##id##_end[];
#include "example.inc"
#undef EXAMPLE

static const struct example examples[] = {
#define EXAMPLE(id, name, cpus, meaning) {name, meaning, cpus, example_##id##_begin, example_##id##_end},
#include "example.inc"
#undef EXAMPLE
};

const struct example *example_table(size_t *count)
{
    *count = ARRAY_SIZE(examples);
    return examples;
}

const struct example *example_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(examples); i++)
        if (strcmp(examples[i].name, name) == 0)
            return &examples[i];
    return NULL;
}
