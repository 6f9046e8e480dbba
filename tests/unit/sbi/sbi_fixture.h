/* SPDX-License-Identifier: MIT */
/* A few harts over one RAM with the built-in firmware, a console that records, and a clock that
 * stands where the test puts it. Include behind <cmocka.h>. */
#ifndef MICROVM_TESTS_SBI_FIXTURE_H
#define MICROVM_TESTS_SBI_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "cpu/block.h"
#include "cpu/csr.h"
#include "cpu/decode.h"
#include "cpu/trap.h"
#include "mmu/mmu.h"
#include "mmu/pmp.h"
#include "mmu/ram.h"
#include "mmu/tlb.h"
#include "sbi/sbi.h"

#define HARTS 4
#define RAM_BASE UINT64_C(0x80000000)
#define RAM_BYTES (UINT64_C(4) << 20)
#define KERNEL (RAM_BASE + 0x200000)
#define DTB (RAM_BASE + 0x300000)
#define OUTPUT_BYTES 200000

enum { EID_BASE = 0x10, EID_TIME = 0x54494d45, EID_IPI = 0x735049, EID_RFENCE = 0x52464e43 };
enum { EID_HSM = 0x48534d, EID_SRST = 0x53525354, EID_DBCN = 0x4442434e };

enum {
    SUCCESS = 0,
    FAILED = -1,
    NOT_SUPPORTED = -2,
    INVALID_PARAM = -3,
    INVALID_ADDRESS = -5,
    ALREADY_AVAILABLE = -6,
};

struct bench {
    struct hart hart[HARTS];
    struct tlb tlb[HARTS];
    struct ram ram;
    struct code_cache *cache;
    struct decoder *decoder;
    struct sbi *sbi;
    uint64_t now;
    unsigned deadline_changes;
    uint8_t output[OUTPUT_BYTES];
    size_t written;
    const char *input;
    unsigned ends;
    enum sbi_end end;
    uint64_t code;
};

/* The firmware never runs a block: ops need no handlers. */
static inline void set_no_handler(struct op *op, unsigned id)
{
    (void)op, (void)id;
}

static inline uint64_t bench_time(void *owner, const struct hart *h)
{
    (void)h;
    return ((struct bench *)owner)->now;
}

static inline bool no_read(void *owner, struct hart *h, uint64_t pa, unsigned size, uint64_t *value)
{
    (void)owner, (void)h, (void)pa, (void)size, (void)value;
    return false;
}

static inline bool no_write(void *owner, struct hart *h, uint64_t pa, unsigned size, uint64_t value)
{
    (void)owner, (void)h, (void)pa, (void)size, (void)value;
    return false;
}

static inline void bench_write(void *owner, const uint8_t *bytes, size_t count)
{
    struct bench *m = owner;
    assert_true(count <= sizeof m->output - m->written);
    memcpy(m->output + m->written, bytes, count);
    m->written += count;
}

static inline size_t bench_read(void *owner, uint8_t *bytes, size_t count)
{
    struct bench *m = owner;
    size_t there = strlen(m->input);
    size_t given = there < count ? there : count;
    memcpy(bytes, m->input, given);
    m->input += given;
    return given;
}

static inline void bench_end(void *owner, enum sbi_end end, uint64_t code)
{
    struct bench *m = owner;
    m->ends++;
    m->end = end;
    m->code = code;
}

static inline void bench_deadline_changed(void *owner)
{
    ((struct bench *)owner)->deadline_changes++;
}

static inline void make_hart(struct bench *m, unsigned n, const char *cpu)
{
    struct hart *h = &m->hart[n];
    assert_true(tlb_create(&m->tlb[n]));
    assert_true(code_cache_add_tlb(m->cache, &m->tlb[n]));
    h->id = n;
    h->ext = ext_set_default();
    assert_true(ext_set_parse(&h->ext, cpu, NULL));
    h->ram = &m->ram;
    h->tlb = &m->tlb[n];
    h->cache = m->cache;
    h->decoder = m->decoder;
    h->env = (struct cpu_env){.owner = m,
                              .time = bench_time,
                              .mmio_read = no_read,
                              .mmio_write = no_write};
    hart_reset(h, RAM_BASE);
}

