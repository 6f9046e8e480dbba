/* SPDX-License-Identifier: MIT */
#include "mmu/pmp.h"

#include "base/compiler.h"
#include "cpu/csr.h"
#include "mmu/ram.h"

static uint64_t address_of(const struct hart *h, unsigned entry)
{
    const uint64_t all[PMP_ENTRIES] = {
        h->csr.pmpaddr0,  h->csr.pmpaddr1,  h->csr.pmpaddr2,  h->csr.pmpaddr3,  h->csr.pmpaddr4,  h->csr.pmpaddr5,
        h->csr.pmpaddr6,  h->csr.pmpaddr7,  h->csr.pmpaddr8,  h->csr.pmpaddr9,  h->csr.pmpaddr10, h->csr.pmpaddr11,
        h->csr.pmpaddr12, h->csr.pmpaddr13, h->csr.pmpaddr14, h->csr.pmpaddr15,
    };
    return all[entry];
}

unsigned pmp_cfg(const struct hart *h, unsigned entry)
{
    uint64_t reg = entry < 8 ? h->csr.pmpcfg0 : h->csr.pmpcfg2;
    return (unsigned)(reg >> 8 * (entry % 8)) & 0xff;
}

/* norm:pmp_a_field_tor: from the entry below to this one; an empty range matches nothing. */
static bool decode_tor(const struct hart *h, unsigned entry, struct pmp_region *out)
{
    uint64_t from = entry == 0 ? 0 : address_of(h, entry - 1) << 2, to = address_of(h, entry) << 2;
    out->first = from;
    out->last = to - 1;
    return from < to;
}

/* norm:pmp_a_field_napot_na4: n trailing ones of pmpaddr mean 2^(n+3) bytes; all ones mean everything. */
static void decode_napot(uint64_t address, struct pmp_region *out)
{
    uint64_t size = ((address ^ (address + 1)) + 1) << 2; /* twice the lowest clear bit, in bytes */
    out->first = (address & (address + 1)) << 2;
    out->last = out->first + (size - 1);
}

/* False: the entry matches nothing. */
static bool decode(const struct hart *h, unsigned entry, struct pmp_region *out)
{
    out->cfg = (uint8_t)pmp_cfg(h, entry);
    switch (field_get(out->cfg, PMPCFG_A)) {
    case PMP_OFF: return false;
    case PMP_TOR: return decode_tor(h, entry, out);
    case PMP_NA4:
        out->first = address_of(h, entry) << 2;
        out->last = out->first + 3;
        return true;
    default: decode_napot(address_of(h, entry), out); return true;
    }
}

/* norm:pmp_full_match_required: the first entry that matches any byte decides. NULL: none does. */
static const struct pmp_region *deciding(const struct hart *h, uint64_t first, uint64_t last)
{
    for (unsigned i = 0; i < h->pmp.count; i++) {
        const struct pmp_region *r = &h->pmp.region[i];
        if (last >= r->first && first <= r->last)
            return r;
    }
    return NULL;
}

static bool covers(const struct pmp_region *r, uint64_t first, uint64_t last)
{
    return first >= r->first && last <= r->last;
}

static bool ram_is_open(const struct hart *h)
{
    uint64_t first = h->ram->base, last = first + (h->ram->size - 1);
    const struct pmp_region *r = deciding(h, first, last);
    if (r == NULL)
        return h->pmp_open && h->pmp.all_off;
    return covers(r, first, last) && (r->cfg & PMPCFG_RWX) == PMPCFG_RWX;
}

void pmp_update(struct hart *h)
{
    struct pmp_table *table = &h->pmp;
    table->count = 0;
    table->all_off = true;
    for (unsigned entry = 0; entry < PMP_ENTRIES; entry++) {
        if (field_get(pmp_cfg(h, entry), PMPCFG_A) != PMP_OFF)
            table->all_off = false;
        if (decode(h, entry, &table->region[table->count]))
            table->count++;
    }
    table->ram_open = ram_is_open(h);
}

static unsigned permission(enum access_type type)
{
    static const uint8_t bit[] = {
        [ACCESS_LOAD] = PMPCFG_R,
        [ACCESS_STORE] = PMPCFG_W,
        [ACCESS_FETCH] = PMPCFG_X,
    };
    return bit[type];
}

/* norm:pmp_rwx_check: an entry binds M-mode only if it is locked. */
static bool entry_allows(unsigned cfg, enum access_type type, unsigned priv)
{
    return (priv == PRIV_M && !(cfg & PMPCFG_L)) || (cfg & permission(type));
}

bool pmp_allows(const struct hart *h, uint64_t pa, uint64_t size, enum access_type type, unsigned priv)
{
    uint64_t last = pa + (size - 1);
    if (UNLIKELY(last < pa))
        return false; /* wraps round the end of the address space: nothing is there */
    const struct pmp_region *r = deciding(h, pa, last);
    if (r != NULL) /* norm:pmp_full_match_required: it must match them all */
        return covers(r, pa, last) && entry_allows(r->cfg, type, priv);
    /* norm:pmp_no_entry_match */
    return priv == PRIV_M || (h->pmp_open && h->pmp.all_off);
}

bool pmp_page_uniform(const struct hart *h, uint64_t pa)
{
    uint64_t first = align_down(pa, PAGE_BYTES), last = first + (PAGE_BYTES - 1);
    const struct pmp_region *r = deciding(h, first, last);
    return r == NULL || covers(r, first, last);
}
