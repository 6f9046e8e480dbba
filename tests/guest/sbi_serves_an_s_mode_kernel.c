/* SPDX-License-Identifier: MIT */
/* The built-in firmware from the guest's side (SBI 3.0): harts are started, interrupted, fenced,
 * suspended and stopped, timers go off, bytes reach the console, and the machine is switched off. */
/* cpus: 4 */
/* options: --firmware builtin */
/* qemu: no, its firmware occupies the test's place */
#include "lib/env.h"
#include "lib/sbi.h"

const uint64_t starts_in_s_mode = 1;

static volatile uint64_t heard[MAX_HARTS];

static void expect_ok(unsigned number, struct sbi_result result)
{
    expect(number, (uint64_t)result.error, 0);
}

/* Sleeps until the first interrupt, and stops. */
void other_hart(void);
void other_hart(void)
{
    uint64_t unused = 0;
    CSR_WRITE(sie, MIP_SSIP);
    uint64_t cause = TRY("csrsi sstatus, 2\n 8: wfi\n j 8b", unused, 0);
    heard[self()->hart] = cause;
    sbi(SBI_HSM, HSM_STOP, 0, 0, 0);
    fail(97);
}

static uint64_t count_harts(void)
{
    uint64_t count = 0;
    while (sbi(SBI_HSM, HSM_STATUS, count, 0, 0).error == 0)
        count++;
    expect(10, (uint64_t)sbi(SBI_HSM, HSM_STATUS, count, 0, 0).error, (uint64_t)SBI_INVALID_PARAM);
    return count;
}

static uint64_t now(void)
{
    return CSR_READ(time);
}

static void timers(void)
{
    uint64_t unused = 0;
    CSR_WRITE(sie, MIP_STIP);
    uint64_t deadline = now() + 3000;
    expect_ok(20, sbi(SBI_TIME, 0, deadline, 0, 0));
    expect(21, CSR_READ(sip) & MIP_STIP, 0);
    expect(22, TRY("csrsi sstatus, 2\n 8: wfi\n j 8b", unused, 0), INTERRUPT(5));
    expect(23, now() >= deadline, true);
    expect_ok(24, sbi(SBI_TIME, 0, UINT64_MAX, 0, 0));
    expect(25, CSR_READ(sip) & MIP_STIP, 0);
}

static void start_others(uint64_t harts)
{
    for (uint64_t i = 1; i < harts; i++) {
        expect(30, sbi(SBI_HSM, HSM_STATUS, i, 0, 0).value, HSM_STOPPED);
        expect_ok(31, sbi(SBI_HSM, HSM_START, i, (uint64_t)_start, 0));
        expect(32, (uint64_t)sbi(SBI_HSM, HSM_START, i, (uint64_t)_start, 0).error, (uint64_t)SBI_ALREADY_AVAILABLE);
    }
    expect(33, wait_for_harts(harts), harts);
    expect_ok(34, sbi(SBI_RFENCE, REMOTE_SFENCE_VMA, 0, UINT64_MAX, 0));
    for (uint64_t i = 1; i < harts; i++)
        expect_ok(35, sbi(SBI_IPI, 0, 1, i, 0));
    for (uint64_t i = 1; i < harts; i++) {
        while (sbi(SBI_HSM, HSM_STATUS, i, 0, 0).value != HSM_STOPPED) {
        }
        expect(36, heard[i], INTERRUPT(1));
    }
}

/* What a suspension that keeps no registers must find again: sp tp ra s0 to s11. */
static uint64_t kept[15];

/* 5678 after a retentive suspension; after the other kind the a1 that it resumes with. */
__attribute__((naked, noinline)) static uint64_t suspend(uint64_t type __attribute__((unused)))
{
    __asm__(".macro each_kept op\n"
            "la t0, %0\n \\op sp, (t0)\n \\op tp, 8(t0)\n \\op ra, 16(t0)\n"
            ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n \\op s\\n, 24+8*\\n(t0)\n .endr\n .endm\n"
            "each_kept sd\n"
            "la a1, 1f\n li a2, 1234\n li a6, %1\n li a7, %2\n ecall\n"
            "li a0, 5678\n ret\n"
            ".balign 4\n 1: each_kept ld\n mv a0, a1\n ret" ::"i"(kept),
            "i"(HSM_SUSPEND), "i"(SBI_HSM));
}

static void suspensions(void)
{
    CSR_CLEAR(sstatus, MSTATUS_SIE);
    CSR_WRITE(sie, MIP_STIP);
    expect_ok(40, sbi(SBI_TIME, 0, now() + 3000, 0, 0));
    expect(41, suspend(HSM_RETENTIVE), 5678);
    expect(42, CSR_READ(sip) & MIP_STIP, MIP_STIP);
    expect_ok(43, sbi(SBI_TIME, 0, now() + 3000, 0, 0));
    expect(44, suspend(HSM_NON_RETENTIVE), 1234);
    expect(45, CSR_READ(satp), 0);
    expect_ok(46, sbi(SBI_TIME, 0, UINT64_MAX, 0, 0));
    expect(47, (uint64_t)sbi(SBI_HSM, HSM_SUSPEND, 1, 0, 0).error, (uint64_t)SBI_INVALID_PARAM);
}

void test(void)
{
    static const char text[] = "written by DBCN\n";
    expect(1, sbi(SBI_BASE, 0, 0, 0, 0).value, 0x3000000);
    expect(2, sbi(SBI_BASE, SBI_PROBE_EXTENSION, SBI_HSM, 0, 0).value, 1);
    expect(3, sbi(SBI_BASE, SBI_PROBE_EXTENSION, SBI_PMU, 0, 0).value, 0);
    expect(4, (uint64_t)sbi(SBI_PMU, 0, 0, 0, 0).error, (uint64_t)SBI_NOT_SUPPORTED);
    expect(5, sbi(SBI_DBCN, 0, sizeof text - 1, (uint64_t)text, 0).value, sizeof text - 1);
    expect(6, (uint64_t)sbi(SBI_GETCHAR, 0, 0, 0, 0).error, UINT64_MAX);
    timers();
    start_others(count_harts());
    suspensions();
    sbi(SBI_SRST, 0, 0, 0, 0);
    fail(96);
}
