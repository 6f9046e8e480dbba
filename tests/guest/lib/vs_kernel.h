/* SPDX-License-Identifier: MIT */
/* A small kernel for VS mode, and what it and its hypervisor agree on. It lies in sections of its own (guest_text,
 * guest_data), which the hypervisor copies to memory that the kernel finds at KERNEL_GPA. It starts there without tables and
 * goes on, by its own Sv39, where it is linked. What it finds wrong it reports by an environment call. */
#ifndef MICROVM_TESTS_GUEST_VS_KERNEL_H
#define MICROVM_TESTS_GUEST_VS_KERNEL_H

#include "lib/guest.h"
#include "lib/sbi.h"

#define KERNEL_VA 0x80200000 /* where the program is linked */
#define KERNEL_GPA 0x40000000
#define VA_MINUS_GPA (KERNEL_VA - KERNEL_GPA)
#define DEMAND_GPA 0x40200000 /* pages that come by a fault */
#define MISSING_TABLE_GPA (DEMAND_GPA + PAGE)
#define DEVICE_GPA 0xa000000
#define INTC_GPA 0xc201000

#define WINDOW_VA UINT64_C(0x1000000000)
#define DEVICE_VA WINDOW_VA
#define INTC_VA (WINDOW_VA + PAGE)
#define DEMAND_VA (WINDOW_VA + 2 * PAGE)
#define UNMAPPED_VA (WINDOW_VA + 3 * PAGE)
#define NO_TABLE_VA (WINDOW_VA + 0x200000 + 5 * PAGE)

/* The device: SCRATCH keeps 8 bytes, COUNTER counts its reads, OUTPUT prints, BELL asks for an interrupt. */
#define SCRATCH 0
#define COUNTER 0x10
#define OUTPUT 0x18
#define BELL 0x20
#define BELL_EXTERNAL 1
#define BELL_SOFTWARE 2
/* The interrupt controller: a read of CLAIM claims, a write completes. */
#define CLAIM 4
#define CLAIMED_SOURCE 33

#define CALL_FAIL 0x8000000
#define CALL_LOADED 0x8000001
#define CALL_STORED 0x8000002

#define BOOT_TIME (UINT64_C(1) << 32) /* what the kernel's time starts at */
#define DEADLINE 200000
#define TIMER_ROUNDS 3
#define TAKEN 16

#define GUEST __attribute__((section("guest_text"), noinline, flatten, used))
#define GUEST_DATA __attribute__((section("guest_data"), used))
#define GUEST_PAGE __attribute__((section("guest_data"), used, aligned(PAGE)))

static uint64_t vs_tables[4][512] GUEST_PAGE;
static volatile uint64_t vs_only_read[PAGE / 8] GUEST_PAGE = {11};
static volatile uint64_t vs_written[PAGE / 8] GUEST_PAGE = {22};
static volatile uint64_t vs_untouched[PAGE / 8] GUEST_PAGE = {33};
uint64_t vs_stack[PAGE / 8] GUEST_PAGE;

static volatile uint64_t vs_taken_count GUEST_DATA;
static volatile uint64_t vs_taken[TAKEN] GUEST_DATA;
static volatile uint64_t vs_claimed GUEST_DATA;
static volatile uint64_t vs_breaks GUEST_DATA;
static volatile uint64_t vs_fault_tval GUEST_DATA;
static volatile bool vs_owns_timer GUEST_DATA;
static char vs_text_by_sbi[] GUEST_DATA = "sbi\n";
static char vs_text_by_mmio[] GUEST_DATA = "mmio\n";

void vs_start(void);
uint64_t vs_make_tables(void);
void vs_handle_trap(void);
void vs_main(void);

/* Without tables first; the write of satp faults on the next fetch, which the hypervisor leaves to the kernel. */
__asm__(".pushsection guest_text, \"ax\"\n"
        ".balign 4\n"
        "vs_start:\n"
        "la sp, vs_stack + 4096\n"
        "call vs_make_tables\n"
        "li t1, 0x40200000\n"
        "la t0, 1f\n add t0, t0, t1\n csrw stvec, t0\n"
        "add sp, sp, t1\n csrw satp, a0\n"
        ".balign 4\n"
        "1: la t0, vs_handle_trap\n csrw stvec, t0\n"
        "call vs_main\n"
        ".popsection");
