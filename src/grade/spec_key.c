/* SPDX-License-Identifier: MIT */
/* What each line of a test means: the keys of a spec, and the options of `microvm run` behind them. */
#include "grade/spec_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "grade/probe.h"
#include "grade/value.h"
#include "host/display/display.h"

#define MAX_HARTS 64
#define MAX_OUTPUT (UINT64_C(64) << 20)
#define LABEL_BYTES 300
#define COLOURS UINT64_C(0x1000000)

struct spec_key {
    const char *name;
    bool repeats;
    bool qualified; /* more words than the name may stand before '=' */
    bool binary;    /* the value may hold a NUL */
    bool (*set)(struct spec_builder *b, const struct syntax_line *line);
};

static bool add_check(struct spec_builder *b, const struct grade_check *check)
{
    struct grade_test *test = b->test;
    struct grade_check *grown = realloc(test->checks, (test->check_count + 1) * sizeof *grown);
    if (grown == NULL)
        return error_set(b->err, "out of memory");
    test->checks = grown;
    grown[test->check_count++] = *check;
    return true;
}

/* "within 50 ms" behind the key. */
static bool take_within(const struct syntax_line *line, struct grade_check *check, struct error *err)
{
    check->within_ns = check->within_steps = UINT64_MAX;
    if (line->word_count == 1)
        return true;
    if (strcmp(line->words[1], "within") != 0 || line->word_count < 3 || line->word_count > 4)
        return error_set(err, "only 'within AMOUNT' may stand between '%s' and '=', as in: %s within 50 ms = TEXT",
                         line->words[0], line->words[0]);
    return grade_moment(line->words[2], line->words[3], &check->within_ns, &check->within_steps, err);
}

static bool set_output_check(struct spec_builder *b, const struct syntax_line *line, enum check_kind kind,
                             bool is_regex)
{
    struct grade_check check = {.kind = kind, .line = line->number, .text = line->value, .is_regex = is_regex};
    regex_t regex;
    if (line->value.length == 0)
        return error_set(b->err, "there is no text to look for behind '='");
    if (!take_within(line, &check, b->err))
        return false;
    if (is_regex && !grade_regex(&check.text, &regex, b->err))
        return false;
    if (is_regex)
        regfree(&regex);
    return add_check(b, &check);
}

static bool set_expect(struct spec_builder *b, const struct syntax_line *line)
{
    return set_output_check(b, line, CHECK_EXPECT, false);
}

static bool set_expect_regex(struct spec_builder *b, const struct syntax_line *line)
{
    return set_output_check(b, line, CHECK_EXPECT, true);
}

static bool set_forbid(struct spec_builder *b, const struct syntax_line *line)
{
    return set_output_check(b, line, CHECK_FORBID, false);
}

static bool set_forbid_regex(struct spec_builder *b, const struct syntax_line *line)
{
    return set_output_check(b, line, CHECK_FORBID, true);
}

/* "memory counter word": the words again, for messages. */
static const char *make_label(struct spec_builder *b, const struct syntax_line *line)
{
    char *label = spec_keep(b, LABEL_BYTES);
    size_t used = 0;
    for (unsigned i = 0; label != NULL && i < line->word_count && used < LABEL_BYTES; i++)
        used += (size_t)snprintf(label + used, LABEL_BYTES - used, "%s%s", i > 0 ? " " : "", line->words[i]);
    return label;
}

static bool begins_with_digit(const char *text)
{
    return text[0] >= '0' && text[0] <= '9';
}

/* An address, a symbol, or a symbol and an offset. */
static bool take_address(struct spec_builder *b, const char *text, struct grade_check *check)
{
    size_t name_bytes = strcspn(text, "+");
    if (begins_with_digit(text))
        return grade_number(text, &check->address, b->err);
    if (text[name_bytes] == '+' && !grade_number(text + name_bytes + 1, &check->address, b->err))
        return false;
    char *symbol = spec_keep(b, name_bytes + 1);
    if (symbol == NULL)
        return false;
    memcpy(symbol, text, name_bytes);
    check->symbol = symbol;
    return name_bytes > 0 || error_set(b->err, "'%.100s' is no address: it begins with '+'", text);
}

