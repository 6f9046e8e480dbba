/* SPDX-License-Identifier: MIT */
/* Banks and fences where guests are at work: what a switch of worlds keeps, and what each fence drops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../hart_fixture.h"

#define VA UINT64_C(0x4000)
#define OTHER_VA UINT64_C(0x5000)
#define GPA UINT64_C(0x40000000)
#define VMID_SHIFT 44
#define ASID_SHIFT 44
#define SV39 (UINT64_C(8) << 60)

static int setup(void **state)
{
    *state = fixture_create("h=on");
    return 0;
}

static int teardown(void **state)
{
    fixture_destroy(*state);
    return 0;
}

static void enter(struct hart *h, bool virt, uint64_t vmid, uint64_t asid, unsigned priv)
{
    h->virt = virt;
    h->priv = (uint8_t)priv;
    h->csr.hgatp = SV39 | vmid << VMID_SHIFT | (0x1000 + 4 * vmid);
    *(virt ? &h->csr.vsatp : &h->csr.satp) = SV39 | asid << ASID_SHIFT | (0x2000 + asid);
    mmu_context_changed(h);
}

/* An entry for VA as if a walk had led there by way of gpa. */
static void fill(struct fixture *f, uint64_t va, uint64_t gpa, unsigned guest_bits)
{
    tlb_fill(f->hart.data, ACCESS_LOAD, va, f->ram.host, PAGE_SHIFT);
    tlb_note_guest(f->hart.data, gpa, guest_bits);
}

static bool knows(const struct hart *h, uint64_t va)
{
    return tlb_lookup(h->data, ACCESS_LOAD, va, 1) != NULL;
}

/* Host and guests, each with a few address spaces in U mode, S mode, and S mode under SUM: none is pushed out. */
static void worlds_keep_their_translations_over_switches(void **state)
{
    enum { GUESTS = 4, SPACES = 4 };
    struct fixture *f = *state;
    struct hart *h = &f->hart;
    for (unsigned pass = 0; pass < 3; pass++)
        for (unsigned guest = 0; guest < GUESTS; guest++)
            for (unsigned space = 0; space < SPACES; space++)
                for (unsigned kind = 0; kind < 3; kind++) {
                    h->csr.vsstatus = kind == 2 ? MSTATUS_SUM : 0;
                    enter(h, true, guest, space, kind ? PRIV_S : PRIV_U);
                    assert_int_equal(knows(h, VA), pass != 0);
                    if (pass == 0)
                        fill(f, VA, GPA, 12);
                    enter(h, false, guest, 0, PRIV_S);
                    assert_int_equal(knows(h, OTHER_VA), pass != 0 || guest + space + kind != 0);
                    fill(f, OTHER_VA, 0, 12);
                }
}

/* norm:sfence_vma_v0 */
static void the_hypervisors_own_fence_leaves_guests_alone(void **state)
{
    struct fixture *f = *state;
    enter(&f->hart, true, 1, 1, PRIV_S);
    fill(f, VA, GPA, 12);
    enter(&f->hart, false, 1, 1, PRIV_S);
    fill(f, VA, GPA, 12);
    mmu_sfence(&f->hart, false, 0, false, 0);
    assert_false(knows(&f->hart, VA));
    enter(&f->hart, true, 1, 1, PRIV_S);
    assert_true(knows(&f->hart, VA));
}

/* Which of the guests 1 and 2, ASIDs 3 and 4, VA and OTHER_VA are known still: bit 4 * (guest - 1) + 2 * (asid - 3) + (other). */
static unsigned known(struct hart *h)
{
    unsigned set = 0;
    for (unsigned i = 0; i < 4; i++) {
        enter(h, true, 1 + i / 2, 3 + i % 2, PRIV_S);
        set |= (unsigned)knows(h, VA) << 2 * i | (unsigned)knows(h, OTHER_VA) << (2 * i + 1);
    }
    return set;
}

static void fill_all(struct fixture *f)
{
    for (unsigned i = 0; i < 4; i++) {
        enter(&f->hart, true, 1 + i / 2, 3 + i % 2, PRIV_S);
        fill(f, VA, GPA + i % 2 * PAGE_BYTES, 12);
        fill(f, OTHER_VA, GPA + 9 * PAGE_BYTES, 12);
    }
}

/* norm:hfence-vvma_mode, norm:hfence-vvma_limits, norm:hfence-vvma_asid, norm:sfence_vma_v1 */
static void vvma_drops_by_guest_address_and_asid(void **state)
{
    static const struct {
        struct mmu_fence fence;
        unsigned left;
    } cases[] = {
        {{false, false, 0, 0}, 0xf0},
        {{true, false, VA, 0}, 0xfa},
        {{false, true, 0, 4}, 0xf3},
        {{true, true, OTHER_VA, 3}, 0xfd},
        {{false, true, 0, UINT64_C(0xabcd0000) + 3}, 0xfc},
        {{false, true, 0, 9}, 0xff},
    };
    struct fixture *f = *state;
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        fill_all(f);
        assert_int_equal(known(&f->hart), 0xff);
        mmu_hfence_vvma(&f->hart, 1, &cases[i].fence);
        assert_int_equal(known(&f->hart), cases[i].left);
    }
}

