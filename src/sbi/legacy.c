/* SPDX-License-Identifier: MIT */
/* SBI 3.0 ch. "Legacy Extensions": the calls of SBI 0.1, one extension each. What a function
 * returns in `error` is all that the caller gets, in a0. */
#include "cpu/csr.h"
#include "cpu/trap.h"
#include "mmu/mmu.h"
#include "sbi/impl.h"

static struct sbi_ret result(int64_t a0)
{
    return (struct sbi_ret){.error = a0};
}

static struct sbi_ret set_timer(struct sbi *sbi, struct hart *h)
{
    sbi_arm_timer(sbi, h, h->x[A0]);
    return result(0);
}

static struct sbi_ret console_putchar(struct sbi *sbi, struct hart *h)
{
    sbi_put_char(sbi, (uint8_t)h->x[A0]);
    return result(0);
}

static struct sbi_ret console_getchar(struct sbi *sbi, struct hart *h)
{
    (void)h;
    uint8_t byte;
    return result(sbi->host.console_read(sbi->host.owner, &byte, 1) == 1 ? byte : -1);
}

static struct sbi_ret clear_ipi(struct sbi *sbi, struct hart *h)
{
    (void)sbi;
    bool pending = h->csr.mip & MIP_SSIP;
    sbi_set_pending(h, MIP_SSIP, false);
    return result(pending);
}

/* The fault of reading the mask is the ecall's: S mode takes it as if the ecall had faulted. */
static struct sbi_ret redirect(struct hart *h)
{
    trap_enter(h);
    sbi_set_next_pc(h, h->pc);
    return sbi_gone();
}

/* The set of harts in the mask that a0 points to, a virtual address; 0 stands for all harts, as
 * kernels written for the first firmwares expect. False: h->trap is set. There are at most 64
 * harts, so the bit vector is one doubleword, and bits of harts that do not exist mean nothing. */
static bool load_hart_set(const struct sbi *sbi, struct hart *h, uint64_t *set)
{
    uint64_t mask = UINT64_MAX;
    if (h->x[A0] != 0 && !mmu_load(h, h->x[A0], sizeof mask, &mask))
        return false;
    *set = 0;
    for (unsigned i = 0; i < sbi->host.hart_count; i++)
        if (sbi->host.harts[i].id < 64 && (mask & BIT(sbi->host.harts[i].id)))
            *set |= BIT(i);
    return true;
}

static struct sbi_ret send_ipi(struct sbi *sbi, struct hart *h)
{
    uint64_t set;
    if (!load_hart_set(sbi, h, &set))
        return redirect(h);
    sbi_send_ipis(sbi, set);
    return result(0);
}

static struct sbi_ret remote_fence_i(struct sbi *sbi, struct hart *h)
{
    uint64_t set;
    if (!load_hart_set(sbi, h, &set))
        return redirect(h);
    sbi_fence_i(sbi, set);
    return result(0);
}

static struct sbi_ret remote_sfence_vma(struct sbi *sbi, struct hart *h)
{
    uint64_t set;
    if (!load_hart_set(sbi, h, &set))
        return redirect(h);
    sbi_sfence(sbi, set, h->x[A1], h->x[A2], false, 0);
    return result(0);
}

static struct sbi_ret remote_sfence_vma_asid(struct sbi *sbi, struct hart *h)
{
    uint64_t set;
    if (!load_hart_set(sbi, h, &set))
        return redirect(h);
    sbi_sfence(sbi, set, h->x[A1], h->x[A2], true, h->x[A3]);
    return result(0);
}

static struct sbi_ret shutdown(struct sbi *sbi, struct hart *h)
{
    (void)h;
    sbi->host.end(sbi->host.owner, SBI_END_POWEROFF, 0);
    return sbi_gone();
}

#define LEGACY(number, function, takes)                                                                                \
    const struct sbi_extension sbi_legacy_##function = {                                                               \
        .id = number,                                                                                                  \
        .name = "legacy",                                                                                              \
        .legacy = true,                                                                                                \
        .functions = &(const struct sbi_function){#function, function, takes},                                         \
        .count = 1,                                                                                                    \
    };

LEGACY(0x0, set_timer, 1)
LEGACY(0x1, console_putchar, 1)
LEGACY(0x2, console_getchar, 0)
LEGACY(0x3, clear_ipi, 0)
LEGACY(0x4, send_ipi, 1)
LEGACY(0x5, remote_fence_i, 1)
LEGACY(0x6, remote_sfence_vma, 3)
LEGACY(0x7, remote_sfence_vma_asid, 4)
LEGACY(0x8, shutdown, 0)
