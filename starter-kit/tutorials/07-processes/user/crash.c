/* SPDX-License-Identifier: MIT */
#include "lib.h"

int main(void)
{
    *(volatile int *)0x40000000 = 0; /* the first page has code: to be executed, not written */
    return 0;
}
