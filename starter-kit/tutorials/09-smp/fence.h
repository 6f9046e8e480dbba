/* SPDX-License-Identifier: MIT */
/* Order between a hart's own accesses, as other harts and devices see them. */
#ifndef FENCE_H
#define FENCE_H

/* What stands before (r, w: memory; i, o: devices) comes before what stands behind. */
#define fence(before, behind) asm volatile("fence " #before ", " #behind : : : "memory")

/* For loops that wait: lets others go first. This is the instruction pause, which changes nothing. */
#define pause() asm volatile(".insn i 0x0f, 0, x0, x0, 0x010" : : : "memory")

#endif
