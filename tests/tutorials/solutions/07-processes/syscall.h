/* SPDX-License-Identifier: MIT */
/* What a process can ask for. The number in a7, arguments in a0 to a2, ecall; the answer is in a0. */
#ifndef SYSCALL_H
#define SYSCALL_H

enum {
    SYS_WRITE = 1,                 /* text, length: to the console; how much was written, or -1 */
    SYS_EXIT,                      /* status: does not return */
    SYS_GETPID,                    /* the number of the process */
    SYS_YIELD,                     /* the others may go first */
    SYS_SLEEP,                     /* milliseconds: goes on after that time */
    SYS_EXEC,                      /* name, length, argument: becomes that program, or -1 */
    SYS_FORK,                      /* makes a copy of the process: its number, and 0 in the copy */
    SYS_WAIT,                      /* until a child ends: its number, or -1, and in a1 its status */
    SYS_GETPPID,                   /* the number of the parent, or 0 */
    SYS_KILL,                      /* pid: ends that process; -1 if there is none */
};

struct frame;

/* Does what the process asks for. Returns whose turn it is. */
struct frame *syscall(struct frame *frame);

#endif
