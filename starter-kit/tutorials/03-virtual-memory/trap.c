/* SPDX-License-Identifier: MIT */
#include "trap.h"

#include "board.h"
#include "console.h"
#include "csr.h"
#include "vm.h"

void trap_entry(void);             /* trap.S */

void trap_init(void)
{
    csr_write(stvec, trap_entry);
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

static _Noreturn void panic(uint64_t cause, uint64_t address)
{
    const char *wish = name_of(cause);
    if (wish) {
        printf("panic: the instruction at 0x%lx may not %s 0x%lx\n", csr_read(sepc), wish, address);
        vm_explain(kernel_root, address);
    } else {
        printf("panic: scause 0x%lx, sepc 0x%lx, stval 0x%lx\n", cause, csr_read(sepc), address);
    }
    power_off(1);
}

/* Called by trap.S. */
void trap(struct frame *frame)
{
    (void)frame;
    uint64_t cause = csr_read(scause), address = csr_read(stval);
    int may_grow = cause == CAUSE_LOAD_PAGE_FAULT || cause == CAUSE_STORE_PAGE_FAULT;
    if (!may_grow || !vm_grow_heap(address))
        panic(cause, address);
}
