/* SPDX-License-Identifier: MIT */
/* The PLIC's core (priorities, pending and enable bits, claims) and its level gateways. */
#include "devices/plic.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"

#define SOURCE_COUNT (PLIC_SOURCES + 1) /* source 0 does not exist */
#define WORDS ((SOURCE_COUNT + 31) / 32)
#define MAP_SOURCES 1024u  /* what the register map has room for */
#define MAP_CONTEXTS 1024u /* what fits PLIC_SIZE */
#define MAP_WORDS (MAP_SOURCES / 32)

struct context {
    uint32_t enabled[WORDS];
    uint8_t threshold;
    bool raised;
    struct irq_line output;
};

struct plic {
    struct device dev;
    uint8_t priority[SOURCE_COUNT];
    uint32_t pending[WORDS];
    uint32_t claimed[WORDS]; /* forwarded and not yet completed: the gateway holds back the next */
    uint32_t level[WORDS];   /* the wires */
    unsigned count;
    struct context contexts[];
};

static bool bit_test(const uint32_t *words, unsigned bit)
{
    return (words[bit / 32] >> (bit % 32)) & 1;
}

static void bit_assign(uint32_t *words, unsigned bit, bool value)
{
    uint32_t mask = UINT32_C(1) << (bit % 32);
    words[bit / 32] = value ? words[bit / 32] | mask : words[bit / 32] & ~mask;
}

/* The enabled pending source of the highest priority above floor, the lowest number among equals;
 * 0: none. */
static unsigned best_source(const struct plic *plic, const struct context *context, unsigned floor)
{
    unsigned best = 0;
    for (unsigned word = 0; word < WORDS; word++) {
        uint32_t left = plic->pending[word] & context->enabled[word];
        for (; left != 0; left &= left - 1) {
            unsigned source = word * 32 + count_trailing_zeros32(left);
            if (plic->priority[source] <= floor)
                continue;
            floor = plic->priority[source];
            best = source;
        }
    }
    return best;
}

static void update_context(struct plic *plic, struct context *context)
{
    bool raised = best_source(plic, context, context->threshold) != 0;
    if (raised == context->raised)
        return;
    context->raised = raised;
    irq_set(&context->output, raised);
}

static void update_all(struct plic *plic)
{
    for (unsigned i = 0; i < plic->count; i++)
        update_context(plic, &plic->contexts[i]);
}

/* PLIC 1.0 "Interrupt Gateways": a high level makes one request; the next waits for its completion.
 * A request once forwarded stays, even if the level falls. True if the pending bits changed. */
static bool gateway_forward(struct plic *plic, unsigned source)
{
    if (!bit_test(plic->level, source) || bit_test(plic->claimed, source) || bit_test(plic->pending, source))
        return false;
    bit_assign(plic->pending, source, true);
    return true;
}

void plic_set_line(struct plic *plic, unsigned source, bool level)
{
    if (source == 0 || source > PLIC_SOURCES)
        return;
    bit_assign(plic->level, source, level);
    if (gateway_forward(plic, source))
        update_all(plic);
}

static void set_input(void *target, unsigned input, bool level)
{
    plic_set_line(target, input, level);
}

struct irq_line plic_line(struct plic *plic, unsigned source)
{
    return (struct irq_line){.target = plic, .set = set_input, .input = source};
}

bool plic_is_claimed(const struct plic *plic, unsigned source)
{
    return source < SOURCE_COUNT && bit_test(plic->claimed, source);
}

static uint64_t read_priority(void *state, uint32_t source)
{
    struct plic *plic = state;
    return source < SOURCE_COUNT ? plic->priority[source] : 0;
}

static void write_priority(void *state, uint32_t source, uint64_t value)
{
    struct plic *plic = state;
    if (source == 0 || source >= SOURCE_COUNT)
        return;
    plic->priority[source] = value & PLIC_MAX_PRIORITY;
    update_all(plic);
}

