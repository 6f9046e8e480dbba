/* SPDX-License-Identifier: MIT */
/* A spec file as a whole: its sections become tests, those of [defaults] a part of each. */
#include "grade/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "grade/buffer.h"
#include "grade/spec_impl.h"

/* The lines of the section that is being read, and those of [defaults]. */
struct section {
    struct syntax_line *lines;
    unsigned count;
};

struct parser {
    struct spec_builder builder;
    const char *name;  /* of the file */
    const char *shown; /* the same, printable */
    struct section defaults, present;
    bool in_test, in_defaults;
    unsigned first_test; /* of this file, in the spec */
    unsigned section_line;
    const char *test_name;
};

static bool keep(struct grade_spec *spec, void *memory)
{
    if (spec->kept_count == spec->kept_capacity) {
        unsigned capacity = spec->kept_capacity * 2 + 64;
        void **grown = realloc(spec->kept, capacity * sizeof *grown);
        if (grown == NULL)
            return false;
        spec->kept = grown;
        spec->kept_capacity = capacity;
    }
    spec->kept[spec->kept_count++] = memory;
    return true;
}

void *spec_keep(struct spec_builder *b, size_t bytes)
{
    void *memory = calloc(1, bytes);
    if (memory != NULL && keep(b->spec, memory))
        return memory;
    free(memory);
    error_set(b->err, "out of memory");
    return NULL;
}

static bool at_line(const struct parser *p, unsigned line)
{
    return error_prefix(p->builder.err, "%.300s:%u", p->name, line);
}

/* The next test, with what holds unless something else is said. */
static bool begin_test(struct parser *p)
{
    struct grade_spec *spec = p->builder.spec;
    if (spec->count == spec->capacity) {
        unsigned capacity = spec->capacity * 2 + 16;
        struct grade_test *grown = realloc(spec->tests, capacity * sizeof *grown);
        if (grown == NULL)
            return error_set(p->builder.err, "out of memory");
        spec->tests = grown;
        spec->capacity = capacity;
    }
    struct grade_test *test = &spec->tests[spec->count++];
    *test = (struct grade_test){
        .file = p->shown,
        .name = p->test_name,
        .line = p->section_line,
        .ends = GRADE_END_POWEROFF | GRADE_END_LOOP,
        .ends_text = "poweroff|loop",
        .output_bytes = GRADE_OUTPUT_BYTES,
        .points = GRADE_POINT,
    };
    p->builder.options->init(&test->config);
    test->config.max_steps = GRADE_STEPS;
    test->config.history_bytes = 0; /* nobody looks back */
    p->builder.test = test;
    return true;
}

static bool apply(struct parser *p, const struct section *section)
{
    for (unsigned i = 0; i < section->count; i++)
        if (!spec_key_apply(&p->builder, &section->lines[i]))
            return at_line(p, section->lines[i].number);
    return true;
}

static bool expects_output(const struct grade_test *test)
{
    for (unsigned i = 0; i < test->check_count; i++)
        if (test->checks[i].kind == CHECK_EXPECT)
            return true;
    return false;
}

static bool finish_test(struct parser *p)
{
    struct spec_builder *b = &p->builder;
    const struct grade_options *options = b->options;
    if (!begin_test(p) || !apply(p, &p->defaults) || !apply(p, &p->present))
        return false;
    struct grade_test *test = b->test;
    if (options->kernel != NULL && !options->set(&test->config, "kernel", options->kernel, b->err))
        return false;
    const struct machine_config *config = &test->config;
    if (config->kernel == NULL && config->image == NULL && config->firmware != FIRMWARE_FILE) {
        error_set(b->err, "the test '%.100s' has no kernel; write kernel = FILE, or example = minimal-kernel",
                  test->name);
        return at_line(p, test->line);
    }
    if (test->stop_when_met && !expects_output(test)) {
        error_set(b->err, "the test '%.100s' has stop-when-met, but no expect that could be met", test->name);
        return at_line(p, test->line);
    }
    test->config.no_reboot |= (test->ends & (GRADE_END_RESET | GRADE_END_ANY)) == GRADE_END_RESET;
    return true;
}

