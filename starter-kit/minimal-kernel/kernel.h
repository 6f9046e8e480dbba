/* SPDX-License-Identifier: MIT */
/* What the files of the kernel share: addresses, CSR bits, the few structs, the functions. */
#ifndef KERNEL_H
#define KERNEL_H

#include <stddef.h>
#include <stdint.h>

/* The devices of the board, where its device tree says. */
#define FINISHER 0x100000ul        /* a store of 0x5555 powers the machine off */
#define CLINT_MTIMECMP 0x2004000ul /* the timer interrupt of hart 0 is pending while */
#define CLINT_MTIME 0x200bff8ul    /* mtime, counting at 10 MHz, >= mtimecmp */
#define UART 0x10000000ul
#define MMIO(type, address) (*(volatile type *)(address))
#define PAGE_SIZE 4096ul

/* Control and status registers have instructions of their own; C reaches them through these. */
#define csr_read(csr) ({ uint64_t v_; asm volatile("csrr %0, " #csr : "=r"(v_)); v_; })
#define csr_write(csr, v) asm volatile("csrw " #csr ", %0" : : "r"((uint64_t)(v)) : "memory")
#define csr_clear(csr, v) asm volatile("csrc " #csr ", %0" : : "r"((uint64_t)(v)) : "memory")

#define MSTATUS_MPP (3ul << 11)    /* where mret goes: 0 user mode, 1 supervisor, 3 machine */
#define MSTATUS_MPP_S (1ul << 11)
#define SSTATUS_SPP (1ul << 8)     /* where sret goes: 0 user mode, 1 supervisor */
#define INTERRUPT_SSI (1ul << 1)   /* supervisor software interrupt: in mideleg, sie and sip */
#define INTERRUPT_MTI (1ul << 7)   /* machine timer interrupt: in mie */
#define CAUSE_SSI (1ul << 63 | 1)  /* in scause, as is: */
#define CAUSE_USER_ECALL 8

/* The registers of a task that does not run. entry.S knows the order: x1 to x31 after the pc. */
struct frame {
    uint64_t pc, ra, sp, gp, tp, t0, t1, t2, s0, s1, a0, a1, a2, a3, a4, a5, a6, a7;
    uint64_t s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, t3, t4, t5, t6;
};

struct task {
    struct frame frame;
    int pid, ready;
    uint64_t *root;                /* its page table: every task has an address space */
};

/* The contract with the tasks. A system call: number in a7, arguments in a0 to a2, ecall, result
   in a0. All tasks see the same virtual addresses. */
enum { SYS_WRITE = 1, SYS_EXIT, SYS_YIELD, SYS_GETPID };
#define USER_TEXT 0x40000000ul     /* where kernel.ld links user.c */
#define USER_NEWS 0x40100000ul
#define USER_STACK_TOP 0x40200000ul

/* One page that the kernel writes and every task may read: news without a system call. */
struct news {
    volatile uint64_t ticks;       /* timer interrupts so far */
    volatile uint64_t writes;      /* SYS_WRITE calls so far */
};

void machine_trap(void), trap_entry(void), resume(struct frame *frame); /* entry.S */
void uart_init(void); /* console.c */
void uart_write(const char *bytes, size_t count);
void printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern struct news *news; /* vm.c */
void vm_init(void);
void vm_switch(const uint64_t *root);
uint64_t *vm_create_user(void);
const char *vm_user_byte(uint64_t *root, uint64_t address);
extern struct task *current; /* sched.c */
void task_create(const char *name, void (*entry)(void));
struct frame *schedule(void);
void task_a(void), task_b(void), task_c(void); /* user.c */

#endif
