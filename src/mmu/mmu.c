/* SPDX-License-Identifier: MIT */
#include "mmu/mmu.h"

#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/csr.h"
#include "cpu/debug.h"
#include "cpu/observer.h"
#include "cpu/strict_fence.h"
#include "cpu/trap.h"
#include "mmu/pmp.h"
#include "mmu/refill.h"
#include "mmu/tlb.h"

/* Where one access within a page goes. */
struct place {
    uint8_t *host; /* NULL: not RAM */
    uint64_t pa;
};

static unsigned access_fault(enum access_type type)
{
    static const uint8_t cause[] = {
        [ACCESS_LOAD] = CAUSE_load_access_fault,
        [ACCESS_STORE] = CAUSE_store_access_fault,
        [ACCESS_FETCH] = CAUSE_instruction_access_fault,
    };
    return cause[type];
}

/* norm:hstatus_gva_op, norm:mstatus_gva_op: the bank that the access goes through knows whose address va is. */
static bool fault(struct hart *h, const struct tlb_bank *bank, enum access_type type, uint64_t va)
{
    hart_raise(h, access_fault(type), va);
    h->trap.gva = bank->context.virt;
    return false;
}

/* norm:hlsv_u_op: what HLVX reads must be readable and executable. */
static bool physical_allows(const struct hart *h, const struct mmu_context *ctx, uint64_t pa, unsigned size,
                            enum access_type type)
{
    return pmp_allows(h, pa, size, type, ctx->priv) &&
           (LIKELY(!ctx->exec_read) || pmp_allows(h, pa, size, ACCESS_FETCH, ctx->priv));
}

/* Whether a TLB may hold the translation of va to pa, which is RAM. */
static bool may_be_cached(const struct hart *h, enum access_type type, uint64_t va, uint64_t pa)
{
    if (UNLIKELY(h->points != NULL) && debug_watches_page(h->points, type, va))
        return false;
    if (UNLIKELY(h->strict != NULL) && type == ACCESS_STORE && strict_buffers(h))
        return false;
    return (type != ACCESS_STORE || ram_store_may_be_cached(h->ram, pa)) && pmp_page_uniform(h, pa);
}

/* Translates an access of `size` bytes that does not leave the page of va, and fills the bank. False: h->trap is set. */
static bool resolve(struct hart *h, struct tlb_bank *bank, uint64_t va, unsigned size, enum access_type type,
                    struct place *out)
{
    struct translation tr;
    bool granted = walk_translate(h, &bank->context, va, type, &tr);
    if (UNLIKELY(h->observer != NULL))
        observer_walk(h, &bank->context, va, type, granted);
    if (!granted)
        return false;
    if (!physical_allows(h, &bank->context, tr.pa, size, type))
        return fault(h, bank, type, va);
    uint8_t *page = ram_at(h->ram, align_down(tr.pa, PAGE_BYTES), PAGE_BYTES);
    *out = (struct place){page == NULL ? NULL : page + (tr.pa & (PAGE_BYTES - 1)), tr.pa};
    if (page != NULL && type == ACCESS_STORE)
        ram_will_write(h->ram, tr.pa, 1);
    if (page != NULL && may_be_cached(h, type, va, tr.pa)) {
        tlb_fill(bank, type, va, page, tr.page_bits);
        if (bank->context.virt)
            tlb_note_guest(bank, tr.gpa, tr.guest_bits);
    }
    return true;
}

static bool in_one_page(uint64_t va, unsigned size)
{
    return (va & (PAGE_BYTES - 1)) + size <= PAGE_BYTES;
}

/* HLVX reads what could be executed: of what devices hold, read-only memory. */
static bool device_may_be_read(struct hart *h, uint64_t pa, unsigned size)
{
    uint64_t half;
    for (unsigned i = 0; h->data->context.exec_read && i < size; i += 2)
        if (!h->env.mmio_fetch(h->env.owner, h, pa + i, &half))
            return false;
    return true;
}

static bool load_in_page(struct hart *h, uint64_t va, unsigned size, uint64_t *value)
{
    struct place at;
    if (!resolve(h, h->data, va, size, ACCESS_LOAD, &at))
        return false;
    *value = 0;
    if (at.host != NULL) {
        memcpy(value, at.host, size);
        return true;
    }
    return (is_aligned(at.pa, size) && device_may_be_read(h, at.pa, size) &&
            h->env.mmio_read(h->env.owner, h, at.pa, size, value)) ||
           fault(h, h->data, ACCESS_LOAD, va);
}

/* A load across two pages: the bytes of each, little-endian; a fault in the second names the second page's address. */
static bool load_across(struct hart *h, uint64_t va, unsigned size, uint64_t *value)
{
    unsigned low_bytes = (unsigned)(PAGE_BYTES - (va & (PAGE_BYTES - 1)));
    struct place low, high;
    if (!resolve(h, h->data, va, low_bytes, ACCESS_LOAD, &low) ||
        !resolve(h, h->data, va + low_bytes, size - low_bytes, ACCESS_LOAD, &high))
        return false;
    if (low.host == NULL || high.host == NULL)
        return fault(h, h->data, ACCESS_LOAD, low.host == NULL ? va : va + low_bytes);
    uint8_t bytes[8] = {0};
    memcpy(bytes, low.host, low_bytes);
    memcpy(bytes + low_bytes, high.host, size - low_bytes);
    memcpy(value, bytes, sizeof bytes);
    return true;
}