static uint64_t read_pending(void *state, uint32_t word)
{
    struct plic *plic = state;
    return word < WORDS ? plic->pending[word] : 0;
}

static uint64_t read_enable(void *state, uint32_t index)
{
    struct plic *plic = state;
    unsigned context = index / MAP_WORDS;
    unsigned word = index % MAP_WORDS;
    return context < plic->count && word < WORDS ? plic->contexts[context].enabled[word] : 0;
}

/* The bits of word that stand for sources that exist. */
static uint32_t existing_sources(unsigned word)
{
    uint64_t below_end = BITS(PLIC_SOURCES % 32, 0);
    uint32_t mask = word == WORDS - 1 ? (uint32_t)below_end : UINT32_MAX;
    return word == 0 ? mask & ~UINT32_C(1) : mask;
}

static void write_enable(void *state, uint32_t index, uint64_t value)
{
    struct plic *plic = state;
    unsigned context = index / MAP_WORDS;
    unsigned word = index % MAP_WORDS;
    if (context >= plic->count || word >= WORDS)
        return;
    plic->contexts[context].enabled[word] = (uint32_t)value & existing_sources(word);
    update_context(plic, &plic->contexts[context]);
}

static uint64_t read_threshold(void *state, uint32_t index)
{
    struct plic *plic = state;
    return index < plic->count ? plic->contexts[index].threshold : 0;
}

static void write_threshold(void *state, uint32_t index, uint64_t value)
{
    struct plic *plic = state;
    if (index >= plic->count)
        return;
    plic->contexts[index].threshold = value & PLIC_MAX_PRIORITY;
    update_context(plic, &plic->contexts[index]);
}

/* What a claim would answer. The threshold gates the notification only, not the claim. */
static uint64_t peek_claim(void *state, uint32_t index)
{
    struct plic *plic = state;
    return index < plic->count ? best_source(plic, &plic->contexts[index], 0) : 0;
}

static uint64_t claim(void *state, uint32_t index)
{
    struct plic *plic = state;
    unsigned source = (unsigned)peek_claim(state, index);
    if (source == 0)
        return 0;
    bit_assign(plic->pending, source, false);
    bit_assign(plic->claimed, source, true);
    update_all(plic);
    return source;
}

/* PLIC 1.0 "Interrupt Completion": any context that has the source enabled may complete it; others
 * are ignored. */
static void complete(void *state, uint32_t index, uint64_t source)
{
    struct plic *plic = state;
    if (index >= plic->count || source > PLIC_SOURCES || !bit_test(plic->contexts[index].enabled, (unsigned)source))
        return;
    bit_assign(plic->claimed, (unsigned)source, false);
    if (gateway_forward(plic, (unsigned)source))
        update_all(plic);
}

static const struct reg plic_regs[] = {
    {.name = "CLAIM_COMPLETE",
     .offset = 0x200004,
     .size = 4,
     .count = MAP_CONTEXTS,
     .stride = 0x1000,
     .read = claim,
     .write = complete,
     .peek = peek_claim,
     .meaning = "read: claim the best pending source, 0 if none; write: complete a source"},
    {.name = "THRESHOLD",
     .offset = 0x200000,
     .size = 4,
     .count = MAP_CONTEXTS,
     .stride = 0x1000,
     .read = read_threshold,
     .write = write_threshold,
     .meaning = "sources of this priority or less do not notify the context"},
    {.name = "PRIORITY",
     .offset = 0x000000,
     .size = 4,
     .count = MAP_SOURCES,
     .stride = 4,
     .read = read_priority,
     .write = write_priority,
     .meaning = "priority of the source, 0 (never) to 7"},
    {.name = "PENDING",
     .offset = 0x001000,
     .size = 4,
     .count = MAP_WORDS,
     .stride = 4,
     .read = read_pending,
     .meaning = "one bit per source"},
    {.name = "ENABLE",
     .offset = 0x002000,
     .size = 4,
     .count = MAP_CONTEXTS * MAP_WORDS,
     .stride = 4,
     .read = read_enable,
     .write = write_enable,
     .meaning = "one bit per source, 32 words per context"},
    REG_END,
};

