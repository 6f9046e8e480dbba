/* SPDX-License-Identifier: MIT */
/* A hart with RAM, TLB and a clock that stands where the test puts it, and nothing else around it. For unit tests of
 * cpu/ and mmu/. Include behind <cmocka.h>. */
#ifndef MICROVM_TESTS_HART_FIXTURE_H
#define MICROVM_TESTS_HART_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "cpu/csr.h"
#include "cpu/trap.h"
#include "mmu/mmu.h"
#include "mmu/pmp.h"
#include "mmu/ram.h"
#include "mmu/tlb.h"

#define FIXTURE_RAM_BASE UINT64_C(0x80000000)
#define FIXTURE_RAM_BYTES (UINT64_C(4) << 20)

struct fixture {
    struct hart hart;
    struct ram ram;
    struct tlb tlb;
    uint64_t now;
};

static inline uint64_t fixture_time(void *owner, const struct hart *h)
{
    (void)h;
    return ((struct fixture *)owner)->now;
}

/* A machine just reset, with the default extensions changed by `cpu`. */
static inline struct fixture *fixture_create(const char *cpu)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    assert_true(ram_create(&f->ram, FIXTURE_RAM_BASE, FIXTURE_RAM_BYTES, NULL));
    assert_true(tlb_create(&f->tlb));
    f->hart.ext = ext_set_default();
    assert_true(ext_set_parse(&f->hart.ext, cpu, NULL));
    f->hart.ram = &f->ram;
    f->hart.tlb = &f->tlb;
    f->hart.env.owner = f;
    f->hart.env.time = fixture_time;
    hart_reset(&f->hart, FIXTURE_RAM_BASE);
    f->hart.look = false;
    return f;
}

static inline void fixture_destroy(struct fixture *f)
{
    tlb_destroy(&f->tlb);
    ram_destroy(&f->ram);
    free(f);
}

/* Lets `count` instructions retire. */
static inline void fixture_retire(struct fixture *f, uint64_t count)
{
    f->hart.steps += count;
}

static inline uint64_t fixture_csr(const struct fixture *f, unsigned number)
{
    uint64_t value = 0;
    assert_true(csr_peek(&f->hart, number, &value));
    return value;
}

/* A write as M-mode would do it; returns the effect. */
static inline bool fixture_set(struct fixture *f, unsigned number, uint64_t value)
{
    bool effect = false;
    assert_true(csr_poke(&f->hart, number, value, &effect));
    return effect;
}

static inline void fixture_mode(struct fixture *f, unsigned priv)
{
    f->hart.priv = (uint8_t)priv;
    csr_status_changed(&f->hart);
    f->hart.look = false;
}

#endif
