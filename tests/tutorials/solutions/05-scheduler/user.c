/* SPDX-License-Identifier: MIT */
/* User programs. They can compute, and ask the kernel; the kernel's functions are out of reach. */
#include <stdarg.h>

#include "programs.h"
#include "syscall.h"
#include "timer.h"

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

static void yield(void)
{
    ask(SYS_YIELD, 0, 0);
}

static void sleep(unsigned milliseconds)
{
    ask(SYS_SLEEP, milliseconds, 0);
}

static uint64_t now(void)
{
    uint64_t time;
    asm volatile("rdtime %0" : "=r"(time));
    return time;
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

/* Prints five times, and sleeps between. */
void tick(void)
{
    for (int i = 1; i <= 5; i++) {
        print("process %d: tick %d\n", getpid(), i);
        sleep(20);
    }
    exit(0);
}

/* Never gives the hart away. */
void spin(void)
{
    print("process %d: spins for 50 ms\n", getpid());
    for (uint64_t begin = now(); now() - begin < 50 * MILLISECOND;)
        ;
    print("process %d: has spun\n", getpid());
    exit(0);
}

/* Lets the others go first after each line. */
void step(void)
{
    for (int i = 1; i <= 3; i++) {
        print("process %d: step %d\n", getpid(), i);
        yield();
    }
    exit(0);
}

/* Reads what only the kernel may read. */
void crash(void)
{
    print("process %d: reads the kernel's memory\n", getpid());
    char stolen = *(const volatile char *)0x80000000;
    print("process %d: has read %d\n", getpid(), stolen);
    exit(0);
}

void receiver(void)
{
    for (int i = 0; i < 3; i++) {
        int number = ask(SYS_RECEIVE, 0, 0);
        print("process %d: got %d\n", getpid(), number);
    }
    exit(0);
}

void sender(void)
{
    for (int number = 10; number <= 30; number += 10)
        while (ask(SYS_SEND, 5, number) < 0)
            yield();
    exit(0);
}

void urgent(void)
{
    ask(SYS_PRIORITY, 1, 0);
    for (uint64_t begin = now(); now() - begin < 10 * MILLISECOND;)
        ;
    print("process %d: urgent work is done\n", getpid());
    exit(0);
}