static const struct state_field context_fields[] = {
    STATE_ARRAY(struct context, enabled, STATE_ANY, "one bit per source"),
    STATE(struct context, threshold, PLIC_MAX_PRIORITY, "sources of this priority or less do not notify"),
    STATE(struct context, raised, 1, "the context is being notified"),
    STATE_NOT(struct context, output, "wiring"),
    STATE_END,
};

static const struct state_field plic_fields[] = {
    STATE_NOT(struct plic, dev, "made with the machine"),
    STATE_ARRAY(struct plic, priority, PLIC_MAX_PRIORITY, "of each source; 0: never"),
    STATE_ARRAY(struct plic, pending, STATE_ANY, "one bit per source"),
    STATE_ARRAY(struct plic, claimed, STATE_ANY, "one bit per source: forwarded and not yet completed"),
    STATE_ARRAY(struct plic, level, STATE_ANY, "one bit per source: its wire is high"),
    STATE_NOT(struct plic, count, "made with the machine"),
    STATE_TAIL(struct plic, contexts, context_fields, count, "two for each hart: M, then S"),
    STATE_END,
};

/* The gateways' rules, source by source; and each context is notified if it ought to be. */
static bool plic_check(const void *object)
{
    const struct plic *plic = object;
    bool ok = plic->priority[0] == 0;
    for (unsigned word = 0; word < WORDS; word++) {
        uint32_t pending = plic->pending[word], claimed = plic->claimed[word], level = plic->level[word];
        ok &= ((pending | claimed | level) & ~existing_sources(word)) == 0;
        ok &= (pending & claimed) == 0 && (level & ~(pending | claimed)) == 0;
        for (unsigned i = 0; i < plic->count; i++)
            ok &= (plic->contexts[i].enabled[word] & ~existing_sources(word)) == 0;
    }
    for (unsigned i = 0; ok && i < plic->count; i++) {
        const struct context *context = &plic->contexts[i];
        ok = context->raised == (best_source(plic, context, context->threshold) != 0);
    }
    return ok;
}

static void plic_loaded(void *object)
{
    struct plic *plic = object;
    for (unsigned i = 0; i < plic->count; i++)
        irq_set(&plic->contexts[i].output, plic->contexts[i].raised);
}

static const struct state_table plic_saved = {
    .fields = plic_fields,
    .bytes = sizeof(struct plic),
    .check = plic_check,
    .loaded = plic_loaded,
};

/* The levels too: the devices are reset with the PLIC and drive their lines anew. */
static void plic_reset(void *state)
{
    struct plic *plic = state;
    memset(plic->priority, 0, sizeof plic->priority);
    memset(plic->claimed, 0, sizeof plic->claimed);
    memset(plic->pending, 0, sizeof plic->pending);
    memset(plic->level, 0, sizeof plic->level);
    for (unsigned i = 0; i < plic->count; i++) {
        struct context *context = &plic->contexts[i];
        *context = (struct context){.output = context->output};
        irq_set(&context->output, false);
    }
}

struct plic *plic_create(unsigned harts, const struct irq_line *outputs)
{
    if (harts == 0 || harts > PLIC_MAX_HARTS)
        return NULL;
    struct plic *plic = calloc(1, sizeof *plic + 2 * harts * sizeof plic->contexts[0]);
    if (plic == NULL)
        return NULL;
    plic->dev = (struct device){
        .name = "plic",
        .state = plic,
        .regs = plic_regs,
        .reset = plic_reset,
        .saved = &plic_saved,
    };
    plic->count = 2 * harts;
    for (unsigned i = 0; i < plic->count; i++)
        plic->contexts[i].output = outputs[i];
    return plic;
}

void plic_destroy(struct plic *plic)
{
    free(plic);
}

const struct device *plic_device(const struct plic *plic)
{
    return &plic->dev;
}
