/* SPDX-License-Identifier: MIT */
#include "lib.h"

int main(void)
{
    *(volatile int *)main = 0;     /* code may be executed, not written */
    return 0;
}
