/* SPDX-License-Identifier: MIT */
#include "observe/symbols.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "machine/boot_files.h"
#include "machine/inspect.h"
#include "machine/map.h"
#include "observe/symbol_file.h"

/* Where symbols come from: a program that the machine was started with, or a file that the user names. */
struct origin {
    const struct boot_program *program; /* NULL: a file */
    struct symbol_file file;            /* a program's table and its names' owner stand here, too */
    uint64_t offset;                    /* to be added to a file's addresses */
    bool ready;                         /* the program's table is made */
    bool asked_for_lines;
    struct source_lines *lines; /* NULL: none, or nobody has asked yet */
};

struct symbols {
    struct origin *origins;
    size_t count;
};

static bool add_origin(struct symbols *symbols, const struct origin *origin)
{
    struct origin *origins = realloc(symbols->origins, (symbols->count + 1) * sizeof *origins);
    if (origins == NULL)
        return false;
    symbols->origins = origins;
    origins[symbols->count++] = *origin;
    return true;
}

static bool add_program(struct symbols *symbols, const struct boot_program *program)
{
    const struct origin origin = {.program = program, .file = {.fd = -1}};
    return program->image.symtab.count == 0 || add_origin(symbols, &origin);
}

struct symbols *symbols_create(const struct machine *machine)
{
    const struct boot_files *files = machine != NULL ? machine_plan(machine)->files : NULL;
    struct symbols *symbols = calloc(1, sizeof *symbols);
    if (symbols != NULL && files == NULL)
        return symbols;
    if (symbols != NULL && add_program(symbols, &files->kernel) && add_program(symbols, &files->firmware))
        return symbols;
    symbols_destroy(symbols);
    return NULL;
}

void symbols_destroy(struct symbols *symbols)
{
    if (symbols == NULL)
        return;
    for (size_t i = 0; i < symbols->count; i++) {
        source_lines_close(symbols->origins[i].lines);
        symbol_file_close(&symbols->origins[i].file);
    }
    free(symbols->origins);
    free(symbols);
}

/* FILE@OFFSET: what stands behind the last @ is one if it begins like a number; other names may hold an @. */
static bool parse_offset(char *path, uint64_t *offset, struct error *err)
{
    char *at = strrchr(path, '@'), *end;
    *offset = 0;
    if (at == NULL || at[1] == '\0' || strchr("0123456789-", at[1]) == NULL)
        return true;
    bool below = at[1] == '-';
    const char *digits = at + 1 + below;
    errno = 0;
    uint64_t value = strtoull(digits, &end, 0);
    if (digits[0] < '0' || digits[0] > '9' || *end != '\0' || errno != 0)
        return error_set(err, "the offset '%.100s' is no number of 64 bits; write 0x80200000 or -4096", at + 1);
    *offset = below ? -value : value;
    *at = '\0';
    return true;
}

bool symbols_add(struct symbols *symbols, const char *file_and_offset, struct error *err)
{
    struct origin origin = {.ready = true, .file = {.fd = -1}};
    char *path = strdup(file_and_offset);
    if (path == NULL)
        return error_set(err, "out of memory for symbols");
    bool ok = parse_offset(path, &origin.offset, err) && symbol_file_open(&origin.file, path, err);
    free(path);
    if (!ok || add_origin(symbols, &origin))
        return ok;
    symbol_file_close(&origin.file);
    return error_set(err, "out of memory for symbols");
}

/* A program's symbols wait for the first question. */
static const struct symbol_table *table_of(struct origin *origin)
{
    if (origin->ready)
        return &origin->file.table;
    origin->ready = true;
    symbol_table_add_elf(&origin->file.table, &origin->program->image.symtab, 0);
    symbol_table_sort(&origin->file.table);
    return &origin->file.table;
}

/* The address as the origin has it; false: it has no such address. */
static bool as_linked(const struct origin *origin, uint64_t addr, uint64_t *linked)
{
    if (origin->program != NULL)
        return boot_image_as_linked(&origin->program->image, addr, linked);
    *linked = addr - origin->offset;
    return *linked < origin->file.end;
}

/* The other way round. What is linked below RAM was linked to be moved, and runs where it was put. */
static uint64_t as_run(const struct origin *origin, uint64_t linked)
{
    if (origin->program == NULL)
        return linked + origin->offset;
    return linked < map_row(MAP_dram)->base ? boot_image_translate(&origin->program->image, linked) : linked;
}

