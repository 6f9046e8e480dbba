/* SPDX-License-Identifier: MIT */
#include "lib.h"

int main(void)
{
    print("hello: I am process %d\n", getpid());
    return 42;
}
