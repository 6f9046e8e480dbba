/* SPDX-License-Identifier: MIT */
/* What an S-mode kernel wants of its harts, asked of whatever firmware there is: the built-in one here, OpenSBI in
 * tests/boot. One hart starts, interrupts, fences, suspends and stops all others (SBI 1.0 ch. 6 to 9), writes to the console and
 * switches the machine off. */
/* cpus: 4 */
/* options: --firmware builtin */
/* address: 0x80200000 */
#include "lib/env.h"
#include "lib/sbi.h"

#define ALL_HARTS UINT64_MAX
#define ASID 1
/* A page that only the other harts have mapped, and its two neighbours. */
#define WINDOW UINT64_C(0x40001000)
#define STEP 3000 /* of the time counter */

enum order { MAP, LOOK, CALL, SLEEP_ON_TIMER, SUSPEND, FORGET, STOP };

const uint64_t starts_in_s_mode = 1;

static volatile enum order order;
static volatile uint64_t done[MAX_HARTS];   /* orders carried out */
static volatile uint64_t seen[MAX_HARTS];   /* by the latest LOOK or CALL */
static volatile uint64_t opaque[MAX_HARTS]; /* what the hart came up with */
static uint64_t harts, me;

static uint64_t *table;
static uint64_t page[2][PAGE / 8] __attribute__((aligned(PAGE)));
static volatile uint32_t code[2] __attribute__((aligned(PAGE)));

static void expect_error(unsigned number, struct sbi_result result, int64_t error)
{
    expect(number, (uint64_t)result.error, (uint64_t)error);
}

static uint64_t now(void)
{
    return CSR_READ(time);
}

static bool is_other(uint64_t hart)
{
    return hart != me;
}

static uint64_t others(void)
{
    return ((UINT64_C(1) << harts) - 1) & ~(UINT64_C(1) << me);
}

/* The other harts. */

static uint64_t sleep_until_interrupt(uint64_t enabled)
{
    uint64_t unused = 0;
    CSR_WRITE(sie, enabled);
    return TRY("csrsi sstatus, 2\n 8: wfi\n j 8b", unused, 0);
}

static void sleep_on_timer(void)
{
    uint64_t deadline = now() + STEP;
    expect_error(20, sbi(SBI_TIME, 0, deadline, 0, 0), 0);
    expect(21, sleep_until_interrupt(MIP_STIP), INTERRUPT(5));
    expect(22, now() >= deadline, true);
    expect_error(23, sbi(SBI_TIME, 0, UINT64_MAX, 0, 0), 0);
    expect(24, CSR_READ(sip) & MIP_STIP, 0);
}

static void suspend(void)
{
    CSR_WRITE(sie, MIP_SSIP);
    expect_error(25, sbi(SBI_HSM, HSM_SUSPEND, HSM_RETENTIVE, 0, 0), 0);
    while (!(CSR_READ(sip) & MIP_SSIP)) {
    }
    CSR_CLEAR(sip, MIP_SSIP);
}

static void obey(uint64_t hart)
{
    uint64_t (*function)(void) = (uint64_t(*)(void))(uintptr_t)code;
    switch (order) {
    case MAP:
        CSR_WRITE(satp, table_satp(table, ASID));
        sfence_all();
        break;
    case LOOK: seen[hart] = *(volatile uint64_t *)WINDOW; break;
    case CALL: seen[hart] = function(); break;
    case SLEEP_ON_TIMER: sleep_on_timer(); break;
    case SUSPEND: suspend(); break;
    case FORGET: sbi(SBI_HSM, HSM_SUSPEND, HSM_NON_RETENTIVE, (uint64_t)_start, opaque[hart] + 1); fail(26);
    case STOP: sbi(SBI_HSM, HSM_STOP, 0, 0, 0); fail(27);
    }
}

/* Where a hart comes up that was started, or that was suspended without keeping anything. */
void other_hart(uint64_t hart, uint64_t told);
void other_hart(uint64_t hart, uint64_t told)
{
    expect(28, CSR_READ(satp), 0);
    expect(29, CSR_READ(sstatus) & MSTATUS_SIE, 0);
    CSR_CLEAR(sip, MIP_SSIP);
    opaque[hart] = told;
    for (;;) {
        expect(30, sleep_until_interrupt(MIP_SSIP), INTERRUPT(1));
        CSR_CLEAR(sip, MIP_SSIP);
        obey(hart);
        done[hart] = done[hart] + 1;
    }
}

/* The hart that rules. */

