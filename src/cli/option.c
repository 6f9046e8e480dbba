/* SPDX-License-Identifier: MIT */
#include "cli/option.h"

#include <string.h>

#include "base/compiler.h"
#include "base/nearest.h"
#include "cli/config_file.h"

static const struct option_row rows[] = {
#define GROUP(heading) {.group = heading},
#define OPTION(id, letter, name, argument, preset, completer, meaning)                                                 \
    {NULL, name, letter, argument, preset, COMPLETE_##completer, meaning, option_set_##id, false},
#define LIST(id, letter, name, argument, preset, completer, meaning)                                                   \
    {NULL, name, letter, argument, preset, COMPLETE_##completer, meaning, option_set_##id, true},
#include "cli/option.def"
#undef GROUP
#undef OPTION
};

/* Longest part of an argument that a message repeats. */
#define SHOWN 200

struct parser {
    const struct option_visitor *visitor;
    int count;
    char *const *arguments;
    int next;
    const char *kernel; /* NULL: none was named */
    struct error *err;
};

const struct option_row *option_table(size_t *count)
{
    *count = ARRAY_SIZE(rows);
    return rows;
}

void options_reset(struct options *options)
{
    config_files_close(options->files);
    options->files = NULL;
}

void options_init(struct options *options)
{
    *options = (struct options){0};
    machine_config_init(&options->config);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].preset != NULL)
            rows[i].set(options, &rows[i], rows[i].preset, NULL);
}

const struct option_row *option_find(const char *name, size_t length)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].name != NULL && strlen(rows[i].name) == length && memcmp(rows[i].name, name, length) == 0)
            return &rows[i];
    return NULL;
}

static const struct option_row *find_letter(char letter)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].name != NULL && rows[i].letter == letter)
            return &rows[i];
    return NULL;
}

static bool unknown_long(struct parser *p, const char *name, size_t length)
{
    char typed[64];
    size_t copied = length < sizeof typed - 1 ? length : sizeof typed - 1;
    memcpy(typed, name, copied);
    typed[copied] = '\0';
    struct nearest nearest = {.typed = typed};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].name != NULL)
            nearest_offer(&nearest, rows[i].name);
    if (nearest.best != NULL)
        return error_set(p->err, "unknown option '--%s'; did you mean --%s?", typed, nearest.best);
    return error_set(p->err, "unknown option '--%s'; microvm run --help lists them", typed);
}

static bool wants_argument(const struct option_row *row, struct error *err)
{
    return error_set(err, "--%s: wants an argument (%s)", row->name, row->argument);
}

/* An argument in brackets may be left out. */
bool option_argument_is_optional(const struct option_row *row)
{
    return row->argument != NULL && row->argument[0] == '[';
}

/* Behind an option whose argument may be left out the next word is its argument only if it is a port's number, so that
 * --gdb kernel.elf keeps its kernel. */
static const char *optional_argument(struct parser *p, const struct option_row *row)
{
    const char *word = p->next < p->count ? p->arguments[p->next] : "";
    bool port = strstr(row->argument, "PORT") != NULL && word[0] != '\0' && word[strspn(word, "0123456789")] == '\0';
    return port ? p->arguments[p->next++] : NULL;
}

const char *option_given(const struct options *options, const char *name)
{
    const struct option_row *row = option_find(name, strlen(name));
    return row != NULL ? options->given[row - rows] : NULL;
}

bool option_visit(const struct option_visitor *visitor, const struct option_row *row, const char *value,
                  struct error *err)
{
    bool missing = value == NULL && row->argument != NULL && !option_argument_is_optional(row);
    bool empty = value != NULL && value[0] == '\0' && strcmp(row->argument, "TEXT") != 0;
    return missing || empty ? wants_argument(row, err) : visitor->use(visitor->owner, row, value, err);
}

static bool use(struct parser *p, const struct option_row *row, const char *value)
{
    if (strcmp(row->name, "kernel") == 0)
        p->kernel = value;
    return option_visit(p->visitor, row, value, p->err);
}

/* The groups whose options say what machine it is; of others those below. --engine changes nothing that a guest can see. */
static bool says_what_machine(const struct option_row *row, const char *group)
{
    static const char *const groups[] = {"Guest", "Machine", "Devices"};
    static const char *const others[] = {"explain",   "no-reboot",     "signature",
                                         "max-insns", "load-snapshot", "with-disks"};
    for (size_t i = 0; i < ARRAY_SIZE(others); i++)
        if (strcmp(row->name, others[i]) == 0)
            return true;
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
        if (strcmp(group, groups[i]) == 0)
            return strcmp(row->name, "engine") != 0;
    return false;
}

const char *option_of_machine(const struct options *options)
{
    const char *group = "";
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        if (rows[i].group != NULL)
            group = rows[i].group;
        else if (options->given[i] != NULL && says_what_machine(&rows[i], group))
            return rows[i].name;
    }
    return NULL;
}

/* The argument of an option: attached, or else the next word of the command line. */
static bool apply(struct parser *p, const struct option_row *row, const char *attached)
{
    if (row->argument == NULL)
        return use(p, row, NULL);
    if (attached == NULL && option_argument_is_optional(row))
        return use(p, row, optional_argument(p, row));
    if (attached == NULL && p->next == p->count)
        return wants_argument(row, p->err);
    return use(p, row, attached != NULL ? attached : p->arguments[p->next++]);
}