_Static_assert(VA_MINUS_GPA == 0x40200000, "vs_start knows it");

static inline uint64_t vs_call(uint64_t eid, uint64_t arg0, uint64_t arg1, uint64_t arg2)
{
    return (uint64_t)sbi(eid, 0, arg0, arg1, arg2).error;
}

static inline void vs_expect(uint64_t number, uint64_t got, uint64_t want)
{
    if (got != want)
        vs_call(CALL_FAIL, number, got, want);
}

/* Runs before there are tables, so addresses are guest physical here. Gives satp. */
GUEST uint64_t vs_make_tables(void)
{
    uint64_t *root = vs_tables[0], *own = vs_tables[1], *middle = vs_tables[2], *windows = vs_tables[3];
    root[KERNEL_VA >> 30 & 511] = PTE_OF(own) | PTE_V;
    own[KERNEL_VA >> 21 & 511] = PTE_OF(KERNEL_GPA) | PTE_RWX;
    root[WINDOW_VA >> 30 & 511] = PTE_OF(middle) | PTE_V;
    middle[0] = PTE_OF(windows) | PTE_V;
    middle[1] = PTE_OF(MISSING_TABLE_GPA) | PTE_V;
    windows[0] = PTE_OF(DEVICE_GPA) | PTE_RW;
    windows[1] = PTE_OF(INTC_GPA) | PTE_RW;
    windows[2] = PTE_OF(DEMAND_GPA) | PTE_RX;
    return SATP_SV39 | SATP_ASID(3) | (uint64_t)root / PAGE;
}

static inline void vs_take_interrupt(uint64_t code)
{
    vs_taken[vs_taken_count++ % TAKEN] = code;
    if (code == 1)
        CSR_CLEAR(sip, MIP_SSIP);
    if (code == 5 && vs_owns_timer)
        CSR_WRITE(stimecmp, UINT64_MAX);
    if (code == 5 && !vs_owns_timer)
        vs_call(SBI_SET_TIMER, UINT64_MAX, 0, 0);
    if (code == 9) {
        vs_claimed = *(volatile uint32_t *)(INTC_VA + CLAIM);
        *(volatile uint32_t *)(INTC_VA + CLAIM) = (uint32_t)vs_claimed;
    }
}

/* The faults that it makes by itself are those of 4-byte loads. */
GUEST __attribute__((interrupt("supervisor"), aligned(4))) void vs_handle_trap(void)
{
    uint64_t cause = CSR_READ(scause);
    if ((int64_t)cause < 0) {
        vs_take_interrupt(cause & 63);
        return;
    }
    if (cause == CAUSE_BREAKPOINT)
        vs_breaks++;
    else if (cause == CAUSE_LOAD_PAGE)
        vs_fault_tval = CSR_READ(stval);
    else
        vs_call(CALL_FAIL, 50, cause, CSR_READ(sepc));
    CSR_WRITE(sepc, CSR_READ(sepc) + 4);
}

#define PLAIN(instructions) ".option push\n.option norvc\n" instructions "\n.option pop"
#define BY_SP(instructions) "mv t6, sp\n mv sp, %1\n" instructions "\n mv sp, t6"

/* One access of the device's scratch register: %0 is the value, %1 the register's address. */
#define ACCESS(instructions, value)                                                                                    \
    ({                                                                                                                 \
        register uint64_t data __asm__("a0") = (value);                                                                \
        register uint64_t base __asm__("a1") = DEVICE_VA + SCRATCH;                                                    \
        __asm__ volatile(instructions : "+r"(data) : "r"(base) : "t6", "memory");                                      \
        data;                                                                                                          \
    })

/* Exceptions that the hypervisor leaves to it: no exits. */
GUEST static void vs_serve_itself(void)
{
    __asm__ volatile(PLAIN("ebreak")::: "memory");
    vs_expect(51, vs_breaks, 1);
    __asm__ volatile(PLAIN("lw zero, 8(%0)")::"r"(UNMAPPED_VA) : "memory");
    vs_expect(52, vs_fault_tval, UNMAPPED_VA + 8);
}