bool symbols_at(const struct symbols *symbols, uint64_t addr, struct symbol_place *place)
{
    bool found = false;
    for (size_t i = 0; i < symbols->count; i++) {
        uint64_t linked;
        if (!as_linked(&symbols->origins[i], addr, &linked))
            continue;
        const struct symbol *symbol = symbol_table_at(table_of(&symbols->origins[i]), linked);
        if (symbol == NULL || (found && linked - symbol->addr >= place->offset))
            continue;
        *place = (struct symbol_place){
            .name = symbol->name,
            .start = addr - (linked - symbol->addr),
            .offset = linked - symbol->addr,
            .function = symbol->kind == SYMBOL_FUNCTION,
            .object = symbol->kind == SYMBOL_OBJECT,
        };
        found = true;
    }
    return found;
}

bool symbols_value(const struct symbols *symbols, const char *name, uint64_t *addr)
{
    for (size_t i = 0; i < symbols->count; i++) {
        const struct symbol *symbol = symbol_table_find(table_of(&symbols->origins[i]), name);
        if (symbol == NULL)
            continue;
        *addr = symbol->kind == SYMBOL_VALUE ? symbol->addr : as_run(&symbols->origins[i], symbol->addr);
        return true;
    }
    return false;
}

const char *symbols_name(const struct symbols *symbols, size_t n)
{
    for (size_t i = 0; i < symbols->count; i++) {
        const struct symbol_table *table = table_of(&symbols->origins[i]);
        if (n < table->count)
            return table->list[n].name;
        n -= table->count;
    }
    return NULL;
}

static struct source_lines *lines_of(struct origin *origin)
{
    if (origin->asked_for_lines)
        return origin->lines;
    origin->asked_for_lines = true;
    if (origin->program != NULL)
        origin->lines = source_lines_open_bytes(origin->program->file.bytes, origin->program->file.size);
    else if (origin->file.fd >= 0)
        origin->lines = source_lines_open_file(origin->file.fd);
    return origin->lines;
}

bool symbols_have_lines(struct symbols *symbols)
{
    bool have = false;
    for (size_t i = 0; i < symbols->count; i++)
        have |= lines_of(&symbols->origins[i]) != NULL;
    return have;
}

bool symbols_source(struct symbols *symbols, uint64_t addr, struct source_line *out)
{
    for (size_t i = 0; i < symbols->count; i++) {
        struct origin *origin = &symbols->origins[i];
        uint64_t linked;
        if (as_linked(origin, addr, &linked) && lines_of(origin) != NULL && source_lines_at(origin->lines, linked, out))
            return true;
    }
    return false;
}

bool symbols_frame(struct symbols *symbols, uint64_t addr, struct call_frame *frame)
{
    for (size_t i = 0; i < symbols->count; i++) {
        struct origin *origin = &symbols->origins[i];
        uint64_t linked;
        if (as_linked(origin, addr, &linked) && lines_of(origin) != NULL &&
            source_lines_frame(origin->lines, linked, frame))
            return true;
    }
    return false;
}

bool symbols_line(struct symbols *symbols, uint64_t addr, const char **file, unsigned *line)
{
    struct source_line found;
    if (!symbols_source(symbols, addr, &found))
        return false;
    *file = found.file;
    *line = found.line;
    return true;
}

void symbols_each_function(const struct symbols *symbols, void *owner,
                           void (*visit)(void *owner, const char *name, uint64_t first, uint64_t bytes))
{
    for (size_t i = 0; i < symbols->count; i++) {
        const struct symbol_table *table = table_of(&symbols->origins[i]);
        for (size_t n = 0; n < table->places; n++)
            if (table->list[n].kind == SYMBOL_FUNCTION)
                visit(owner, table->list[n].name, as_run(&symbols->origins[i], table->list[n].addr),
                      table->list[n].size);
    }
}

struct line_walk {
    const struct origin *origin;
    source_line_visitor *visit;
    void *owner;
};

static void visit_line(void *owner, uint64_t first, uint64_t end, const struct source_line *line)
{
    const struct line_walk *walk = owner;
    uint64_t start = as_run(walk->origin, first);
    walk->visit(walk->owner, start, start + (end - first), line);
}

void symbols_each_line(struct symbols *symbols, void *owner, source_line_visitor *visit)
{
    for (size_t i = 0; i < symbols->count; i++) {
        struct line_walk walk = {&symbols->origins[i], visit, owner};
        if (lines_of(&symbols->origins[i]) != NULL)
            source_lines_each(symbols->origins[i].lines, visit_line, &walk);
    }
}

const char *symbols_text(const struct symbols *symbols, uint64_t addr, char out[SYMBOLS_TEXT_BYTES])
{
    struct symbol_place place;
    if (symbols_at(symbols, addr, &place))
        snprintf(out, SYMBOLS_TEXT_BYTES, "0x%" PRIx64 " (%.80s+0x%" PRIx64 ")", addr, place.name, place.offset);
    else
        snprintf(out, SYMBOLS_TEXT_BYTES, "0x%" PRIx64, addr);
    return out;
}
