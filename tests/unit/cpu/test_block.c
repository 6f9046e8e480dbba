/* SPDX-License-Identifier: MIT */
/* Translated blocks against what changes under them: stores to code, remapped pages, contexts, a cache that is full. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "support.h"

#define CODE FIXTURE_RAM_BASE
#define ROOT (CODE + 0x100000)
#define VIRTUAL UINT64_C(0x40000000)
/* Its page shares a TLB slot with VIRTUAL's. */
#define FAR (VIRTUAL + TLB_ENTRIES * PAGE_BYTES)
#define FIRST_PAGE (CODE + 0x10000)
#define OTHER_PAGE (CODE + 0x11000)
#define FAR_PAGE (CODE + 0x12000)
#define INSN_SELF 0x0000006fu /* jal x0, 0 */

static struct rig *rig_of(void **state)
{
    return rig_create(*state, "", 1 << 20);
}

/* Runs from pc for so many steps. */
static void run_at(struct rig *rig, uint64_t pc, uint64_t steps)
{
    rig_hart(rig)->pc = pc;
    rig_steps(rig, steps);
}

static void code_stored_to_and_fenced_runs_anew(void **state)
{
    struct rig *rig = rig_of(state);
    struct hart *h = rig_hart(rig);
    /* Runs the patched instruction, patches it, fences, runs it again: for ever, with one more each time. */
    const uint32_t words[] = {MAKE_ADDI(5, 5, 1), MAKE_SW(10, 11, 0), INSN_WORD_FENCE_I, MAKE_ADD(11, 11, 12),
                              make_jal(0, -16), 0};
    rig_program(rig, CODE, words);
    h->x[10] = CODE;
    h->x[11] = MAKE_ADDI(5, 5, 2);
    h->x[12] = 1u << 20; /* one more in the immediate */
    run_at(rig, CODE, 5 * 100);
    assert_int_equal(h->x[5], 100 * 101 / 2);
    rig_destroy(rig);
}

static void code_across_two_pages_runs_anew_after_a_fence(void **state)
{
    struct rig *rig = rig_of(state);
    struct hart *h = rig_hart(rig);
    uint64_t at = CODE + PAGE_BYTES - 2;
    const uint32_t tail[] = {MAKE_JALR(0, 1, 0), 0}, writer[] = {MAKE_STORE(1, 10, 11, 2), INSN_WORD_FENCE_I, INSN_SELF, 0};
    rig_put32(rig, at, MAKE_ADDI(5, 5, 1));
    rig_program(rig, at + 4, tail);
    rig_program(rig, CODE + 0x3000, writer);
    h->x[1] = CODE + 0x3008;
    h->x[10] = at;
    for (unsigned n = 1; n < 100; n++) {
        h->x[5] = 0;
        run_at(rig, at, 3);
        assert_int_equal(h->x[5], n);
        h->x[11] = MAKE_ADDI(5, 5, n + 1) >> 16; /* the half in the second page alone */
        run_at(rig, CODE + 0x3000, 3);
    }
    rig_destroy(rig);
}

static void stores_without_a_fence_do_not_upset_the_hart(void **state)
{
    struct rig *rig = rig_of(state);
    struct hart *h = rig_hart(rig);
    const uint32_t words[] = {MAKE_ADDI(5, 5, 1), MAKE_SW(10, 11, 0), make_jal(0, -8), 0};
    rig_program(rig, CODE, words);
    h->x[10] = CODE;
    h->x[11] = MAKE_ADDI(5, 5, 2);
    run_at(rig, CODE, 3 * 1000);
    assert_in_range(h->x[5], 1000, 2000);
    assert_int_equal(h->traps, 0);
    rig_destroy(rig);
}

/* What the page at VIRTUAL does: either through its branch to the block at 0x100 or by x10 elsewhere. */
static void put_page(struct rig *rig, uint64_t pa, unsigned sum)
{
    const uint32_t words[] = {make_branch(1, 7, 0, 0x100), MAKE_JALR(0, 10, 0), 0};
    const uint32_t target[] = {MAKE_ADDI(6, 6, sum), INSN_SELF, 0};
    rig_program(rig, pa, words);
    rig_program(rig, pa + 0x100, target);
}

