/* SPDX-License-Identifier: MIT */
/* Page-table entries: norm:Sv39_pte_sz and what Svnapot and Svpbmt add. */
#ifndef MICROVM_MMU_PTE_H
#define MICROVM_MMU_PTE_H

#include "cpu/csr_bits.h"

#define PTE_V BIT(0)
#define PTE_R BIT(1)
#define PTE_W BIT(2)
#define PTE_X BIT(3)
#define PTE_U BIT(4)
#define PTE_G BIT(5)
#define PTE_A BIT(6)
#define PTE_D BIT(7)
#define PTE_PPN BITS(53, 10)
#define PTE_RESERVED BITS(60, 54)
#define PTE_PBMT BITS(62, 61)
#define PTE_N BIT(63)
#define PTE_BYTES 8

#define VPN_BITS 9
#define GUEST_ROOT_BITS 2 /* by which the root's index is wider in the second stage */

/* The levels that satp, vsatp or hgatp say; 0 for Bare and the reserved modes. */
static inline unsigned pte_levels(uint64_t atp)
{
    switch (field_get(atp, SATP_MODE)) {
    case SATP_SV39: return 3;
    case SATP_SV48: return 4;
    case SATP_SV57: return 5;
    default: return 0;
    }
}

#endif
