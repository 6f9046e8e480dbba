/* SPDX-License-Identifier: MIT */
#include "process.h"

#include "board.h"
#include "console.h"
#include "pages.h"
#include "vm.h"

static struct process processes[8];
enum { PROCESSES = sizeof processes / sizeof *processes };

struct process *current;

static struct process *find_place(void)
{
    for (int i = 0; i < PROCESSES; i++)
        if (!processes[i].pid)
            return &processes[i];
    return NULL;
}

int process_create(void (*entry)(void))
{
    static int count;
    struct process *p = find_place();
    if (!p || !(p->root = vm_create_user()))
        return 0;
    for (int i = 0; i < 32; i++)
        p->frame.x[i] = 0;
    p->frame.x[SP] = USER_STACK_TOP;
    p->frame.pc = (uint64_t)entry;
    return p->pid = ++count;
}

struct frame *process_next(void)
{
    for (int i = 0; i < PROCESSES; i++) {
        if (!processes[i].pid)
            continue;
        current = &processes[i];
        vm_switch(current->root);
        return &current->frame;
    }
    printf("kernel: no process is left, and %u pages are\n", pages_left());
    power_off(0);
}

struct frame *process_end(void)
{
    vm_switch(kernel_root);        /* nobody may stand on tables that are given back */
    vm_free_user(current->root);
    current->pid = 0;
    current = NULL;
    return process_next();
}

struct frame *process_exit(int status)
{
    printf("kernel: process %d ends with status %d\n", current->pid, status);
    return process_end();
}
