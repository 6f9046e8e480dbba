/* SPDX-License-Identifier: MIT */
/* SBI 3.0 ch. "Timer Extension": the hart's own comparator where Sstc has one, else a software
 * timer that sets STIP. */
#include "base/compiler.h"
#include "cpu/csr.h"
#include "sbi/impl.h"

static void arm_software_timer(struct sbi *sbi, struct hart *h, uint64_t deadline)
{
    bool due = hart_time(h) >= deadline;
    sbi->timer[h - sbi->host.harts].due = due ? UINT64_MAX : deadline;
    sbi_set_pending(h, MIP_STIP, due);
}

void sbi_arm_timer(struct sbi *sbi, struct hart *h, uint64_t deadline)
{
    bool effect = false;
    if (hart_has(h, EXT_sstc))
        csr_poke(h, CSR_stimecmp, deadline, &effect);
    else
        arm_software_timer(sbi, h, deadline);
    if (sbi->host.time.deadline_changed != NULL)
        sbi->host.time.deadline_changed(sbi->host.time.owner);
}

/* A software timer that has gone off is disarmed; STIP stays until the next one is set. */
uint64_t sbi_update_timer(struct sbi *sbi, uint64_t now)
{
    uint64_t next = UINT64_MAX;
    for (unsigned i = 0; i < sbi->host.hart_count; i++) {
        if (now >= sbi->timer[i].due) {
            sbi->timer[i].due = UINT64_MAX;
            sbi_set_pending(&sbi->host.harts[i], MIP_STIP, true);
        }
        if (sbi->timer[i].due < next)
            next = sbi->timer[i].due;
    }
    return next;
}

uint64_t sbi_timer_deadline(const struct sbi *sbi, unsigned n)
{
    return sbi->timer[n].due;
}

static struct sbi_ret set_timer(struct sbi *sbi, struct hart *h)
{
    sbi_arm_timer(sbi, h, h->x[A0]);
    return sbi_ok(0);
}

static const struct sbi_function functions[] = {{"set_timer", set_timer, 1}};

const struct sbi_extension sbi_time = {
    .id = 0x54494d45,
    .name = "TIME",
    .functions = functions,
    .count = ARRAY_SIZE(functions),
};