static struct rig *two_pages(void **state, uint64_t *free_page)
{
    struct rig *rig = rig_of(state);
    const uint32_t far[] = {INSN_SELF, 0};
    put_page(rig, FIRST_PAGE, 1);
    put_page(rig, OTHER_PAGE, 100);
    rig_program(rig, FAR_PAGE, far);
    *free_page = ROOT + PAGE_BYTES;
    rig_map(rig, ROOT, free_page, VIRTUAL, FIRST_PAGE, PTE_RWX);
    rig_map(rig, ROOT, free_page, FAR, FAR_PAGE, PTE_RWX);
    rig_enter_s(rig, ROOT, 1);
    rig_hart(rig)->x[10] = FAR;
    return rig;
}

static void remapped_code_runs_after_sfence_vma(void **state)
{
    uint64_t free_page;
    struct rig *rig = two_pages(state, &free_page);
    struct hart *h = rig_hart(rig);
    h->x[7] = 1;
    for (unsigned turn = 0; turn < 20; turn++) {
        rig_map(rig, ROOT, &free_page, VIRTUAL, turn & 1 ? OTHER_PAGE : FIRST_PAGE, PTE_RWX);
        mmu_sfence(h, turn & 2, VIRTUAL, turn & 4, 1);
        h->x[6] = 0;
        run_at(rig, VIRTUAL, 10);
        assert_int_equal(h->x[6], turn & 1 ? 100 : 1);
    }
    rig_destroy(rig);
}

/* Between a change of the tables and its fence either page may be met, by each instruction apart; behind the fence there
 * must be nothing left of it. */
static void what_was_met_before_a_fence_does_not_outlive_it(void **state)
{
    uint64_t free_page;
    struct rig *rig = two_pages(state, &free_page);
    struct hart *h = rig_hart(rig);
    run_at(rig, VIRTUAL, 10); /* not through the branch; FAR takes VIRTUAL's place in the TLB */
    assert_int_equal(h->pc, FAR);
    h->x[7] = 1;
    rig_map(rig, ROOT, &free_page, VIRTUAL, OTHER_PAGE, PTE_RWX);
    run_at(rig, VIRTUAL, 10);
    assert_true(h->x[6] == 1 || h->x[6] == 100);
    h->x[6] = 0;
    rig_map(rig, ROOT, &free_page, VIRTUAL, FIRST_PAGE, PTE_RWX);
    mmu_sfence(h, false, 0, false, 0);
    run_at(rig, VIRTUAL, 10);
    assert_int_equal(h->x[6], 1);
    rig_destroy(rig);
}

static void a_full_cache_is_emptied_and_work_goes_on(void **state)
{
    struct rig *rig = rig_create(*state, "", 8192);
    struct hart *h = rig_hart(rig);
    for (unsigned i = 0; i < 1000; i++) { /* 1,000 blocks of two instructions, linked in a ring */
        rig_put32(rig, CODE + 8 * i, MAKE_ADDI(5, 5, 1));
        rig_put32(rig, CODE + 8 * i + 4, i == 999 ? make_jal(0, -8 * 999 - 4) : make_branch(0, 0, 0, 4));
    }
    run_at(rig, CODE, 2000 * 20);
    assert_int_equal(h->x[5], 1000 * 20);
    assert_true(code_cache_flushes(h->cache) > 20);
    rig_destroy(rig);
}

static bool holds_code(const struct ram *ram)
{
    bool code = false;
    for (uint64_t page = 0; page < ram->size >> PAGE_SHIFT; page++)
        code |= (ram->page_state[page] & (RAM_PAGE_CODE | RAM_PAGE_STALE)) != 0;
    return code;
}

static void an_emptied_cache_leaves_no_page_marked_as_code(void **state)
{
    struct rig *rig = rig_create(*state, "", 1 << 20);
    struct hart *h = rig_hart(rig);
    for (unsigned i = 0; i < 20; i++) /* a jump in each page */
        rig_put32(rig, CODE + PAGE_BYTES * i, make_jal(0, i == 19 ? -19 * 4096 : 4096));
    run_at(rig, CODE, 100);
    assert_true(holds_code(h->ram));
    ram_wrote(h->ram, CODE + PAGE_BYTES, 4);
    code_cache_flush(h->cache);
    assert_false(holds_code(h->ram));
    assert_int_equal(h->ram->stale_count, 0);
    rig_destroy(rig);
}

