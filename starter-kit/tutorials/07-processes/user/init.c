/* SPDX-License-Identifier: MIT */
/* The first process. It has others do the work. */
#include "lib.h"

static void start(const char *program)
{
    if (fork() == 0) {
        exec(program);
        print("init: there is no %s\n", program);
        exit(127);
    }
}

static void wait_for_one(void)
{
    int status, pid = wait(&status);
    print("init: process %d has ended with %d\n", pid, status);
}

int main(void)
{
    start("hello");
    wait_for_one();
    start("count");
    start("count");
    wait_for_one();
    wait_for_one();
    start("crash");
    wait_for_one();
    start("nobody");
    wait_for_one();
    return 0;
}
