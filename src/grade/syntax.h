/* SPDX-License-Identifier: MIT */
/* The form of a spec file: sections, and in them lines "WORD... = VALUE". Knows no key. Works in place on the file's text,
 * which must stay. */
#ifndef MICROVM_GRADE_SYNTAX_H
#define MICROVM_GRADE_SYNTAX_H

#include "grade/spec.h"

#define SYNTAX_WORDS 32

enum syntax_kind { SYNTAX_END, SYNTAX_SECTION, SYNTAX_ENTRY, SYNTAX_ERROR };

/* A line: of a section its words between the brackets, of an entry those left of '='. */
struct syntax_line {
    unsigned number;
    const char *words[SYNTAX_WORDS + 1]; /* NULL behind the last */
    unsigned word_count;
    struct grade_text value;
};

struct syntax_reader {
    char *next; /* ends with a NUL */
    unsigned number;
};

/* The next line that says something. SYNTAX_ERROR: err says what is wrong with line->number. */
enum syntax_kind syntax_read(struct syntax_reader *reader, struct syntax_line *line, struct error *err);

#endif
