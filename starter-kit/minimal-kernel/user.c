/* SPDX-License-Identifier: MIT */
/* The tasks. In user mode they can compute and ask the kernel, nothing else. They share this code,
   but each has a stack of its own, at the same virtual address. */
#include "kernel.h"
#include "format.h"

#define NEWS ((const struct news *)USER_NEWS)

static long syscall(long number, long arg0, long arg1, long arg2)
{
    register long a0 asm("a0") = arg0, a1 asm("a1") = arg1, a2 asm("a2") = arg2;
    register long a7 asm("a7") = number;
    asm volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
    return a0;
}

/* One write per line keeps lines whole whenever the timer strikes. */
static void print(const char *f, ...)
{
    char line[128];
    va_list args;
    va_start(args, f);
    syscall(SYS_WRITE, 1, (long)line, format(line, sizeof line, f, args));
    va_end(args);
}

/* Each spins until all lines before its own are written. That the others get to write them at all
   is the timer's work, and so the lines come in the same order on any machine. */
static void greet(const char *name, const char *text, int place)
{
    for (int i = 0; i < 3; i++) {
        while (NEWS->writes < 3u * i + place)
            ;
        print("[%s] %s tick=%d, pid=%d, iteration=%d\n", name, text, (int)NEWS->ticks,
              (int)syscall(SYS_GETPID, 0, 0, 0), i);
    }
    syscall(SYS_EXIT, 0, 0, 0);
}

void task_a(void) { greet("Task A", "Hello!", 0); }
void task_b(void) { greet("Task B", "World!", 1); }

/* C is polite: while it has nothing to do, it yields. */
void task_c(void)
{
    for (int i = 0; i < 3; i++) {
        while (NEWS->writes < 3u * i + 2)
            syscall(SYS_YIELD, 0, 0, 0);
        print("[Task C] Written via syscall!\n");
    }
    syscall(SYS_EXIT, 0, 0, 0);
}
