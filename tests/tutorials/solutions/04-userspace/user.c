/* SPDX-License-Identifier: MIT */
/* User programs. They can compute, and ask the kernel; the kernel's functions are out of reach. */
#include <stdarg.h>

#include "programs.h"
#include "syscall.h"

static long ask(long number, long arg0, long arg1)
{
    register long a0 asm("a0") = arg0;
    register long a1 asm("a1") = arg1;
    register long a7 asm("a7") = number;
    asm volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a7) : "memory");
    return a0;
}

static long write(const char *text, long length)
{
    return ask(SYS_WRITE, (long)text, length);
}

static _Noreturn void exit(int status)
{
    ask(SYS_EXIT, status, 0);
    for (;;)
        ;
}

static int getpid(void)
{
    return ask(SYS_GETPID, 0, 0);
}

static char *put_number(char *out, unsigned value)
{
    if (value >= 10)
        out = put_number(out, value / 10);
    *out = '0' + value % 10;
    return out + 1;
}

/* A small printf: %d for numbers from 0 on, and lines of at most 100 characters. One write for
   all of it, so that nothing comes between. */
static void print(const char *format, ...)
{
    char line[112], *out = line;
    va_list args;
    va_start(args, format);
    for (const char *f = format; *f && out < line + 100; f++) {
        if (*f == '%' && f[1] == 'd') {
            out = put_number(out, va_arg(args, unsigned));
            f++;
        } else {
            *out++ = *f;
        }
    }
    va_end(args);
    write(line, out - line);
}

void hello(void)
{
    print("hello from process %d\n", getpid());
    exit(0);
}

/* Asks the kernel to print what only the kernel may read. */
void snoop(void)
{
    const char *kernel = (const char *)0x80000000;
    if (write(kernel, 16) < 0)
        print("process %d: the kernel keeps its memory to itself\n", getpid());
    exit(1);
}

/* Reads it itself. */
void crash(void)
{
    print("process %d reads the kernel's memory\n", getpid());
    char stolen = *(const volatile char *)0x80000000;
    print("process %d has read %d\n", getpid(), stolen);
    exit(0);
}

void count(void)
{
    print("process %d sees %d pages\n", getpid(), (int)ask(SYS_PAGES, 0, 0));
    exit(0);
}

void meddle(void)
{
    long value;
    asm volatile("csrr %0, sstatus" : "=r"(value));
    exit(value);
}

void deep(void)
{
    volatile char bytes[40000];
    int used = 0;
    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = 1;
    for (unsigned i = 0; i < sizeof bytes; i++)
        used += bytes[i];
    print("process %d used %d bytes of stack\n", getpid(), used);
    exit(0);
}

static int fall(volatile int *above)
{
    volatile int here = *above + 1;
    return fall(&here) + here;
}

void deeper(void)
{
    volatile int begin = 0;
    exit(fall(&begin));
}