/* norm:hfence-vvma_hfence-gvma_op, norm:hfence-gvma_op, norm:hfence-gvma_vmid. What leads through a guest page goes; more of that space may. */
static void gvma_drops_by_guest_page_and_vmid(void **state)
{
    static const struct {
        struct mmu_fence fence;
        unsigned left;
    } cases[] = {
        {{false, false, 0, 0}, 0},
        {{false, true, 0, 2}, 0x0f},
        {{false, true, 0, (UINT64_C(0xf) << 14) + 1}, 0xf0},
        {{true, false, GPA + 0x123, 0}, 0xcc},
        {{true, true, GPA + PAGE_BYTES, 1}, 0xf3},
        {{true, true, GPA + 9 * PAGE_BYTES, 2}, 0x0f},
        {{true, false, GPA + 77 * PAGE_BYTES, 0}, 0xff},
    };
    struct fixture *f = *state;
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        fill_all(f);
        mmu_hfence_gvma(&f->hart, &cases[i].fence);
        assert_int_equal(known(&f->hart), cases[i].left);
    }
}

static void gvma_of_any_page_in_a_large_leaf_drops_the_whole(void **state)
{
    struct fixture *f = *state;
    for (unsigned bits = 16; bits <= 57; bits++) {
        enter(&f->hart, true, 1, 1, PRIV_S);
        fill(f, VA, BIT(58) + PAGE_BYTES, bits);
        mmu_hfence_gvma(&f->hart, &(struct mmu_fence){.has_address = true, .address = BIT(58) + BIT(bits)});
        assert_true(knows(&f->hart, VA));
        mmu_hfence_gvma(&f->hart, &(struct mmu_fence){.has_address = true, .address = BIT(58) - 1});
        assert_true(knows(&f->hart, VA));
        mmu_hfence_gvma(&f->hart, &(struct mmu_fence){.has_address = true, .address = BIT(58) + BIT(bits) - 1});
        assert_false(knows(&f->hart, VA));
    }
}

/* Where the G stage put a page of the guest's tables is the G stage's matter. */
static void guest_tables_are_found_again_until_a_gvma(void **state)
{
    struct fixture *f = *state;
    enter(&f->hart, true, 1, 1, PRIV_S);
    uint64_t hgatp = f->hart.csr.hgatp;
    tlb_fill_guest_table(&f->tlb, hgatp, GPA + 8, f->ram.host + 4096 + 8);
    assert_ptr_equal(tlb_guest_table(&f->tlb, hgatp, GPA + 80), f->ram.host + 4096 + 80);
    assert_null(tlb_guest_table(&f->tlb, hgatp + 4, GPA + 80));
    assert_null(tlb_guest_table(&f->tlb, hgatp, GPA + PAGE_BYTES));
    mmu_hfence_vvma(&f->hart, 1, &(struct mmu_fence){0});
    assert_non_null(tlb_guest_table(&f->tlb, hgatp, GPA));
    mmu_hfence_gvma(&f->hart, &(struct mmu_fence){.has_address = true, .address = GPA});
    assert_null(tlb_guest_table(&f->tlb, hgatp, GPA));
}

/* A bank opened for HLV while others are in use takes the place of none of them. */
static void guest_accesses_never_take_the_present_banks(void **state)
{
    struct fixture *f = *state;
    struct hart *h = &f->hart;
    uint64_t value;
    enter(h, false, 0, 0, PRIV_S);
    fixture_set(f, CSR_pmpaddr0, ~UINT64_C(0));
    fixture_set(f, CSR_pmpcfg0, 0x1f);
    fill(f, VA, 0, 12);
    struct tlb_bank *own = h->data;
    h->csr.hgatp = h->csr.vsatp = 0;
    for (uint64_t n = 0; n < 3 * TLB_BANKS; n++) {
        h->csr.hgatp = n << VMID_SHIFT; /* bare */
        assert_true(mmu_guest_load(h, FIXTURE_RAM_BASE, 8, false, &value));
    }
    assert_ptr_equal(h->data, own);
    assert_ptr_equal(h->code, own);
    assert_true(knows(h, VA));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(worlds_keep_their_translations_over_switches),
        TEST(the_hypervisors_own_fence_leaves_guests_alone),
        TEST(vvma_drops_by_guest_address_and_asid),
        TEST(gvma_drops_by_guest_page_and_vmid),
        TEST(gvma_of_any_page_in_a_large_leaf_drops_the_whole),
        TEST(guest_tables_are_found_again_until_a_gvma),
        TEST(guest_accesses_never_take_the_present_banks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
