/* SPDX-License-Identifier: MIT */
/* From reset to the first task: machine mode prepares, supervisor mode is the kernel. */
#include "kernel.h"

static void kernel_main(void)
{
    csr_write(stvec, trap_entry);
    csr_write(sscratch, 0);
    csr_write(sie, INTERRUPT_SSI);
    vm_init();
    task_create("Task A", task_a);
    task_create("Task B", task_b);
    task_create("Task C", task_c);
    printf("[kernel] starting scheduler...\n\n");
    csr_clear(sstatus, SSTATUS_SPP);
    resume(schedule());
}

/* Called by entry.S in machine mode, which no page table and no protection holds back. */
void start(void)
{
    uart_init();
    printf("\n  ╔═══════════════════════════════════╗\n");
    printf("  ║     🖥️  MyOS v0.1 on RISC-V       ║\n");
    printf("  ║     Hello from my OS!              ║\n");
    printf("  ╚═══════════════════════════════════╝\n\n");

    /* The lower modes may use no memory until physical memory protection lets them: one region
       from 0 to the top, readable, writable and executable. */
    csr_write(pmpaddr0, ~0ul >> 10);
    csr_write(pmpcfg0, 0x0f);

    /* They take their traps themselves (a bit for each cause). Only the machine timer interrupt
       stays here: machine_trap makes a supervisor software interrupt of it. */
    csr_write(medeleg, 0xffff);
    csr_write(mideleg, INTERRUPT_SSI);
    csr_write(mtvec, machine_trap);
    MMIO(uint64_t, CLINT_MTIMECMP) = ~0ul;
    csr_write(mie, INTERRUPT_MTI);

    /* "Return" to supervisor mode, where we never came from. */
    csr_write(satp, 0);
    csr_write(mstatus, (csr_read(mstatus) & ~MSTATUS_MPP) | MSTATUS_MPP_S);
    csr_write(mepc, kernel_main);
    asm volatile("mret");
}
