/* SPDX-License-Identifier: MIT */
#include "board.h"
#include "console.h"

static void echo_capitals(void)
{
    for (char c; (c = get_char()) != 'q';)
        put_char(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    put_char('\n');
}

/* entry.S filled the stack before it called main. */
static unsigned long stack_used(void)
{
    extern char bss_end[], stack_top[];
    char *lowest = bss_end;
    while (*lowest == 0x5a)
        lowest++;
    return stack_top - lowest;
}

int main(void)
{
    printf("Hello, RISC-V!\n");
    printf("main is at %p, %d hart runs, 0x%lx is where RAM starts.\n", (void *)main, 1, RAM);
    printf("[%08x] [%08x] [%08lx]\n", 0xbeef, 0, 0x123456789);
    echo_capitals();
    printf("stack used: %lu bytes\n", stack_used());
    return 3;
}
