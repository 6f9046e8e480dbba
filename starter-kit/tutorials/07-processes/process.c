/* SPDX-License-Identifier: MIT */
#include "process.h"

#include "board.h"
#include "console.h"
#include "csr.h"
#include "elf.h"
#include "initrd.h"
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

/* Gives p a fresh address space with the program, and registers to begin it with. */
static int load(struct process *p, const char *program)
{
    uint64_t size, entry = 0, *root;
    const char *file = initrd_find(program, &size);
    if (!file || !(root = vm_create_user()))
        return 0;
    if (!(entry = elf_load(root, file, size))) {
        vm_free_user(root);
        return 0;
    }
    for (int i = 0; i < 32; i++)
        p->frame.x[i] = 0;
    p->frame.x[SP] = USER_STACK_TOP;
    p->frame.pc = entry;
    p->root = root;
    return 1;
}

/* Names it, and lets it run. */
static int begin(struct process *p, struct process *parent)
{
    static int count;
    p->parent = parent;
    p->state = READY;
    return p->pid = ++count;
}

int process_create(const char *program)
{
    struct process *p = find_place();
    return p && load(p, program) ? begin(p, NULL) : 0;
}

int process_exec(const char *program)
{
    uint64_t *old = current->root;
    if (!load(current, program))
        return 0;
    vm_switch(current->root);      /* nobody may stand on tables that are given back */
    vm_free_user(old);
    return 1;
}

int process_fork(void)
{
    struct process *p = find_place();
    if (!p || !(p->root = vm_copy_user(current->root)))
        return -1;
    p->frame = current->frame;
    p->frame.x[A0] = 0;            /* by this the copy knows that it is the copy */
    return begin(p, current);
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
    for (int i = 1; i <= PROCESSES; i++) {
        struct process *p = &processes[(last + i) % PROCESSES];
        if (p->state == READY) {
            last = p - processes;
            return p;
        }
    }
    return NULL;
}

struct frame *process_next(void)
{
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
    timer_set(timer_now() + TIME_SLICE);
    return &current->frame;
}

struct frame *process_sleep(uint64_t milliseconds)
{
    current->frame.x[A0] = 0;
    current->wake = timer_now() + milliseconds * MILLISECOND;
    current->state = SLEEPING;
    return process_next();
}

/* The parent learns of a child that has ended, and its place is free. */
static void report(struct process *parent, struct process *child)
{
    parent->frame.x[A0] = child->pid;
    parent->frame.x[A1] = child->status;
    parent->state = READY;
    child->state = FREE;
}

struct frame *process_wait(void)
{
    int children = 0;
    for (struct process *p = processes; p < processes + PROCESSES; p++) {
        if (p->state == FREE || p->parent != current)
            continue;
        if (p->state == ENDED) {
            report(current, p);
            return &current->frame;
        }
        children++;
    }
    if (!children) {
        current->frame.x[A0] = -1;
        return &current->frame;
    }
    current->state = WAITING;
    return process_next();
}

/* Nobody will ask for those whose parent is gone. */
static void leave_children(void)
{
    for (struct process *p = processes; p < processes + PROCESSES; p++) {
        if (p->state == FREE || p->parent != current)
            continue;
        p->parent = NULL;
        if (p->state == ENDED)
            p->state = FREE;
    }
}

struct frame *process_end(int status)
{
    struct process *parent = current->parent;
    leave_children();
    vm_switch(kernel_root);        /* nobody may stand on tables that are given back */
    vm_free_user(current->root);
    current->status = status;
    current->state = parent ? ENDED : FREE;
    if (parent && parent->state == WAITING)
        report(parent, current);
    current = NULL;
    return process_next();
}
