/* SPDX-License-Identifier: MIT */
/* once: it counts on CSRs and variables as they are at the start */
/* PAUSE, WRS.NTO and WRS.STO come back: with no reservation at once, with one when it is lost, when an
 * enabled interrupt pends, whatever the global enable says, or just so (norm:Zawrs_stall_terminate,
 * norm:Zawrs_exec_resume_rules). In S and U mode they are legal; with mstatus.TW set WRS.NTO may be
 * illegal there (norm:Zawrs_priv_illegal_instr_excp), WRS.STO and PAUSE never are. */
/* cpus: 4 */
/* qemu: no, 7.2 has no Zawrs */
#include "lib/mmio.h"

#define WRS_NTO ".4byte 0x00d00073\n"
#define WRS_STO ".4byte 0x01d00073\n"
#define PAUSE ".4byte 0x0100000f\n"

static volatile uint64_t word __attribute__((aligned(64)));
static volatile uint64_t wanted __attribute__((aligned(64)));

/* Hart 1 stores what hart 0 waits for. */
void other_hart(void);
void other_hart(void)
{
    if (self()->hart != 1)
        return;
    for (uint64_t served = 0;;) {
        while (wanted == served)
            __asm__ volatile(PAUSE ::: "memory");
        word = served = wanted;
    }
}

static uint64_t without_reservation(uint64_t tw)
{
    uint64_t value = 0, at = (uint64_t)&word;
    expect(1, TRY("sc.d t0, t0, (%1)\n" WRS_STO WRS_STO PAUSE PAUSE, value, at), NO_TRAP);
    uint64_t trap = TRY(WRS_NTO, value, at);
    expect(2, trap == NO_TRAP || (tw && trap == CAUSE_ILLEGAL), true);
    expect(3, TRY("lr.d t0, (%1)\n" WRS_STO, value, at), NO_TRAP);
    return 0;
}

/* The interrupt is enabled, but M mode takes none. */
static void with_interrupt(void)
{
    uint64_t value = 0, at = (uint64_t)&word;
    write64(MTIMECMP_OF(0), CSR_READ(time) + 1000);
    CSR_WRITE(mie, MIP_MTIP);
    while (!(CSR_READ(mip) & MIP_MTIP))
        expect(10, TRY("lr.d t0, (%1)\n" WRS_NTO, value, at), NO_TRAP);
    for (unsigned i = 0; i < 10; i++)
        expect(11, TRY("lr.d t0, (%1)\n" WRS_NTO WRS_STO, value, at), NO_TRAP);
    CSR_WRITE(mie, 0);
    write64(MTIMECMP_OF(0), UINT64_MAX);
}

static void with_another_hart(void)
{
    for (uint64_t round = 1; round <= 100; round++) {
        wanted = round;
        uint64_t seen;
        do {
            __asm__ volatile("lr.d %0, (%1)\n beq %0, %2, 1f\n" WRS_NTO "1:"
                             : "=&r"(seen)
                             : "r"(&word), "r"(round)
                             : "memory");
        } while (seen != round);
    }
    expect(20, word, 100);
}

void test(void)
{
    uint64_t harts = wait_for_harts(2);
    write64(MTIMECMP_OF(0), UINT64_MAX);
    without_reservation(false);
    run_in(MODE_S, without_reservation, false);
    run_in(MODE_U, without_reservation, false);
    CSR_SET(mstatus, MSTATUS_TW);
    without_reservation(false); /* M mode is not concerned */
    run_in(MODE_S, without_reservation, true);
    run_in(MODE_U, without_reservation, true);
    with_interrupt();
    if (harts >= 2)
        with_another_hart();
}
