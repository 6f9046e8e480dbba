/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support.h"

static uint64_t mix(uint64_t digest, uint64_t word)
{
    return ((digest ^ word) * UINT64_C(0x9e3779b97f4a7c15)) ^ digest >> 29;
}

/* Guest time hangs on the steps alone. */
static uint64_t rig_time(void *owner, const struct hart *h)
{
    (void)owner;
    return hart_steps(h) / 10;
}

static bool device_has(uint64_t pa)
{
    return pa >= RIG_DEVICE && pa < RIG_DEVICE + RIG_DEVICE_BYTES;
}

static bool device_read(void *owner, struct hart *h, uint64_t pa, unsigned size, uint64_t *value)
{
    struct rig *rig = owner;
    uint64_t offset = pa - RIG_DEVICE;
    if (!device_has(pa))
        return false;
    *value = offset == RIG_STEPS ? hart_steps(h) : rig->device[offset / 8 % 64] >> offset % 8 * 8;
    if (size < 8)
        *value &= BIT(size * 8) - 1;
    rig->device_digest = mix(mix(rig->device_digest, pa ^ size), hart_steps(h));
    return true;
}

static bool device_write(void *owner, struct hart *h, uint64_t pa, unsigned size, uint64_t value)
{
    struct rig *rig = owner;
    uint64_t offset = pa - RIG_DEVICE;
    if (!device_has(pa))
        return false;
    if (size < 8)
        value &= BIT(size * 8) - 1;
    rig->device[offset / 8 % 64] = value;
    rig->device_digest = mix(mix(mix(rig->device_digest, pa ^ size), value), hart_steps(h));
    if (offset == RIG_INTERRUPT)
        hart_set_line(h, rig->interrupt, value & 1);
    if (offset == RIG_HALT)
        hart_halt(h);
    return true;
}

static void watched_store(void *owner, struct hart *h, uint64_t pa, unsigned size)
{
    struct rig *rig = owner;
    rig->device_digest = mix(mix(rig->device_digest, pa ^ size), hart_steps(h));
}

static bool no_ecall(void *owner, struct hart *h)
{
    (void)owner, (void)h;
    return false;
}

static bool no_fetch(void *owner, struct hart *h, uint64_t pa, uint64_t *value)
{
    (void)owner;
    (void)h;
    (void)pa;
    (void)value;
    return false;
}

static bool no_peers(void *owner)
{
    (void)owner;
    return false;
}

struct rig *rig_create(const struct engine *engine, const char *cpu, size_t cache_bytes)
{
    struct rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    *rig = (struct rig){.f = fixture_create(cpu), .engine = engine, .interrupt = MIP_MSIP};
    struct hart *h = rig_hart(rig);
    h->decoder = decoder_create(&h->ext);
    h->cache = code_cache_create(h->ram, &engine->ops, cache_bytes);
    assert_non_null(h->decoder);
    assert_non_null(h->cache);
    assert_true(code_cache_add_tlb(h->cache, h->tlb));
    h->env = (struct cpu_env){.owner = rig, .time = rig_time, .mmio_read = device_read, .mmio_write = device_write,
                              .mmio_fetch = no_fetch, .watched_store = watched_store, .ecall = no_ecall,
                              .has_peers = no_peers};
    return rig;
}

void rig_destroy(struct rig *rig)
{
    code_cache_destroy(rig->f->hart.cache);
    decoder_destroy((struct decoder *)rig->f->hart.decoder);
    fixture_destroy(rig->f);
    free(rig);
}

void rig_steps(struct rig *rig, uint64_t steps)
{
    struct hart *h = rig_hart(rig);
    while (steps > 0) {
        uint64_t made = engine_run(rig->engine, h, steps);
        assert_true(made <= steps);
        assert_true(made > 0 || h->wait == HART_WFI);
        h->wait = HART_RUNS;
        steps -= made;
    }
}

