/* SPDX-License-Identifier: MIT */
#include "cli/option.h"

#include <string.h>

#include "base/compiler.h"
#include "base/nearest.h"

static const struct option_row rows[] = {
#define GROUP(heading) {.group = heading},
#define OPTION(id, letter, name, argument, preset, completer, meaning)                                                 \
    {NULL, name, letter, argument, preset, COMPLETE_##completer, meaning, option_set_##id},
#include "cli/option.def"
#undef GROUP
#undef OPTION
};

/* Longest part of an argument that a message repeats. */
#define SHOWN 200

struct parser {
    struct options *options;
    int count;
    char *const *arguments;
    int next;
    struct error *err;
};

const struct option_row *option_table(size_t *count)
{
    *count = ARRAY_SIZE(rows);
    return rows;
}

void options_init(struct options *options)
{
    *options = (struct options){0};
    machine_config_init(&options->config);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].preset != NULL)
            rows[i].set(options, &rows[i], rows[i].preset, NULL);
}

static const struct option_row *find_long(const char *name, size_t length)
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

static bool wants_argument(struct parser *p, const struct option_row *row)
{
    return error_set(p->err, "--%s: wants an argument (%s)", row->name, row->argument);
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
    const struct option_row *row = find_long(name, strlen(name));
    return row != NULL ? options->given[row - rows] : NULL;
}

static bool set(struct parser *p, const struct option_row *row, const char *value)
{
    p->options->given[row - rows] = value != NULL ? value : "";
    return row->set(p->options, row, value, p->err);
}

const char *option_of_machine(const struct options *options)
{
    static const char *const names[] = {
        "kernel", "example", "initrd",    "cmdline",   "load-addr", "firmware",      "dtb",        "machine", "memory",
        "cpus",   "cpu",     "clock",     "seed",      "disk",      "disk-log",      "pmp-reset",  "net",     "pcap",
        "hvc",    "explain", "no-reboot", "signature", "max-insns", "load-snapshot", "with-disks", "strict",
    };
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (option_given(options, names[i]) != NULL)
            return names[i];
    return NULL;
}

/* The argument of an option: attached, or else the next word of the command line. */
static bool apply(struct parser *p, const struct option_row *row, const char *attached)
{
    if (row->argument == NULL)
        return set(p, row, NULL);
    if (attached == NULL && option_argument_is_optional(row))
        return set(p, row, optional_argument(p, row));
    if (attached == NULL && p->next == p->count)
        return wants_argument(p, row);
    const char *value = attached != NULL ? attached : p->arguments[p->next++];
    bool may_be_empty = strcmp(row->argument, "TEXT") == 0;
    return value[0] == '\0' && !may_be_empty ? wants_argument(p, row) : set(p, row, value);
}

static bool parse_long(struct parser *p, const char *text)
{
    size_t length = strcspn(text, "=");
    const char *attached = text[length] == '=' ? text + length + 1 : NULL;
    const struct option_row *row = find_long(text, length);
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
    struct machine_config *config = &p->options->config;
    if (config->kernel != NULL)
        return error_set(p->err, "two kernels given: '%.*s' and '%.*s'", SHOWN, config->kernel, SHOWN, text);
    return text[0] != '\0' ? set(p, find_long("kernel", strlen("kernel")), text)
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

bool options_parse(struct options *options, int count, char *const *arguments, struct error *err)
{
    struct parser parser = {options, count, arguments, 0, err};
    bool only_operands = false;
    while (parser.next < count)
        if (!parse_word(&parser, &only_operands))
            return false;
    if (options->config.strict != 0 && option_given(options, "history") == NULL)
        options->config.history_bytes = 0; /* a checkpoint would be a fence of everything */
    if (options->config.strict != 0 && options->config.history_bytes != 0 && option_given(options, "record") != NULL)
        return error_set(err,
                         "--record with --strict: a replay keeps no history, which counts as fences; give --history 0");
    if (options->config.kernel != NULL && options->config.image != NULL)
        return error_set(err, "both a kernel ('%.*s') and --example given; choose one", SHOWN, options->config.kernel);
    return true;
}
