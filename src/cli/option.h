/* SPDX-License-Identifier: MIT */
/* The command line of the commands that make a machine: option.def's table and its parser. What it fills in points into
 * argv, and into the configuration files that it was given, which it owns. */
#ifndef MICROVM_CLI_OPTION_H
#define MICROVM_CLI_OPTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "cli/attach.h"
#include "machine/config.h"

enum completer { COMPLETE_NOTHING, COMPLETE_FILE, COMPLETE_WORDS, COMPLETE_EXAMPLE, COMPLETE_COMMAND };

/* Rows of option.def, headings too. */
enum {
#define GROUP(heading) +1
#define OPTION(id, letter, name, argument, preset, completer, meaning) +1
    OPTION_COUNT =
#include "cli/option.def"
#undef GROUP
#undef OPTION
};

struct options {
    struct machine_config config;
    struct attach_options attach;
    const char *load_snapshot; /* NULL: none */
    const char *record;        /* a file; NULL: none */
    const char *replay;
    const char *save_config;   /* a file; NULL: none */
    struct config_file *files; /* of --config, the last one first; NULL: none */
    bool list_examples;
    bool help;
    const char *given[OPTION_COUNT]; /* what the user gave for each row of option.def; NULL: nothing */
};

struct option_row {
    const char *group; /* a heading: nothing else is set then */
    const char *name;  /* long, without dashes */
    char letter;       /* 0: no short form */
    const char *argument;
    const char *preset; /* the default, as the user would write it; NULL: none */
    enum completer completer;
    const char *meaning;
    /* value is NULL for an option without an argument, and for one whose argument, in brackets, was left out. */
    bool (*set)(struct options *options, const struct option_row *row, const char *value, struct error *err);
    bool list; /* may be given several times, and adds up */
};

/* Every row of option.def, headings too. */
const struct option_row *option_table(size_t *count);

/* NULL: there is none of that name, which need not end behind its length. */
const struct option_row *option_find(const char *name, size_t length);

/* Whether the option's argument may be left out; it is written --name[=ARGUMENT] then. */
bool option_argument_is_optional(const struct option_row *row);

/* The value that the user has given for the option of this name ("" if it has none); NULL: it was not given. */
const char *option_given(const struct options *options, const char *name);

/* The name of an option that the user has given and that says what machine it is, or what it begins with; NULL: none.
 * */
const char *option_of_machine(const struct options *options);

/* Who is told of each option that is given, with the value as option_row.set has it. False: err. */
struct option_visitor {
    void *owner;
    bool (*use)(void *owner, const struct option_row *row, const char *value, struct error *err);
};

/* Tells of a value, or of NULL where it may be missing. False: a value is wanted, or the visitor has refused it. */
bool option_visit(const struct option_visitor *visitor, const struct option_row *row, const char *value,
                  struct error *err);

/* Tells of all that the arguments hold, in their order; --config as any other. */
bool options_walk(int count, char *const *arguments, const struct option_visitor *visitor, struct error *err);

/* The same with what stands in files before all else, and without --config. */
bool options_walk_all(const struct options *options, int count, char *const *arguments,
                      const struct option_visitor *visitor, struct error *err);

/* All defaults, by the table. */
void options_init(struct options *options);

/* Gives back what options_parse has taken, whether it succeeded or not. */
void options_reset(struct options *options);

/* Parses arguments in getopt's manner: --name VALUE, --name=VALUE, -mVALUE, clusters of short options, options behind
 * the operand, -- before an operand that begins with a dash. One operand: the kernel. Files that --config names come first. */
bool options_parse(struct options *options, int count, char *const *arguments, struct error *err);

/* The functions that apply a value, one for each row (option_set.c). */
#define GROUP(heading)
#define OPTION(id, letter, name, argument, preset, completer, meaning)                                                 \
    bool option_set_##id(struct options *options, const struct option_row *row, const char *value, struct error *err);
#include "cli/option.def"
#undef GROUP
#undef OPTION

#endif
