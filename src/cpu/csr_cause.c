/* SPDX-License-Identifier: MIT */
/* The sets of causes that the delegation registers and mie hold: the rows of cause.def whose extension the hart has. */
#include "cpu/csr_rows.h"

static uint64_t exceptions_by(const struct hart *h, bool of_guests)
{
#define CAUSE(code, id, name, ext, medeleg, hedeleg, tval)                                                             \
    | (UINT64_C(1) * (hart_has(h, EXT_##ext) && (of_guests ? (hedeleg) : (medeleg))) << (code))
#define INTERRUPT(code, id, name, ext, delegation)
    return 0
#include "cpu/cause.def"
        ;
#undef CAUSE
#undef INTERRUPT
}

uint64_t csr_delegable_exceptions(const struct hart *h)
{
    return exceptions_by(h, false);
}

uint64_t csr_guest_exceptions(const struct hart *h)
{
    return exceptions_by(h, true);
}

enum delegation { NEVER, CHOICE, GUEST };

static uint64_t interrupts_by(const struct hart *h, enum delegation wanted)
{
#define CAUSE(code, id, name, ext, medeleg, hedeleg, tval)
#define INTERRUPT(code, id, name, ext, delegation)                                                                     \
    | (UINT64_C(1) * (hart_has(h, EXT_##ext) && (delegation) == wanted) << (code))
    return 0
#include "cpu/cause.def"
        ;
#undef CAUSE
#undef INTERRUPT
}

uint64_t csr_interrupt_bits(const struct hart *h)
{
    return interrupts_by(h, NEVER) | interrupts_by(h, CHOICE) | interrupts_by(h, GUEST);
}

uint64_t csr_delegable_interrupts(const struct hart *h)
{
    return interrupts_by(h, CHOICE);
}

uint64_t csr_guest_interrupts(const struct hart *h)
{
    return interrupts_by(h, GUEST);
}

uint64_t csr_guest_delegable(const struct hart *h)
{
    return csr_guest_interrupts(h) | (hart_has(h, EXT_shlcofideleg) ? MIP_LCOFIP : 0);
}
