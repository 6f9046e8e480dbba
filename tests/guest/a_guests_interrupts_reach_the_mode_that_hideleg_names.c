/* SPDX-License-Identifier: MIT */
/* hvip raises VS-level interrupts (norm:hvip_acc). Without hideleg they are HS mode's, with codes 2, 6 and 10
 * (norm:hideleg_hs), with it the guest's, as 1, 5 and 9 (norm:hideleg_trans, norm:hip_vstip_enable): on in VU mode, in VS mode
 * by vsstatus.SIE, and never taken in HS or U mode. */
#include "lib/virt.h"

/* Each handler notes the cause and itself in self(), and switches the interrupts off by what its mode has for that. */
#define NOTING_HANDLER(name, number, enables)                                                                          \
    __asm__(".pushsection .text\n.balign 4\n" name ":\n"                                                               \
            "csrw sscratch, t0\n csrr t0, scause\n sd t0, 0(tp)\n li t0, " number "\n sd t0, 80(tp)\n"                 \
            "csrw " enables ", zero\n csrr t0, sscratch\n sret\n.popsection")
NOTING_HANDLER("note_in_hs", "1", "hie");
NOTING_HANDLER("note_in_vs", "0", "sie");

void note_in_hs(void);
void note_in_vs(void);

_Static_assert(offsetof(struct hart_area, cause) == 0 && offsetof(struct hart_area, handler) == 80,
               "the handlers know these places");

static uint64_t open_for_a_while(uint64_t sie)
{
    __asm__ volatile("csrs sstatus, %0\n nop\n nop\n csrc sstatus, %0" ::"r"(sie) : "memory");
    return 0;
}

static uint64_t wait_a_little(uint64_t unused)
{
    __asm__ volatile("nop\n nop\n nop" ::: "memory");
    return unused;
}

static void run(unsigned mode, bool sie)
{
    self()->cause = NO_TRAP;
    if (mode == IN_U || mode == IN_VU)
        run_in_mode(mode, wait_a_little, 0);
    else
        run_in_mode(mode, open_for_a_while, sie ? MSTATUS_SIE : 0);
}

static void check(unsigned code, unsigned mode, bool delegated, bool sie)
{
    bool guest = mode == IN_VU || mode == IN_VS;
    bool to_vs = delegated && guest && (mode == IN_VU || sie);
    bool to_hs = !delegated && (guest || mode == IN_U || sie);
    CSR_WRITE(hideleg, delegated ? UINT64_C(1) << code : 0);
    run(mode, sie);
    expect(code, self()->cause, to_vs ? INTERRUPT(code - 1) : to_hs ? INTERRUPT(code) : NO_TRAP);
    if (to_vs || to_hs)
        expect(20, self()->handler, to_vs ? HANDLED_BY_VS : HANDLED_BY_HS);
}

void test(void)
{
    static const uint8_t codes[] = {2, 6, 10};
    CSR_WRITE(stvec, note_in_hs);
    CSR_WRITE(vstvec, note_in_vs);
    for (unsigned i = 0; i < 3 * MODES_BELOW_M * 4; i++) {
        unsigned code = codes[i % 3], mode = i / 3 % MODES_BELOW_M, rest = i / 3 / MODES_BELOW_M;
        CSR_WRITE(hvip, UINT64_C(1) << code);
        CSR_WRITE(hie, UINT64_C(1) << code);
        CSR_WRITE(vsstatus, 0);
        CSR_CLEAR(mstatus, MSTATUS_SIE);
        check(code, mode, rest & 1, rest & 2);
    }
}