/* The value as a number of so many bytes. */
static bool take_sized(const struct syntax_line *line, unsigned size, uint64_t *value, struct error *err)
{
    const char *text = line->value.bytes;
    if (!grade_number(text, value, err))
        return false;
    unsigned bits = 8 * size;
    uint64_t top = size < 8 ? *value >> bits : 0, all = size < 8 ? UINT64_MAX >> bits : 0;
    bool negative = text[0] == '-' && top == all && (size == 8 || *value >> (bits - 1) & 1);
    if (top != 0 && !negative)
        return error_set(err, "'%.100s' does not fit into %u bytes", text, size);
    *value = size < 8 ? *value & ((UINT64_C(1) << bits) - 1) : *value;
    return true;
}

static bool apply_option(struct spec_builder *b, const struct syntax_line *line);

/* Without an address it is the size of RAM. */
static bool set_memory(struct spec_builder *b, const struct syntax_line *line)
{
    static const struct {
        const char *name;
        unsigned size;
    } types[] = {{"byte", 1}, {"half", 2}, {"word", 4}, {"long", 8}, {"text", 0}};
    struct grade_check check = {.kind = CHECK_MEMORY, .line = line->number};
    if (line->word_count == 1)
        return apply_option(b, line);
    if (line->word_count != 3)
        return error_set(b->err, "write: memory ADDRESS byte|half|word|long|text = VALUE");
    unsigned type = 0;
    while (type < ARRAY_SIZE(types) && strcmp(types[type].name, line->words[2]) != 0)
        type++;
    if (type == ARRAY_SIZE(types))
        return error_set(b->err, "'%.100s' is not one of byte|half|word|long|text", line->words[2]);
    check.size = types[type].size;
    check.text = line->value;
    if (check.size == 0 && check.text.length == 0)
        return error_set(b->err, "there is no text to compare with behind '='");
    check.label = make_label(b, line);
    return check.label != NULL && take_address(b, line->words[1], &check) &&
           (check.size == 0 || take_sized(line, check.size, &check.value, b->err)) && add_check(b, &check);
}

static bool set_register(struct spec_builder *b, const struct syntax_line *line)
{
    struct grade_check check = {.kind = CHECK_REGISTER, .line = line->number, .size = 8};
    uint64_t hart = 0;
    bool names_hart = line->word_count == 4 && strcmp(line->words[1], "hart") == 0;
    if (line->word_count != 2 && !names_hart)
        return error_set(b->err, "write: register [hart N] NAME = VALUE");
    if (names_hart && (!grade_number(line->words[2], &hart, b->err) || hart >= MAX_HARTS))
        return error_set(b->err, "'%.100s' is not the number of a hart, 0 to %d", line->words[2], MAX_HARTS - 1);
    const char *name = line->words[line->word_count - 1];
    if (!probe_register_exists(name))
        return error_set(
            b->err, "'%.100s' is no register; there are x0 to x31, f0 to f31, their ABI names, pc and the CSRs", name);
    check.hart = (unsigned)hart;
    check.reg = name;
    check.label = make_label(b, line);
    return check.label != NULL && take_sized(line, 8, &check.value, b->err) && add_check(b, &check);
}

static bool take_below(const char *text, uint64_t limit, uint64_t *value)
{
    return begins_with_digit(text) && grade_number(text, value, NULL) && *value < limit;
}

static bool set_pixel(struct spec_builder *b, const struct syntax_line *line)
{
    struct grade_check check = {.kind = CHECK_PIXEL, .line = line->number};
    uint64_t place[2];
    if (line->word_count != 3)
        return error_set(b->err, "write: pixel X Y = 0xRRGGBB");
    for (unsigned i = 0; i < 2; i++)
        if (!take_below(line->words[1 + i], DISPLAY_LIMIT, &place[i]))
            return error_set(b->err, "'%.100s' is no place on a screen; accepted are 0 to %u", line->words[1 + i],
                             DISPLAY_LIMIT - 1);
    if (!take_below(line->value.bytes, COLOURS, &check.value))
        return error_set(b->err, "'%.100s' is no colour; accepted are 0x000000 to 0xffffff", line->value.bytes);
    check.x = (uint32_t)place[0];
    check.y = (uint32_t)place[1];
    check.label = make_label(b, line);
    return check.label != NULL && add_check(b, &check);
}