static inline struct sbi *make_sbi(struct bench *m)
{
    struct sbi_host host = {
        .harts = m->hart,
        .hart_count = HARTS,
        .mem = {&m->ram},
        .console = {.owner = m, .write = bench_write},
        .owner = m,
        .console_read = bench_read,
        .end = bench_end,
        .time = {.owner = m, .deadline_changed = bench_deadline_changed},
    };
    return sbi_create(&host);
}

/* Hart 0 has just been handed over at KERNEL, the others are stopped. */
static inline struct bench *bench_create(const char *cpu)
{
    struct bench *m = calloc(1, sizeof *m);
    assert_non_null(m);
    m->input = "";
    m->now = 1000;
    assert_true(ram_create(&m->ram, RAM_BASE, RAM_BYTES, NULL));
    struct ext_set ext = ext_set_default();
    assert_true(ext_set_parse(&ext, cpu, NULL));
    m->decoder = decoder_create(&ext);
    assert_non_null(m->decoder);
    static const struct engine_ops no_handlers = {.set = set_no_handler};
    m->cache = code_cache_create(&m->ram, &no_handlers, 1 << 20);
    assert_non_null(m->cache);
    for (unsigned i = 0; i < HARTS; i++)
        make_hart(m, i, cpu);
    m->sbi = make_sbi(m);
    assert_non_null(m->sbi);
    sbi_enter(m->sbi, &m->hart[0], KERNEL, DTB);
    return m;
}

static inline void bench_destroy(struct bench *m)
{
    sbi_destroy(m->sbi);
    code_cache_destroy(m->cache);
    decoder_destroy(m->decoder);
    for (unsigned i = 0; i < HARTS; i++)
        tlb_destroy(&m->tlb[i]);
    ram_destroy(&m->ram);
    free(m);
}

static inline int setup(void **state)
{
    *state = bench_create("i");
    return 0;
}

static inline int setup_without_sstc(void **state)
{
    *state = bench_create("sstc=off");
    return 0;
}

static inline int teardown(void **state)
{
    bench_destroy(*state);
    return 0;
}

/* a7, a6, and a0 to a4. */
struct call {
    uint64_t arg[7];
};

/* Has hart n make the call as the engine does for an ecall at its pc; returns a0. */
static inline int64_t make_call(struct bench *m, unsigned n, struct call c)
{
    struct hart *h = &m->hart[n];
    h->x[17] = c.arg[0];
    h->x[16] = c.arg[1];
    memcpy(&h->x[10], &c.arg[2], 5 * sizeof *h->x);
    h->look = false;
    assert_true(sbi_ecall(m->sbi, h));
    h->pc += 4;
    return (int64_t)h->x[10];
}

#define CALL(m, hart, ...) make_call(m, hart, (struct call){{__VA_ARGS__}})

/* What the call returns in a1. */
static inline uint64_t value_of(const struct bench *m, unsigned n)
{
    return m->hart[n].x[11];
}

static inline uint64_t csr_of(const struct bench *m, unsigned n, unsigned number)
{
    uint64_t value = 0;
    assert_true(csr_peek(&m->hart[n], number, &value));
    return value;
}

static inline void set_csr(struct bench *m, unsigned n, unsigned number, uint64_t value)
{
    bool effect = false;
    assert_true(csr_poke(&m->hart[n], number, value, &effect));
}

static inline bool pending(const struct bench *m, unsigned n, uint64_t bit)
{
    return (csr_mip(&m->hart[n]) & bit) != 0;
}

static inline void start_hart(struct bench *m, unsigned n)
{
    assert_int_equal(CALL(m, 0, EID_HSM, 0, n, KERNEL + n * 0x1000, 0), SUCCESS);
}

/* True if the registers differ in a0 and a1 at most, and CSRs not at all. */
static inline bool only_a0_a1_differ(const struct hart *before, const struct hart *after)
{
    for (unsigned i = 0; i < 32; i++)
        if (i != 10 && i != 11 && before->x[i] != after->x[i])
            return false;
    return memcmp(before->f, after->f, sizeof before->f) == 0 &&
           memcmp(&before->csr, &after->csr, sizeof before->csr) == 0;
}

#endif
