/* SPDX-License-Identifier: MIT */
#include "observe/trace_collect.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/csr.h"
#include "cpu/trap.h"
#include "machine/inspect.h"
#include "mmu/walk.h"

#define MAX_HARTS 64
/* One instruction writes at most so many CSRs that are told. */
#define CSR_WRITES_MAX 4

/* What a hart's instruction has done before it is told itself, and what may change without being told. */
struct progress {
    uint8_t access, size;
    uint64_t va, loaded, stored;
    unsigned csr_count;
    struct {
        uint16_t number;
        uint64_t asked;
    } csr[CSR_WRITES_MAX];
    uint64_t mstatus, vsstatus;      /* behind the latest instruction or trap */
    uint64_t sbi_pc, sbi_a4;         /* of the call that is being served */
    uint64_t failed_step, failed_va; /* the latest walk that failed: a fetch is tried twice */
};

struct collector {
    struct machine *machine;
    unsigned kinds;
    struct collector_sink sink;
    struct observer observer;
    struct progress progress[MAX_HARTS];
};

static bool wants(const struct collector *c, enum trace_kind kind)
{
    return c->kinds >> kind & 1;
}

static void put(const struct collector *c, const struct trace_record *record)
{
    c->sink.put(c->sink.owner, record);
}

/* A record of what happens at the hart's present instruction. */
static struct trace_record record_at(const struct collector *c, const struct hart *h, enum trace_record_type type,
                                     enum trace_kind kind)
{
    return (struct trace_record){
        .step = machine_now_steps(c->machine),
        .pc = h->pc,
        .type = (uint8_t)type,
        .hart = (uint8_t)h->id,
        .mode = RECORD_MODE(h->priv, h->virt),
        .kind = (uint8_t)kind,
    };
}

static void remember_status(struct progress *p, const struct hart *h)
{
    p->mstatus = h->csr.mstatus;
    p->vsstatus = h->csr.vsstatus;
}

static void forget_instruction(struct progress *p)
{
    p->access = 0;
    p->csr_count = 0;
}

/* The instruction's destination as a record names it; 0: none. */
static uint8_t destination(const struct hart *h, const struct observed_insn *insn)
{
    if (insn->id >= INSN_COUNT)
        return 0;
    switch (insn_info(h->decoder, insn->id)->class) {
    case CLASS_STORE:
    case CLASS_FSTORE:
    case CLASS_BRANCH:
    case CLASS_NOP: return 0;
    case CLASS_FLOAD:
    case CLASS_FPF_RM:
    case CLASS_FPF_ANY:
    case CLASS_FPF: return (uint8_t)(RECORD_REG_F + insn->op->rd);
    default: return insn->op->rd < X_SINK ? insn->op->rd : 0;
    }
}

static void put_csr(const struct collector *c, const struct hart *h, const struct trace_record *insn, unsigned number,
                    uint64_t asked)
{
    static const struct {
        uint16_t view, of;
    } views[] = {{CSR_sstatus, CSR_mstatus}, {CSR_sie, CSR_mie}, {CSR_sip, CSR_mip}};
    struct trace_record r = {
        .step = insn->step,
        .pc = insn->pc,
        .bits = insn->bits,
        .type = RECORD_CSR,
        .hart = insn->hart,
        .mode = insn->mode,
        .kind = TRACE_csr,
        .number = number,
        .data = {0, asked},
    };
    csr_peek(h, number, &r.data[0]);
    for (unsigned i = 0; i < ARRAY_SIZE(views); i++)
        if (views[i].view == number)
            csr_peek(h, views[i].of, &r.data[2]);
    put(c, &r);
}

static bool writes_fp_csr(const struct progress *p)
{
    return p->csr_count > 0 && p->csr[0].number <= CSR_fcsr;
}

