/* SPDX-License-Identifier: MIT */
#include "grade/judge.h"

#include <string.h>

#include "grade/value.h"

/* A regular expression is held against pieces of a line that are no longer than this, so that a guest's output cannot make it
 * take quadratic time in more than that. */
#define PIECE_BYTES 1024

struct place {
    size_t offset, length;
};

static bool find_literal(const struct grade_text *text, const struct capture *c, size_t from, struct place *place)
{
    const char *found = from < c->count ? memmem(c->bytes + from, c->count - from, text->bytes, text->length) : NULL;
    if (found != NULL)
        *place = (struct place){(size_t)(found - c->bytes), text->length};
    return found != NULL;
}

/* The end of the piece that begins at `from`: of the line, or of what is held against an expression at once. */
static size_t piece_end(const struct capture *c, size_t from)
{
    size_t most = c->count - from < PIECE_BYTES ? c->count - from : PIECE_BYTES;
    const char *newline = memchr(c->bytes + from, '\n', most);
    return newline != NULL ? (size_t)(newline - c->bytes) : from + most;
}

static bool find_regex(const regex_t *regex, const struct capture *c, size_t from, struct place *place)
{
    while (from < c->count) {
        size_t end = piece_end(c, from);
        bool line_begins = from == 0 || c->bytes[from - 1] == '\n';
        bool line_ends = end == c->count || c->bytes[end] == '\n';
        regmatch_t match = {.rm_so = 0, .rm_eo = (regoff_t)(end - from)};
        char piece[PIECE_BYTES + 1];
        memcpy(piece, c->bytes + from, end - from);
        piece[end - from] = '\0'; /* some look for it in spite of REG_STARTEND */
        int flags = REG_STARTEND | (line_begins ? 0 : REG_NOTBOL) | (line_ends ? 0 : REG_NOTEOL);
        if (regexec(regex, piece, 1, &match, flags) == 0) {
            *place = (struct place){from + (size_t)match.rm_so, (size_t)(match.rm_eo - match.rm_so)};
            return true;
        }
        from = end + line_ends;
    }
    return false;
}

static bool find(const struct grade_check *check, const struct capture *c, size_t from, struct place *place)
{
    regex_t regex;
    if (!check->is_regex)
        return find_literal(&check->text, c, from, place);
    if (!grade_regex(&check->text, &regex, NULL))
        return false; /* out of memory: it was valid when the spec was read */
    bool found = find_regex(&regex, c, from, place);
    regfree(&regex);
    return found;
}

static void note_place(const struct capture *c, const struct place *place, struct grade_finding *finding)
{
    size_t last = place->offset + place->length;
    finding->offset = place->offset;
    finding->length = place->length;
    finding->time = c->times[last > 0 ? last - 1 : 0];
}

static bool in_time(const struct grade_check *check, const struct probe_time *time)
{
    return time->ns <= check->within_ns && time->steps <= check->within_steps;
}

/* from: where what it must follow has ended. */
static enum finding_state judge_expect(const struct grade_check *check, const struct capture *c, size_t from,
                                       struct grade_finding *finding)
{
    struct place place;
    if (find(check, c, from, &place)) {
        note_place(c, &place, finding);
        return in_time(check, &finding->time) ? FINDING_MET : FINDING_LATE;
    }
    if (from == 0 || !find(check, c, 0, &place))
        return FINDING_ABSENT;
    note_place(c, &place, finding);
    return FINDING_EARLY;
}

static enum finding_state judge_forbid(const struct grade_check *check, const struct capture *c,
                                       struct grade_finding *finding)
{
    struct place place;
    if (!find(check, c, 0, &place))
        return FINDING_MET;
    note_place(c, &place, finding);
    return in_time(check, &finding->time) ? FINDING_PRESENT : FINDING_MET;
}

bool judge_output(const struct grade_test *test, const struct capture *c, struct grade_finding *findings)
{
    size_t from = 0;
    bool met = true;
    for (unsigned i = 0; i < test->check_count; i++) {
        const struct grade_check *check = &test->checks[i];
        struct grade_finding *finding = &findings[i];
        if (check->kind == CHECK_EXPECT)
            finding->state = judge_expect(check, c, test->in_order ? from : 0, finding);
        else if (check->kind == CHECK_FORBID)
            finding->state = judge_forbid(check, c, finding);
        else
            continue;
        bool came = finding->state == FINDING_MET || finding->state == FINDING_LATE;
        if (check->kind == CHECK_EXPECT && came)
            from = finding->offset + finding->length;
        met &= finding->state == FINDING_MET;
    }
    return met;
}

static enum finding_state judge_memory(const struct grade_check *check, struct machine *machine,
                                       struct grade_finding *finding)
{
    uint64_t base = 0;
    if (check->symbol != NULL && !probe_symbol(machine, check->symbol, &base))
        return FINDING_NO_SYMBOL;
    finding->address = base + check->address;
    if (check->size != 0) {
        if (!probe_memory(machine, finding->address, &finding->value, check->size))
            return FINDING_NOT_RAM;
        return finding->value == check->value ? FINDING_MET : FINDING_DIFFERS;
    }
    for (size_t i = 0; i < check->text.length; i++) {
        char byte;
        if (!probe_memory(machine, finding->address + i, &byte, 1))
            return FINDING_NOT_RAM;
        if (i < sizeof finding->bytes)
            finding->bytes[finding->length++] = byte;
        if (byte != check->text.bytes[i])
            finding->state = FINDING_DIFFERS;
    }
    return finding->state;
}

static enum finding_state judge_register(const struct grade_check *check, struct machine *machine,
                                         struct grade_finding *finding)
{
    if (!probe_register(machine, check->hart, check->reg, &finding->value))
        return FINDING_NO_HART;
    return finding->value == check->value ? FINDING_MET : FINDING_DIFFERS;
}

static enum finding_state judge_pixel(const struct grade_check *check, struct machine *machine,
                                      struct grade_finding *finding)
{
    uint32_t colour = 0;
    enum probe_pixel found = probe_pixel(machine, check->x, check->y, &colour);
    if (found != PROBE_PIXEL_THERE)
        return found == PROBE_NO_SCREEN ? FINDING_NO_SCREEN : FINDING_NO_PIXEL;
    finding->value = colour;
    return colour == check->value ? FINDING_MET : FINDING_DIFFERS;
}

void judge_state(const struct grade_test *test, struct machine *machine, struct grade_finding *findings)
{
    for (unsigned i = 0; i < test->check_count; i++) {
        const struct grade_check *check = &test->checks[i];
        struct grade_finding *finding = &findings[i];
        if (check->kind == CHECK_MEMORY)
            finding->state = judge_memory(check, machine, finding);
        else if (check->kind == CHECK_REGISTER)
            finding->state = judge_register(check, machine, finding);
        else if (check->kind == CHECK_PIXEL)
            finding->state = judge_pixel(check, machine, finding);
    }
}
