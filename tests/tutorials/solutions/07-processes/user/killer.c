/* SPDX-License-Identifier: MIT */
#include "lib.h"

int main(void)
{
    int status, child = fork();
    if (child == 0)
        for (;;)
            ;
    sleep(20);
    kill(child);
    int pid = wait(&status);
    print("killer: process %d has ended with %d\n", pid, status);
    print("killer: %d\n", kill(99));
    return 0;
}
