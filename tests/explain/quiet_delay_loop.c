/* SPDX-License-Identifier: MIT */
/* Delays with interrupts off: by a count in memory, as a compiler makes it without optimisation, and by the clock. */
/* says: nothing */
/* status: 0 */
#include <stdint.h>

__attribute__((naked, section(".text.start"))) void _start(void)
{
    __asm__("la sp, stack_top; call work");
}

static uint64_t now(void)
{
    return *(volatile uint64_t *)0x200bff8;
}

static volatile unsigned count;

void work(void)
{
    for (volatile int i = 0; i < 80000; i++)
        ;
    while (count != 60000)
        count = count + 1;
    for (uint64_t end = now() + 8000; now() < end;)
        ;
    uint64_t time, end;
    __asm__ volatile("csrr %0, time" : "=r"(end));
    do
        __asm__ volatile("csrr %0, time" : "=r"(time));
    while (time - end < 8000);
    *(volatile uint32_t *)0x100000 = 0x5555;
    for (;;)
        ;
}
