/* SPDX-License-Identifier: MIT */
/* Cache-block operations. There is no cache: clean, flush and inval check and are done; zero writes a block of zeros. */
#include "cpu/exec/exec.h"

#include "base/bits.h"
#include "cpu/csr.h"
#include "cpu/trap.h"
#include "mmu/mmu.h"
#include "mmu/ram.h"

/* True if the field is not 0 in every envcfg that governs the present mode. */
static bool enabled(const struct hart *h, uint64_t field)
{
    if (h->priv == PRIV_M)
        return true;
    if (!(h->csr.menvcfg & field))
        return false;
    return h->priv == PRIV_S || !hart_has(h, EXT_S) || (h->csr.senvcfg & field);
}

/* norm:cbm_access: allowed where a load or a store is; a fault is a store's: norm:cbm_unperm_fault. */
static enum exec manage(struct hart *h, const struct op *op, uint64_t field)
{
    uint64_t pa, va = h->x[op->rs1];
    if (!enabled(h, field))
        return hart_raise(h, CAUSE_illegal_instruction, (uint32_t)op->imm);
    if (mmu_cache_block(h, va, ACCESS_LOAD, &pa))
        return EXEC_NEXT;
    return mmu_cache_block(h, va, ACCESS_STORE, &pa) ? EXEC_NEXT : EXEC_TRAP;
}

enum exec exec_cbo_clean(struct hart *h, const struct op *op)
{
    return manage(h, op, ENVCFG_CBCFE);
}

enum exec exec_cbo_inval(struct hart *h, const struct op *op)
{
    return manage(h, op, ENVCFG_CBIE);
}

/* norm:cbo-zero_op; a fault names the address given, not the block's: norm:fault_excep_csr. */
enum exec exec_cbo_zero(struct hart *h, const struct op *op)
{
    if (!enabled(h, ENVCFG_CBZE))
        return hart_raise(h, CAUSE_illegal_instruction, (uint32_t)op->imm);
    uint64_t pa, va = h->x[op->rs1], block = align_down(va, CACHE_BLOCK_BYTES);
    if (!mmu_cache_block(h, va, ACCESS_STORE, &pa))
        return EXEC_TRAP;
    if (ram_at(h->ram, align_down(pa, CACHE_BLOCK_BYTES), CACHE_BLOCK_BYTES) == NULL)
        return hart_raise(h, CAUSE_store_access_fault, va);
    for (unsigned i = 0; i < CACHE_BLOCK_BYTES; i += 8)
        if (!mmu_store(h, block + i, 8, 0))
            return EXEC_TRAP;
    return EXEC_NEXT;
}
