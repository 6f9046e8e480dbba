/* SPDX-License-Identifier: MIT */
/* SBI 3.0 ch. "IPI Extension": supervisor software interrupts to other harts. */
#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/csr.h"
#include "sbi/impl.h"

/* To a stopped hart it means nothing: that one starts with nothing pending. */
void sbi_send_ipis(struct sbi *sbi, uint64_t set)
{
    for (; set != 0; set &= set - 1)
        sbi_set_pending(&sbi->host.harts[count_trailing_zeros64(set)], MIP_SSIP, true);
}

static struct sbi_ret send_ipi(struct sbi *sbi, struct hart *h)
{
    uint64_t set;
    if (!sbi_hart_set(sbi, h->x[A0], h->x[A1], &set))
        return sbi_fail(SBI_ERR_INVALID_PARAM);
    sbi_send_ipis(sbi, set);
    return sbi_ok(0);
}

static const struct sbi_function functions[] = {{"send_ipi", send_ipi, 2}};

const struct sbi_extension sbi_ipi = {
    .id = 0x735049,
    .name = "IPI",
    .functions = functions,
    .count = ARRAY_SIZE(functions),
};
