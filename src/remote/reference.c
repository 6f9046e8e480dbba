/* SPDX-License-Identifier: MIT */
/* The tables of docs/control.md. */
#include <inttypes.h>
#include <string.h>

#include "remote/schema.h"
#include "remote/table.h"

/* "a|b" as "`a`, `b`". */
static void print_words(FILE *out, const char *words)
{
    for (size_t length; words[0] != '\0'; words += length) {
        length = strcspn(words, "|");
        fprintf(out, "`%.*s`%s", (int)length, words, words[length] == '|' ? ", " : "");
        length += words[length] == '|';
    }
}

static void print_link(FILE *out, const char *before, const char *object)
{
    fprintf(out, "%s[%s](#object-%s)", before, object, object);
}

static void print_type(FILE *out, const struct remote_type *type)
{
    switch (type->shape) {
    case REMOTE_WORD: fputs("word", out); break;
    case REMOTE_ADDRESS: fputs("address", out); break;
    case REMOTE_COUNT: fprintf(out, "integer, %" PRId64 " to %" PRId64, type->low, type->high); break;
    case REMOTE_BYTES: fputs("bytes", out); break;
    case REMOTE_BOOLEAN: fputs("`true`, `false`", out); break;
    case REMOTE_CHOICE: print_words(out, type->words); break;
    case REMOTE_CHOICES:
        fputs("list of ", out);
        print_words(out, type->words);
        break;
    case REMOTE_ONE: print_link(out, "", type->words); break;
    case REMOTE_LIST: print_link(out, "list of ", type->words); break;
    case REMOTE_WORDS: fputs("object of words by name", out); break;
    default: fputs("string", out);
    }
}

static void print_rows(FILE *out, const struct remote_row *of, enum remote_kind kind, const char *title)
{
    const struct remote_row *row = remote_next(of, kind);
    if (row == NULL)
        return;
    fprintf(out, "\n| %s | type | meaning |\n|---|---|---|\n", title);
    for (; row != NULL; row = remote_next(row, kind)) {
        fprintf(out, "| %s%s | ", row->name, row->optional ? " (optional)" : "");
        print_type(out, &row->type);
        fprintf(out, " | %s |\n", row->meaning);
    }
}

static void print_section(FILE *out, enum remote_kind kind, const char *title)
{
    size_t count;
    const struct remote_row *rows = remote_table(&count);
    fprintf(out, "\n## %s\n", title);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].kind != kind)
            continue;
        fprintf(out, "\n### %s%s\n\n%s\n", kind == REMOTE_OBJECT ? "object " : "", rows[i].name, rows[i].meaning);
        print_rows(out, &rows[i], REMOTE_PARAM, "parameter");
        print_rows(out, &rows[i], REMOTE_RESULT, "result");
        print_rows(out, &rows[i], REMOTE_MEMBER, "member");
    }
}

void remote_print_reference(FILE *out)
{
    print_section(out, REMOTE_METHOD, "Methods");
    print_section(out, REMOTE_EVENT, "Events");
    print_section(out, REMOTE_OBJECT, "Objects");
    fputs("\n## Codes of errors\n\n| code | meaning |\n|---|---|\n", out);
    for (unsigned i = REMOTE_OK + 1; i < REMOTE_CODES; i++)
        fprintf(out, "| %s | %s |\n", remote_failure(i)->name, remote_failure(i)->meaning);
}