static bool finish_section(struct parser *p)
{
    bool ok = !p->in_test || finish_test(p);
    if (p->in_defaults) {
        p->defaults = p->present;
        p->present = (struct section){NULL, 0};
    }
    p->present.count = 0;
    p->in_test = p->in_defaults = false;
    return ok;
}

static bool is_printable(const char *text)
{
    struct grade_buffer shown = {.bytes = NULL};
    grade_buffer_add_shown(&shown, text, strlen(text), false);
    bool same = strcmp(grade_buffer_text(&shown), text) == 0;
    grade_buffer_destroy(&shown);
    return same;
}

static bool check_name(const struct parser *p, const char *name)
{
    const struct grade_spec *spec = p->builder.spec;
    if (!is_printable(name))
        return error_set(p->builder.err, "a test's name holds printable characters of UTF-8 only");
    if (name[0] == '\0' || strlen(name) > 100)
        return error_set(p->builder.err, "a test's name has 1 to 100 bytes");
    for (unsigned i = p->first_test; i < spec->count; i++)
        if (strcmp(spec->tests[i].name, name) == 0)
            return error_set(p->builder.err, "there is a test '%.100s' already, in line %u", name, spec->tests[i].line);
    return spec->count < GRADE_TESTS || error_set(p->builder.err, "more than %d tests", GRADE_TESTS);
}

/* Words of a test's name are joined by single blanks. */
static const char *join_name(struct parser *p, const struct syntax_line *line)
{
    size_t size = 1;
    for (unsigned i = 1; i < line->word_count; i++)
        size += strlen(line->words[i]) + 1;
    char *name = spec_keep(&p->builder, size);
    for (unsigned i = 1; name != NULL && i < line->word_count; i++) {
        if (i > 1)
            strcat(name, " ");
        strcat(name, line->words[i]);
    }
    return name;
}

static bool begin_section(struct parser *p, const struct syntax_line *line)
{
    struct error *err = p->builder.err;
    p->section_line = line->number;
    const char *kind = line->word_count > 0 ? line->words[0] : "";
    if (strcmp(kind, "defaults") == 0 && line->word_count == 1) {
        p->in_defaults = true;
        bool first = p->defaults.lines == NULL && p->builder.spec->count == p->first_test;
        return first || (error_set(err, "[defaults] stands once, before the first test"), at_line(p, line->number));
    }
    if (strcmp(kind, "test") != 0 || line->word_count == 1) {
        error_set(err, "'[%.100s%s]' is no section; there are [defaults] and [test NAME]", kind,
                  line->word_count > 1 ? " ..." : "");
        return at_line(p, line->number);
    }
    p->test_name = join_name(p, line);
    p->in_test = p->test_name != NULL && check_name(p, p->test_name);
    return p->in_test || at_line(p, line->number);
}

static bool check_repeated(const struct parser *p, const struct syntax_line *line)
{
    if (spec_key_may_repeat(p->builder.options, line->words[0]))
        return true;
    for (unsigned i = 0; i < p->present.count; i++)
        if (strcmp(p->present.lines[i].words[0], line->words[0]) == 0)
            return error_set(p->builder.err, "'%.100s' is given twice, first in line %u", line->words[0],
                             p->present.lines[i].number);
    return true;
}

static bool add_line(struct parser *p, const struct syntax_line *line)
{
    struct error *err = p->builder.err;
    struct section *section = &p->present;
    if (!p->in_test && !p->in_defaults)
        return error_set(err, "'%.100s' stands before any section; begin with [defaults] or [test NAME]",
                         line->words[0]);
    if (section->count == GRADE_SECTION_LINES)
        return error_set(err, "a section has %d lines at most", GRADE_SECTION_LINES);
    if (section->lines == NULL)
        section->lines = calloc(GRADE_SECTION_LINES, sizeof *section->lines);
    if (section->lines == NULL)
        return error_set(err, "out of memory");
    if (!check_repeated(p, line))
        return false;
    section->lines[section->count++] = *line;
    return true;
}

