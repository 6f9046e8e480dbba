/* SPDX-License-Identifier: MIT */
/* As a compiler makes it without optimisation: what is read goes through copies and the stack. */
/* says: device-spin */
/* fact: virtio-mmio Nothing */
/* fact: the loop looks at the bits 0x1 of it */
/* symbol: (behind a call in wait_for) */
#include <stdint.h>

__attribute__((naked, section(".text.start"))) void _start(void)
{
    __asm__("la sp, stack_top; call wait_for");
}

static uint32_t reg(unsigned offset)
{
    return *(volatile uint32_t *)(0x10001000ul + offset);
}

void wait_for(void)
{
    while (!(reg(0x70) & 1))
        ;
}
