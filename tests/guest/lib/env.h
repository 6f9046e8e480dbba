/* SPDX-License-Identifier: MIT */
/* What a guest test has: a bare machine in M mode, with one function to write.
 *
 *     void test(void)        runs on hart 0 and passes by returning
 *     void other_hart(void)  runs on every other hart, if the test defines it
 *
 * expect() compares and ends the test where it differs; its number becomes the exit status (1 to
 * 98; 99: a trap that nobody expected). TRY() runs an instruction that may trap and shows the trap.
 * run_in() runs a function in S or U mode. table_map() builds page tables.
 *
 * With `const uint64_t starts_in_s_mode = 1;` and "options: --firmware builtin" the test is an S-mode
 * kernel: it runs on one hart, other_hart() on those that it starts by HSM at _start; sbi() calls.
 *
 * Comments that the runner (tests/guest/run) reads, each in a line of its own:
 *     cpus: 4               run it with four harts as well as with one
 *     options: --cpu ...    more options for microvm
 *     address: 0x80200000   where it is linked (for CMake)
 *     input: 1000           so many bytes on standard input, "0123456789\n" over and over
 *     qemu: no, REASON      a reference that is known to differ */
#ifndef MICROVM_TESTS_GUEST_ENV_H
#define MICROVM_TESTS_GUEST_ENV_H

#define MAX_HARTS 8
#define FINISHER 0x100000
#define FINISHER_PASS 0x5555
#define FINISHER_FAIL 0x3333
#define UART 0x10000000
#define RETURN_TO_M 0x4d

#define MODE_U 0
#define MODE_S 1
#define MODE_M 3

#define MSTATUS_MPP_SHIFT 11
#define MSTATUS_SIE (1 << 1)
#define MSTATUS_MIE (1 << 3)
#define MSTATUS_SPIE (1 << 5)
#define MSTATUS_MPIE (1 << 7)
#define MSTATUS_SPP (1 << 8)
#define MSTATUS_MPP (3 << 11)
#define MSTATUS_FS (3 << 13)
#define MSTATUS_MPRV (1 << 17)
#define MSTATUS_SUM (1 << 18)
#define MSTATUS_MXR (1 << 19)
#define MSTATUS_TVM (1 << 20)
#define MSTATUS_TW (1 << 21)
#define MSTATUS_TSR (1 << 22)

#define CAUSE_FETCH_MISALIGNED 0
#define CAUSE_FETCH_ACCESS 1
#define CAUSE_ILLEGAL 2
#define CAUSE_BREAKPOINT 3
#define CAUSE_LOAD_MISALIGNED 4
#define CAUSE_LOAD_ACCESS 5
#define CAUSE_STORE_MISALIGNED 6
#define CAUSE_STORE_ACCESS 7
#define CAUSE_ECALL_U 8
#define CAUSE_ECALL_S 9
#define CAUSE_ECALL_VS 10
#define CAUSE_FETCH_PAGE 12
#define CAUSE_LOAD_PAGE 13
#define CAUSE_STORE_PAGE 15

#define HANDLED_BY_VS 0
#define HANDLED_BY_HS 1
#define HANDLED_BY_M 3

#define MIP_SSIP (1 << 1)
#define MIP_MSIP (1 << 3)
#define MIP_STIP (1 << 5)
#define MIP_MTIP (1 << 7)
#define MIP_SEIP (1 << 9)
#define CLINT_MSIP 0x2000000
#define CLINT_MTIMECMP 0x2004000
#define CLINT_MTIME 0x200bff8

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NO_TRAP UINT64_MAX
#define INTERRUPT(code) (UINT64_C(1) << 63 | (code))

/* Known to start.S. The rest of the page is the hart's stack. */
struct hart_area {
    uint64_t cause, tval, epc; /* of the latest trap */
    uint64_t count;            /* of traps */
    uint64_t resume;           /* where to go on after the next one; 0: it is not expected */
    uint64_t hart;
    uint64_t of_start[4]; /* start.S's own */
    uint64_t handler;     /* HANDLED_BY_... */
    uint64_t status;      /* mstatus, sstatus or vsstatus as the handler found it */
    uint64_t hstatus;     /* where HS mode handled it */
    uint64_t tval2, tinst;
};

