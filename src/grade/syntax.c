/* SPDX-License-Identifier: MIT */
#include "grade/syntax.h"

#include <string.h>

#define BLANKS " \t"

/* The value of a hexadecimal digit; 16: it is none. */
static unsigned hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c) : NULL;
    return at != NULL ? (unsigned)(at - digits) : 16;
}

/* The escape behind a backslash; *at is left behind it. False: there is no such escape. */
static bool unescape(const char **at, char *out)
{
    static const char letters[] = "nrtabe0\\\"", meanings[] = "\n\r\t\a\b\033\0\\\"";
    const char *letter = **at != '\0' ? strchr(letters, **at) : NULL;
    if (letter != NULL) {
        *out = meanings[letter - letters];
        *at += 1;
        return true;
    }
    if (**at != 'x' || hex_digit((*at)[1]) == 16 || hex_digit((*at)[2]) == 16)
        return false;
    *out = (char)(hex_digit((*at)[1]) << 4 | hex_digit((*at)[2]));
    *at += 3;
    return true;
}

/* Takes the quoted text at *at, in place, and leaves *at behind its closing quote. */
static bool take_quoted(char **at, struct grade_text *text, struct error *err)
{
    const char *from = *at + 1;
    char *to = *at;
    text->bytes = to;
    while (*from != '"') {
        if (*from == '\0')
            return error_set(err, "the closing \" is missing");
        if (*from != '\\') {
            *to++ = *from++;
            continue;
        }
        from++;
        if (!unescape(&from, to++))
            return error_set(err, "\\%.1s is no escape; there are \\n \\r \\t \\a \\b \\e \\0 \\\\ \\\" and \\xHH",
                             from);
    }
    *at += from + 1 - *at;
    *to = '\0'; /* at the latest where the closing quote was */
    text->length = (size_t)(to - text->bytes);
    return true;
}

static char *skip_blanks(char *at)
{
    return at + strspn(at, BLANKS);
}

/* One word, quoted or not; *at is left behind it. */
static bool take_word(char **at, char stop, const char **word, struct error *err)
{
    const char ends[] = {' ', '\t', '"', stop, '\0'};
    struct grade_text text = {*at, 0};
    if (**at != '"')
        *at += strcspn(*at, ends);
    else if (!take_quoted(at, &text, err))
        return false;
    else if (strlen(text.bytes) != text.length)
        return error_set(err, "there is a NUL in the word '%.100s'", text.bytes);
    *word = text.bytes;
    return true;
}

/* The words up to `stop`; *at is left behind that. */
static bool take_words(char **at, char stop, struct syntax_line *line, struct error *err)
{
    char *p = skip_blanks(*at);
    bool last = *p == stop;
    while (!last) {
        if (*p == '\0')
            return error_set(err, stop == ']' ? "the closing ] is missing" : "this is no 'KEY = VALUE'");
        if (line->word_count == SYNTAX_WORDS)
            return error_set(err, "too many words before '%c'", stop);
        if (!take_word(&p, stop, &line->words[line->word_count++], err))
            return false;
        char *end = p;
        p = skip_blanks(p);
        last = *p == stop;
        if (p == end && *p != '\0' && !last)
            return error_set(err, "a quoted text is a word of its own: a blank is missing at '%.100s'", p);
        *end = '\0';
    }
    *at = p + 1;
    return true;
}

/* The rest of the line, quoted or as it is. */
static bool take_value(char *at, struct grade_text *value, struct error *err)
{
    at = skip_blanks(at);
    if (*at == '"') {
        if (!take_quoted(&at, value, err))
            return false;
        at = skip_blanks(at);
        return *at == '\0' || error_set(err, "'%.100s' follows the closing quote; \\\" is a quote within", at);
    }
    *value = (struct grade_text){at, strlen(at)};
    return true;
}

static bool take_section(char *at, struct syntax_line *line, struct error *err)
{
    if (!take_words(&at, ']', line, err))
        return false;
    at = skip_blanks(at);
    return *at == '\0' || error_set(err, "'%.100s' follows the closing ]", at);
}

/* Cuts the next line off, blanks at its end too. */
static char *cut_line(struct syntax_reader *reader)
{
    char *line = reader->next;
    size_t length = strcspn(line, "\n");
    reader->next = line + length + (line[length] == '\n');
    while (length > 0 && strchr(BLANKS "\r", line[length - 1]) != NULL)
        length--;
    line[length] = '\0';
    reader->number++;
    return skip_blanks(line);
}

enum syntax_kind syntax_read(struct syntax_reader *reader, struct syntax_line *line, struct error *err)
{
    while (*reader->next != '\0') {
        char *at = cut_line(reader);
        *line = (struct syntax_line){.number = reader->number};
        if (*at == '\0' || *at == '#' || *at == ';')
            continue;
        if (*at == '[')
            return take_section(at + 1, line, err) ? SYNTAX_SECTION : SYNTAX_ERROR;
        if (!take_words(&at, '=', line, err))
            return SYNTAX_ERROR;
        if (line->word_count == 0) {
            error_set(err, "there is no key before '='");
            return SYNTAX_ERROR;
        }
        return take_value(at, &line->value, err) ? SYNTAX_ENTRY : SYNTAX_ERROR;
    }
    return SYNTAX_END;
}
