/* SPDX-License-Identifier: MIT */
/* The test finisher's one register. */
#include "devices/syscon.h"

#include <stdlib.h>

struct syscon {
    struct device dev;
    syscon_stop_fn *stop;
    void *owner;
};

static void write_finisher(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    struct syscon *syscon = state;
    uint32_t code = (uint32_t)value >> 16;
    switch (value & 0xffff) {
    case SYSCON_PASS: syscon->stop(syscon->owner, SYSCON_REQUEST_PASS, 0); break;
    case SYSCON_FAIL: syscon->stop(syscon->owner, SYSCON_REQUEST_FAIL, code); break;
    case SYSCON_RESET: syscon->stop(syscon->owner, SYSCON_REQUEST_RESET, 0); break;
    default: break;
    }
}

static const struct reg syscon_regs[] = {
    {.name = "FINISHER",
     .offset = 0,
     .size = 4,
     .narrowest = 2,
     .write = write_finisher,
     .meaning = "0x5555: pass; 0x3333 | code << 16: fail; 0x7777: reset"},
    REG_END,
};

static const struct state_field syscon_fields[] = {
    STATE_NOT(struct syscon, dev, "made with the machine"),
    STATE_NOT(struct syscon, stop, "wiring"),
    STATE_NOT(struct syscon, owner, "wiring"),
    STATE_END,
};

static const struct state_table syscon_saved = {.fields = syscon_fields, .bytes = sizeof(struct syscon)};

struct syscon *syscon_create(syscon_stop_fn *stop, void *owner)
{
    struct syscon *syscon = calloc(1, sizeof *syscon);
    if (syscon == NULL)
        return NULL;
    *syscon = (struct syscon){
        .dev = {.name = "syscon", .state = syscon, .regs = syscon_regs, .saved = &syscon_saved},
        .stop = stop,
        .owner = owner,
    };
    return syscon;
}

void syscon_destroy(struct syscon *syscon)
{
    free(syscon);
}

const struct device *syscon_device(const struct syscon *syscon)
{
    return &syscon->dev;
}
