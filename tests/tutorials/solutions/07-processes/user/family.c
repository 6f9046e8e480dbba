/* SPDX-License-Identifier: MIT */
#include "lib.h"

int main(void)
{
    int status;
    if (fork() == 0)
        print("family: my parent is %d\n", getppid());
    else
        wait(&status);
    return 0;
}
