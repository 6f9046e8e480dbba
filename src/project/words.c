/* SPDX-License-Identifier: MIT */
#include "project/words.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Takes the word; NULL: there was no memory for it. */
static void take(struct words *words, char *word)
{
    if (word != NULL && words->count + 1 >= words->capacity) {
        size_t capacity = words->capacity * 2 + 16;
        char **list = realloc(words->list, capacity * sizeof *list);
        if (list == NULL) {
            free(word);
            word = NULL;
        } else {
            words->list = list;
            words->capacity = capacity;
        }
    }
    if (word == NULL) {
        words->failed = true;
        return;
    }
    words->list[words->count++] = word;
    words->list[words->count] = NULL;
}

void words_add(struct words *words, const char *word)
{
    take(words, strdup(word));
}

void words_add_format(struct words *words, const char *format, ...)
{
    char *word;
    va_list arguments;
    va_start(arguments, format);
    take(words, vasprintf(&word, format, arguments) < 0 ? NULL : word);
    va_end(arguments);
}

void words_add_all(struct words *words, const struct words *more)
{
    for (size_t i = 0; i < more->count; i++)
        words_add(words, more->list[i]);
    words->failed |= more->failed;
}

/* The word that begins at *at, without its quotes, into `word`; *at goes behind it. False: a quote is not closed. */
static bool unquote(const char **at, char *word)
{
    char quote = '\0';
    const char *c = *at;
    for (; *c != '\0' && (quote != '\0' || strchr(" \t\n", *c) == NULL); c++) {
        if (*c == quote)
            quote = '\0';
        else if (quote == '\0' && (*c == '\'' || *c == '"'))
            quote = *c;
        else if (*c == '\\' && quote != '\'' && c[1] != '\0')
            *word++ = *++c;
        else
            *word++ = *c;
    }
    *word = '\0';
    *at = c;
    return quote == '\0';
}

bool words_split(struct words *words, const char *what, const char *text, struct error *err)
{
    for (const char *at = text + strspn(text, " \t\n"); *at != '\0'; at += strspn(at, " \t\n")) {
        char *word = malloc(strlen(at) + 1);
        bool closed = word != NULL && unquote(&at, word);
        if (word != NULL && !closed) {
            free(word);
            return error_set(err, "%s: a quote is not closed in '%.200s'", what, text);
        }
        take(words, word);
        if (word == NULL)
            return error_set(err, "out of memory");
    }
    return true;
}

void words_print_one(const char *word, FILE *out)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./,:=+-@%^";
    if (*word != '\0' && *word != '=' && strspn(word, plain) == strlen(word)) { /* =x is something else to zsh */
        fputs(word, out);
        return;
    }
    putc('\'', out);
    for (; *word != '\0'; word++) {
        if (*word == '\'')
            fputs("'\\''", out);
        else
            putc(*word, out);
    }
    putc('\'', out);
}

void words_print(const struct words *words, FILE *out)
{
    for (size_t i = 0; i < words->count; i++) {
        if (i > 0)
            putc(' ', out);
        words_print_one(words->list[i], out);
    }
    putc('\n', out);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void words_sort(struct words *words)
{
    if (words->count > 1)
        qsort(words->list, words->count, sizeof *words->list, compare);
}

void words_destroy(struct words *words)
{
    for (size_t i = 0; i < words->count; i++)
        free(words->list[i]);
    free(words->list);
    *words = (struct words){NULL, 0, 0, false};
}