static bool parse_long(struct parser *p, const char *text)
{
    size_t length = strcspn(text, "=");
    const char *attached = text[length] == '=' ? text + length + 1 : NULL;
    const struct option_row *row = option_find(text, length);
    if (row == NULL)
        return unknown_long(p, text, length);
    if (row->argument == NULL && attached != NULL)
        return error_set(p->err, "--%s: takes no argument, but got '%.*s'", row->name, SHOWN, attached);
    return apply(p, row, attached);
}

static bool parse_cluster(struct parser *p, const char *letters)
{
    for (; *letters != '\0'; letters++) {
        const struct option_row *row = find_letter(*letters);
        if (row == NULL)
            return error_set(p->err, "unknown option '-%c'; microvm run --help lists them", *letters);
        if (row->argument != NULL)
            return apply(p, row, letters[1] != '\0' ? letters + 1 : NULL);
        if (!apply(p, row, NULL))
            return false;
    }
    return true;
}

static bool parse_operand(struct parser *p, const char *text)
{
    if (p->kernel != NULL)
        return error_set(p->err, "two kernels given: '%.*s' and '%.*s'", SHOWN, p->kernel, SHOWN, text);
    return text[0] != '\0' ? use(p, option_find("kernel", strlen("kernel")), text)
                           : error_set(p->err, "the kernel's file name is empty");
}

static bool parse_word(struct parser *p, bool *only_operands)
{
    const char *word = p->arguments[p->next++];
    if (*only_operands || word[0] != '-' || word[1] == '\0')
        return parse_operand(p, word);
    if (word[1] != '-')
        return parse_cluster(p, word + 1);
    if (word[2] != '\0')
        return parse_long(p, word + 2);
    *only_operands = true;
    return true;
}

bool options_walk(int count, char *const *arguments, const struct option_visitor *visitor, struct error *err)
{
    struct parser parser = {visitor, count, arguments, 0, NULL, err};
    bool only_operands = false;
    while (parser.next < count)
        if (!parse_word(&parser, &only_operands))
            return false;
    return true;
}

static bool open_file(void *owner, const struct option_row *row, const char *value, struct error *err)
{
    struct options *options = owner;
    if (strcmp(row->name, "config") != 0)
        return true;
    struct config_file *file = config_file_open(value, options->files, err);
    if (file != NULL)
        options->files = file;
    return file != NULL;
}

/* All but --config, which has had its effect. */
static bool pass_on(void *owner, const struct option_row *row, const char *value, struct error *err)
{
    const struct option_visitor *visitor = owner;
    return strcmp(row->name, "config") == 0 || visitor->use(visitor->owner, row, value, err);
}

static bool walk_words(int count, char *const *arguments, const struct option_visitor *visitor, struct error *err)
{
    const struct option_visitor others = {(void *)(uintptr_t)visitor, pass_on};
    return options_walk(count, arguments, &others, err);
}

bool options_walk_all(const struct options *options, int count, char *const *arguments,
                      const struct option_visitor *visitor, struct error *err)
{
    return config_files_walk(options->files, visitor, err) && walk_words(count, arguments, visitor, err);
}

static bool set(void *owner, const struct option_row *row, const char *value, struct error *err)
{
    struct options *options = owner;
    options->given[row - rows] = value != NULL ? value : "";
    return row->set(options, row, value, err);
}

/* Of a kernel and an example the command line's takes the place of the files'. */
static void choose_guest(struct options *options, const char *files_kernel, const void *files_image)
{
    struct machine_config *config = &options->config;
    if (config->kernel == NULL || config->image == NULL)
        return;
    if (config->image == files_image && config->kernel != files_kernel)
        config->image = NULL;
    else if (config->kernel == files_kernel && config->image != files_image)
        config->kernel = NULL;
}

/* Who wants to look at a machine wants a screen, unless what is loaded has its own. */
static void add_screen(struct options *options)
{
    struct machine_config *config = &options->config;
    if (options->attach.display_count == 0 || options->replay != NULL || options->load_snapshot != NULL)
        return;
    if (config->gpu == NULL && config->framebuffer.width == 0)
        config->gpu = "";
}

static bool check_together(struct options *options, struct error *err)
{
    if (options->config.strict != 0 && option_given(options, "history") == NULL)
        options->config.history_bytes = 0; /* a checkpoint would be a fence of everything */
    if (options->config.strict != 0 && options->config.history_bytes != 0 && option_given(options, "record") != NULL)
        return error_set(err,
                         "--record with --strict: a replay keeps no history, which counts as fences; give --history 0");
    if (options->config.kernel != NULL && options->config.image != NULL)
        return error_set(err, "both a kernel ('%.*s') and --example given; choose one", SHOWN, options->config.kernel);
    return true;
}

bool options_parse(struct options *options, int count, char *const *arguments, struct error *err)
{
    const struct option_visitor opener = {options, open_file}, setter = {options, set};
    if (!options_walk(count, arguments, &opener, err) || !config_files_walk(options->files, &setter, err))
        return false;
    const char *kernel = options->config.kernel;
    const void *image = options->config.image;
    if (!walk_words(count, arguments, &setter, err))
        return false;
    choose_guest(options, kernel, image);
    add_screen(options);
    return check_together(options, err);
}
