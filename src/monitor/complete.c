/* SPDX-License-Identifier: MIT */
#include "monitor/complete.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cpu/csr.h"
#include "cpu/register.h"
#include "machine/typing.h"
#include "monitor/impl.h"

#define WORD_BYTES 64
#define BLANKS " \t"

struct offers {
    const char *typed; /* what the word begins with */
    void *owner;
    void (*offer)(void *owner, const char *word);
};

static void offer(const struct offers *o, const char *word)
{
    if (strncmp(word, o->typed, strlen(o->typed)) == 0)
        o->offer(o->owner, word);
}

/* The n-th word of a command's name; false: it has not so many. */
static bool name_word(const struct monitor_command *c, unsigned n, char out[WORD_BYTES])
{
    const char *second = strchr(c->name, ' ');
    if (n > 1 || (n == 1 && second == NULL))
        return false;
    size_t length = second != NULL && n == 0 ? (size_t)(second - c->name) : strlen(c->name);
    snprintf(out, WORD_BYTES, "%.*s", (int)length, n == 0 ? c->name : second + 1);
    return true;
}

static void offer_first_words(const struct offers *o)
{
    char word[WORD_BYTES];
    const struct monitor_command *c;
    for (unsigned i = 0; (c = monitor_command(i)) != NULL; i++)
        if (name_word(c, 0, word))
            offer(o, word);
}

/* The second words of the commands whose first word begins with what was typed. True: there are some. */
static bool offer_second_words(const struct offers *o, const char *first)
{
    char word[WORD_BYTES], second[WORD_BYTES];
    const struct monitor_command *c;
    const char *alias, *meaning;
    bool any = false;
    for (unsigned i = 0; monitor_alias(i, &alias, &meaning); i++)
        if (strcmp(alias, first) == 0)
            first = meaning;
    for (unsigned i = 0; (c = monitor_command(i)) != NULL; i++)
        if (name_word(c, 0, word) && strncmp(word, first, strlen(first)) == 0 && name_word(c, 1, second)) {
            offer(o, second);
            any = true;
        }
    return any;
}

/* The words between | and brackets of "[satp|vsatp|hgatp]", but for those that stand for others ("N", "+N"). */
static void offer_alternatives(const struct offers *o, const char *arguments)
{
    static const char separators[] = "[]|. ";
    char word[WORD_BYTES];
    for (const char *at = arguments; *at != '\0';) {
        size_t length = strcspn(at, separators);
        if ((islower((unsigned char)*at) || isdigit((unsigned char)*at)) && length < sizeof word) {
            snprintf(word, sizeof word, "%.*s", (int)length, at);
            offer(o, word);
        }
        at += length;
        at += strspn(at, separators);
    }
}

static void offer_csrs(const struct offers *o)
{
    const struct csr_info *csr;
    for (unsigned i = 0; (csr = csr_info(i)) != NULL; i++)
        offer(o, csr->name);
}

/* Registers are many: with nothing typed they are left out. */
static void offer_values(const struct offers *o, const struct monitor *m)
{
    const char *name;
    if (o->typed[0] == '\0')
        return;
    for (unsigned i = 0; (name = register_name(i)) != NULL; i++)
        offer(o, name);
    for (size_t i = 0; (name = symbols_name(m->parts.symbols, i)) != NULL; i++)
        offer(o, name);
}

/* What stands before the last dash stays. */
static void offer_keys(const struct offers *o)
{
    char word[WORD_BYTES];
    const char *dash = strrchr(o->typed, '-'), *name;
    int before = dash != NULL ? (int)(dash + 1 - o->typed) : 0;
    for (unsigned i = 0; (name = typing_key_name(i)) != NULL; i++) {
        snprintf(word, sizeof word, "%.*s%s", before, o->typed, name);
        offer(o, word);
    }
}

static void offer_arguments(const struct offers *o, const struct monitor *m, const struct monitor_command *c)
{
    switch (c->completer) {
    case MONITOR_COMPLETE_NOTHING: break;
    case MONITOR_COMPLETE_WORDS: offer_alternatives(o, c->arguments); break;
    case MONITOR_COMPLETE_COMMAND: offer_first_words(o); break;
    case MONITOR_COMPLETE_CSR: offer_csrs(o); break;
    case MONITOR_COMPLETE_VALUE: offer_values(o, m); break;
    case MONITOR_COMPLETE_KEY: offer_keys(o); break;
    case MONITOR_COMPLETE_TEXT: break;
    }
}

/* The line's words before the last, which is being typed. */
static unsigned words_before(char *text, char *words[MONITOR_WORDS])
{
    unsigned count = 0;
    char *rest = NULL;
    for (char *w = strtok_r(text, BLANKS, &rest); w != NULL && count < MONITOR_WORDS; w = strtok_r(NULL, BLANKS, &rest))
        words[count++] = w;
    if (count > 0)
        words[0][strcspn(words[0], "/")] = '\0'; /* x/4i */
    return count;
}

size_t monitor_complete(const struct monitor *m, const char *line, void *owner,
                        void (*offered)(void *owner, const char *word))
{
    char text[MONITOR_LINE_BYTES];
    char *words[MONITOR_WORDS];
    size_t length = strlen(line), start = length;
    unsigned used;
    while (start > 0 && strchr(BLANKS, line[start - 1]) == NULL)
        start--;
    struct offers o = {line + start, owner, offered};
    if (start >= sizeof text)
        return start;
    snprintf(text, sizeof text, "%.*s", (int)start, line);
    unsigned count = words_before(text, words);
    if (count == 0) {
        offer_first_words(&o);
        return start;
    }
    const struct monitor_command *c = monitor_command_find(words, count, &used, NULL);
    bool in_name = count == 1 && offer_second_words(&o, words[0]);
    if (c != NULL && (!in_name || c->completer == MONITOR_COMPLETE_VALUE))
        offer_arguments(&o, m, c);
    return start;
}