GUEST static void vs_use_memory(void)
{
    vs_expect(53, vs_only_read[0] + vs_written[0], 33);
    vs_call(CALL_LOADED, CSR_READ(time), 0, 0);
    vs_written[1] = 44;
    vs_call(CALL_STORED, CSR_READ(time), 0, 0);
    vs_expect(54, vs_written[1], 44);
}

GUEST static void vs_print(void)
{
    for (unsigned i = 0; vs_text_by_sbi[i] != '\0'; i++)
        vs_expect(55, vs_call(SBI_PUTCHAR, (uint8_t)vs_text_by_sbi[i], 0, 0), 0);
    for (unsigned i = 0; vs_text_by_mmio[i] != '\0'; i++)
        *(volatile uint8_t *)(DEVICE_VA + OUTPUT) = (uint8_t)vs_text_by_mmio[i];
}

GUEST static void vs_load_from_device(void)
{
    ACCESS(PLAIN("sd %0, 0(%1)"), 0x8182838485868788);
    vs_expect(56, ACCESS(PLAIN("lb %0, 0(%1)"), 0), 0xffffffffffffff88);
    vs_expect(57, ACCESS(PLAIN("lbu %0, 1(%1)"), 0), 0x87);
    vs_expect(58, ACCESS(PLAIN("lh %0, 2(%1)"), 0), 0xffffffffffff8586);
    vs_expect(59, ACCESS(PLAIN("lhu %0, 4(%1)"), 0), 0x8384);
    vs_expect(60, ACCESS(PLAIN("lw %0, 4(%1)"), 0), 0xffffffff81828384);
    vs_expect(61, ACCESS(PLAIN("lwu %0, 0(%1)"), 0), 0x85868788);
    vs_expect(62, ACCESS(PLAIN("ld %0, 0(%1)"), 0), 0x8182838485868788);
    vs_expect(63, ACCESS(PLAIN("lw zero, 0(%1)\n mv %0, zero"), 5), 0);
    vs_expect(64, ACCESS("c.lw %0, 4(%1)", 0), 0xffffffff81828384);
    vs_expect(65, ACCESS("c.ld %0, 0(%1)", 0), 0x8182838485868788);
    vs_expect(66, ACCESS(BY_SP("c.lwsp %0, 4(sp)"), 0), 0xffffffff81828384);
    vs_expect(67, ACCESS(BY_SP("c.ldsp %0, 0(sp)"), 0), 0x8182838485868788);
    vs_expect(68, ACCESS("mv t6, sp\n" PLAIN("ld sp, 0(%1)") "\n mv %0, sp\n mv sp, t6", 0), 0x8182838485868788);
}

GUEST static void vs_store_to_device(void)
{
    ACCESS(PLAIN("sb %0, 1(%1)"), 0x1111111111111101);
    ACCESS(PLAIN("sh %0, 2(%1)"), 0x1111111111110203);
    ACCESS(PLAIN("sw %0, 4(%1)"), 0x1111111104050607);
    vs_expect(69, ACCESS("c.ld %0, 0(%1)", 0), 0x0405060702030188);
    ACCESS("c.sw %0, 0(%1)", 0x1111111112345678);
    vs_expect(70, ACCESS("c.ld %0, 0(%1)", 0), 0x0405060712345678);
    ACCESS("c.sd %0, 0(%1)", 0x0123456789abcdef);
    ACCESS(BY_SP("c.swsp %0, 4(sp)"), 0x1111111176543210);
    vs_expect(71, ACCESS("c.ld %0, 0(%1)", 0), 0x7654321089abcdef);
    ACCESS(BY_SP("c.sdsp %0, 0(sp)"), 0x00000000fffffffe);
    vs_expect(72, ACCESS("amoadd.w %0, %0, (%1)", 3), 0xfffffffffffffffe);
    vs_expect(73, ACCESS(PLAIN("ld %0, 0(%1)"), 0), 1);
    ACCESS(PLAIN("sw zero, 0(%1)"), 7);
    for (unsigned i = 1; i <= 3; i++)
        vs_expect(74, *(volatile uint16_t *)(DEVICE_VA + COUNTER), i);
}

