/* SPDX-License-Identifier: MIT */
#include "observe/profile_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "observe/unwind.h"

struct folded {
    char *stack; /* owned */
    uint64_t count;
};

static const char *const mode_names[PROFILER_MODES] = {"U", "S", "2", "M", "VU", "VS", "6", "7"};

/* What separates frames must not stand in their names. */
static void write_name(FILE *out, const char *name)
{
    for (; *name != '\0'; name++)
        putc(*name == ';' || *name == '\n' ? ':' : *name, out);
}

static void write_stack(FILE *out, const uint64_t *keys, size_t depth, const struct symbols *symbols)
{
    fputs(mode_names[keys[0] % PROFILER_MODES], out);
    for (size_t i = 1; i < depth; i++) {
        struct symbol_place place;
        putc(';', out);
        write_name(out, keys[i] != UNWIND_UNKNOWN && symbols_at(symbols, keys[i], &place) ? place.name : "[unknown]");
    }
}

static char *stack_text(const struct profile_data *data, size_t node, const struct symbols *symbols)
{
    uint64_t keys[1 + UNWIND_FRAMES_MAX];
    char *text = NULL;
    size_t bytes;
    size_t depth = call_tree_stack(&data->stacks, node, keys, 1 + UNWIND_FRAMES_MAX);
    FILE *out = open_memstream(&text, &bytes);
    if (out == NULL)
        return NULL;
    write_stack(out, keys, depth, symbols);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

static int by_stack(const void *left, const void *right)
{
    return strcmp(((const struct folded *)left)->stack, ((const struct folded *)right)->stack);
}

/* One line for all that are spelt alike: a function has two addresses, virtual and physical. */
static void print_sorted(struct folded *list, size_t count, FILE *out)
{
    for (size_t i = 0; i < count; i++) {
        if (i + 1 < count && strcmp(list[i].stack, list[i + 1].stack) == 0)
            list[i + 1].count += list[i].count;
        else
            fprintf(out, "%s %" PRIu64 "\n", list[i].stack, list[i].count);
    }
}

bool profile_report_folded(const struct profile_data *data, const struct symbols *symbols, FILE *out)
{
    struct folded *list = calloc(data->stacks.count + 1, sizeof *list);
    size_t used = 0;
    bool ok = list != NULL;
    for (size_t i = 0; ok && i < data->stacks.count; i++) {
        if (data->stacks.nodes[i].count == 0)
            continue;
        list[used] = (struct folded){stack_text(data, i, symbols), data->stacks.nodes[i].count};
        ok = list[used].stack != NULL;
        used += ok;
    }
    if (ok && used > 0)
        qsort(list, used, sizeof *list, by_stack);
    if (ok)
        print_sorted(list, used, out);
    for (size_t i = 0; i < used; i++)
        free(list[i].stack);
    free(list);
    return ok;
}
