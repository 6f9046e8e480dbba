/* SPDX-License-Identifier: MIT */
/* Round robin: everyone in turn, nobody for longer than a time slice. */
#include "kernel.h"

#define TASKS 3
#define TIME_SLICE 100000          /* of mtime: 10 ms */

static struct task tasks[TASKS];
struct task *current = &tasks[TASKS - 1]; /* so that the first to run is tasks[0] */

void task_create(const char *name, void (*entry)(void))
{
    static int count;
    if (count == TASKS) {
        printf("[sched] no room for '%s': raise TASKS\n", name);
        return;
    }
    struct task *t = &tasks[count++];
    t->ready = 1;
    t->pid = count;
    t->root = vm_create_user();
    t->frame.pc = (uint64_t)entry;
    t->frame.sp = USER_STACK_TOP;
    printf("[sched] created task %d: '%s'\n", t->pid, name);
}

/* The next task that can run, after the current one: enter its address space, start its slice. */
struct frame *schedule(void)
{
    for (int i = 1; i <= TASKS; i++) {
        struct task *t = &tasks[(current - tasks + i) % TASKS];
        if (!t->ready)
            continue;
        current = t;
        vm_switch(t->root);
        MMIO(uint64_t, CLINT_MTIMECMP) = MMIO(uint64_t, CLINT_MTIME) + TIME_SLICE;
        return &t->frame;
    }
    printf("[kernel] all tasks have exited, powering off\n");
    for (;;)
        MMIO(uint32_t, FINISHER) = 0x5555;
}
