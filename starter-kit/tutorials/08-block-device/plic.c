/* SPDX-License-Identifier: MIT */
#include "plic.h"

#include "board.h"
#include "csr.h"

void plic_init(void)
{
    REGISTER(uint32_t, PLIC_THRESHOLD) = 0;
    csr_set(mie, INTERRUPT_EXTERNAL);
}

void plic_enable(unsigned source)
{
    REGISTER(uint32_t, PLIC_PRIORITY + 4 * source) = 1; /* 0 would mean never */
    REGISTER(uint32_t, PLIC_ENABLE) |= 1u << source;
}

unsigned plic_claim(void)
{
    return REGISTER(uint32_t, PLIC_CLAIM);
}

void plic_complete(unsigned source)
{
    REGISTER(uint32_t, PLIC_CLAIM) = source;
}
