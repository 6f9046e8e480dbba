/* SPDX-License-Identifier: MIT */
#include "syscall.h"

#include "console.h"
#include "process.h"
#include "trap.h"
#include "vm.h"

static int64_t sys_exec(uint64_t text, uint64_t length)
{
    char name[32];
    if (length >= sizeof name || !vm_copy_in(current->root, name, text, length))
        return -1;
    name[length] = 0;
    return process_exec(name) ? 0 : -1;
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
    case SYS_EXEC: x[A0] = sys_exec(x[A0], x[A1]); return frame;
    case SYS_FORK: x[A0] = process_fork(); return frame;
    case SYS_WAIT: return process_wait();
    default: x[A0] = -1; return frame;
    }
}
