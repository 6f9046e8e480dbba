/* SPDX-License-Identifier: MIT */
/* The hart's FP control state against the host's: while a hart runs, the host FPU holds its rounding mode and gathers
 * its flags. */
#ifndef MICROVM_CPU_FP_FP_STATE_H
#define MICROVM_CPU_FP_FP_STATE_H

#include "cpu/fp/hostfp.h"
#include "cpu/hart.h"

/* Around a run. */
static inline void fp_enter(const struct hart *h)
{
    hostfp_enter(h->frm);
}

static inline void fp_flags_collect(struct hart *h)
{
    h->fflags |= hostfp_take_flags();
}

static inline void fp_leave(struct hart *h)
{
    fp_flags_collect(h);
    hostfp_leave();
}

/* frm was written within a run. */
static inline void fp_mode_changed(const struct hart *h)
{
    hostfp_enter(h->frm);
}

#endif
