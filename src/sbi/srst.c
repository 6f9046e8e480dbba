/* SPDX-License-Identifier: MIT */
/* SBI 3.0 ch. "System Reset Extension": the guest's way out. */
#include "base/compiler.h"
#include "sbi/impl.h"

enum { RESET_SHUTDOWN, RESET_COLD_REBOOT, RESET_WARM_REBOOT };
enum { REASON_NONE, REASON_SYSTEM_FAILURE };

/* What a guest that shut down because it failed leaves as its exit code. */
#define FAILURE_CODE 1

static void shut_down(const struct sbi_host *host, uint32_t reason)
{
    if (reason == REASON_SYSTEM_FAILURE)
        host->end(host->owner, SBI_END_FAIL, FAILURE_CODE);
    else
        host->end(host->owner, SBI_END_POWEROFF, 0);
}

/* Both kinds of reboot reset the whole machine. */
static struct sbi_ret system_reset(struct sbi *sbi, struct hart *h)
{
    uint32_t type = (uint32_t)h->x[A0], reason = (uint32_t)h->x[A1];
    if (type > RESET_WARM_REBOOT || reason > REASON_SYSTEM_FAILURE)
        return sbi_fail(SBI_ERR_INVALID_PARAM);
    if (type == RESET_SHUTDOWN)
        shut_down(&sbi->host, reason);
    else
        sbi->host.end(sbi->host.owner, SBI_END_REBOOT, 0);
    return sbi_gone();
}

static const struct sbi_function functions[] = {{"system_reset", system_reset, 2}};

const struct sbi_extension sbi_srst = {
    .id = 0x53525354,
    .name = "SRST",
    .functions = functions,
    .count = ARRAY_SIZE(functions),
};