static bool add_input(struct spec_builder *b, const struct syntax_line *line, const struct grade_input *input)
{
    struct grade_test *test = b->test;
    struct grade_input added = *input;
    bool waits = line->word_count == 3 && strcmp(line->words[1], "after") == 0 && line->words[2][0] != '\0';
    if (line->word_count != 1 && !waits)
        return error_set(b->err, "only 'after \"TEXT\"' may stand between '%s' and '='", line->words[0]);
    if (line->value.length == 0)
        return error_set(b->err, "there is nothing to type behind '='");
    if (waits)
        added.after = (struct grade_text){line->words[2], strlen(line->words[2])};
    struct grade_input *grown = realloc(test->inputs, (test->input_count + 1) * sizeof *grown);
    if (grown == NULL)
        return error_set(b->err, "out of memory");
    test->inputs = grown;
    grown[test->input_count++] = added;
    return true;
}

static bool set_input(struct spec_builder *b, const struct syntax_line *line)
{
    return add_input(b, line, &(struct grade_input){.bytes = line->value});
}

/* text, or where it is a relative file name the file beside the spec; commas in the folder are doubled for a list. */
static const char *beside_spec(struct spec_builder *b, const char *text, bool in_list)
{
    size_t folder_bytes = strlen(b->folder), used = 0;
    if (text[0] == '/' || folder_bytes == 0)
        return text;
    char *path = spec_keep(b, 2 * folder_bytes + strlen(text) + 1);
    if (path == NULL)
        return NULL;
    for (size_t i = 0; i < folder_bytes; i++) {
        path[used++] = b->folder[i];
        if (in_list && b->folder[i] == ',')
            path[used++] = ',';
    }
    memcpy(path + used, text, strlen(text) + 1);
    return path;
}

static bool set_input_file(struct spec_builder *b, const struct syntax_line *line)
{
    const char *file = beside_spec(b, line->value.bytes, false);
    return file != NULL && add_input(b, line, &(struct grade_input){.file = file});
}

static bool take_end(struct spec_builder *b, const char *word)
{
    static const struct {
        const char *name;
        unsigned end;
    } ends[] = {{"poweroff", GRADE_END_POWEROFF}, {"loop", GRADE_END_LOOP},     {"fail", GRADE_END_FAIL},
                {"reset", GRADE_END_RESET},       {"budget", GRADE_END_BUDGET}, {"stuck", GRADE_END_STUCK},
                {"any", GRADE_END_ANY},           {"0", GRADE_END_POWEROFF}};
    struct grade_test *test = b->test;
    for (unsigned i = 0; i < ARRAY_SIZE(ends); i++) {
        if (strcmp(ends[i].name, word) != 0)
            continue;
        test->ends |= ends[i].end;
        return true;
    }
    if ((test->ends & GRADE_END_CODE) && begins_with_digit(word))
        return error_set(b->err, "'%.100s': only one failure code may be named; fail is any", word);
    if (!begins_with_digit(word) || !grade_number(word, &test->code, NULL))
        return error_set(b->err,
                         "'%.100s' is no way to end; there are poweroff, loop, a failure code, fail (any code), reset, "
                         "budget, stuck and any, several with '|' between them",
                         word);
    test->ends |= GRADE_END_CODE;
    return true;
}

static bool set_exit(struct spec_builder *b, const struct syntax_line *line)
{
    struct grade_test *test = b->test;
    char *words = spec_keep(b, line->value.length + 1);
    if (words == NULL)
        return false;
    memcpy(words, line->value.bytes, line->value.length);
    test->ends = 0;
    test->ends_text = line->value.bytes;
    for (char *word = words, *next; word != NULL; word = next) {
        next = strchr(word, '|');
        if (next != NULL)
            *next++ = '\0';
        if (!take_end(b, word))
            return false;
    }
    return true;
}

static bool set_in_order(struct spec_builder *b, const struct syntax_line *line)
{
    return grade_flag(line->value.bytes, &b->test->in_order, b->err);
}

static bool set_stop_when_met(struct spec_builder *b, const struct syntax_line *line)
{
    return grade_flag(line->value.bytes, &b->test->stop_when_met, b->err);
}

static bool set_max_insns(struct spec_builder *b, const struct syntax_line *line)
{
    const char *text = line->value.bytes;
    uint64_t steps;
    if (!begins_with_digit(text) || !grade_number(text, &steps, NULL) || steps == 0)
        return error_set(b->err, "'%.100s' is not a number of instructions from 1 up, such as 50_000_000", text);
    b->test->config.max_steps = steps;
    return true;
}

static bool set_max_output(struct spec_builder *b, const struct syntax_line *line)
{
    if (!grade_amount(line->value.bytes, &b->test->output_bytes, b->err))
        return false;
    return b->test->output_bytes <= MAX_OUTPUT ||
           error_set(b->err, "'%.100s' is too large; the largest is 64M", line->value.bytes);
}