/* The host address in RAM for an access within one page that is, or can be, cached; else NULL. */
static uint8_t *cached(struct hart *h, struct tlb_bank *bank, enum access_type type, uint64_t va, unsigned size)
{
    uint8_t *host = tlb_lookup(bank, type, va, size);
    if (LIKELY(host != NULL) || !mmu_refill(h, bank, va, type))
        return host;
    return tlb_lookup(bank, type, va, size);
}

/* For watchpoints and observers: an access that was done. */
static COLD void tell(struct hart *h, enum access_type type, uint64_t va, unsigned size, uint64_t value)
{
    if (h->points != NULL)
        debug_accessed(h, type, va, size);
    if (h->observer != NULL)
        observer_access(h, type, va, size, value);
}

bool mmu_load(struct hart *h, uint64_t va, unsigned size, uint64_t *value)
{
    bool done = true;
    uint8_t *host = cached(h, h->data, ACCESS_LOAD, va, size);
    if (LIKELY(host != NULL)) {
        *value = 0;
        memcpy(value, host, size);
    } else {
        done = in_one_page(va, size) ? load_in_page(h, va, size, value) : load_across(h, va, size, value);
    }
    if (UNLIKELY(h->accesses_told) && done)
        tell(h, ACCESS_LOAD, va, size, *value);
    return done;
}

static COLD void tell_watcher(struct hart *h, uint64_t pa, unsigned size, unsigned state)
{
    if (state & RAM_PAGE_WATCHED)
        h->env.watched_store(h->env.owner, h, pa, size);
    if (state & RAM_PAGE_TABLE)
        strict_stored(h, pa, size);
}

/* The bytes are in RAM: tell whoever keeps something made from them. */
static void stored(struct hart *h, uint64_t pa, unsigned size)
{
    ram_wrote(h->ram, pa, size);
    unsigned state = h->ram->page_state[(pa - h->ram->base) >> PAGE_SHIFT];
    if (state & RAM_PAGE_HEARD)
        tell_watcher(h, pa, size, state);
}

static bool store_in_page(struct hart *h, uint64_t va, unsigned size, uint64_t value)
{
    struct place at;
    if (!resolve(h, h->data, va, size, ACCESS_STORE, &at))
        return false;
    if (at.host != NULL) {
        if (UNLIKELY(h->strict != NULL))
            strict_buffer(h, at.pa, &value, size);
        memcpy(at.host, &value, size);
        stored(h, at.pa, size);
        return true;
    }
    h->look = true;
    return (is_aligned(at.pa, size) && h->env.mmio_write(h->env.owner, h, at.pa, size, value)) ||
           fault(h, h->data, ACCESS_STORE, va);
}

/* Both pages are asked before either is written: a fault leaves no partial store. */
static bool store_across(struct hart *h, uint64_t va, unsigned size, uint64_t value)
{
    unsigned low_bytes = (unsigned)(PAGE_BYTES - (va & (PAGE_BYTES - 1)));
    struct place low, high;
    if (!resolve(h, h->data, va, low_bytes, ACCESS_STORE, &low) ||
        !resolve(h, h->data, va + low_bytes, size - low_bytes, ACCESS_STORE, &high))
        return false;
    if (low.host == NULL || high.host == NULL)
        return fault(h, h->data, ACCESS_STORE, low.host == NULL ? va : va + low_bytes);
    uint8_t bytes[8];
    memcpy(bytes, &value, sizeof bytes);
    if (UNLIKELY(h->strict != NULL)) {
        strict_buffer(h, low.pa, bytes, low_bytes);
        strict_buffer(h, high.pa, bytes + low_bytes, size - low_bytes);
    }
    memcpy(low.host, bytes, low_bytes);
    memcpy(high.host, bytes + low_bytes, size - low_bytes);
    stored(h, low.pa, low_bytes);
    stored(h, high.pa, size - low_bytes);
    return true;
}

bool mmu_store(struct hart *h, uint64_t va, unsigned size, uint64_t value)
{
    bool done = true;
    uint8_t *host = cached(h, h->data, ACCESS_STORE, va, size);
    if (LIKELY(host != NULL))
        memcpy(host, &value, size);
    else
        done = in_one_page(va, size) ? store_in_page(h, va, size, value) : store_across(h, va, size, value);
    if (UNLIKELY(h->accesses_told) && done)
        tell(h, ACCESS_STORE, va, size, value);
    return done;
}

uint8_t *mmu_code_at(struct hart *h, uint64_t pc)
{
    uint8_t *host = cached(h, h->code, ACCESS_FETCH, pc, 2);
    if (host != NULL)
        return host;
    struct trap saved = h->trap;
    struct place at;
    if (!resolve(h, h->code, pc, 2, ACCESS_FETCH, &at)) {
        h->trap = saved;
        return NULL;
    }
    return tlb_lookup(h->code, ACCESS_FETCH, pc, 2);
}