static bool parse(struct parser *p, char *text)
{
    struct syntax_reader reader = {.next = text};
    struct syntax_line line;
    struct error *err = p->builder.err;
    for (;;) {
        switch (syntax_read(&reader, &line, err)) {
        case SYNTAX_ERROR: return at_line(p, line.number);
        case SYNTAX_SECTION:
            if (!finish_section(p) || !begin_section(p, &line))
                return false;
            break;
        case SYNTAX_ENTRY:
            if (!add_line(p, &line))
                return at_line(p, line.number);
            break;
        case SYNTAX_END:
            if (!finish_section(p))
                return false;
            return p->builder.spec->count > p->first_test ||
                   (error_set(err, "there is no test; a test begins with [test NAME]"), at_line(p, reader.number));
        }
    }
}

/* "labs/one/" of "labs/one/class.test"; "" of "class.test". */
static char *folder_of(struct spec_builder *b, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t size = slash != NULL ? (size_t)(slash - path) + 1 : 0;
    char *folder = spec_keep(b, size + 1);
    if (folder != NULL)
        memcpy(folder, path, size);
    return folder;
}

static const char *keep_shown(struct spec_builder *b, const char *text)
{
    struct grade_buffer shown = {.bytes = NULL};
    grade_buffer_add_shown(&shown, text, strlen(text), false);
    char *kept = spec_keep(b, shown.length + 1);
    if (kept != NULL)
        memcpy(kept, grade_buffer_text(&shown), shown.length);
    grade_buffer_destroy(&shown);
    return kept;
}

bool grade_spec_parse(struct grade_spec *spec, const char *name, const char *text, size_t size,
                      const struct grade_options *options, struct error *err)
{
    struct parser p = {.builder = {spec, options, NULL, NULL, err}, .first_test = spec->count};
    static const char mark[] = "\xef\xbb\xbf"; /* what some editors begin UTF-8 with */
    if (size > GRADE_SPEC_BYTES)
        return error_set(err, "%.300s: a spec has %u bytes at most", name, GRADE_SPEC_BYTES);
    if (memchr(text, '\0', size) != NULL)
        return error_set(err, "%.300s: this is no text: it holds a NUL", name);
    char *copy = spec_keep(&p.builder, size + 1);
    p.name = name;
    p.shown = keep_shown(&p.builder, name);
    p.builder.folder = folder_of(&p.builder, name);
    if (copy == NULL || p.shown == NULL || p.builder.folder == NULL)
        return false;
    memcpy(copy, text, size);
    bool ok = parse(&p, copy + (strncmp(copy, mark, strlen(mark)) == 0 ? strlen(mark) : 0));
    free(p.defaults.lines);
    free(p.present.lines);
    return ok;
}

/* All of a file that is no longer than a spec may be; *size tells. The caller frees it. NULL: err says why. */
static char *read_all(int fd, size_t *size, struct error *err)
{
    char *text = malloc(GRADE_SPEC_BYTES + 1);
    ssize_t got = 1;
    for (*size = 0; text != NULL && got > 0 && *size <= GRADE_SPEC_BYTES; *size += (size_t)got) {
        got = read(fd, text + *size, GRADE_SPEC_BYTES + 1 - *size);
        if (got < 0) {
            error_set(err, "%s", strerror(errno));
            free(text);
            return NULL;
        }
    }
    if (text == NULL)
        error_set(err, "out of memory");
    return text;
}

bool grade_spec_read(struct grade_spec *spec, const char *path, const struct grade_options *options, struct error *err)
{
    size_t size = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, "spec '%.300s': %s", path, strerror(errno));
    char *text = read_all(fd, &size, err);
    close(fd);
    if (text == NULL)
        return error_prefix(err, "spec '%.300s'", path);
    bool ok = grade_spec_parse(spec, path, text, size, options, err);
    free(text);
    return ok;
}

void grade_spec_destroy(struct grade_spec *spec)
{
    for (unsigned i = 0; i < spec->count; i++) {
        free(spec->tests[i].checks);
        free(spec->tests[i].inputs);
    }
    for (unsigned i = 0; i < spec->kept_count; i++)
        free(spec->kept[i]);
    free(spec->kept);
    free(spec->tests);
    *spec = (struct grade_spec){.tests = NULL};
}
