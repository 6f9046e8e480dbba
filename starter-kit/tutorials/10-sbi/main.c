/* SPDX-License-Identifier: MIT */
#include "console.h"
#include "csr.h"
#include "harts.h"
#include "machine.h"
#include "sbi.h"
#include "timer.h"
#include "trap.h"

static const struct {
    const char *name;
    long id;
} extensions[] = {
    {"DBCN (debug console)", SBI_DBCN},
    {"TIME (timer)", SBI_TIME},
    {"HSM (harts)", SBI_HSM},
    {"SRST (power off)", SBI_SRST},
    {"ABCD (nonsense)", 0x41424344},
};

enum { BASE_SPEC_VERSION = 0, BASE_IMPLEMENTATION = 1 };

static void ask_the_firmware(void)
{
    unsigned long version = sbi_call(SBI_BASE, BASE_SPEC_VERSION, 0, 0, 0).value;
    printf("SBI %lu.%lu, implementation 0x%lx\n", version >> 24 & 0x7f, version & 0xffffff,
           sbi_call(SBI_BASE, BASE_IMPLEMENTATION, 0, 0, 0).value);
    for (unsigned i = 0; i < sizeof extensions / sizeof *extensions; i++)
        printf("  %s: %s\n", extensions[i].name, sbi_has(extensions[i].id) ? "yes" : "no");
}

static void describe(void)
{
    printf("memory: %lu MiB from 0x%lx\n", machine.memory_size >> 20, machine.memory_start);
    printf("serial port: 0x%lx\n", machine.uart);
    printf("time: counts %lu times a second\n", machine.timebase);
    printf("harts:");
    for (unsigned i = 0; i < machine.hart_count; i++)
        printf(" %lu", machine.harts[i]);
    printf("\n");
}

static void count_to_three(void)
{
    timer_init(machine.timebase);
    csr_set(sstatus, SSTATUS_SIE);
    for (unsigned seen = 0; seen < 3;) {
        asm volatile("wfi");
        if (seen != timer_ticks())
            printf("tick %u\n", ++seen);
    }
    csr_clear(sstatus, SSTATUS_SIE);
}

void main(uint64_t hart, const void *fdt)
{
    trap_init();
    console_init();
    printf("Hello from supervisor mode on hart %lu.\n", hart);
    ask_the_firmware();

    if (!machine_init(fdt)) {
        printf("no device tree at %p\n", (void *)fdt);
        power_off(1);
    }
    describe();
    count_to_three();
    for (unsigned i = 0; i < machine.hart_count; i++) {
        if (machine.harts[i] != hart)
            hart_visit(machine.harts[i]);
    }
    power_off(0);
}