/* What an instruction does to the status registers besides: FS becomes dirty, a return restores what the trap kept. */
static void put_statuses(const struct collector *c, const struct hart *h, const struct trace_record *insn,
                         const struct observed_insn *what)
{
    const struct progress *p = &c->progress[h->id];
    bool returns = what->id == INSN_mret || what->id == INSN_sret;
    enum ext ext = what->id < INSN_COUNT ? insn_info(h->decoder, what->id)->ext : EXT_I;
    if (!returns && ext != EXT_F && ext != EXT_D && !writes_fp_csr(p))
        return;
    uint64_t value = 0;
    if (h->csr.mstatus != p->mstatus || (returns && !what->virt)) {
        csr_peek(h, CSR_mstatus, &value);
        put_csr(c, h, insn, CSR_mstatus, value);
    }
    if (h->csr.vsstatus != p->vsstatus || (returns && what->virt)) {
        csr_peek(h, CSR_vsstatus, &value);
        put_csr(c, h, insn, CSR_vsstatus, value);
    }
    if (what->id == INSN_sret && !what->virt && hart_has(h, EXT_H))
        put_csr(c, h, insn, CSR_hstatus, h->csr.hstatus);
}

static void put_csrs(const struct collector *c, const struct hart *h, const struct trace_record *insn,
                     const struct observed_insn *what)
{
    const struct progress *p = &c->progress[h->id];
    for (unsigned i = 0; i < p->csr_count; i++)
        put_csr(c, h, insn, p->csr[i].number, p->csr[i].asked);
    if (what->fflags != 0)
        put_csr(c, h, insn, CSR_fflags, what->fflags);
    put_statuses(c, h, insn, what);
}

static void on_insn(void *owner, struct hart *h, const struct observed_insn *insn)
{
    struct collector *c = owner;
    struct progress *p = &c->progress[h->id];
    struct trace_record r = {
        .step = machine_now_steps(c->machine) - 1,
        .pc = insn->pc,
        .bits = insn->bits,
        .type = RECORD_INSN,
        .hart = (uint8_t)h->id,
        .mode = RECORD_MODE(insn->priv, insn->virt),
        .kind = wants(c, TRACE_insn) ? TRACE_insn : TRACE_mem,
    };
    if (wants(c, TRACE_insn)) {
        r.reg = destination(h, insn);
        r.data[0] = r.reg >= RECORD_REG_F ? h->f[r.reg - RECORD_REG_F] : h->x[r.reg];
    }
    /* A conditional store looks at memory, but shows nothing of it. */
    if (insn->id == INSN_sc_w || insn->id == INSN_sc_d)
        p->access &= (uint8_t)~RECORD_LOAD;
    if (wants(c, TRACE_mem) && p->access != 0) {
        r.access = p->access;
        r.size = p->size;
        r.data[1] = p->va;
        r.data[2] = p->loaded;
        r.data[3] = p->stored;
    }
    if (wants(c, TRACE_insn) || r.access != 0)
        put(c, &r);
    if (wants(c, TRACE_csr))
        put_csrs(c, h, &r, insn);
    forget_instruction(p);
    remember_status(p, h);
}

static void on_access(void *owner, struct hart *h, enum access_type type, uint64_t va, unsigned size, uint64_t value)
{
    struct collector *c = owner;
    struct progress *p = &c->progress[h->id];
    p->access |= type == ACCESS_STORE ? RECORD_STORE : RECORD_LOAD;
    p->va = va;
    p->size = (uint8_t)size;
    value &= size < 8 ? BITS(8 * size - 1, 0) : UINT64_MAX;
    *(type == ACCESS_STORE ? &p->stored : &p->loaded) = value;
}

/* From V = 1 a supervisor's number names the guest's own register. */
static unsigned effective_number(const struct hart *h, unsigned number)
{
    const struct csr_info *row;
    for (unsigned i = 0; h->virt && (row = csr_info(i)) != NULL; i++)
        if (row->number == number && row->twin != CSR_none)
            return row->twin;
    return number;
}

