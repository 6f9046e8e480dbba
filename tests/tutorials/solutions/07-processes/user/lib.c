/* SPDX-License-Identifier: MIT */
#include "lib.h"

#include <stdarg.h>

#include "../syscall.h"

struct answer {
    long a0, a1;
};

static struct answer ask3(long number, long arg0, long arg1, long arg2)
{
    register long a0 asm("a0") = arg0;
    register long a1 asm("a1") = arg1;
    register long a2 asm("a2") = arg2;
    register long a7 asm("a7") = number;
    asm volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a7) : "memory");
    return (struct answer){a0, a1};
}

static struct answer ask(long number, long arg0, long arg1)
{
    return ask3(number, arg0, arg1, 0);
}

static long length(const char *text)
{
    long count = 0;
    while (text[count])
        count++;
    return count;
}

long write(const char *text, long length)
{
    return ask(SYS_WRITE, (long)text, length).a0;
}

void exit(int status)
{
    ask(SYS_EXIT, status, 0);
    for (;;)
        ;
}

int getpid(void)
{
    return ask(SYS_GETPID, 0, 0).a0;
}

void yield(void)
{
    ask(SYS_YIELD, 0, 0);
}

void sleep(unsigned milliseconds)
{
    ask(SYS_SLEEP, milliseconds, 0);
}

int exec(const char *name, const char *argument)
{
    return ask3(SYS_EXEC, (long)name, length(name), (long)argument).a0;
}

int getppid(void)
{
    return ask(SYS_GETPPID, 0, 0).a0;
}

int kill(int pid)
{
    return ask(SYS_KILL, pid, 0).a0;
}

int fork(void)
{
    return ask(SYS_FORK, 0, 0).a0;
}

int wait(int *status)
{
    struct answer answer = ask(SYS_WAIT, 0, 0);
    *status = answer.a1;
    return answer.a0;
}

static char *put_number(char *out, unsigned value)
{
    if (value >= 10)
        out = put_number(out, value / 10);
    *out = '0' + value % 10;
    return out + 1;
}

/* One write for all of it, so that nothing comes between. */
void print(const char *format, ...)
{
    char line[112], *out = line;
    va_list args;
    va_start(args, format);
    for (const char *f = format; *f && out < line + 100; f++) {
        if (*f == '%' && f[1] == 'd') {
            int value = va_arg(args, int);
            if (value < 0)
                *out++ = '-';
            out = put_number(out, value < 0 ? -(unsigned)value : (unsigned)value);
            f++;
        } else if (*f == '%' && f[1] == 's') {
            for (const char *s = va_arg(args, const char *); *s && out < line + 100; s++)
                *out++ = *s;
            f++;
        } else {
            *out++ = *f;
        }
    }
    va_end(args);
    write(line, out - line);
}
