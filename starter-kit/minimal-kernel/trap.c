/* SPDX-License-Identifier: MIT */
/* Why are we here? The timer, a system call, or a mistake. */
#include "kernel.h"

/* fd is a file descriptor as in Unix: 1 is the standard output, and there is no other. */
static int64_t sys_write(uint64_t fd, uint64_t buffer, uint64_t count)
{
    news->writes++;
    for (uint64_t i = 0; i < count; i++) {
        const char *byte = vm_user_byte(current->root, buffer + i);
        if (fd != 1 || !byte)
            return -1;
        uart_write(byte, 1);
    }
    return count;
}

static struct frame *syscall(struct frame *f)
{
    f->pc += 4;                    /* go on after the ecall */
    switch (f->a7) {
    case SYS_WRITE: f->a0 = sys_write(f->a0, f->a1, f->a2); return f;
    case SYS_EXIT: current->ready = 0; return schedule();
    case SYS_YIELD: f->a0 = 0; return schedule();
    case SYS_GETPID: f->a0 = current->pid; return f;
    default: f->a0 = -1; return f;
    }
}

/* Called by trap_entry with the frame of the task that trapped; returns the one to resume. */
struct frame *trap(struct frame *f)
{
    uint64_t cause = csr_read(scause);
    if (cause == CAUSE_SSI) {      /* the timer, by way of machine_trap */
        csr_clear(sip, INTERRUPT_SSI);
        news->ticks++;
        return schedule();
    }
    if (cause == CAUSE_USER_ECALL)
        return syscall(f);
    printf("[kernel] task %d killed: cause %d, pc %p, address %p\n", current->pid, (int)cause,
           (void *)f->pc, (void *)csr_read(stval));
    current->ready = 0;
    return schedule();
}

/* A trap in the kernel: our own bug. Say where, and let the machine report failure. */
void panic(void)
{
    printf("[kernel] panic: cause %d, pc %p, address %p\n", (int)csr_read(scause),
           (void *)csr_read(sepc), (void *)csr_read(stval));
    for (;;)
        MMIO(uint32_t, FINISHER) = 1 << 16 | 0x3333;
}
