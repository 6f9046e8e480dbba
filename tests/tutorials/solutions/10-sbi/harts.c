/* SPDX-License-Identifier: MIT */
#include "harts.h"

#include "console.h"
#include "machine.h"
#include "sbi.h"

enum { HSM_START = 0, HSM_STOP = 1, HSM_STATUS = 2 };
enum { STOPPED = 1 };              /* of the statuses; 0: started */

void hart_entry(void);             /* entry.S */

static char stack[4096] __attribute__((aligned(16)));

static long status_of(uint64_t id)
{
    struct sbi_result r = sbi_call(SBI_HSM, HSM_STATUS, id, 0, 0);
    return r.error ? r.error : (long)r.value;
}

/* Called by entry.S on the hart that was started. */
_Noreturn void hart_main(uint64_t id)
{
    printf("hart %lu: hello, my status is %ld\n", id, status_of(id));
    sbi_call(SBI_HSM, HSM_STOP, 0, 0, 0);
    for (;;)                       /* only if the firmware cannot */
        asm volatile("wfi");
}

void hart_visit(uint64_t id)
{
    printf("hart %lu: status %ld\n", id, status_of(id));
    asm volatile("fence rw, rw" : : : "memory"); /* it is to see all that we have written */
    uint64_t stack_end = (uint64_t)stack + sizeof stack;
    struct sbi_result r = sbi_call(SBI_HSM, HSM_START, id, (uint64_t)hart_entry, stack_end);
    if (r.error) {
        printf("hart %lu: cannot be started, error %ld\n", id, r.error);
        return;
    }
    while (status_of(id) != STOPPED)
        ;
    printf("hart %lu: status %ld\n", id, status_of(id));
}

void meet_entry(void);             /* entry.S */

static char stacks[MAX_HARTS][1024] __attribute__((aligned(16)));
static volatile unsigned present;

static void be_counted(void)
{
    asm volatile("amoadd.w zero, %1, %0" : "+A"(present) : "r"(1) : "memory");
    while (present != machine.hart_count)
        ;
}

/* Called by entry.S on each hart that was started to meet the others. */
void meet_main(void)
{
    be_counted();
}

unsigned harts_meet(uint64_t self)
{
    asm volatile("fence rw, rw" : : : "memory");
    for (unsigned i = 0; i < machine.hart_count; i++) {
        uint64_t stack_end = (uint64_t)stacks[i] + sizeof stacks[i];
        if (machine.harts[i] != self)
            sbi_call(SBI_HSM, HSM_START, machine.harts[i], (uint64_t)meet_entry, stack_end);
    }
    be_counted();
    return present;
}
