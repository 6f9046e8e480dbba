/* SPDX-License-Identifier: MIT */
/* Code that is not what was loaded, and addresses that the kernel was linked for but not loaded at. */
#include <inttypes.h>
#include <string.h>

#include "cpu/trap.h"
#include "mmu/ram.h"
#include "observe/explain_impl.h"

/* Who patches code executes fence.i soon after; so many steps without are enough. */
#define PATCH_STEPS (UINT64_C(1) << 20)
/* The longest instruction. */
#define INSN_BYTES 4

struct change {
    uint64_t pa;
    uint8_t was, is;
};

/* The first byte of [pa, pa + size) that is code of the kernel's file and differs from it. */
static bool find_change(const struct explain *e, uint64_t pa, uint64_t size, struct change *change)
{
    struct guest_mem mem = machine_memory(e->machine);
    struct boot_text text;
    for (unsigned n = 0; boot_text(machine_plan(e->machine), n, &text); n++) {
        uint64_t first = pa > text.gpa ? pa : text.gpa;
        uint64_t end = pa + size < text.gpa + text.size ? pa + size : text.gpa + text.size;
        const uint8_t *now = first < end ? ram_at(mem.ram, first, end - first) : NULL;
        for (uint64_t i = 0; now != NULL && i < end - first; i++) {
            const uint8_t *then = text.bytes + (first - text.gpa);
            if (now[i] == then[i])
                continue;
            *change = (struct change){first + i, then[i], now[i]};
            return true;
        }
    }
    return false;
}

static COLD void say_change(struct explain *e, const struct hart *h, const struct change *change, const char *how)
{
    char at[PLACE_BYTES], pc[PLACE_BYTES];
    if (!explain_begin(e, KIND_text_overwritten, h, "the byte at %s was loaded as 0x%02x and is 0x%02x now%s",
                       explain_place(e, change->pa, at), change->was, change->is, how))
        return;
    explain_line(e, "now pc is %s, sp 0x%" PRIx64 ", ra 0x%" PRIx64, explain_place(e, h->pc, pc), h->x[2], h->x[1]);
    explain_end(e, KIND_text_overwritten);
}

/* Pages whose code was executed, and written since. */
static COLD void compare_stale(struct explain *e, struct hart *h)
{
    struct change change;
    for (uint32_t i = 0; i < h->ram->stale_count; i++) {
        if (!find_change(e, h->ram->base + ((uint64_t)h->ram->stale[i] << PAGE_SHIFT), PAGE_BYTES, &change))
            continue;
        say_change(e, h, &change, ", and no fence.i followed");
        return;
    }
}

void explain_watch_text(struct explain *e, struct hart *h)
{
    uint64_t now = machine_steps(e->machine);
    if (e->text_fences != h->ram->fences || e->text_check_at == UINT64_MAX) {
        e->text_fences = h->ram->fences;
        e->text_check_at = now + PATCH_STEPS;
    }
    if (now < e->text_check_at)
        return;
    e->text_check_at = now + PATCH_STEPS;
    compare_stale(e, h);
}

bool explain_text_overwritten(struct explain *e, struct hart *h, uint64_t pc)
{
    struct change change;
    uint64_t pa = pc;
    if (!machine_translate(e->machine, h, SPACE_VIRTUAL, pc, &pa))
        return false;
    if (h->watch.root.cause != CAUSE_illegal_instruction || !find_change(e, pa, INSN_BYTES, &change))
        return false;
    say_change(e, h, &change, ": an illegal instruction");
    return true;
}

/* Where raw kernels are linked when nobody thinks of it: the linker's default, the start of RAM, the payload's place. */
static const uint64_t usual_bases[] = {0x10000, 0x80000000, 0x80200000, 0x80400000, 0x80100000};

bool explain_linked_at(const struct explain *e, uint64_t address, uint64_t *base, uint64_t *at)
{
    const struct boot_plan *plan = machine_plan(e->machine);
    const struct boot_range *kernel = &plan->kernel;
    if (address - kernel->base < kernel->size)
        return false;
    if (boot_linked_at(plan, address, at)) {
        *base = kernel->base + (address - *at);
        return true;
    }
    if (boot_is_linked(plan))
        return false;
    for (unsigned i = 0; i < ARRAY_SIZE(usual_bases); i++) {
        if (usual_bases[i] == kernel->base || address - usual_bases[i] >= kernel->size)
            continue;
        *base = usual_bases[i];
        *at = kernel->base + (address - usual_bases[i]);
        return true;
    }
    return false;
}
