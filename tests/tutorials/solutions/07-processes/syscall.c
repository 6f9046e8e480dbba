/* SPDX-License-Identifier: MIT */
#include "syscall.h"

#include "console.h"
#include "process.h"
#include "trap.h"
#include "vm.h"

/* A text of the process, up to its zero. Returns 0 if it may not read it, or it is too long. */
static int copy_text(char *to, uint64_t from, uint64_t size)
{
    for (uint64_t i = 0; i < size; i++) {
        if (!vm_copy_in(current->root, &to[i], from + i, 1))
            return 0;
        if (!to[i])
            return 1;
    }
    return 0;
}

/* The new program finds the address of its argument in a0. */
static void sys_exec(uint64_t *x)
{
    char name[32], argument[ARGUMENT_SIZE];
    uint64_t text = x[A0], length = x[A1], from = x[A2];
    x[A0] = -1;
    if (length >= sizeof name || !vm_copy_in(current->root, name, text, length))
        return;
    name[length] = 0;
    if (copy_text(argument, from, sizeof argument))
        process_exec(name, argument);
}

/* In pieces, through a buffer of our own. */
static int64_t sys_write(uint64_t text, uint64_t length)
{
    char piece[64];
    for (uint64_t done = 0; done < length;) {
        uint64_t n = length - done < sizeof piece ? length - done : sizeof piece;
        if (!vm_copy_in(current->root, piece, text + done, n))
            return -1;
        for (uint64_t i = 0; i < n; i++)
            put_char(piece[i]);
        done += n;
    }
    return length;
}

struct frame *syscall(struct frame *frame)
{
    uint64_t *x = frame->x;
    frame->pc += 4;                /* go on behind the ecall */
    switch (x[A7]) {
    case SYS_WRITE: x[A0] = sys_write(x[A0], x[A1]); return frame;
    case SYS_EXIT: return process_end(x[A0]);
    case SYS_GETPID: x[A0] = current->pid; return frame;
    case SYS_YIELD: x[A0] = 0; return process_next();
    case SYS_SLEEP: return process_sleep(x[A0]);
    case SYS_EXEC: sys_exec(x); return frame;
    case SYS_FORK: x[A0] = process_fork(); return frame;
    case SYS_WAIT: return process_wait();
    case SYS_GETPPID: x[A0] = current->parent ? current->parent->pid : 0; return frame;
    case SYS_KILL: return process_kill(x[A0]);
    default: x[A0] = -1; return frame;
    }
}
