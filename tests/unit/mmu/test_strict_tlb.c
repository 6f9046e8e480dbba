/* SPDX-License-Identifier: MIT */
/* What strict mode remembers of page tables, and which of it each fence drops. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bits.h"
#include "mmu/context.h"
#include "mmu/ram.h"
#include "mmu/strict_tlb.h"

#define LEAF (PTE_V | PTE_R | PTE_A)
#define VA UINT64_C(0x40345000)
#define ASID 5
#define VMID 9

static int setup(void **state)
{
    static struct strict_tlb tlb;
    *state = &tlb;
    return strict_tlb_create(&tlb) ? 0 : -1;
}

static int teardown(void **state)
{
    strict_tlb_destroy(*state);
    return 0;
}

static const struct strict_space own = {WALK_S, ASID, 0};
static const struct strict_space guest = {WALK_VS, ASID, VMID};
static const struct strict_space second = {WALK_G, 0, VMID};

static void add(struct strict_tlb *tlb, struct strict_space space, unsigned level, uint64_t input, uint64_t pte)
{
    struct strict_entry entry = {.pte = pte, .space = space, .level = (uint8_t)level, .global = pte & PTE_G};
    strict_tlb_add(tlb, &entry, input);
}

static bool has(const struct strict_tlb *tlb, struct strict_space space, unsigned level, uint64_t input)
{
    return strict_tlb_find(tlb, space, level, input) != NULL;
}

static void an_entry_is_found_by_all_addresses_that_it_maps_and_no_others(void **state)
{
    add(*state, own, 1, VA, LEAF);
    assert_true(has(*state, own, 1, VA ^ 0x1ff000));
    assert_false(has(*state, own, 1, VA + 0x200000));
    assert_false(has(*state, own, 0, VA));
    assert_false(has(*state, guest, 1, VA));
    assert_false(has(*state, (struct strict_space){WALK_S, ASID + 1, 0}, 1, VA));
}

static void a_global_entry_is_every_address_spaces_of_its_stage(void **state)
{
    add(*state, guest, 0, VA, LEAF | PTE_G);
    assert_true(has(*state, (struct strict_space){WALK_VS, ASID + 1, VMID}, 0, VA));
    assert_false(has(*state, (struct strict_space){WALK_VS, ASID, VMID + 1}, 0, VA));
    assert_false(has(*state, own, 0, VA));
}

static void a_fence_by_address_drops_leaves_of_every_level_and_invalid_entries_but_no_pointers(void **state)
{
    struct mmu_fence fence = {.has_address = true, .address = VA + 123};
    add(*state, own, 2, VA, PTE_V);
    add(*state, own, 1, VA, LEAF);
    add(*state, own, 0, VA, 0);
    add(*state, own, 0, VA + PAGE_BYTES, LEAF);
    strict_tlb_fence(*state, WALK_S, 0, &fence);
    assert_true(has(*state, own, 2, VA));
    assert_false(has(*state, own, 1, VA));
    assert_false(has(*state, own, 0, VA));
    assert_true(has(*state, own, 0, VA + PAGE_BYTES));
}

static void a_fence_by_address_drops_the_other_pages_of_a_napot_range(void **state)
{
    struct mmu_fence fence = {.has_address = true, .address = align_down(VA, 0x10000) + 0xf000};
    add(*state, own, 0, VA, LEAF | PTE_N);
    strict_tlb_fence(*state, WALK_S, 0, &fence);
    assert_false(has(*state, own, 0, VA));
}

static void a_fence_by_asid_leaves_other_spaces_and_global_entries(void **state)
{
    struct strict_space other = {WALK_S, ASID + 1, 0};
    struct mmu_fence fence = {.has_id = true, .id = ASID | UINT64_C(1) << 16};
    add(*state, own, 0, VA, LEAF);
    add(*state, own, 1, VA, PTE_V);
    add(*state, other, 0, VA + PAGE_BYTES, LEAF);
    add(*state, own, 0, VA + 2 * PAGE_BYTES, LEAF | PTE_G);
    strict_tlb_fence(*state, WALK_S, 0, &fence);
    assert_false(has(*state, own, 0, VA));
    assert_false(has(*state, own, 1, VA));
    assert_true(has(*state, other, 0, VA + PAGE_BYTES));
    assert_true(has(*state, own, 0, VA + 2 * PAGE_BYTES));
}

static void a_fence_drops_entries_of_its_own_stage_and_guest_alone(void **state)
{
    struct strict_space another = {WALK_VS, ASID, VMID + 1};
    struct mmu_fence all = {0}, of_vmid = {.has_id = true, .id = VMID};
    add(*state, own, 0, VA, LEAF);
    add(*state, guest, 0, VA, LEAF | PTE_G);
    add(*state, another, 0, VA, LEAF);
    add(*state, second, 0, VA, LEAF);
    strict_tlb_fence(*state, WALK_VS, VMID, &all);
    assert_true(has(*state, own, 0, VA));
    assert_false(has(*state, guest, 0, VA));
    assert_true(has(*state, another, 0, VA));
    assert_true(has(*state, second, 0, VA));
    strict_tlb_fence_guest(*state, &of_vmid);
    assert_false(has(*state, second, 0, VA));
    assert_true(has(*state, another, 0, VA));
}

static void what_is_dropped_and_read_again_takes_no_more_room(void **state)
{
    struct strict_tlb *tlb = *state;
    struct mmu_fence fence = {.has_address = true, .address = VA};
    add(tlb, own, 0, VA + PAGE_BYTES, LEAF);
    for (unsigned i = 0; i < 2 * STRICT_TLB_ENTRIES; i++) {
        add(tlb, own, 0, VA, LEAF);
        strict_tlb_fence(tlb, WALK_S, 0, &fence);
    }
    assert_true(has(tlb, own, 0, VA + PAGE_BYTES));
}

static void one_entry_too_many_drops_all_others_and_says_so(void **state)
{
    struct strict_tlb *tlb = *state;
    struct strict_entry entry = {.pte = LEAF, .space = own};
    for (uint64_t i = 0; i < STRICT_TLB_ENTRIES; i++)
        assert_true(strict_tlb_add(tlb, &entry, VA + i * PAGE_BYTES));
    assert_true(has(tlb, own, 0, VA));
    assert_false(strict_tlb_add(tlb, &entry, 0));
    assert_false(has(tlb, own, 0, VA));
    assert_true(has(tlb, own, 0, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_entry_is_found_by_all_addresses_that_it_maps_and_no_others, setup, teardown),
        cmocka_unit_test_setup_teardown(a_global_entry_is_every_address_spaces_of_its_stage, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_fence_by_address_drops_leaves_of_every_level_and_invalid_entries_but_no_pointers, setup, teardown),
        cmocka_unit_test_setup_teardown(a_fence_by_address_drops_the_other_pages_of_a_napot_range, setup, teardown),
        cmocka_unit_test_setup_teardown(a_fence_by_asid_leaves_other_spaces_and_global_entries, setup, teardown),
        cmocka_unit_test_setup_teardown(a_fence_drops_entries_of_its_own_stage_and_guest_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_dropped_and_read_again_takes_no_more_room, setup, teardown),
        cmocka_unit_test_setup_teardown(one_entry_too_many_drops_all_others_and_says_so, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
