/* SPDX-License-Identifier: MIT */
#include "process.h"

#include "board.h"
#include "console.h"
#include "csr.h"
#include "pages.h"
#include "timer.h"
#include "vm.h"

static struct process processes[8];
enum { PROCESSES = sizeof processes / sizeof *processes };
enum { TIME_SLICE = 1 * MILLISECOND };

struct process *current;

static struct process *find_place(void)
{
    for (int i = 0; i < PROCESSES; i++)
        if (processes[i].state == FREE)
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
    p->state = READY;
    p->used = 0;
    p->priority = 0;
    p->has_message = 0;
    return p->pid = ++count;
}

/* Those whose time has come are ready again. Returns when the next one's comes, ~0 without one. */
static uint64_t wake_sleepers(void)
{
    uint64_t now = timer_now(), first = ~0ul;
    for (struct process *p = processes; p < processes + PROCESSES; p++) {
        if (p->state != SLEEPING)
            continue;
        if (p->wake <= now)
            p->state = READY;
        else if (p->wake < first)
            first = p->wake;
    }
    return first;
}

/* In turn: the search begins behind the one who was found last. */
static struct process *find_ready(void)
{
    static int last = PROCESSES - 1;
    struct process *found = NULL;
    for (int i = 1; i <= PROCESSES; i++) {
        struct process *p = &processes[(last + i) % PROCESSES];
        if (p->state == READY && (!found || p->priority > found->priority))
            found = p;
    }
    if (found)
        last = found - processes;
    return found;
}

/* The current process gives the hart back. */
static void charge(void)
{
    if (!current)
        return;
    uint64_t now = timer_now();
    current->used += now - current->began;
    current->began = now;
}

struct frame *process_next(void)
{
    charge();
    uint64_t wake = wake_sleepers();
    while (!(current = find_ready())) {
        if (wake == ~0ul) {
            printf("kernel: no process is left, and %u pages are\n", pages_left());
            power_off(0);
        }
        timer_set(wake);
        asm volatile("wfi");       /* interrupts are off: it ends, and no trap is taken */
        wake = wake_sleepers();
    }
    vm_switch(current->root);
    current->began = timer_now();
    timer_set(current->began + TIME_SLICE);
    return &current->frame;
}

struct frame *process_sleep(uint64_t milliseconds)
{
    current->frame.x[A0] = 0;
    current->wake = timer_now() + milliseconds * MILLISECOND;
    current->state = SLEEPING;
    return process_next();
}

int process_send(int pid, uint64_t message)
{
    for (struct process *p = processes; p < processes + PROCESSES; p++) {
        if (p->state == FREE || p->pid != pid || p->has_message)
            continue;
        if (p->state == RECEIVING) {
            p->frame.x[A0] = message;
            p->state = READY;
        } else {
            p->has_message = 1;
            p->message = message;
        }
        return 0;
    }
    return -1;
}

struct frame *process_receive(void)
{
    if (!current->has_message) {
        current->state = RECEIVING;
        return process_next();
    }
    current->has_message = 0;
    current->frame.x[A0] = current->message;
    return &current->frame;
}

struct frame *process_end(void)
{
    vm_switch(kernel_root);        /* nobody may stand on tables that are given back */
    vm_free_user(current->root);
    current->state = FREE;
    current = NULL;
    return process_next();
}

struct frame *process_exit(int status)
{
    charge();
    printf("kernel: process %d ends with status %d after %lu ms\n", current->pid, status,
           current->used / MILLISECOND);
    return process_end();
}
