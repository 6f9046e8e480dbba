/* SPDX-License-Identifier: MIT */
/* Each of the 4096 CSR numbers is either one of those that the extensions of this machine bring, or an
 * access to it is illegal in M mode, with the instruction in mtval (norm:Zicsr_illegal_acc). Of those
 * that software probes: the 17th PMP register (0x3c0), the upper halves of RV32 (0x615, 0x61a) and mtopi (0xfb0)
 * are absent, and hpmcounters are all there (norm:mhpmcounter_num). */
/* qemu: no, its default CPU has other extensions */
#include "lib/env.h"

#define CSRR_A0(number) ((uint32_t)(number) << 20 | 0x2573)
#define RET UINT32_C(0x00008067)

struct range {
    uint16_t first, last;
};

/* What F, S, U, H, Zicntr, Zihpm, Smstateen, Sscofpmf, Sstc and 16 PMP entries define. */
static const struct range present[] = {
    {0x001, 0x003}, {0x100, 0x100}, {0x104, 0x106}, {0x10a, 0x10a}, {0x10c, 0x10f}, {0x140, 0x144},
    {0x14d, 0x14d}, {0x180, 0x180}, {0x200, 0x200}, {0x204, 0x205}, {0x240, 0x244}, {0x24d, 0x24d},
    {0x280, 0x280}, {0x300, 0x306}, {0x30a, 0x30a}, {0x30c, 0x30f}, {0x320, 0x320}, {0x323, 0x33f},
    {0x340, 0x344}, {0x34a, 0x34b}, {0x3a0, 0x3a0}, {0x3a2, 0x3a2}, {0x3b0, 0x3bf}, {0x600, 0x600},
    {0x602, 0x607}, {0x60a, 0x60a}, {0x60c, 0x60f}, {0x643, 0x645}, {0x64a, 0x64a}, {0x680, 0x680},
    {0xb00, 0xb00}, {0xb02, 0xb1f}, {0xc00, 0xc1f}, {0xda0, 0xda0}, {0xe12, 0xe12}, {0xf11, 0xf15},
};

/* Numbers that later extensions of this machine may bring: debug triggers, vectors, AIA, counter filters and custom ones
 * are not judged here. */
static const struct range open[] = {
    {0x008, 0x00f}, {0x150, 0x15c}, {0x250, 0x25c}, {0x308, 0x309}, {0x321, 0x322}, {0x350, 0x35c}, {0x5a8, 0x5a8},
    {0x608, 0x609}, {0x646, 0x647}, {0x6a8, 0x6a8}, {0x7a0, 0x7bf}, {0xc20, 0xc22}, {0xdb0, 0xdb0}, {0xeb0, 0xeb0},
};

static uint32_t code[2] __attribute__((aligned(64)));

static bool in(const struct range *ranges, size_t count, unsigned number)
{
    for (size_t i = 0; i < count; i++)
        if (number >= ranges[i].first && number <= ranges[i].last)
            return true;
    return false;
}

static void check(unsigned number)
{
    uint64_t value = 0;
    code[0] = CSRR_A0(number);
    __asm__ volatile("fence.i" ::: "memory");
    uint64_t cause = try_call(code, &value);
    if (in(present, sizeof present / sizeof *present, number)) {
        expect(1, cause == NO_TRAP ? number : 0, number);
        return;
    }
    expect(2, cause == NO_TRAP ? number : 0, 0);
    expect(3, cause, CAUSE_ILLEGAL);
    expect(4, self()->tval, CSRR_A0(number));
    expect(5, self()->epc, (uint64_t)code);
}

void test(void)
{
    code[1] = RET;
    for (unsigned number = 0; number < 4096; number++)
        if (!in(open, sizeof open / sizeof *open, number))
            check(number);
    check(0x3c0);
    check(0x615);
    check(0x61a);
    check(0xfb0);
}
