/* SPDX-License-Identifier: MIT */
#include "cpu/profile.h"

#include <inttypes.h>
#include <stdlib.h>

#include "cpu/block.h"
#include "cpu/pair.h"

#define LINES_SINGLE 40
#define LINES_PAIR 80

/* A line of a table: the indices that its count has in the profile. */
struct line {
    uint64_t count;
    uint16_t first, second;
};

void profile_count(struct profile *profile, const struct block *block, uint64_t steps)
{
    unsigned last = INSN_COUNT + 1; /* none */
    for (unsigned i = 0; i < block->op_count && steps > 0; i++) {
        if (block->place[i].length == 0)
            continue;
        unsigned id = block->place[i].id;
        profile->single[id]++;
        if (last <= INSN_COUNT)
            profile->pair[last][id]++;
        last = id;
        steps--;
    }
}

static int by_count(const void *a, const void *b)
{
    uint64_t left = ((const struct line *)a)->count, right = ((const struct line *)b)->count;
    return (left < right) - (left > right);
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

static const char *name_of(const struct decoder *decoder, unsigned id)
{
    return id == INSN_illegal ? "(illegal)" : insn_info(decoder, (enum insn_id)id)->mnemonic;
}

static void print_singles(const struct profile *profile, const struct decoder *decoder, uint64_t all, FILE *out)
{
    struct line lines[INSN_COUNT + 1];
    for (unsigned id = 0; id <= INSN_COUNT; id++)
        lines[id] = (struct line){profile->single[id], (uint16_t)id, 0};
    qsort(lines, INSN_COUNT + 1, sizeof *lines, by_count);
    fprintf(out, "%14" PRIu64 " instructions\n", all);
    for (unsigned i = 0; i < LINES_SINGLE && lines[i].count > 0; i++)
        fprintf(out, "%14" PRIu64 " %6.2f%%  %s\n", lines[i].count, percent(lines[i].count, all),
                name_of(decoder, lines[i].first));
}

static void print_pairs(const struct profile *profile, const struct decoder *decoder, uint64_t all, FILE *out)
{
    size_t count = (size_t)(INSN_COUNT + 1) * (INSN_COUNT + 1);
    struct line *lines = malloc(count * sizeof *lines);
    if (lines == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        uint16_t first = (uint16_t)(i / (INSN_COUNT + 1)), second = (uint16_t)(i % (INSN_COUNT + 1));
        lines[i] = (struct line){profile->pair[first][second], first, second};
    }
    qsort(lines, count, sizeof *lines, by_count);
    fprintf(out, "pairs, %% of the instructions; *: they have one handler\n");
    for (unsigned i = 0; i < LINES_PAIR && lines[i].count > 0; i++)
        fprintf(out, "%14" PRIu64 " %6.2f%% %c %s + %s\n", lines[i].count, percent(lines[i].count, all),
                pair_exists(lines[i].first, lines[i].second) ? '*' : ' ', name_of(decoder, lines[i].first),
                name_of(decoder, lines[i].second));
    free(lines);
}

void profile_print(const struct profile *profile, const struct decoder *decoder, FILE *out)
{
    uint64_t all = 0;
    for (unsigned id = 0; id <= INSN_COUNT; id++)
        all += profile->single[id];
    print_singles(profile, decoder, all, out);
    print_pairs(profile, decoder, all, out);
}