static void await(volatile uint64_t *word, uint64_t value)
{
    while (*word != value) {
    }
}

static void await_status(uint64_t hart, uint64_t status)
{
    for (;;) {
        struct sbi_result result = sbi(SBI_HSM, HSM_STATUS, hart, 0, 0);
        expect_error(40, result, 0);
        if (result.value == status)
            return;
    }
}

static void give_order(enum order what)
{
    order = what;
    __asm__ volatile("fence" ::: "memory");
    expect_error(41, sbi(SBI_IPI, 0, others(), 0, 0), 0);
}

static void have_done(enum order what)
{
    uint64_t before[MAX_HARTS];
    for (uint64_t i = 0; i < harts; i++)
        before[i] = done[i];
    give_order(what);
    for (uint64_t i = 0; i < harts; i++)
        if (is_other(i))
            await(&done[i], before[i] + 1);
}

static void expect_seen(unsigned number, enum order what, uint64_t value)
{
    have_done(what);
    for (uint64_t i = 0; i < harts; i++)
        if (is_other(i))
            expect(number, seen[i], value);
}

static void count_harts(void)
{
    while (sbi(SBI_HSM, HSM_STATUS, harts, 0, 0).error == 0)
        harts++;
    expect_error(42, sbi(SBI_HSM, HSM_STATUS, harts, 0, 0), SBI_INVALID_PARAM);
    expect_error(43, sbi(SBI_HSM, HSM_START, harts, (uint64_t)_start, 0), SBI_INVALID_PARAM);
    expect(44, sbi(SBI_HSM, HSM_STATUS, me, 0, 0).value, HSM_STARTED);
}

static void start_others(uint64_t first_opaque)
{
    for (uint64_t i = 0; i < harts; i++) {
        if (!is_other(i))
            continue;
        await_status(i, HSM_STOPPED);
        expect_error(45, sbi(SBI_HSM, HSM_START, i, (uint64_t)_start, first_opaque + i), 0);
        await(&opaque[i], first_opaque + i);
        expect(46, sbi(SBI_HSM, HSM_STATUS, i, 0, 0).value, HSM_STARTED);
        expect_error(47, sbi(SBI_HSM, HSM_START, i, (uint64_t)_start, 0), SBI_ALREADY_AVAILABLE);
    }
}

/* One by one, and nobody else hears it. */
static void interrupt_each(void)
{
    order = MAP;
    for (uint64_t i = 0; i < harts; i++) {
        if (!is_other(i))
            continue;
        uint64_t before = done[i];
        expect_error(48, sbi(SBI_IPI, 0, 1, i, 0), 0);
        await(&done[i], before + 1);
        for (uint64_t k = i + 1; k < harts; k++)
            expect(49, is_other(k) ? done[k] : 0, 0);
    }
    expect(50, CSR_READ(sip) & MIP_SSIP, 0);
    expect_error(51, sbi(SBI_IPI, 0, UINT64_C(1) << me, 0, 0), 0);
    expect(52, sleep_until_interrupt(MIP_SSIP), INTERRUPT(1));
    CSR_CLEAR(sip, MIP_SSIP);
}

/* The five arguments of the fence calls: an SBI call with more of them than sbi() has. */
static void fence(uint64_t function, uint64_t mask, uint64_t base, uint64_t start, uint64_t size)
{
    register uint64_t a3 __asm__("a3") = size;
    register uint64_t a4 __asm__("a4") = ASID;
    register uint64_t a0 __asm__("a0") = mask;
    register uint64_t a1 __asm__("a1") = base;
    register uint64_t a2 __asm__("a2") = start;
    register uint64_t a6 __asm__("a6") = function;
    register uint64_t a7 __asm__("a7") = SBI_RFENCE;
    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a3), "r"(a4), "r"(a6), "r"(a7) : "memory");
    expect(53, a0, 0);
}

/* The others have the old page in their TLBs; the fence alone makes them look at the table again. */
static void fence_window(unsigned number, unsigned shown, uint64_t function, uint64_t mask, uint64_t base,
                         uint64_t start, uint64_t size)
{
    table_map(table, WINDOW, (uint64_t)page[shown], PTE_RW);
    fence(function, mask, base, start, size);
    expect_seen(number, LOOK, 0xaaa0 + shown);
}

