/* SPDX-License-Identifier: MIT */
#include "observe/profile_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "cpu/trap.h"
#include "sbi/sbi.h"

#define LINES_SYMBOLS 40
#define LINES_PLACES 30
#define LINES_MNEMONICS 30
#define LINES_OTHERS PROFILER_TRAPS
#define TEXT_BYTES 512

/* A line of a table: what is counted is the table's business. */
struct row {
    uint64_t count;
    uint64_t key;
};

struct table {
    struct row *rows;
    size_t count;
};

struct report {
    const struct profile_data *data;
    struct symbols *symbols;
    const struct decoder *decoder;
    FILE *out;
    uint64_t all; /* of what pcs count */
};

/* The text of a row behind its count. */
typedef void row_text(const struct report *r, uint64_t key, char text[TEXT_BYTES]);

static int by_count(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    return (a->key > b->key) - (a->key < b->key);
}

static double percent(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

/* all 0: shares of it mean nothing. */
static void print_table(const struct report *r, const char *title, struct row *rows, size_t count, size_t most,
                        uint64_t all, row_text *text_of)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++)
        if (rows[i].count > 0)
            rows[used++] = rows[i];
    if (used == 0)
        return;
    qsort(rows, used, sizeof *rows, by_count);
    fprintf(r->out, "\n%s\n", title);
    for (size_t i = 0; i < used && i < most; i++) {
        char text[TEXT_BYTES];
        text_of(r, rows[i].key, text);
        if (all > 0)
            fprintf(r->out, "%7.2f%% %14" PRIu64 "  %s\n", percent(rows[i].count, all), rows[i].count, text);
        else
            fprintf(r->out, "         %14" PRIu64 "  %s\n", rows[i].count, text);
    }
    if (used > most)
        fprintf(r->out, "                         and %zu more\n", used - most);
}

static const char *const mode_names[PROFILER_MODES] = {"U", "S", "mode 2", "M", "VU", "VS", "mode 6", "mode 7"};

static void mode_text(const struct report *r, uint64_t key, char text[TEXT_BYTES])
{
    (void)r;
    snprintf(text, TEXT_BYTES, "%s", mode_names[key]);
}

static void mnemonic_text(const struct report *r, uint64_t key, char text[TEXT_BYTES])
{
    const char *name = key == INSN_illegal ? "(illegal)" : insn_info(r->decoder, (enum insn_id)key)->mnemonic;
    snprintf(text, TEXT_BYTES, "%s", name);
}

static void add_line(const struct report *r, uint64_t addr, char text[TEXT_BYTES])
{
    const char *file;
    unsigned line;
    size_t used = strlen(text);
    if (symbols_line(r->symbols, addr, &file, &line))
        snprintf(text + used, TEXT_BYTES - used, "  %s:%u", file, line);
}

static void symbol_text(const struct report *r, uint64_t key, char text[TEXT_BYTES])
{
    struct symbol_place place;
    if (key == UINT64_MAX || !symbols_at(r->symbols, key, &place)) {
        snprintf(text, TEXT_BYTES, "(no symbol)");
        return;
    }
    snprintf(text, TEXT_BYTES, "%s", place.name);
    add_line(r, key, text);
}

static void place_text(const struct report *r, uint64_t key, char text[TEXT_BYTES])
{
    const struct pc_count *at = &r->data->pcs.list[key];
    char name[TEXT_BYTES];
    mnemonic_text(r, at->id, name);
    char place[SYMBOLS_TEXT_BYTES];
    snprintf(text, TEXT_BYTES, "%-10.20s %s", name, symbols_text(r->symbols, at->pc, place));
    add_line(r, at->pc, text);
}

static void exception_text(const struct report *r, uint64_t key, char text[TEXT_BYTES])
{
    (void)r;
    snprintf(text, TEXT_BYTES, "%s", key < PROFILER_TRAPS ? trap_cause_name(key) : "(higher codes)");
}

static void interrupt_text(const struct report *r, uint64_t key, char text[TEXT_BYTES])
{
    (void)r;
    snprintf(text, TEXT_BYTES, "%s", key < PROFILER_TRAPS ? trap_cause_name(key | CAUSE_INTERRUPT) : "(higher codes)");
}

static void sbi_text(const struct report *r, uint64_t key, char text[TEXT_BYTES])
{
    const struct sbi_count *call = &r->data->sbi[key];
    const char *extension, *function;
    if (sbi_call_name(call->eid, call->fid, &extension, &function))
        snprintf(text, TEXT_BYTES, "%s %s", extension, function);
    else
        snprintf(text, TEXT_BYTES, "extension 0x%" PRIx64 " function %" PRIu64 " (not there)", call->eid, call->fid);
}

/* Kinds of instructions that people ask for. */
enum kind { KIND_LOAD, KIND_STORE, KIND_ATOMIC, KIND_BRANCH, KIND_JUMP, KIND_SYSTEM, KIND_FLOAT, KIND_OTHER, KINDS };