static bool set_points(struct spec_builder *b, const struct syntax_line *line)
{
    b->test->has_points = true;
    return grade_points(line->value.bytes, &b->test->points, b->err);
}

static bool set_hint(struct spec_builder *b, const struct syntax_line *line)
{
    struct grade_test *test = b->test;
    if (test->hint_count == GRADE_HINTS)
        return error_set(b->err, "a test has %d hints at most", GRADE_HINTS);
    test->hints[test->hint_count++] = line->value.bytes;
    return true;
}

/* Words with commas or blanks between them. */
static bool set_tags(struct spec_builder *b, const struct syntax_line *line)
{
    struct grade_test *test = b->test;
    char *words = spec_keep(b, line->value.length + 1), *state = NULL;
    if (words == NULL)
        return false;
    memcpy(words, line->value.bytes, line->value.length);
    test->tag_count = 0;
    for (char *word = strtok_r(words, ", \t", &state); word != NULL; word = strtok_r(NULL, ", \t", &state)) {
        if (test->tag_count == GRADE_TAGS)
            return error_set(b->err, "a test has %d tags at most", GRADE_TAGS);
        test->tags[test->tag_count++] = word;
    }
    return true;
}

static const struct spec_key keys[] = {
    {"expect", true, true, true, set_expect},
    {"expect-regex", true, true, false, set_expect_regex},
    {"forbid", true, true, true, set_forbid},
    {"forbid-regex", true, true, false, set_forbid_regex},
    {"in-order", false, false, false, set_in_order},
    {"exit", false, false, false, set_exit},
    {"memory", true, true, true, set_memory},
    {"register", true, true, false, set_register},
    {"pixel", true, true, false, set_pixel},
    {"input", true, true, true, set_input},
    {"input-file", true, true, false, set_input_file},
    {"max-insns", false, false, false, set_max_insns},
    {"max-output", false, false, false, set_max_output},
    {"stop-when-met", false, false, false, set_stop_when_met},
    {"points", false, false, false, set_points},
    {"hint", true, false, false, set_hint},
    {"tags", false, false, false, set_tags},
};

static const struct spec_key *find_key(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

bool spec_key_may_repeat(const struct grade_options *options, const char *name)
{
    const struct spec_key *key = find_key(name);
    return key != NULL ? key->repeats : options->kind(name, "", NULL) == GRADE_VALUE_LIST;
}

static bool unknown_key(const struct spec_builder *b, const char *name)
{
    struct nearest nearest = {.typed = name};
    if (b->err->text[0] != '\0') /* the table of options has said why */
        return false;
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        nearest_offer(&nearest, keys[i].name);
    b->options->offer(&nearest);
    if (nearest.best != NULL)
        return error_set(b->err, "unknown key '%.100s'; did you mean %s?", name, nearest.best);
    return error_set(b->err, "unknown key '%.100s'; docs/grading.md lists them", name);
}

static bool apply_option(struct spec_builder *b, const struct syntax_line *line)
{
    const char *name = line->words[0], *value = line->value.bytes;
    b->err->text[0] = '\0';
    enum grade_value kind = b->options->kind(name, value, b->err);
    bool flag = true;
    if (kind == GRADE_VALUE_UNKNOWN)
        return unknown_key(b, name);
    if (kind == GRADE_VALUE_FLAG) {
        if (!grade_flag(value, &flag, b->err))
            return false;
        value = NULL;
    } else if (kind == GRADE_VALUE_FILE || kind == GRADE_VALUE_LIST) {
        value = beside_spec(b, value, kind == GRADE_VALUE_LIST);
        if (value == NULL)
            return false;
    }
    return !flag || b->options->set(&b->test->config, name, value, b->err);
}

bool spec_key_apply(struct spec_builder *b, const struct syntax_line *line)
{
    const struct spec_key *key = find_key(line->words[0]);
    if ((key == NULL || !key->binary) && strlen(line->value.bytes) != line->value.length)
        return error_set(b->err, "there is a NUL in the value");
    if ((key == NULL || !key->qualified) && line->word_count > 1)
        return error_set(b->err, "'%.100s' must be followed by '=', not by '%.100s'", line->words[0], line->words[1]);
    return key != NULL ? key->set(b, line) : apply_option(b, line);
}