static void on_csr_write(void *owner, struct hart *h, unsigned number, uint64_t value)
{
    struct collector *c = owner;
    struct progress *p = &c->progress[h->id];
    if (p->csr_count == CSR_WRITES_MAX)
        return;
    p->csr[p->csr_count].number = (uint16_t)effective_number(h, number);
    p->csr[p->csr_count++].asked = value;
}

static void on_trap(void *owner, struct hart *h, const struct observed_trap *trap)
{
    struct collector *c = owner;
    struct progress *p = &c->progress[h->id];
    struct trace_record r = record_at(c, h, RECORD_TRAP, TRACE_trap);
    r.pc = trap->epc;
    r.mode = RECORD_MODE(trap->from_priv, trap->from_virt);
    r.to_mode = RECORD_MODE(trap->to_priv, trap->to_virt);
    r.data[0] = trap->cause;
    r.data[1] = trap->tval;
    r.data[2] = h->pc;
    r.data[3] = machine_now_ns(c->machine);
    forget_instruction(p);
    remember_status(p, h);
    if (wants(c, TRACE_trap))
        put(c, &r);
}

static void on_xret(void *owner, struct hart *h, const struct observed_xret *xret)
{
    struct collector *c = owner;
    struct trace_record r = record_at(c, h, RECORD_XRET, TRACE_trap);
    r.pc = xret->pc;
    r.mode = RECORD_MODE(xret->priv, xret->virt);
    r.to_mode = RECORD_MODE(h->priv, h->virt);
    r.data[0] = h->pc;
    r.data[3] = machine_now_ns(c->machine);
    put(c, &r);
}

static void on_mmio(void *owner, struct hart *h, enum access_type type, uint64_t pa, unsigned size, uint64_t value,
                    bool answered)
{
    struct collector *c = owner;
    struct trace_record r = record_at(c, h, RECORD_MMIO, TRACE_mmio);
    r.size = (uint8_t)size;
    r.access = (uint8_t)((type == ACCESS_STORE ? RECORD_STORE : RECORD_LOAD) | (answered ? RECORD_FLAG : 0));
    r.data[0] = pa;
    r.data[1] = size < 8 ? value & BITS(8 * size - 1, 0) : value;
    put(c, &r);
}

enum { A0 = 10, A1, A2, A3, A4, A6 = 16, A7 };

/* Extensions whose calls do not come back. */
#define SRST 0x53525354
#define LEGACY_SHUTDOWN 8

static void on_sbi_call(void *owner, struct hart *h)
{
    struct collector *c = owner;
    struct progress *p = &c->progress[h->id];
    struct trace_record r = record_at(c, h, RECORD_SBI_CALL, TRACE_sbi);
    r.bits = (uint32_t)h->x[A7];
    r.number = (uint32_t)h->x[A6];
    memcpy(r.data, &h->x[A0], sizeof r.data);
    p->sbi_pc = h->pc;
    p->sbi_a4 = h->x[A4];
    put(c, &r);
}

static void on_sbi_return(void *owner, struct hart *h, uint64_t eid, uint64_t fid)
{
    struct collector *c = owner;
    const struct progress *p = &c->progress[h->id];
    struct trace_record r = record_at(c, h, RECORD_SBI_RETURN, TRACE_sbi);
    const struct clock *clock = machine_clock(c->machine);
    (void)fid;
    /* A hart that was stopped, or sent elsewhere, has no result; nor has the end of the machine, if it was not refused. */
    bool ends_machine = (eid == SRST || eid == LEGACY_SHUTDOWN) && (int64_t)h->x[A0] >= 0;
    if (h->wait != HART_STOPPED && h->pc == p->sbi_pc && !ends_machine)
        r.access = RECORD_FLAG;
    r.pc = p->sbi_pc;
    r.mode = RECORD_MODE(PRIV_S, false);
    r.data[0] = h->x[A0];
    r.data[1] = h->x[A1];
    r.data[2] = p->sbi_a4;
    r.data[3] = clock_ns(clock, r.step);
    r.number = (uint32_t)(clock_ns(clock, r.step + 1) - r.data[3]);
    put(c, &r);
}