static enum kind kind_of(const struct decoder *decoder, unsigned id)
{
    if (id == INSN_illegal)
        return KIND_SYSTEM;
    const struct insn_info *info = insn_info(decoder, (enum insn_id)id);
    if (strncmp(info->mnemonic, "lr.", 3) == 0 || strncmp(info->mnemonic, "sc.", 3) == 0)
        return KIND_ATOMIC;
    switch (info->class) {
    case CLASS_LOAD:
    case CLASS_FLOAD: return KIND_LOAD;
    case CLASS_STORE:
    case CLASS_FSTORE: return KIND_STORE;
    case CLASS_AMO32:
    case CLASS_AMO64: return KIND_ATOMIC;
    case CLASS_BRANCH: return KIND_BRANCH;
    case CLASS_JAL:
    case CLASS_JALR: return KIND_JUMP;
    case CLASS_SYS: return KIND_SYSTEM;
    case CLASS_FPF_RM:
    case CLASS_FPF_ANY:
    case CLASS_FPF:
    case CLASS_FPX_RM:
    case CLASS_FPX: return KIND_FLOAT;
    default: return KIND_OTHER;
    }
}

static void kind_text(const struct report *r, uint64_t key, char text[TEXT_BYTES])
{
    static const char *const names[KINDS] = {"loads", "stores", "atomics",        "branches",
                                             "jumps", "system", "floating point", "other"};
    (void)r;
    snprintf(text, TEXT_BYTES, "%s", names[key]);
}

static void print_kinds(const struct report *r)
{
    struct row rows[KINDS] = {{0}};
    for (unsigned id = 0; id <= INSN_COUNT; id++)
        rows[kind_of(r->decoder, id)].count += r->data->mnemonics[id];
    for (unsigned i = 0; i < KINDS; i++)
        rows[i].key = i;
    print_table(r, "kinds of instructions", rows, KINDS, KINDS, r->all, kind_text);
}

/* counts by key from 0. */
static void print_counts(const struct report *r, const char *title, const uint64_t *counts, size_t count, size_t most,
                         uint64_t all, row_text *text_of)
{
    struct row *rows = calloc(count, sizeof *rows);
    for (size_t i = 0; rows != NULL && i < count; i++)
        rows[i] = (struct row){counts[i], i};
    if (rows != NULL)
        print_table(r, title, rows, count, most, all, text_of);
    free(rows);
}

static void print_places(const struct report *r)
{
    const struct pc_map *pcs = &r->data->pcs;
    struct row *rows = calloc(pcs->count + 1, sizeof *rows);
    for (size_t i = 0; rows != NULL && i < pcs->count; i++)
        rows[i] = (struct row){pcs->list[i].count, i};
    if (rows != NULL)
        print_table(r, "hottest places", rows, pcs->count, LINES_PLACES, r->all, place_text);
    free(rows);
}

static void print_symbols(const struct report *r)
{
    const struct pc_map *pcs = &r->data->pcs;
    struct row *rows = calloc(pcs->count + 1, sizeof *rows);
    size_t used = 1; /* what no symbol names comes first */
    for (size_t i = 0; rows != NULL && i < pcs->count; i++) {
        struct symbol_place place = {.start = UINT64_MAX};
        rows[0].key = UINT64_MAX;
        if (!symbols_at(r->symbols, pcs->list[i].pc, &place))
            rows[0].count += pcs->list[i].count;
        else if (rows[used - 1].key == place.start)
            rows[used - 1].count += pcs->list[i].count;
        else
            rows[used++] = (struct row){pcs->list[i].count, place.start};
    }
    if (rows != NULL)
        print_table(r, "by symbol", rows, used, LINES_SYMBOLS, r->all, symbol_text);
    free(rows);
}

static void print_sbi(const struct report *r)
{
    uint64_t counts[PROFILER_SBI_CALLS];
    for (unsigned i = 0; i < r->data->sbi_count; i++)
        counts[i] = r->data->sbi[i].count;
    print_counts(r, "SBI calls", counts, r->data->sbi_count, LINES_OTHERS, 0, sbi_text);
    if (r->data->sbi_others > 0)
        fprintf(r->out, "         %14" PRIu64 "  (others)\n", r->data->sbi_others);
}

static void print_head(const struct report *r, uint64_t instructions)
{
    fprintf(r->out, "microvm profile: %" PRIu64 " instructions, ", instructions);
    if (r->data->counted)
        fprintf(r->out, "each of them counted\n");
    else
        fprintf(r->out, "looked at %" PRIu64 " times; counts by symbol, place and kind are estimates\n",
                r->data->samples);
    if (r->data->out_of_memory)
        fprintf(r->out, "memory ran out: some of them are missing below\n");
}

void profile_report_summary(const struct profile_data *data, struct symbols *symbols, const struct decoder *decoder,
                            FILE *out)
{
    struct report r = {data, symbols, decoder, out, 0};
    uint64_t instructions = 0;
    for (size_t i = 0; i < data->pcs.count; i++)
        r.all += data->pcs.list[i].count;
    for (unsigned i = 0; i < PROFILER_MODES; i++)
        instructions += data->modes[i];
    print_head(&r, instructions);
    print_symbols(&r);
    print_places(&r);
    print_counts(&r, "instructions by mode", data->modes, PROFILER_MODES, PROFILER_MODES, instructions, mode_text);
    print_kinds(&r);
    print_counts(&r, "instructions", data->mnemonics, INSN_COUNT + 1, LINES_MNEMONICS, r.all, mnemonic_text);
    print_counts(&r, "exceptions", data->exceptions, PROFILER_TRAPS + 1, LINES_OTHERS, 0, exception_text);
    print_counts(&r, "interrupts", data->interrupts, PROFILER_TRAPS + 1, LINES_OTHERS, 0, interrupt_text);
    print_sbi(&r);
}
