/* SPDX-License-Identifier: MIT */
/* What programs have to work with. */
#ifndef LIB_H
#define LIB_H

/* The calls of the kernel; syscall.h says what they do. */
long write(const char *text, long length);
_Noreturn void exit(int status);
int getpid(void);
void yield(void);
void sleep(unsigned milliseconds);
int exec(const char *name, const char *argument);
int fork(void);
int wait(int *status);
int getppid(void);
int kill(int pid);

/* %d int, %s text; a line of at most 100 characters. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
