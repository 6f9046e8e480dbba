/* SPDX-License-Identifier: MIT */
/* The PLIC against a slow model with one flag per source and context, written from the
 * specification's text: outputs and claims agree after each step, all registers at the end. */
#include <string.h>

#include "bus/bus.h"
#include "devices/plic.h"
#include "fuzz.h"

#define BASE UINT64_C(0xc000000)
#define HARTS 2
#define CONTEXTS (2 * HARTS)
#define SOURCES (PLIC_SOURCES + 1)

struct model {
    unsigned priority[SOURCES];
    bool wire[SOURCES];
    bool pending[SOURCES];
    bool in_service[SOURCES];
    bool enabled[CONTEXTS][SOURCES];
    unsigned threshold[CONTEXTS];
};

struct rig {
    struct model model;
    bool outputs[CONTEXTS];
    struct bus *bus;
    struct plic *plic;
};

static void drive(void *target, unsigned input, bool level)
{
    ((struct rig *)target)->outputs[input] = level;
}

static unsigned model_best(const struct model *model, unsigned context)
{
    unsigned best = 0;
    for (unsigned i = SOURCES - 1; i > 0; i--) {
        bool candidate = model->pending[i] && model->enabled[context][i] && model->priority[i] > 0;
        if (candidate && (best == 0 || model->priority[i] >= model->priority[best]))
            best = i;
    }
    return best;
}

static void model_gateway(struct model *model, unsigned source)
{
    if (model->wire[source] && !model->in_service[source])
        model->pending[source] = true;
}

static uint64_t offset_priority(unsigned source)
{
    return 4 * (uint64_t)source;
}

static uint64_t offset_enable(unsigned context, unsigned word)
{
    return 0x2000 + 0x80 * (uint64_t)context + 4 * (uint64_t)word;
}

static uint64_t offset_threshold(unsigned context)
{
    return 0x200000 + 0x1000 * (uint64_t)context;
}

static uint64_t look(const struct rig *rig, uint64_t offset)
{
    uint64_t value = 0;
    EXPECT(bus_peek(rig->bus, BASE + offset, 4, &value));
    return value;
}

static void store(struct rig *rig, uint64_t offset, uint64_t value)
{
    EXPECT(bus_write(rig->bus, BASE + offset, 4, value));
}

static void set_line(struct rig *rig, struct fuzz_input *input)
{
    unsigned source = (unsigned)fuzz_take(input, 1) % 128;
    bool level = fuzz_take(input, 1) & 1;
    plic_set_line(rig->plic, source, level);
    if (source == 0 || source >= SOURCES)
        return;
    rig->model.wire[source] = level;
    model_gateway(&rig->model, source);
}

static void set_priority(struct rig *rig, struct fuzz_input *input)
{
    unsigned source = (unsigned)fuzz_take(input, 1) % 128;
    uint64_t value = fuzz_take(input, 1);
    store(rig, offset_priority(source), value);
    if (source != 0 && source < SOURCES)
        rig->model.priority[source] = value & 7;
}

static void set_enable(struct rig *rig, struct fuzz_input *input)
{
    unsigned context = (unsigned)fuzz_take(input, 1) % (CONTEXTS + 1);
    unsigned word = (unsigned)fuzz_take(input, 1) % 4;
    uint64_t value = fuzz_take(input, 4);
    store(rig, offset_enable(context, word), value);
    for (unsigned bit = 0; bit < 32; bit++) {
        unsigned source = 32 * word + bit;
        if (context < CONTEXTS && source != 0 && source < SOURCES)
            rig->model.enabled[context][source] = value >> bit & 1;
    }
}

static void set_threshold(struct rig *rig, struct fuzz_input *input)
{
    unsigned context = (unsigned)fuzz_take(input, 1) % (CONTEXTS + 1);
    uint64_t value = fuzz_take(input, 1);
    store(rig, offset_threshold(context), value);
    if (context < CONTEXTS)
        rig->model.threshold[context] = value & 7;
}

static void claim(struct rig *rig, struct fuzz_input *input)
{
    unsigned context = (unsigned)fuzz_take(input, 1) % (CONTEXTS + 1);
    unsigned expected = context < CONTEXTS ? model_best(&rig->model, context) : 0;
    uint64_t value = 0;
    EXPECT(look(rig, offset_threshold(context) + 4) == expected);
    EXPECT(bus_read(rig->bus, BASE + offset_threshold(context) + 4, 4, &value));
    EXPECT(value == expected);
    if (expected == 0)
        return;
    rig->model.pending[expected] = false;
    rig->model.in_service[expected] = true;
}