extern volatile uint64_t harts_present;

static inline volatile struct hart_area *self(void)
{
    volatile struct hart_area *area;
    __asm__ volatile("mv %0, tp" : "=r"(area));
    return area;
}

void pass(void) __attribute__((noreturn));
void fail(unsigned number) __attribute__((noreturn));
void expect(unsigned number, uint64_t got, uint64_t want);
void put_text(const char *text);
void put_hex(uint64_t value);

uint64_t run_in(unsigned mode, uint64_t (*function)(uint64_t), uint64_t argument);

/* For tests that start in S mode. */
extern const uint64_t starts_in_s_mode;
void _start(void);

/* Waits until `count` harts have come or long enough; how many did. Later ones stay out. */
uint64_t wait_for_harts(uint64_t count);

#define CSR_READ(name)                                                                             \
    ({                                                                                             \
        uint64_t csr_value;                                                                        \
        __asm__ volatile("csrr %0, " #name : "=r"(csr_value)::"memory");                           \
        csr_value;                                                                                 \
    })
#define CSR_WRITE(name, value) __asm__ volatile("csrw " #name ", %0" ::"r"((uint64_t)(value)) : "memory")
#define CSR_SET(name, value) __asm__ volatile("csrs " #name ", %0" ::"r"((uint64_t)(value)) : "memory")
#define CSR_CLEAR(name, value) __asm__ volatile("csrc " #name ", %0" ::"r"((uint64_t)(value)) : "memory")

/* Runs instructions, %0 being in and out (a value) and %1 in (an address, say). If one traps, the
 * rest is skipped; gives the cause, or NO_TRAP. */
#define TRY(instructions, value, address)                                                          \
    ({                                                                                             \
        uint64_t try_traps = self()->count;                                                        \
        __asm__ volatile("la t0, 9f\n sd t0, 32(tp)\n" instructions "\n9:\n sd zero, 32(tp)"       \
                         : "+r"(value)                                                             \
                         : "r"(address)                                                            \
                         : "t0", "t1", "t2", "ra", "memory");                                      \
        self()->count == try_traps ? NO_TRAP : self()->cause;                                      \
    })

static inline uint64_t try_load(const volatile void *address, uint64_t *value)
{
    return TRY("ld %0, (%1)", *value, address);
}

static inline uint64_t try_store(volatile void *address, uint64_t value)
{
    return TRY("sd %0, (%1)", value, address);
}

/* Goes to an address as a call does: the code there returns, or traps. */
static inline uint64_t try_call(const volatile void *address, uint64_t *a0)
{
    register uint64_t value __asm__("a0") = *a0;
    uint64_t cause = TRY("jalr %1", value, address);
    *a0 = value;
    return cause;
}

#define PAGE 4096
#define PTE_V 0x01
#define PTE_R 0x02
#define PTE_W 0x04
#define PTE_X 0x08
#define PTE_U 0x10
#define PTE_G 0x20
#define PTE_A 0x40
#define PTE_D 0x80
#define PTE_RW (PTE_V | PTE_R | PTE_W | PTE_A | PTE_D)
#define PTE_RX (PTE_V | PTE_R | PTE_X | PTE_A)
#define PTE_RWX (PTE_RW | PTE_X)

#define SATP_SV39 (UINT64_C(8) << 60)
#define SATP_ASID(asid) ((uint64_t)(asid) << 44)

/* An Sv39 table with two gigabytes from 0x80000000 mapped to themselves, with the bits of
 * PTE_RWX and `more`. For at most 4 tables and 16 lower ones in a test. */
uint64_t *table_create(uint64_t more);
/* Maps the page of va; the old entry is given back. */
uint64_t table_map(uint64_t *root, uint64_t va, uint64_t pa, uint64_t bits);
/* The entry of va's page, made where it is missing. */
volatile uint64_t *table_entry(uint64_t *root, uint64_t va);
uint64_t table_satp(const uint64_t *root, unsigned asid);

static inline void sfence_all(void)
{
    __asm__ volatile("sfence.vma" ::: "memory");
}

#endif
#endif
