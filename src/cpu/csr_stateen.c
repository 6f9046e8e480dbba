/* SPDX-License-Identifier: MIT */
/* mstateen and hstateen: which state the modes below may reach. Of the state that the extension knows, this machine has
 * the environment registers and the state enables themselves. */
#include "cpu/csr_rows.h"

uint64_t csr_mstateen(const struct hart *h, unsigned n)
{
    if (!hart_has(h, EXT_smstateen))
        return ~UINT64_C(0);
    const uint64_t *const stored[] = {&h->csr.mstateen0, &h->csr.mstateen1, &h->csr.mstateen2, &h->csr.mstateen3};
    return *stored[n];
}

/* norm:mstateen_lower_priv_roz */
uint64_t csr_hstateen(const struct hart *h, unsigned n)
{
    if (!hart_has(h, EXT_H) || !(hart_has(h, EXT_smstateen) || hart_has(h, EXT_ssstateen)))
        return ~UINT64_C(0);
    const uint64_t *const stored[] = {&h->csr.hstateen0, &h->csr.hstateen1, &h->csr.hstateen2, &h->csr.hstateen3};
    return *stored[n] & csr_mstateen(h, n);
}

/* norm:hstateen_encoding: mstateen's bits. One that mstateen holds at 0 keeps what it has. */
#define DEFINE_HSTATEEN(n, bits)                                                                                       \
    uint64_t csr_read_hstateen##n(const struct hart *h)                                                                \
    {                                                                                                                  \
        return h->csr.hstateen##n & csr_mstateen(h, n);                                                                \
    }                                                                                                                  \
    void csr_write_hstateen##n(struct hart *h, uint64_t value, bool *effect)                                           \
    {                                                                                                                  \
        (void)effect;                                                                                                  \
        uint64_t writable = (bits)&csr_mstateen(h, n);                                                                 \
        h->csr.hstateen##n = (h->csr.hstateen##n & ~writable) | (value & writable);                                    \
    }
DEFINE_HSTATEEN(0, STATEEN_SE | STATEEN_ENVCFG)
DEFINE_HSTATEEN(1, STATEEN_SE)
DEFINE_HSTATEEN(2, STATEEN_SE)
DEFINE_HSTATEEN(3, STATEEN_SE)
