/* SPDX-License-Identifier: MIT */
#include "lib.h"

static volatile char array[5 << 20];

int main(void)
{
    int status;
    array[0] = 1;
    int child = fork();
    if (child < 0) {
        print("big: there is no room for two\n");
        return 1;
    }
    if (child == 0) {
        array[0] = 7;
        print("big: the child has %d\n", array[0]);
        return 0;
    }
    wait(&status);
    print("big: the parent has %d\n", array[0]);
    return 0;
}
