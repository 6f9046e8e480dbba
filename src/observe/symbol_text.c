/* SPDX-License-Identifier: MIT */
/* Symbols as text, a line each: ADDRESS TYPE NAME as System.map and nm have it, with a size as nm -S prints it, or
 * with the module's name behind as in /proc/kallsyms. */
#include "observe/symbol_file.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* What the last one reaches to. */
#define LAST_BYTES 4096

/* By the letter that nm gives a section, small for local symbols. */
static enum symbol_kind kind_of(char letter)
{
    if (strchr("TtWwi", letter) != NULL)
        return SYMBOL_FUNCTION;
    return letter == 'A' || letter == 'a' ? SYMBOL_VALUE : SYMBOL_OBJECT;
}

/* The next word of the line, ended by a NUL; NULL: there is none. */
static char *take_word(char **line)
{
    char *word = *line + strspn(*line, " \t\r");
    size_t length = strcspn(word, " \t\r");
    if (length == 0)
        return NULL;
    *line = word + length + (word[length] != '\0');
    word[length] = '\0';
    return word;
}

static bool is_hex(const char *word, uint64_t *value)
{
    size_t digits = strspn(word, "0123456789abcdefABCDEF");
    *value = strtoull(word, NULL, 16);
    return digits > 0 && digits <= 16 && word[digits] == '\0';
}

enum line { LINE_SYMBOL, LINE_NOTHING, LINE_BAD };

/* A symbol that is not defined has no address: its line begins with the letter. */
static enum line parse_line(char *line, struct symbol *symbol)
{
    char *word = take_word(&line), *second = take_word(&line);
    if (word == NULL || (second != NULL && strlen(word) == 1 && strchr("Uwv", word[0]) != NULL))
        return LINE_NOTHING;
    *symbol = (struct symbol){.addr = 0};
    if (second == NULL || !is_hex(word, &symbol->addr))
        return LINE_BAD;
    char *third = take_word(&line), *name = third;
    if (strlen(second) > 1 && is_hex(second, &symbol->size)) {
        second = third;
        name = take_word(&line);
    }
    if (second == NULL || name == NULL || strlen(second) != 1)
        return LINE_BAD;
    symbol->kind = (uint8_t)kind_of(second[0]);
    symbol->global = isupper((unsigned char)second[0]) != 0;
    symbol->name = name;
    return LINE_SYMBOL;
}

static bool parse_lines(struct symbol_file *file, char *text, struct error *err)
{
    unsigned number = 0;
    for (char *line = text, *next; line != NULL; line = next) {
        struct symbol symbol;
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        number++;
        enum line what = parse_line(line, &symbol);
        if (what == LINE_BAD)
            return error_set(err, "is no ELF file, and its line %u no symbol (ADDRESS TYPE NAME, as nm prints it)",
                             number);
        bool named = what == LINE_SYMBOL && symbol.name[0] != '$' && symbol.name[0] != '.';
        if (named && !symbol_table_add(&file->table, &symbol))
            return error_set(err, "out of memory for its symbols");
    }
    return file->table.count > 0 || error_set(err, "names no symbol");
}

bool symbol_text_parse(struct symbol_file *file, const char *text, size_t bytes, struct error *err)
{
    file->names = malloc(bytes + 1);
    if (file->names == NULL)
        return error_set(err, "out of memory for its symbols");
    memcpy(file->names, text, bytes);
    file->names[bytes] = '\0';
    if (strlen(file->names) != bytes)
        return error_set(err, "is neither an ELF file nor a text of symbols");
    if (!parse_lines(file, file->names, err))
        return false;
    symbol_table_sort(&file->table);
    size_t places = file->table.places;
    file->end = places > 0 ? file->table.list[places - 1].addr + LAST_BYTES : 0;
    return true;
}
