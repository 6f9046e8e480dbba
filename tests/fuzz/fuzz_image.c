/* SPDX-License-Identifier: MIT */
/* Whole starts from a kernel in memory (mostly Linux Images): a plan is refused with one line, or all its parts lie in
 * RAM and apart, and loading it succeeds. The first byte chooses the configuration. */
#include <string.h>

#include "fuzz.h"
#include "machine/boot.h"

#define RAM_BASE UINT64_C(0x80000000)
#define RAM_BYTES (UINT64_C(4) << 20)

static bool apart(const struct boot_range *a, const struct boot_range *b)
{
    return a->size == 0 || b->size == 0 || a->base + a->size <= b->base || b->base + b->size <= a->base;
}

static void check_plan(const struct boot_plan *plan)
{
    const struct boot_range ranges[] = {plan->kernel, plan->dtb};
    for (unsigned i = 0; i < 2; i++)
        EXPECT(ranges[i].base >= RAM_BASE && ranges[i].base - RAM_BASE + ranges[i].size <= RAM_BYTES);
    EXPECT(apart(&plan->kernel, &plan->dtb));
    EXPECT(plan->dtb.base % 8 == 0 && plan->dtb_addr == plan->dtb.base);
    EXPECT(plan->entry % 2 == 0);
    EXPECT(plan->entry - plan->kernel.base < plan->kernel.size);
    EXPECT(plan->builtin_sbi == (plan->priv == BOOT_SUPERVISOR));
    EXPECT(strchr(plan->choice, '\n') == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct boot_plan plan;
    struct error err = {""};
    if (size < 2)
        return 0;
    struct machine_config config = {
        .image = data + 1,
        .image_bytes = size - 1,
        .image_name = "input",
        .cpus = 1,
        .ext = ext_set_default(),
        .memory_bytes = RAM_BYTES,
        .firmware = data[0] % 3,
        .has_load_addr = (data[0] & 64) != 0,
        .load_addr = RAM_BASE + (data[0] & 128 ? UINT64_C(2) << 20 : 0),
    };
    if (!boot_prepare(&config, RAM_BASE, RAM_BYTES, &plan, &err)) {
        EXPECT(err.text[0] != '\0' && strchr(err.text, '\n') == NULL && plan.files == NULL);
        return 0;
    }
    uint8_t page_state[RAM_BYTES / PAGE_BYTES] = {0};
    static uint8_t memory[RAM_BYTES];
    struct ram ram = {.base = RAM_BASE, .size = RAM_BYTES, .host = memory, .fd = -1, .page_state = page_state};
    struct guest_mem mem = {&ram};
    check_plan(&plan);
    EXPECT(boot_load(&plan, &mem, true, &err));
    boot_destroy(&plan);
    return 0;
}
