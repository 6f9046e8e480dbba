/* SPDX-License-Identifier: MIT */
/* Cache-block operations. There is no cache: clean, flush and inval check and are done; zero writes a block of zeros. */
#include "cpu/exec/exec.h"

#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/csr.h"
#include "cpu/trap.h"
#include "mmu/mmu.h"
#include "mmu/ram.h"

/* EXEC_NEXT if the field is not 0 in every envcfg that governs the present mode. norm:henvcfg_cbze, norm:henvcfg_cbcfe,
 * norm:cbo-inval_h-mode_veq1_op: what HS mode could do is a virtual instruction to a guest. */
static enum exec check(struct hart *h, const struct op *op, uint64_t field)
{
    uint64_t granted = field;
    bool user = h->priv == PRIV_U && hart_has(h, EXT_S);
    if (h->priv < PRIV_M)
        granted &= h->csr.menvcfg;
    if (granted == 0)
        return hart_raise(h, CAUSE_illegal_instruction, (uint32_t)op->imm);
    if (user)
        granted &= h->csr.senvcfg;
    if (h->virt)
        granted &= h->csr.henvcfg;
    if (granted != 0)
        return EXEC_NEXT;
    return hart_raise(h, h->virt ? CAUSE_virtual_instruction : CAUSE_illegal_instruction, (uint32_t)op->imm);
}

/* norm:cbm_access: allowed where a load or a store is; a fault is a store's: norm:cbm_unperm_fault. */
static enum exec manage(struct hart *h, const struct op *op, uint64_t field)
{
    uint64_t pa, va = h->x[op->rs1];
    enum exec allowed = check(h, op, field);
    if (allowed != EXEC_NEXT)
        return allowed;
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
    enum exec allowed = check(h, op, ENVCFG_CBZE);
    if (allowed != EXEC_NEXT)
        return allowed;
    uint64_t pa, va = h->x[op->rs1], block = align_down(va, CACHE_BLOCK_BYTES);
    if (LIKELY(mmu_zero_cached(h, block)))
        return EXEC_NEXT;
    if (!mmu_cache_block(h, va, ACCESS_STORE, &pa))
        return EXEC_TRAP;
    if (ram_at(h->ram, align_down(pa, CACHE_BLOCK_BYTES), CACHE_BLOCK_BYTES) == NULL)
        return hart_raise(h, CAUSE_store_access_fault, va);
    for (unsigned i = 0; i < CACHE_BLOCK_BYTES; i += 8)
        if (!mmu_store(h, block + i, 8, 0))
            return EXEC_TRAP;
    return EXEC_NEXT;
}
