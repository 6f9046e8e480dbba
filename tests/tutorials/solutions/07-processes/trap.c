/* SPDX-License-Identifier: MIT */
#include "trap.h"

#include "board.h"
#include "console.h"
#include "csr.h"
#include "process.h"
#include "syscall.h"
#include "vm.h"

void trap_entry(void);             /* trap.S */

void trap_init(void)
{
    csr_write(stvec, trap_entry);
    csr_write(sscratch, 0);
    csr_clear(sstatus, SSTATUS_SPP | SSTATUS_SIE);
}

static const char *name_of(uint64_t cause)
{
    switch (cause) {
    case CAUSE_FETCH_PAGE_FAULT: return "execute";
    case CAUSE_LOAD_PAGE_FAULT: return "read";
    case CAUSE_STORE_PAGE_FAULT: return "write";
    default: return NULL;
    }
}

static void print_reason(void)
{
    uint64_t cause = csr_read(scause), address = csr_read(stval);
    const char *wish = name_of(cause);
    if (wish)
        printf("it may not %s 0x%lx\n", wish, address);
    else
        printf("scause 0x%lx, stval 0x%lx\n", cause, address);
}

/* Called by trap.S with the frame of the process that was interrupted; returns whose turn it is. */
struct frame *trap(struct frame *frame)
{
    switch (csr_read(scause)) {
    case CAUSE_USER_CALL: return syscall(frame);
    case CAUSE_TIMER: return process_next();
    case CAUSE_STORE_PAGE_FAULT:
        if (vm_copy_on_write(current->root, csr_read(stval)))
            return frame;
        break;
    }
    printf("kernel: process %d is killed at 0x%lx: ", current->pid, frame->pc);
    print_reason();
    return process_end(-1);
}

/* Called by trap.S when the kernel itself did what it may not. */
_Noreturn void panic(void)
{
    printf("panic: the kernel at 0x%lx: ", csr_read(sepc));
    print_reason();
    if (name_of(csr_read(scause)))
        vm_explain(current ? current->root : kernel_root, csr_read(stval));
    power_off(1);
}