static bool fetch_half(struct hart *h, uint64_t pc, uint32_t *half)
{
    uint64_t value = 0;
    struct place at;
    uint8_t *host = tlb_lookup(h->code, ACCESS_FETCH, pc, 2);
    if (host == NULL) {
        if (!resolve(h, h->code, pc, 2, ACCESS_FETCH, &at))
            return false;
        host = at.host;
    }
    if (UNLIKELY(h->strict != NULL) && host != NULL)
        value = strict_fetch(h, (uint64_t)(host - h->ram->host) + h->ram->base);
    else if (host != NULL)
        memcpy(&value, host, 2);
    else if (!h->env.mmio_fetch(h->env.owner, h, at.pa, &value))
        return fault(h, h->code, ACCESS_FETCH, pc);
    *half = (uint32_t)value;
    return true;
}

bool mmu_fetch(struct hart *h, uint64_t pc, uint32_t *insn)
{
    uint32_t low, high;
    if (!fetch_half(h, pc, &low))
        return false;
    *insn = low;
    if ((low & 3) != 3)
        return true;
    if (!fetch_half(h, pc + 2, &high))
        return false;
    *insn = low | high << 16;
    return true;
}

static uint64_t number_at(const uint8_t *host, unsigned size)
{
    uint64_t value = 0;
    memcpy(&value, host, size);
    return value;
}

uint8_t *mmu_atomic(struct hart *h, uint64_t va, unsigned size, enum access_type type, uint64_t *pa)
{
    if (!is_aligned(va, size)) {
        hart_raise(h, type == ACCESS_LOAD ? CAUSE_load_address_misaligned : CAUSE_store_address_misaligned, va);
        h->trap.gva = h->data->context.virt;
        return NULL;
    }
    if (UNLIKELY(h->strict != NULL))
        strict_drain(h);
    struct place at;
    at.host = cached(h, h->data, type, va, size);
    if (at.host != NULL)
        at.pa = (uint64_t)(at.host - h->ram->host) + h->ram->base;
    else if (!resolve(h, h->data, va, size, type, &at))
        return NULL;
    if (at.host == NULL)
        fault(h, h->data, type, va); /* norm:pma_amo_levels: only RAM is atomic and reservable */
    *pa = at.pa;
    if (UNLIKELY(h->accesses_told) && at.host != NULL)
        tell(h, ACCESS_LOAD, va, size, number_at(at.host, size));
    return at.host;
}

void mmu_atomic_stored(struct hart *h, uint64_t va, uint64_t pa, unsigned size)
{
    stored(h, pa, size);
    if (UNLIKELY(h->accesses_told))
        tell(h, ACCESS_STORE, va, size, number_at(ram_at(h->ram, pa, size), size));
}

bool mmu_zero_cached(struct hart *h, uint64_t block)
{
    if (UNLIKELY(h->strict != NULL || h->accesses_told))
        return false;
    uint8_t *host = cached(h, h->data, ACCESS_STORE, block, CACHE_BLOCK_BYTES);
    if (host != NULL)
        memset(host, 0, CACHE_BLOCK_BYTES);
    return host != NULL;
}

bool mmu_cache_block(struct hart *h, uint64_t va, enum access_type type, uint64_t *pa)
{
    if (UNLIKELY(h->strict != NULL))
        strict_drain(h);
    struct place at;
    if (!resolve(h, h->data, va, 1, type, &at))
        return false;
    *pa = at.pa;
    /* norm:PMP_same; where it is not, the block counts as one access. */
    return pmp_allows(h, align_down(at.pa, CACHE_BLOCK_BYTES), CACHE_BLOCK_BYTES, type, h->data->context.priv) ||
           fault(h, h->data, type, va);
}

/* norm:hlsv_priv, norm:mstatus_mprv_hlsv: as the guest, whatever MPRV says. The present banks must outlive this one. */
static struct tlb_bank *guest_bank(struct hart *h, bool execute)
{
    unsigned priv = h->csr.hstatus & HSTATUS_SPVP ? PRIV_S : PRIV_U;
    struct mmu_context ctx = mmu_guest_context(h, priv);
    if (execute) {
        ctx.exec_read = true;
        ctx.mxr = ctx.mxr_both = false;
    }
    tlb_keep(h->tlb, h->code);
    tlb_keep(h->tlb, h->data);
    return tlb_bank_for(h->tlb, &ctx);
}

bool mmu_guest_load(struct hart *h, uint64_t gva, unsigned size, bool execute, uint64_t *value)
{
    struct tlb_bank *own = h->data;
    h->data = guest_bank(h, execute);
    bool done = mmu_load(h, gva, size, value);
    h->data = own;
    return done;
}

bool mmu_guest_store(struct hart *h, uint64_t gva, unsigned size, uint64_t value)
{
    struct tlb_bank *own = h->data;
    h->data = guest_bank(h, false);
    bool done = mmu_store(h, gva, size, value);
    h->data = own;
    return done;
}
