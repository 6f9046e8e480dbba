/* SPDX-License-Identifier: MIT */
#include "console.h"
#include "pages.h"
#include "process.h"
#include "programs.h"
#include "trap.h"
#include "vm.h"

void main(void)
{
    trap_init();
    pages_init();
    vm_init();
    printf("kernel: %u pages left\n", pages_left());
    process_create(hello);
    process_create(snoop);
    process_create(crash);
    process_create(hello);
    printf("kernel: %u pages left, four processes wait\n", pages_left());
    resume(process_next());
}
