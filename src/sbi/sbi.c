/* SPDX-License-Identifier: MIT */
/* The table of extensions and the way from an ecall to a function in it. */
#include "sbi/sbi.h"

#include <stdlib.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/observer.h"
#include "sbi/impl.h"

#define LEGACY_LAST 0xf
#define ECALL_BYTES 4

static const struct sbi_extension *const extensions[] = {
    &sbi_base,
    &sbi_time,
    &sbi_ipi,
    &sbi_rfence,
    &sbi_hsm,
    &sbi_srst,
    &sbi_dbcn,
    &sbi_legacy_set_timer,
    &sbi_legacy_console_putchar,
    &sbi_legacy_console_getchar,
    &sbi_legacy_clear_ipi,
    &sbi_legacy_send_ipi,
    &sbi_legacy_remote_fence_i,
    &sbi_legacy_remote_sfence_vma,
    &sbi_legacy_remote_sfence_vma_asid,
    &sbi_legacy_shutdown,
};

struct sbi *sbi_create(const struct sbi_host *host)
{
    struct sbi *sbi = calloc(1, sizeof *sbi + host->hart_count * sizeof sbi->timer[0]);
    if (sbi == NULL)
        return NULL;
    sbi->host = *host;
    for (unsigned i = 0; i < host->hart_count; i++)
        sbi->timer[i].due = UINT64_MAX;
    return sbi;
}

void sbi_destroy(struct sbi *sbi)
{
    free(sbi);
}

static const struct state_field timer_fields[] = {
    STATE(struct sbi_timer, due, STATE_ANY, "the tick at which STIP rises; all ones: never"),
    STATE_END,
};

static const struct state_field fields[] = {
    STATE_NOT(struct sbi, host, "wiring"),
    STATE_TAIL(struct sbi, timer, timer_fields, host.hart_count, "one for each hart, used where there is no Sstc"),
    STATE_END,
};

static const struct state_table saved = {.fields = fields, .bytes = sizeof(struct sbi)};

struct state_part sbi_part(struct sbi *sbi)
{
    return (struct state_part){.name = "sbi", .object = sbi, .table = &saved};
}

const struct sbi_extension *sbi_find_extension(uint64_t eid)
{
    for (unsigned i = 0; i < ARRAY_SIZE(extensions); i++)
        if (extensions[i]->id == eid)
            return extensions[i];
    return NULL;
}

static const struct sbi_function *find_function(const struct sbi_extension *extension, uint64_t fid)
{
    if (extension == NULL)
        return NULL;
    if (extension->legacy)
        return extension->functions;
    return fid < extension->count ? &extension->functions[fid] : NULL;
}

bool sbi_call_name(uint64_t eid, uint64_t fid, const char **extension, const char **function)
{
    const struct sbi_extension *e = sbi_find_extension(eid);
    const struct sbi_function *f = find_function(e, fid);
    if (f == NULL)
        return false;
    *extension = e->name;
    *function = f->name;
    return true;
}

unsigned sbi_call_arguments(uint64_t eid, uint64_t fid)
{
    const struct sbi_function *f = find_function(sbi_find_extension(eid), fid);
    return f != NULL ? f->arguments : 0;
}

const char *sbi_error_name(uint64_t a0)
{
    static const char *const names[] = {
        [-SBI_SUCCESS] = "SBI_SUCCESS",
        [-SBI_ERR_FAILED] = "SBI_ERR_FAILED",
        [-SBI_ERR_NOT_SUPPORTED] = "SBI_ERR_NOT_SUPPORTED",
        [-SBI_ERR_INVALID_PARAM] = "SBI_ERR_INVALID_PARAM",
        [-SBI_ERR_DENIED] = "SBI_ERR_DENIED",
        [-SBI_ERR_INVALID_ADDRESS] = "SBI_ERR_INVALID_ADDRESS",
        [-SBI_ERR_ALREADY_AVAILABLE] = "SBI_ERR_ALREADY_AVAILABLE",
    };
    return -a0 < ARRAY_SIZE(names) ? names[-a0] : NULL;
}

/* SBI 3.0 ch. "Binary Encoding": nothing but a0 and a1 changes, of legacy calls nothing but a0. A
 * reservation does not outlive the call, as it would not outlive the trap to real firmware. */
bool sbi_ecall(struct sbi *sbi, struct hart *h)
{
    uint64_t eid = h->x[A7];
    h->reservation.valid = false;
    const struct sbi_function *function = find_function(sbi_find_extension(eid), h->x[A6]);
    struct sbi_ret ret = function != NULL ? function->run(sbi, h) : sbi_fail(SBI_ERR_NOT_SUPPORTED);
    if (ret.gone)
        return true;
    h->x[A0] = (uint64_t)ret.error;
    if (eid > LEGACY_LAST)
        h->x[A1] = ret.value;
    return true;
}

struct hart *sbi_hart(const struct sbi *sbi, uint64_t id)
{
    for (unsigned i = 0; i < sbi->host.hart_count; i++)
        if (sbi->host.harts[i].id == id)
            return &sbi->host.harts[i];
    return NULL;
}

uint64_t sbi_all_harts(const struct sbi *sbi)
{
    return BITS(sbi->host.hart_count - 1, 0);
}

bool sbi_hart_set(const struct sbi *sbi, uint64_t mask, uint64_t base, uint64_t *set)
{
    *set = 0;
    if (base == UINT64_MAX) {
        *set = sbi_all_harts(sbi);
        return true;
    }
    for (; mask != 0; mask &= mask - 1) {
        uint64_t id = base + count_trailing_zeros64(mask);
        const struct hart *h = id >= base ? sbi_hart(sbi, id) : NULL;
        if (h == NULL)
            return false;
        *set |= BIT(h - sbi->host.harts);
    }
    return true;
}

void sbi_set_next_pc(struct hart *h, uint64_t pc)
{
    h->pc = pc - ECALL_BYTES;
}

void sbi_set_pending(struct hart *h, uint64_t mip_bit, bool level)
{
    uint64_t before = h->csr.mip;
    h->csr.mip = level ? before | mip_bit : before & ~mip_bit;
    h->look = true;
    if (UNLIKELY(h->observer != NULL) && h->csr.mip != before)
        observer_irq(h, mip_bit, level);
}