/* A page of code that the hypervisor brings, and a page table that is empty then. */
GUEST static void vs_demand_pages(void)
{
    register uint64_t value __asm__("a0") = 0;
    __asm__ volatile("jalr %1" : "+r"(value) : "r"(DEMAND_VA + 0x100) : "ra", "memory");
    vs_expect(75, value, 42);
    __asm__ volatile(PLAIN("lw zero, 0(%0)")::"r"(NO_TABLE_VA) : "memory");
    vs_expect(76, vs_fault_tval, NO_TABLE_VA);
}

/* Lets the interrupts in that are pending. */
static inline void vs_open(void)
{
    __asm__ volatile("csrsi sstatus, 2\n nop\n csrci sstatus, 2" ::: "memory");
}

static inline void vs_expect_taken(uint64_t number, uint64_t count, uint64_t code)
{
    vs_expect(number, vs_taken_count, count);
    vs_expect(number, vs_taken[count - 1], code);
}

static inline void vs_wait_for_timer(uint64_t deadline)
{
    uint64_t taken = vs_taken_count;
    __asm__ volatile(PLAIN("wfi")::: "memory");
    vs_open();
    vs_expect_taken(77, taken + 1, 5);
    vs_expect(78, CSR_READ(time) >= deadline, true);
    vs_open();
    vs_expect(79, vs_taken_count, taken + 1);
}

GUEST static void vs_use_timer_of_sbi(void)
{
    for (unsigned i = 0; i < TIMER_ROUNDS; i++) {
        uint64_t deadline = CSR_READ(time) + DEADLINE;
        vs_expect(80, vs_call(SBI_SET_TIMER, deadline, 0, 0), 0);
        vs_wait_for_timer(deadline);
    }
}

/* The hypervisor gives it the comparator when it is first touched. */
GUEST static void vs_use_own_timer(void)
{
    vs_owns_timer = true;
    for (unsigned i = 0; i < TIMER_ROUNDS; i++) {
        uint64_t deadline = CSR_READ(time) + DEADLINE;
        CSR_WRITE(stimecmp, deadline);
        vs_expect(81, CSR_READ(stimecmp), deadline);
        vs_wait_for_timer(deadline);
    }
}

static inline void vs_ring(uint32_t bell)
{
    *(volatile uint32_t *)(DEVICE_VA + BELL) = bell;
}

GUEST static void vs_use_bells(void)
{
    uint64_t taken = vs_taken_count;
    vs_ring(BELL_EXTERNAL);
    vs_expect(82, CSR_READ(sip), MIP_SEIP);
    vs_open();
    vs_expect_taken(83, taken + 1, 9);
    vs_expect(84, vs_claimed, CLAIMED_SOURCE);
    vs_expect(85, CSR_READ(sip), 0);
    vs_ring(BELL_SOFTWARE);
    vs_expect(86, CSR_READ(sip), MIP_SSIP);
    vs_open();
    vs_expect_taken(87, taken + 2, 1);
    vs_expect(88, CSR_READ(sip), 0);
}

GUEST static void vs_take_all_at_once(void)
{
    uint64_t taken = vs_taken_count;
    CSR_WRITE(stimecmp, 0);
    vs_ring(BELL_SOFTWARE);
    vs_ring(BELL_EXTERNAL);
    vs_expect(89, CSR_READ(sip), MIP_SSIP | MIP_STIP | MIP_SEIP);
    vs_open();
    vs_expect_taken(90, taken + 3, 5);
    vs_expect(91, vs_taken[taken], 9);
    vs_expect(92, vs_taken[taken + 1], 1);
}

GUEST void vs_main(void)
{
    CSR_WRITE(sie, MIP_SSIP | MIP_STIP | MIP_SEIP);
    vs_serve_itself();
    vs_use_memory();
    vs_print();
    vs_load_from_device();
    vs_store_to_device();
    vs_demand_pages();
    vs_use_timer_of_sbi();
    vs_use_own_timer();
    vs_use_bells();
    vs_take_all_at_once();
    vs_call(SBI_SHUTDOWN, 0, 0, 0);
}

#endif