uint64_t rig_digest(const struct rig *rig)
{
    const struct hart *h = &rig->f->hart;
    uint64_t digest = mix(rig->device_digest, h->pc), word;
    for (unsigned i = 1; i < 32; i++)
        digest = mix(digest, h->x[i]);
    for (unsigned i = 0; i < 32; i++)
        digest = mix(digest, h->f[i]);
    for (size_t i = 0; i < sizeof h->csr; i += sizeof word) {
        memcpy(&word, (const char *)&h->csr + i, sizeof word);
        digest = mix(digest, word);
    }
    digest = mix(mix(mix(digest, h->fflags), h->frm), h->priv);
    digest = mix(mix(mix(digest, h->irq_lines), hart_steps(h)), h->traps);
    return mix(digest, h->reservation.valid ? h->reservation.pa : 0);
}

uint64_t rig_ram_digest(const struct rig *rig)
{
    uint64_t digest = 0, word;
    for (uint64_t i = 0; i < rig->f->ram.size; i += sizeof word) {
        memcpy(&word, rig->f->ram.host + i, sizeof word);
        digest = mix(digest, word);
    }
    return digest;
}

void rig_put32(struct rig *rig, uint64_t pa, uint32_t value)
{
    memcpy(ram_at(&rig->f->ram, pa, 4), &value, 4);
    ram_wrote(&rig->f->ram, pa, 4);
}

void rig_put64(struct rig *rig, uint64_t pa, uint64_t value)
{
    memcpy(ram_at(&rig->f->ram, pa, 8), &value, 8);
    ram_wrote(&rig->f->ram, pa, 8);
}

uint64_t rig_get64(const struct rig *rig, uint64_t pa)
{
    uint64_t value;
    memcpy(&value, ram_at(&rig->f->ram, pa, 8), 8);
    return value;
}

void rig_program(struct rig *rig, uint64_t pa, const uint32_t *words)
{
    for (; *words != 0; words++, pa += 4)
        rig_put32(rig, pa, *words);
}

void rig_map(struct rig *rig, uint64_t root, uint64_t *free_page, uint64_t va, uint64_t pa, uint64_t pte_bits)
{
    uint64_t table = root;
    for (unsigned level = 2; level > 0; level--) {
        uint64_t at = table + (va >> (12 + 9 * level) & 511) * 8, pte = rig_get64(rig, at);
        if (!(pte & 1)) {
            pte = *free_page >> 12 << 10 | 1;
            *free_page += 4096;
            rig_put64(rig, at, pte);
        }
        table = pte >> 10 << 12;
    }
    rig_put64(rig, table + (va >> 12 & 511) * 8, pa >> 12 << 10 | pte_bits);
}

void rig_enter_s(struct rig *rig, uint64_t root, unsigned asid)
{
    fixture_set(rig->f, CSR_pmpaddr0, ~UINT64_C(0));
    fixture_set(rig->f, CSR_pmpcfg0, 0x1f);
    fixture_set(rig->f, CSR_medeleg, ~UINT64_C(0));
    fixture_set(rig->f, CSR_mideleg, ~UINT64_C(0));
    fixture_set(rig->f, CSR_mcounteren, 7);
    fixture_set(rig->f, CSR_satp, UINT64_C(8) << 60 | (uint64_t)asid << 44 | root >> 12);
    fixture_mode(rig->f, PRIV_S);
}

uint32_t make_jal(unsigned rd, int32_t by)
{
    uint32_t b = (uint32_t)by;
    return 0x6fu | rd << 7 | (b >> 20 & 1) << 31 | (b >> 1 & 1023) << 21 | (b >> 11 & 1) << 20 | (b >> 12 & 255) << 12;
}

uint32_t make_branch(unsigned funct3, unsigned rs1, unsigned rs2, int32_t by)
{
    uint32_t b = (uint32_t)by;
    return 0x63u | funct3 << 12 | rs1 << 15 | rs2 << 20 | (b >> 12 & 1) << 31 | (b >> 5 & 63) << 25 | (b >> 1 & 15) << 8 |
           (b >> 11 & 1) << 7;
}