static void complete(struct rig *rig, struct fuzz_input *input)
{
    unsigned context = (unsigned)fuzz_take(input, 1) % (CONTEXTS + 1);
    uint64_t source = fuzz_take(input, 1);
    if (source == 0xff)
        source = fuzz_take(input, 4);
    store(rig, offset_threshold(context) + 4, source);
    if (context >= CONTEXTS || source >= SOURCES || !rig->model.enabled[context][source])
        return;
    rig->model.in_service[source] = false;
    model_gateway(&rig->model, (unsigned)source);
}

/* Writes anywhere but to the registers modelled above change nothing; sizes but 4 are refused. */
static void wild_access(struct rig *rig, struct fuzz_input *input)
{
    uint64_t offset = fuzz_take(input, 3) % PLIC_SIZE;
    unsigned size = 1u << (fuzz_take(input, 1) & 3);
    uint64_t value = 0;
    if (size == 4 && offset % 4 == 0) {
        bool accepted = bus_peek(rig->bus, BASE + offset, size, &value);
        bool pending = offset >= 0x1000 && offset < 0x1080;
        if (pending)
            EXPECT(bus_write(rig->bus, BASE + offset, size, UINT32_MAX));
        if (!accepted)
            EXPECT(!bus_write(rig->bus, BASE + offset, size, UINT32_MAX));
        return;
    }
    EXPECT(!bus_read(rig->bus, BASE + offset, size, &value));
    EXPECT(!bus_write(rig->bus, BASE + offset, size, UINT64_MAX));
}

static void reset(struct rig *rig)
{
    bus_reset(rig->bus);
    memset(&rig->model, 0, sizeof rig->model);
}

/* After each step: what the guest sees happen. */
static void check_outputs(const struct rig *rig)
{
    const struct model *model = &rig->model;
    for (unsigned i = 0; i < CONTEXTS; i++) {
        unsigned best = model_best(model, i);
        bool raised = best != 0 && model->priority[best] > model->threshold[i];
        EXPECT(rig->outputs[i] == raised);
        EXPECT(look(rig, offset_threshold(i) + 4) == best);
    }
}

static uint64_t pack(const bool *flags, unsigned word)
{
    uint64_t bits = 0;
    for (unsigned bit = 0; bit < 32 && 32 * word + bit < SOURCES; bit++)
        bits |= (uint64_t)flags[32 * word + bit] << bit;
    return bits;
}

/* At the end: every register. */
static void check_registers(const struct rig *rig)
{
    const struct model *model = &rig->model;
    for (unsigned i = 0; i < SOURCES; i++) {
        EXPECT(look(rig, offset_priority(i)) == model->priority[i]);
        EXPECT(!model->pending[i] || !model->in_service[i]);
    }
    for (unsigned word = 0; word < 4; word++)
        EXPECT(look(rig, 0x1000 + 4 * word) == pack(model->pending, word));
    for (unsigned i = 0; i < 4 * CONTEXTS; i++)
        EXPECT(look(rig, offset_enable(i / 4, i % 4)) == pack(model->enabled[i / 4], i % 4));
    for (unsigned i = 0; i < CONTEXTS; i++)
        EXPECT(look(rig, offset_threshold(i)) == model->threshold[i]);
}

static void step(struct rig *rig, struct fuzz_input *input)
{
    static void (*const actions[])(struct rig *, struct fuzz_input *) = {
        set_line, set_line, set_priority, set_enable, set_threshold, claim, complete, wild_access};
    uint64_t choice = fuzz_take(input, 1);
    if (choice == 0xff)
        reset(rig);
    else
        actions[choice % 8](rig, input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .left = size};
    struct rig rig = {.bus = bus_create()};
    struct irq_line outputs[CONTEXTS];
    for (unsigned i = 0; i < CONTEXTS; i++)
        outputs[i] = (struct irq_line){.target = &rig, .set = drive, .input = i};
    rig.plic = plic_create(HARTS, outputs);
    EXPECT(rig.bus != NULL && rig.plic != NULL);
    EXPECT(bus_attach(rig.bus, BASE, PLIC_SIZE, plic_device(rig.plic), NULL));
    while (input.left != 0) {
        step(&rig, &input);
        check_outputs(&rig);
    }
    check_registers(&rig);
    bus_destroy(rig.bus);
    plic_destroy(rig.plic);
    return 0;
}
