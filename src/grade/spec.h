/* SPDX-License-Identifier: MIT */
/* What is to be tested: the tests of one or more spec files (docs/grading.md), checked as a whole before any is run. Owns the
 * files' text and all that the tests point to. Parsing opens no file that a spec names. */
#ifndef MICROVM_GRADE_SPEC_H
#define MICROVM_GRADE_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/nearest.h"
#include "machine/config.h"

/* A file may be so long. */
#define GRADE_SPEC_BYTES (1u << 20)
/* What a test may run and write unless its spec says otherwise. */
#define GRADE_STEPS UINT64_C(1000000000)
#define GRADE_OUTPUT_BYTES (UINT64_C(1) << 20)
#define GRADE_TAGS 8
#define GRADE_HINTS 8
/* How many there may be of each. */
#define GRADE_TESTS 10000
#define GRADE_SECTION_LINES 500
/* A point in the unit in which points are counted. */
#define GRADE_POINT 1000

/* Any bytes; a NUL follows them. */
struct grade_text {
    const char *bytes;
    size_t length;
};

enum check_kind { CHECK_EXPECT, CHECK_FORBID, CHECK_MEMORY, CHECK_REGISTER, CHECK_PIXEL };

struct grade_check {
    enum check_kind kind;
    unsigned line;                    /* in the spec file */
    const char *label;                /* of the machine's state: what the spec calls it, "memory counter word" */
    struct grade_text text;           /* what is looked for in the output, or in memory if size is 0 */
    bool is_regex;                    /* text is a valid one, to be compiled by grade_regex */
    uint64_t within_ns, within_steps; /* the output must have come by then; UINT64_MAX: at any time */
    const char *symbol;               /* memory: the address is relative to it; NULL: absolute */
    uint64_t address;
    unsigned size; /* bytes of memory or of a register: 1, 2, 4, 8; 0: text */
    unsigned hart;
    const char *reg;
    uint32_t x, y; /* of a pixel of the first screen, whose value is 0xRRGGBB */
    uint64_t value;
};

struct grade_input {
    struct grade_text bytes;
    const char *file;        /* whose bytes are typed instead; NULL: none */
    struct grade_text after; /* bytes NULL: at once */
};

/* How a guest may end. */
enum {
    GRADE_END_POWEROFF = 1,
    GRADE_END_LOOP = 2, /* an endless jump to itself with interrupts off */
    GRADE_END_FAIL = 4, /* with any failure code */
    GRADE_END_CODE = 8, /* with this one */
    GRADE_END_RESET = 16,
    GRADE_END_BUDGET = 32,
    GRADE_END_STUCK = 64,
    GRADE_END_ANY = 127
};

struct grade_test {
    const char *file, *name;
    unsigned line;
    struct machine_config config;
    struct grade_check *checks;
    unsigned check_count;
    struct grade_input *inputs;
    unsigned input_count;
    unsigned ends; /* GRADE_END_* */
    uint64_t code;
    const char *ends_text; /* as the spec says it */
    bool in_order, stop_when_met;
    uint64_t output_bytes;
    uint64_t points; /* in 1/GRADE_POINT */
    bool has_points;
    const char *hints[GRADE_HINTS], *tags[GRADE_TAGS];
    unsigned hint_count, tag_count;
};

enum grade_value {
    GRADE_VALUE_UNKNOWN, /* there is no such option */
    GRADE_VALUE_PLAIN,
    GRADE_VALUE_FLAG, /* the option takes none: yes or no */
    GRADE_VALUE_FILE, /* a file's name, relative to the spec's folder */
    GRADE_VALUE_LIST  /* the same up to a comma; commas in names are doubled */
};

/* The options of `microvm run` that a spec may use: the command's table, seen from below. */
struct grade_options {
    void (*init)(struct machine_config *config);
    enum grade_value (*kind)(const char *name, const char *value, struct error *err); /* unknown: err says why, if more
                                                                                       * is to be said than that */
    bool (*set)(struct machine_config *config, const char *name, const char *value, struct error *err);
    void (*offer)(struct nearest *nearest);
    const char *kernel; /* takes the place of every test's kernel; NULL: none */
};

struct grade_spec {
    struct grade_test *tests;
    unsigned count, capacity;
    void **kept; /* what the tests point to */
    unsigned kept_count, kept_capacity;
};

/* Adds the tests of one file's text; name is how messages call it and where relative file names start from. False: err
 * begins with NAME:LINE. An empty spec is all zeros. */
bool grade_spec_parse(struct grade_spec *spec, const char *name, const char *text, size_t size,
                      const struct grade_options *options, struct error *err);

/* The same, of a file. */
bool grade_spec_read(struct grade_spec *spec, const char *path, const struct grade_options *options, struct error *err);

void grade_spec_destroy(struct grade_spec *spec);

#endif