static void more_contexts_than_banks_keep_their_own_translations(void **state)
{
    struct rig *rig = rig_of(state);
    struct hart *h = rig_hart(rig);
    enum { SPACES = TLB_BANKS + 20 };
    const uint32_t words[] = {MAKE_LD(5, 10, 0), MAKE_ADDI(6, 6, 1), MAKE_SD(10, 5, 8), INSN_SELF, 0};
    uint64_t free_page = CODE + 0x200000;
    uint64_t root[SPACES];
    rig_program(rig, FIRST_PAGE, words);
    for (unsigned i = 0; i < SPACES; i++) {
        uint64_t page = CODE + 0x20000 + i * PAGE_BYTES;
        root[i] = free_page;
        free_page += PAGE_BYTES;
        rig_map(rig, root[i], &free_page, VIRTUAL, FIRST_PAGE, PTE_RWX);
        rig_map(rig, root[i], &free_page, VIRTUAL + PAGE_BYTES, page, PTE_RW);
        rig_put64(rig, page, i + 1000);
    }
    h->x[10] = VIRTUAL + PAGE_BYTES;
    rig_enter_s(rig, root[0], 0);
    for (unsigned n = 0; n < 5 * SPACES; n++) {
        unsigned space = n < SPACES ? n : n * 7 % SPACES;
        fixture_set(rig->f, CSR_satp, UINT64_C(8) << 60 | (uint64_t)(space % 3) << 44 | root[space] >> 12);
        csr_status_changed(h);
        run_at(rig, VIRTUAL, 5);
        assert_int_equal(h->x[5], space + 1000);
        assert_int_equal(rig_get64(rig, CODE + 0x20000 + space * PAGE_BYTES + 8), space + 1000);
    }
    rig_destroy(rig);
}

/* norm:mstatus_mprv_ldst_op, norm:mstatus_mprv_inst_xlat_op: with MPRV loads and stores go through MPP's tables, fetches do not. */
static void mprv_concerns_loads_and_stores_alone(void **state)
{
    struct rig *rig = rig_of(state);
    struct hart *h = rig_hart(rig);
    uint64_t free_page = ROOT + PAGE_BYTES;
    const uint32_t words[] = {MAKE_CSR(2, 0, 0x300, 12), MAKE_LD(5, 10, 0), MAKE_SD(10, 12, 8), MAKE_CSR(3, 0, 0x300, 12),
                              MAKE_LD(6, 11, 0), INSN_SELF, 0};
    rig_program(rig, CODE, words);
    rig_map(rig, ROOT, &free_page, VIRTUAL, OTHER_PAGE, PTE_RW | PTE_USER);
    rig_put64(rig, OTHER_PAGE, 77);
    rig_enter_s(rig, ROOT, 1);
    fixture_mode(rig->f, PRIV_M);
    h->x[10] = VIRTUAL;
    h->x[11] = OTHER_PAGE + 8;
    h->x[12] = MSTATUS_MPRV; /* MPP is U */
    run_at(rig, CODE, 10);
    assert_int_equal(h->traps, 0);
    assert_int_equal(h->x[5], 77);
    assert_int_equal(h->x[6], MSTATUS_MPRV);
    rig_destroy(rig);
}

/* norm:jump_misaligned_exception: with IALIGN = 32 a taken jump to an odd halfword traps at the jump, rd unwritten. */
static void without_c_misaligned_targets_trap_at_the_jump(void **state)
{
    struct rig *rig = rig_create(*state, "c=off", 1 << 20);
    struct hart *h = rig_hart(rig);
    const uint32_t jumps[] = {make_jal(5, 6), MAKE_JALR(5, 10, 2), make_branch(0, 0, 0, 10)};
    fixture_set(rig->f, CSR_mtvec, CODE + 0x800);
    rig_put32(rig, CODE + 0x800, INSN_SELF);
    h->x[10] = CODE + 0x100;
    for (unsigned i = 0; i < ARRAY_SIZE(jumps); i++) {
        const uint64_t target[] = {CODE + 4 + 6, CODE + 0x102, CODE + 4 + 10};
        rig_put32(rig, CODE, MAKE_ADDI(6, 6, 1));
        rig_put32(rig, CODE + 4, jumps[i]);
        code_cache_fence(h->cache);
        h->x[5] = 99;
        run_at(rig, CODE, 2);
        assert_int_equal(h->csr.mcause, 0);
        assert_int_equal(h->csr.mepc, CODE + 4);
        assert_int_equal(h->csr.mtval, target[i]);
        assert_int_equal(h->x[5], 99);
    }
    rig_put32(rig, CODE + 4, make_branch(1, 0, 0, 10)); /* not taken: no trap */
    code_cache_fence(h->cache);
    run_at(rig, CODE, 2);
    assert_int_equal(h->pc, CODE + 8);
    rig_destroy(rig);
}

