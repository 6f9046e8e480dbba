/* SPDX-License-Identifier: MIT */
#include "lib.h"

static int number;                 /* every process has its own */

int main(void)
{
    while (number < 3) {
        print("count: process %d says %d\n", getpid(), ++number);
        sleep(10);
    }
    return number;
}
