/* SPDX-License-Identifier: MIT */
#include "cpu/observer.h"

#include "cpu/csr_bits.h"
#include "cpu/engine.h"

/* One function of each observer that has it. */
#define TELL(function, ...)                                                                                            \
    for (const struct observer *o = h->observer; o != NULL; o = o->next)                                               \
        if (o->function != NULL)                                                                                       \
    o->function(o->owner, h, __VA_ARGS__)

/* The flags accrue: which of them an instruction raised shows only if none was there before. */
enum exec observer_execute(struct hart *h, struct observed_insn *insn)
{
    enum insn_class class = insn->id < INSN_COUNT ? insn_info(h->decoder, insn->id)->class : CLASS_SYS;
    if (class < CLASS_FPF_RM || class > CLASS_FPX)
        return exec_insn(h, insn->id, insn->op, insn->length);
    uint32_t before = h->fflags;
    h->fflags = 0;
    enum exec done = exec_insn(h, insn->id, insn->op, insn->length);
    insn->fflags = (uint8_t)h->fflags;
    h->fflags |= before;
    return done;
}

void observer_insn(struct hart *h, const struct observed_insn *insn)
{
    TELL(insn, insn);
}

void observer_lone_insn(struct hart *h, const struct observed_insn *insn)
{
    TELL(lone_insn, insn);
}

void observer_access(struct hart *h, enum access_type type, uint64_t va, unsigned size, uint64_t value)
{
    TELL(access, type, va, size, value);
}

void observer_csr_write(struct hart *h, unsigned number, uint64_t value)
{
    TELL(csr_write, number, value);
}

/* What a handler in the hart's present mode is told. */
static struct observed_trap latest_trap(const struct hart *h)
{
    const struct csr_state *c = &h->csr;
    if (h->priv == PRIV_M)
        return (struct observed_trap){
            .cause = c->mcause,
            .tval = c->mtval,
            .epc = c->mepc,
            .from_priv = (uint8_t)field_get(c->mstatus, MSTATUS_MPP),
            .to_priv = PRIV_M,
            .from_virt = field_get(c->mstatus, MSTATUS_MPV),
        };
    uint64_t status = h->virt ? c->vsstatus : c->mstatus;
    return (struct observed_trap){
        .cause = h->virt ? c->vscause : c->scause,
        .tval = h->virt ? c->vstval : c->stval,
        .epc = h->virt ? c->vsepc : c->sepc,
        .from_priv = (uint8_t)field_get(status, MSTATUS_SPP),
        .to_priv = PRIV_S,
        .from_virt = h->virt || field_get(c->hstatus, HSTATUS_SPV),
        .to_virt = h->virt,
    };
}

void observer_trap(struct hart *h)
{
    struct observed_trap trap = latest_trap(h);
    TELL(trap, &trap);
}

void observer_xret(struct hart *h, const struct observed_xret *xret)
{
    TELL(xret, xret);
}

void observer_reset(struct hart *h)
{
    for (const struct observer *o = h->observer; o != NULL; o = o->next)
        if (o->reset != NULL)
            o->reset(o->owner, h);
}

void observer_mmio(struct hart *h, enum access_type type, uint64_t pa, unsigned size, uint64_t value, bool answered)
{
    TELL(mmio, type, pa, size, value, answered);
}

void observer_sbi_call(struct hart *h)
{
    for (const struct observer *o = h->observer; o != NULL; o = o->next)
        if (o->sbi_call != NULL)
            o->sbi_call(o->owner, h);
}

void observer_sbi_return(struct hart *h, uint64_t eid, uint64_t fid)
{
    TELL(sbi_return, eid, fid);
}

void observer_irq(struct hart *h, uint64_t mip_bit, bool level)
{
    TELL(irq, mip_bit, level);
}

void observer_walk(struct hart *h, const struct mmu_context *ctx, uint64_t va, enum access_type type, bool granted)
{
    TELL(walk, ctx, va, type, granted);
}