/* norm:mtval_varlen_wr: the second half's page is the one at fault. */
static void a_fetch_fault_on_the_second_half_names_it(void **state)
{
    struct rig *rig = rig_of(state);
    struct hart *h = rig_hart(rig);
    uint64_t free_page = ROOT + PAGE_BYTES;
    fixture_set(rig->f, CSR_stvec, VIRTUAL + 0x100);
    rig_put32(rig, FIRST_PAGE + 0x100, INSN_SELF);
    rig_put32(rig, FIRST_PAGE + PAGE_BYTES - 6, MAKE_ADDI(6, 6, 1));
    rig_put32(rig, FIRST_PAGE + PAGE_BYTES - 2, MAKE_ADDI(5, 5, 1));
    rig_map(rig, ROOT, &free_page, VIRTUAL, FIRST_PAGE, PTE_RWX);
    rig_enter_s(rig, ROOT, 1);
    for (unsigned n = 0; n < 3; n++) {
        run_at(rig, VIRTUAL + PAGE_BYTES - 6, 2);
        assert_int_equal(h->csr.scause, CAUSE_instruction_page_fault);
        assert_int_equal(h->csr.sepc, VIRTUAL + PAGE_BYTES - 2);
        assert_int_equal(h->csr.stval, VIRTUAL + PAGE_BYTES);
        assert_int_equal(h->x[5], 0);
    }
    rig_destroy(rig);
}

static void translations_of_data_that_becomes_code_let_no_store_slip_by(void **state)
{
    struct rig *rig = rig_of(state);
    struct hart *h = rig_hart(rig);
    const uint32_t writer[] = {MAKE_SW(10, 11, 0), INSN_WORD_FENCE_I, MAKE_JALR(0, 10, 0), 0};
    rig_program(rig, CODE, writer);
    rig_put32(rig, FIRST_PAGE + 4, MAKE_JALR(0, 1, 0));
    h->x[1] = CODE + 0x800;
    rig_put32(rig, CODE + 0x800, INSN_SELF);
    h->x[10] = FIRST_PAGE;
    for (unsigned n = 1; n < 50; n++) { /* the first store finds no code there and fills the store TLB */
        h->x[5] = 0;
        h->x[11] = MAKE_ADDI(5, 5, n);
        run_at(rig, CODE, 10);
        assert_int_equal(h->x[5], n);
    }
    rig_destroy(rig);
}

#define ON_BOTH(test)                                                                                                   \
    {#test " (tail)", test, NULL, NULL, (void *)(uintptr_t)&engine_tail},                                               \
    {                                                                                                                   \
#test " (switch)", test, NULL, NULL, (void *)(uintptr_t)&engine_switch                                          \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(code_stored_to_and_fenced_runs_anew),
        ON_BOTH(code_across_two_pages_runs_anew_after_a_fence),
        ON_BOTH(stores_without_a_fence_do_not_upset_the_hart),
        ON_BOTH(remapped_code_runs_after_sfence_vma),
        ON_BOTH(what_was_met_before_a_fence_does_not_outlive_it),
        ON_BOTH(a_full_cache_is_emptied_and_work_goes_on),
        ON_BOTH(an_emptied_cache_leaves_no_page_marked_as_code),
        ON_BOTH(more_contexts_than_banks_keep_their_own_translations),
        ON_BOTH(mprv_concerns_loads_and_stores_alone),
        ON_BOTH(without_c_misaligned_targets_trap_at_the_jump),
        ON_BOTH(a_fetch_fault_on_the_second_half_names_it),
        ON_BOTH(translations_of_data_that_becomes_code_let_no_store_slip_by),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