static void on_irq(void *owner, struct hart *h, uint64_t mip_bit, bool level)
{
    struct collector *c = owner;
    struct trace_record r = record_at(c, h, RECORD_IRQ, TRACE_irq);
    r.number = count_trailing_zeros64(mip_bit);
    r.access = level ? RECORD_FLAG : 0;
    r.data[3] = machine_now_ns(c->machine);
    put(c, &r);
}

static void put_walk_steps(const struct collector *c, const struct trace_record *walk, const struct walk_trace *steps)
{
    for (unsigned i = 0; i < steps->count; i++) {
        const struct walk_step *step = &steps->step[i];
        struct trace_record r = *walk;
        r.type = RECORD_WALK_STEP;
        r.number = step->verdict | step->level << 8 | (uint32_t)step->stage << 16;
        r.data[0] = step->address;
        r.data[1] = step->pte;
        put(c, &r);
    }
}

static void on_walk(void *owner, struct hart *h, const struct mmu_context *ctx, uint64_t va, enum access_type type,
                    bool granted)
{
    struct collector *c = owner;
    struct progress *p = &c->progress[h->id];
    struct trace_record r = record_at(c, h, RECORD_WALK, TRACE_walk);
    struct walk_trace steps;
    if (ctx->satp == 0 && ctx->hgatp == 0)
        return; /* nothing is translated */
    if (!granted && p->failed_step == r.step && p->failed_va == va)
        return;
    walk_explain(h, ctx, va, type, &steps);
    r.to_mode = RECORD_MODE(ctx->priv, ctx->virt);
    r.number = type;
    r.access = granted ? RECORD_FLAG : 0;
    r.data[0] = va;
    r.data[1] = ctx->satp;
    r.data[2] = ctx->hgatp;
    if (granted && steps.count > 0)
        r.data[3] = steps.step[steps.count - 1].address;
    put(c, &r);
    if (granted)
        return;
    p->failed_step = r.step;
    p->failed_va = va;
    put_walk_steps(c, &r, &steps);
}

/* Functions that nobody needs stay away: without `insn` the harts keep their fast engine. */
static void choose_functions(struct collector *c)
{
    struct observer *o = &c->observer;
    bool instructions = wants(c, TRACE_insn) || wants(c, TRACE_mem) || wants(c, TRACE_csr);
    o->owner = c;
    o->insn = instructions ? on_insn : NULL;
    o->access = wants(c, TRACE_mem) ? on_access : NULL;
    o->csr_write = wants(c, TRACE_csr) ? on_csr_write : NULL;
    o->trap = instructions || wants(c, TRACE_trap) ? on_trap : NULL;
    o->xret = wants(c, TRACE_trap) ? on_xret : NULL;
    o->mmio = wants(c, TRACE_mmio) ? on_mmio : NULL;
    o->sbi_call = wants(c, TRACE_sbi) ? on_sbi_call : NULL;
    o->sbi_return = wants(c, TRACE_sbi) ? on_sbi_return : NULL;
    o->irq = wants(c, TRACE_irq) ? on_irq : NULL;
    o->walk = wants(c, TRACE_walk) ? on_walk : NULL;
}

struct collector *collector_create(struct machine *machine, unsigned kinds, const struct collector_sink *sink)
{
    struct collector *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->machine = machine;
    c->kinds = kinds;
    c->sink = *sink;
    choose_functions(c);
    return c;
}

void collector_destroy(struct collector *c)
{
    free(c);
}

struct observer *collector_observer(struct collector *c)
{
    return &c->observer;
}

void collector_begin(struct collector *c)
{
    for (unsigned i = 0; i < machine_hart_count(c->machine); i++) {
        struct hart *h = machine_hart(c->machine, i);
        struct progress *p = &c->progress[h->id];
        forget_instruction(p);
        remember_status(p, h);
        p->failed_step = UINT64_MAX;
    }
}