static void fence_translations(void)
{
    page[0][0] = 0xaaa0;
    page[1][0] = 0xaaa1;
    expect_seen(60, LOOK, 0xaaa0);
    fence_window(61, 1, REMOTE_SFENCE_VMA, others(), 0, WINDOW, PAGE);
    fence_window(62, 0, REMOTE_SFENCE_VMA, others(), 0, 0, 0);
    fence_window(63, 1, REMOTE_SFENCE_VMA, 0, ALL_HARTS, WINDOW - PAGE, 3 * PAGE);
    fence_window(64, 0, REMOTE_SFENCE_VMA, others(), 0, 0, UINT64_MAX);
    fence_window(65, 1, REMOTE_SFENCE_VMA_ASID, others(), 0, WINDOW, PAGE);
    fence_window(66, 0, REMOTE_SFENCE_VMA_ASID, others(), 0, 0, UINT64_MAX);
    fence_window(67, 1, REMOTE_SFENCE_VMA_ASID, 0, ALL_HARTS, WINDOW & ~UINT64_C(0xffffff), UINT64_C(64) << 20);
}

static void fence_instructions(void)
{
    code[0] = 0x00100513; /* li a0, 1 */
    code[1] = 0x00008067; /* ret */
    fence(REMOTE_FENCE_I, others(), 0, 0, 0);
    expect_seen(70, CALL, 1);
    code[0] = 0x00200513; /* li a0, 2 */
    fence(REMOTE_FENCE_I, others(), 0, 0, 0);
    expect_seen(71, CALL, 2);
    code[0] = 0x00300513;
    fence(REMOTE_FENCE_I, 0, ALL_HARTS, 0, 0);
    expect_seen(72, CALL, 3);
}

static void suspend_others(void)
{
    uint64_t before = done[harts - 1];
    give_order(SUSPEND);
    for (uint64_t i = 0; i < harts; i++)
        if (is_other(i))
            await_status(i, HSM_SUSPENDED);
    expect(80, done[harts - 1], before);
    expect_error(81, sbi(SBI_IPI, 0, others(), 0, 0), 0);
    for (uint64_t i = 0; i < harts; i++)
        if (is_other(i))
            await_status(i, HSM_STARTED);
    have_done(SLEEP_ON_TIMER);
    expect_seen(82, LOOK, 0xaaa1);
}

static void suspend_others_without_memory(void)
{
    uint64_t before[MAX_HARTS];
    for (uint64_t i = 0; i < harts; i++)
        before[i] = opaque[i];
    give_order(FORGET);
    for (uint64_t i = 0; i < harts; i++)
        if (is_other(i))
            await_status(i, HSM_SUSPENDED);
    expect_error(83, sbi(SBI_IPI, 0, 0, ALL_HARTS, 0), 0);
    CSR_CLEAR(sip, MIP_SSIP);
    for (uint64_t i = 0; i < harts; i++)
        if (is_other(i))
            await(&opaque[i], before[i] + 1);
}

static void speak(void)
{
    static const char by_dbcn[] = "the console speaks\n";
    if (sbi(SBI_BASE, SBI_PROBE_EXTENSION, SBI_DBCN, 0, 0).value != 0) {
        expect(90, sbi(SBI_DBCN, 0, sizeof by_dbcn - 1, (uint64_t)by_dbcn, 0).value, sizeof by_dbcn - 1);
        return;
    }
    for (const char *c = by_dbcn; *c != '\0'; c++)
        expect_error(91, sbi(SBI_PUTCHAR, 0, (uint64_t)*c, 0, 0), 0);
}

void test(void)
{
    static const uint64_t needed[] = {SBI_TIME, SBI_IPI, SBI_RFENCE, SBI_HSM, SBI_SRST};
    for (unsigned i = 0; i < sizeof needed / sizeof needed[0]; i++)
        expect(1, sbi(SBI_BASE, SBI_PROBE_EXTENSION, needed[i], 0, 0).value != 0, true);
    me = self()->hart;
    table = table_create(0);
    table_map(table, FINISHER, FINISHER, PTE_RW);
    table_map(table, UART, UART, PTE_RW);
    table_map(table, WINDOW, (uint64_t)page[0], PTE_RW);
    count_harts();
    start_others(0x1000);
    interrupt_each();
    sleep_on_timer();
    have_done(SLEEP_ON_TIMER);
    fence_translations();
    fence_instructions();
    if (harts > 1) {
        suspend_others();
        suspend_others_without_memory();
    }
    have_done(SLEEP_ON_TIMER);
    give_order(STOP);
    start_others(0x2000);
    have_done(SLEEP_ON_TIMER);
    speak();
    sbi(SBI_SRST, 0, 0, 0, 0);
    fail(96);
}
