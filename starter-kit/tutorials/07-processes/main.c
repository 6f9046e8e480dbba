/* SPDX-License-Identifier: MIT */
#include "board.h"
#include "console.h"
#include "fdt.h"
#include "initrd.h"
#include "pages.h"
#include "process.h"
#include "text.h"
#include "timer.h"
#include "trap.h"
#include "vm.h"

extern const char *device_tree;    /* start.c */

static char first[32] = "init";    /* the first program, unless the command line names another */

static void read_command_line(void)
{
    uint32_t size;
    const char *text = fdt_property(device_tree, "chosen", "bootargs", &size);
    if (text && size > 1 && size <= sizeof first)
        copy(first, text, size);   /* with the zero behind it */
}

void main(void)
{
    trap_init();
    int found = initrd_init(device_tree);
    read_command_line();
    pages_init();
    vm_init();
    timer_init();
    if (!found) {
        printf("kernel: no initrd\n");
        power_off(1);
    }
    initrd_map();
    printf("kernel: %u pages left\n", pages_left());
    if (!process_create(first)) {
        printf("kernel: no program %s\n", first);
        power_off(1);
    }
    resume(process_next());
}
