/* SPDX-License-Identifier: MIT */
/* What a process can ask for. The number in a7, arguments in a0 to a2, ecall; the answer is in a0. */
#ifndef SYSCALL_H
#define SYSCALL_H

enum {
    SYS_WRITE = 1,                 /* text, length: to the console; how much was written, or -1 */
    SYS_EXIT,                      /* status: does not return */
    SYS_GETPID,                    /* the number of the process */
    SYS_PAGES,                     /* how many pages are free */
};

struct frame;

/* Does what the process asks for. Returns whose turn it is. */
struct frame *syscall(struct frame *frame);

#endif
