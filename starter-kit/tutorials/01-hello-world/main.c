/* SPDX-License-Identifier: MIT */
#include "board.h"
#include "console.h"

void main(void)
{
    printf("Hello, RISC-V!\n");
    printf("main is at %p, %d hart runs, 0x%lx is where RAM starts.\n", (void *)main, 1, RAM);
    power_off(0);
}
