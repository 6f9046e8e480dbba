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
    process_create(count);
    process_create(meddle);
    process_create(deep);
    process_create(deeper);
    printf("kernel: %u pages left, eight processes wait\n", pages_left());
    resume(process_next());
}
