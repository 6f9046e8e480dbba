/* SPDX-License-Identifier: MIT */
#include "observe/coverage.h"

#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"

/* How often code of a line, or a function, was entered. name is NULL for a line. */
struct hit {
    const char *path;
    const char *name;
    uint64_t function; /* the start of the one that the code lies in: a line may have been made several times, inline */
    uint64_t count;
    unsigned line;
};

struct hits {
    struct hit *list;
    size_t count, room;
};

struct coverage {
    const struct profile_data *data;
    struct symbols *symbols;
    struct hits lines, functions;
    void *paths;             /* a tree of strings, each of them once */
    struct source_line last; /* whose path is last_path */
    const char *last_path;
    bool out_of_memory;
};

static int by_text(const void *left, const void *right)
{
    return strcmp(left, right);
}

static char *join(const struct source_line *line)
{
    char *path;
    int bytes =
        line->folder == NULL ? asprintf(&path, "%s", line->file) : asprintf(&path, "%s/%s", line->folder, line->file);
    return bytes < 0 ? NULL : path;
}

/* The path as lcov wants it, the same pointer for the same path; NULL: out of memory. */
static const char *path_of(struct coverage *c, const struct source_line *line)
{
    if (c->last_path != NULL && c->last.file == line->file && c->last.folder == line->folder)
        return c->last_path;
    char *path = join(line), **found = path == NULL ? NULL : tsearch(path, &c->paths, by_text);
    c->out_of_memory |= found == NULL;
    if (found == NULL || *found != path)
        free(path);
    c->last = *line;
    c->last_path = found == NULL ? NULL : *found;
    return c->last_path;
}

static void add(struct coverage *c, struct hits *hits, const struct hit *hit)
{
    if (hits->count == hits->room) {
        size_t room = hits->room == 0 ? 1024 : 2 * hits->room;
        struct hit *list = realloc(hits->list, room * sizeof *list);
        c->out_of_memory |= list == NULL;
        if (list == NULL)
            return;
        hits->list = list;
        hits->room = room;
    }
    hits->list[hits->count++] = *hit;
}

static int by_pc(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = ((const struct pc_count *)right)->pc;
    return (a > b) - (a < b);
}

static uint64_t count_at(const struct coverage *c, uint64_t pc)
{
    const struct pc_map *pcs = &c->data->pcs;
    const struct pc_count *found =
        pcs->count == 0 ? NULL : bsearch(&pc, pcs->list, pcs->count, sizeof *pcs->list, by_pc);
    return found == NULL ? 0 : found->count;
}

/* Code that the linker left out still has its lines, at address 0 or so, where no symbol is. */
static void visit_line(void *owner, uint64_t first, uint64_t end, const struct source_line *line)
{
    struct coverage *c = owner;
    struct symbol_place place;
    (void)end;
    if (!line->statement || !symbols_at(c->symbols, first, &place))
        return;
    const char *path = path_of(c, line);
    if (path != NULL)
        add(c, &c->lines, &(struct hit){path, NULL, place.start, count_at(c, first), line->line});
}

static void visit_function(void *owner, const char *name, uint64_t first, uint64_t bytes)
{
    struct coverage *c = owner;
    struct symbol_place place;
    struct source_line line;
    (void)bytes;
    if (!symbols_at(c->symbols, first, &place) || strcmp(place.name, name) != 0 ||
        !symbols_source(c->symbols, first, &line))
        return;
    const char *path = path_of(c, &line);
    if (path != NULL)
        add(c, &c->functions, &(struct hit){path, place.name, first, count_at(c, first), line.line});
}

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int by_place(const void *left, const void *right)
{
    const struct hit *a = left, *b = right;
    int order = a->path == b->path ? 0 : strcmp(a->path, b->path);
    order = order != 0 ? order : compare(a->line, b->line);
    order = order != 0 ? order : compare(a->function, b->function);
    return order != 0 ? order : compare(b->count, a->count);
}

static void sort(struct hits *hits)
{
    if (hits->count > 0)
        qsort(hits->list, hits->count, sizeof *hits->list, by_place);
}

/* Of the pieces that a line was made into within one function the most frequent counts: that is how often the line
 * was begun. What was made into several functions adds up. */
static void merge_lines(struct hits *lines)
{
    size_t used = 0;
    uint64_t function = 0;
    for (size_t i = 0; i < lines->count; i++) {
        const struct hit *hit = &lines->list[i];
        bool same_line = used > 0 && lines->list[used - 1].path == hit->path && lines->list[used - 1].line == hit->line;
        if (!same_line)
            lines->list[used++] = *hit;
        else if (hit->function != function)
            lines->list[used - 1].count += hit->count;
        function = hit->function;
    }
    lines->count = used;
}

static void write_functions(const struct hit *list, size_t count, FILE *out)
{
    size_t hit = 0;
    for (size_t i = 0; i < count; i++)
        fprintf(out, "FN:%u,%s\n", list[i].line, list[i].name);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "FNDA:%" PRIu64 ",%s\n", list[i].count, list[i].name);
        hit += list[i].count > 0;
    }
    fprintf(out, "FNF:%zu\nFNH:%zu\n", count, hit);
}

static void write_lines(const struct hit *list, size_t count, FILE *out)
{
    size_t hit = 0;
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "DA:%u,%" PRIu64 "\n", list[i].line, list[i].count);
        hit += list[i].count > 0;
    }
    fprintf(out, "LF:%zu\nLH:%zu\nend_of_record\n", count, hit);
}

/* How many from the start of the list are of the path. */
static size_t run_of(const struct hits *hits, size_t from, const char *path)
{
    size_t end = from;
    while (end < hits->count && hits->list[end].path == path)
        end++;
    return end - from;
}

/* A record for each file that has lines; a function's line is one of its file's. */
static void write_records(const struct coverage *c, FILE *out)
{
    size_t function = 0;
    for (size_t line = 0, count; line < c->lines.count; line += count) {
        const char *path = c->lines.list[line].path;
        while (function < c->functions.count && strcmp(c->functions.list[function].path, path) < 0)
            function++;
        size_t functions = run_of(&c->functions, function, path);
        count = run_of(&c->lines, line, path);
        fprintf(out, "TN:\nSF:%s\n", path);
        write_functions(c->functions.list + function, functions, out);
        write_lines(c->lines.list + line, count, out);
        function += functions;
    }
}

bool coverage_write(const struct profile_data *data, struct symbols *symbols, FILE *out, struct error *err)
{
    struct coverage c = {.data = data, .symbols = symbols};
    bool ok = true;
    symbols_each_line(symbols, &c, visit_line);
    symbols_each_function(symbols, &c, visit_function);
    sort(&c.lines);
    sort(&c.functions);
    merge_lines(&c.lines);
    if (c.out_of_memory || data->out_of_memory)
        ok = error_set(err, "out of memory for all the counts");
    else if (c.lines.count == 0)
        ok = error_set(err, "no code's source line is known; build the kernel with -g, or name a file that has debug "
                            "information with --symbols");
    else
        write_records(&c, out);
    free(c.lines.list);
    free(c.functions.list);
    tdestroy(c.paths, free);
    return ok;
}
