/* SPDX-License-Identifier: MIT */
/* SBI 3.0 ch. "Hart State Management Extension". The states are the harts' own wait states; the
 * pending ones between them are never seen, as every request is carried out at once. */
#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/trap.h"
#include "sbi/impl.h"

enum hsm_state { HSM_STARTED = 0, HSM_STOPPED = 1, HSM_SUSPENDED = 4 };

#define SUSPEND_RETENTIVE UINT32_C(0)
#define SUSPEND_NON_RETENTIVE UINT32_C(0x80000000)

static enum hsm_state state_of(const struct hart *h)
{
    switch (h->wait) {
    case HART_STOPPED: return HSM_STOPPED;
    case HART_SUSPENDED: return HSM_SUSPENDED;
    default: return HSM_STARTED;
    }
}

/* From any state but STOPPED there is no way to START_PENDING. */
static struct sbi_ret hart_start(struct sbi *sbi, struct hart *h)
{
    struct hart *target = sbi_hart(sbi, h->x[A0]);
    uint64_t start = h->x[A1];
    if (target == NULL)
        return sbi_fail(SBI_ERR_INVALID_PARAM);
    if (!sbi_can_start_at(sbi, target, start))
        return sbi_fail(SBI_ERR_INVALID_ADDRESS);
    if (state_of(target) == HSM_STARTED)
        return sbi_fail(SBI_ERR_ALREADY_AVAILABLE);
    if (state_of(target) != HSM_STOPPED)
        return sbi_fail(SBI_ERR_INVALID_PARAM);
    sbi_hand_over(sbi, target, start, h->x[A2]);
    return sbi_ok(0);
}

static struct sbi_ret hart_stop(struct sbi *sbi, struct hart *h)
{
    sbi->timer[h - sbi->host.harts].due = UINT64_MAX;
    h->wait = HART_STOPPED;
    return sbi_gone();
}

static struct sbi_ret hart_get_status(struct sbi *sbi, struct hart *h)
{
    const struct hart *target = sbi_hart(sbi, h->x[A0]);
    if (target == NULL)
        return sbi_fail(SBI_ERR_INVALID_PARAM);
    return sbi_ok(state_of(target));
}

/* Sleeps like WFI: an interrupt that is pending already leaves nothing to wait for. */
static void suspend(struct hart *h)
{
    if (!trap_wakes(h))
        h->wait = HART_SUSPENDED;
}

/* What resuming does is done before the sleep; pending and enabled interrupts stay as they are,
 * for they are what ends it. */
static struct sbi_ret suspend_non_retentive(const struct sbi *sbi, struct hart *h)
{
    uint64_t resume = h->x[A1], opaque = h->x[A2];
    if (!sbi_can_start_at(sbi, h, resume))
        return sbi_fail(SBI_ERR_INVALID_ADDRESS);
    sbi_jump(h, resume, opaque);
    sbi_set_next_pc(h, resume);
    suspend(h);
    return sbi_gone();
}

static struct sbi_ret hart_suspend(struct sbi *sbi, struct hart *h)
{
    uint32_t type = (uint32_t)h->x[A0];
    if (type == SUSPEND_NON_RETENTIVE)
        return suspend_non_retentive(sbi, h);
    if (type != SUSPEND_RETENTIVE)
        return sbi_fail(SBI_ERR_INVALID_PARAM);
    suspend(h);
    return sbi_ok(0);
}

static const struct sbi_function functions[] = {
    {"hart_start", hart_start, 3},
    {"hart_stop", hart_stop, 0},
    {"hart_get_status", hart_get_status, 1},
    {"hart_suspend", hart_suspend, 3},
};

const struct sbi_extension sbi_hsm = {
    .id = 0x48534d,
    .name = "HSM",
    .functions = functions,
    .count = ARRAY_SIZE(functions),
};
