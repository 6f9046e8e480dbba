/* SPDX-License-Identifier: MIT */
#include "console.h"
#include "pages.h"
#include "process.h"
#include "programs.h"
#include "timer.h"
#include "trap.h"
#include "vm.h"

void main(void)
{
    trap_init();
    pages_init();
    vm_init();
    timer_init();
    printf("kernel: %u pages left\n", pages_left());
    process_create(tick);
    process_create(spin);
    process_create(step);
    process_create(crash);
    process_create(receiver);
    process_create(sender);
    process_create(urgent);
    resume(process_next());
}
