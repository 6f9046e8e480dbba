/* SPDX-License-Identifier: MIT */
/* Physical memory protection: 16 entries, grain 4 bytes. State is in the CSRs pmpcfg0, 2 and pmpaddr0 to 15. */
#ifndef MICROVM_MMU_PMP_H
#define MICROVM_MMU_PMP_H

#include "mmu/walk.h"

#define PMP_ENTRIES 16

/* The byte of pmpcfg0 or pmpcfg2 that belongs to an entry. */
unsigned pmp_cfg(const struct hart *h, unsigned entry);

/* Decodes the entries into h->pmp: after any change of the CSRs. */
void pmp_update(struct hart *h);

/* True if an access of `size` bytes at pa is allowed for privilege priv. */
bool pmp_allows(const struct hart *h, uint64_t pa, uint64_t size, enum access_type type, unsigned priv);

/* True if every byte of the 4 KiB page of pa gets the same answer for each access type: what makes a page cacheable. */
bool pmp_page_uniform(const struct hart *h, uint64_t pa);

#endif
