/* SPDX-License-Identifier: MIT */
#include "machine/strict_config.h"

#include <stdio.h>
#include <string.h>

#include "host/option_text.h"
#include "machine/machine_state.h"

static const struct {
    const char *word;
    bool standard;
} traits_table[] = {
#define STRICT(id, word, standard, meaning) {word, standard},
#include "cpu/strict.def"
#undef STRICT
};

unsigned strict_standard(void)
{
    unsigned traits = 0;
    for (unsigned i = 0; i < STRICT_COUNT; i++)
        traits |= (unsigned)traits_table[i].standard << i;
    return traits;
}

static bool unknown_word(const char *word, struct error *err)
{
    char known[200] = "all";
    for (unsigned i = 0; i < STRICT_COUNT; i++)
        snprintf(known + strlen(known), sizeof known - strlen(known), ", %s", traits_table[i].word);
    return error_set(err, "--strict: '%s' is not among %s", word, known);
}

bool strict_parse(const char *text, unsigned *traits, struct error *err)
{
    *traits = 0;
    while (text != NULL) {
        char word[100];
        unsigned i = 0;
        if (!option_text_next(&text, word, sizeof word, "--strict: a word", err))
            return false;
        while (i < STRICT_COUNT && strcmp(traits_table[i].word, word) != 0)
            i++;
        if (i == STRICT_COUNT && strcmp(word, "all") != 0)
            return unknown_word(word, err);
        *traits |= i == STRICT_COUNT ? (1u << STRICT_COUNT) - 1 : 1u << i;
    }
    return true;
}

bool machine_make_strict(struct machine *m, struct error *err)
{
    if (m->config.strict == 0)
        return true;
    struct strict_options options = {m->config.strict, m->config.seed};
    m->strict = strict_create(&options, m->harts, m->hart_count, m->cache);
    return m->strict != NULL || error_set(err, "out of memory for --strict");
}
