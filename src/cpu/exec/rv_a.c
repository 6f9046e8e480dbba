/* SPDX-License-Identifier: MIT */
/* LR, SC (the AMOs are rows with an expression), and the waits of Zawrs that look at the reservation.
 *
 * A reservation covers an aligned 64-byte granule of physical memory. It ends with any SC, any trap or xRET, and whenever
 * another hart has run: a store by another hart, of whatever value, through whatever alias, therefore always breaks it. The
 * norm's forward progress holds because a constrained loop fits many times into one turn. */
#include "cpu/exec/exec.h"

#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/alu.h"
#include "cpu/csr.h"
#include "cpu/strict.h"
#include "cpu/trap.h"
#include "mmu/mmu.h"

/* norm:lr_w_op */
static enum exec load_reserved(struct hart *h, const struct op *op, unsigned size, uint64_t *value)
{
    uint64_t pa;
    const uint8_t *host = mmu_atomic(h, h->x[op->rs1], size, ACCESS_LOAD, &pa);
    if (host == NULL)
        return EXEC_TRAP;
    *value = 0;
    memcpy(value, host, size);
    h->reservation = (struct reservation){true, align_down(pa, RESERVATION_BYTES)};
    if (UNLIKELY(h->strict != NULL))
        strict_reserved(h);
    return EXEC_NEXT;
}

enum exec exec_lr_w(struct hart *h, const struct op *op)
{
    uint64_t value;
    enum exec done = load_reserved(h, op, 4, &value);
    if (done == EXEC_NEXT)
        h->x[op->rd] = SX32(value);
    return done;
}

enum exec exec_lr_d(struct hart *h, const struct op *op)
{
    uint64_t value;
    enum exec done = load_reserved(h, op, 8, &value);
    if (done == EXEC_NEXT)
        h->x[op->rd] = value;
    return done;
}

/* norm:sc_w_success, norm:sc_w_failure, norm:sc_reservation_invalidate; norm:sc_failed_as_store: a failing SC is checked
 * for permission like one that stores. */
static enum exec store_conditional(struct hart *h, const struct op *op, unsigned size)
{
    uint64_t pa;
    uint8_t *host = mmu_atomic(h, h->x[op->rs1], size, ACCESS_STORE, &pa);
    if (host == NULL)
        return EXEC_TRAP;
    bool held = h->reservation.valid && h->reservation.pa == align_down(pa, RESERVATION_BYTES);
    h->reservation.valid = false;
    if (UNLIKELY(h->strict != NULL) && held && strict_loses_reservation(h))
        held = false;
    if (held) {
        memcpy(host, &h->x[op->rs2], size);
        mmu_atomic_stored(h, h->x[op->rs1], pa, size);
    }
    h->x[op->rd] = !held;
    return EXEC_NEXT;
}

enum exec exec_sc_w(struct hart *h, const struct op *op)
{
    return store_conditional(h, op, 4);
}

enum exec exec_sc_d(struct hart *h, const struct op *op)
{
    return store_conditional(h, op, 8);
}

/* Gives the rest of this hart's turn to the others, if there are any. */
static enum exec give_way(struct hart *h)
{
    if (!h->env.has_peers(h->env.owner))
        return EXEC_NEXT;
    h->yield = true;
    hart_halt(h);
    return EXEC_END;
}

/* norm:pause_op */
enum exec exec_pause(struct hart *h, const struct op *op)
{
    (void)op;
    return give_way(h);
}

/* norm:Zawrs_wrs-sto_stall_duration: a short stall is the rest of the turn. */
enum exec exec_wrs_sto(struct hart *h, const struct op *op)
{
    (void)op;
    return h->reservation.valid ? give_way(h) : EXEC_NEXT;
}

/* norm:Zawrs_priv_illegal_instr_excp: with TW set WRS.NTO may not outlast a bounded time; it stalls for one turn at most, which
 * is within that time, so it never traps. */
enum exec exec_wrs_nto(struct hart *h, const struct op *op)
{
    return exec_wrs_sto(h, op);
}
