/* SPDX-License-Identifier: MIT */
/* Trap entry, delegation, interrupt priority, and the xRET instructions. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "../hart_fixture.h"

#define M_VECTOR UINT64_C(0x80001000)
#define S_VECTOR UINT64_C(0x80002000)
#define PC UINT64_C(0x80000abc)

static struct fixture *prepared(unsigned priv)
{
    struct fixture *f = fixture_create("");
    fixture_set(f, CSR_mtvec, M_VECTOR);
    fixture_set(f, CSR_stvec, S_VECTOR);
    f->hart.pc = PC;
    fixture_mode(f, priv);
    return f;
}

static void raise_here(struct fixture *f, unsigned cause, uint64_t tval)
{
    assert_int_equal(hart_raise(&f->hart, cause, tval), EXEC_TRAP);
    trap_enter(&f->hart);
}

/* norm:trap_def_M_mode, norm:mstatus_xpie_xie_xpp_trap_op */
static void a_trap_goes_to_m_mode_unless_delegated(void **state)
{
    (void)state;
    struct fixture *f = prepared(PRIV_S);
    fixture_set(f, CSR_mstatus, MSTATUS_MIE | MSTATUS_SIE);
    raise_here(f, CAUSE_load_page_fault, 0x1234);
    assert_int_equal(f->hart.priv, PRIV_M);
    assert_int_equal(f->hart.pc, M_VECTOR);
    assert_int_equal(fixture_csr(f, CSR_mepc), PC);
    assert_int_equal(fixture_csr(f, CSR_mcause), 13);
    assert_int_equal(fixture_csr(f, CSR_mtval), 0x1234);
    uint64_t status = fixture_csr(f, CSR_mstatus);
    assert_int_equal(status & (MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_SIE), MSTATUS_MPIE | MSTATUS_SIE);
    assert_int_equal(status >> 11 & 3, PRIV_S);
    assert_int_equal(fixture_csr(f, CSR_scause), 0);
    fixture_destroy(f);
}

static void a_delegated_trap_goes_to_s_mode(void **state)
{
    (void)state;
    for (unsigned from = PRIV_U; from <= PRIV_S; from++) {
        struct fixture *f = prepared(from);
        fixture_set(f, CSR_medeleg, UINT64_C(1) << 13);
        fixture_set(f, CSR_mstatus, MSTATUS_MIE | MSTATUS_SIE);
        raise_here(f, CAUSE_load_page_fault, 0x1234);
        assert_int_equal(f->hart.priv, PRIV_S);
        assert_int_equal(f->hart.pc, S_VECTOR);
        assert_int_equal(fixture_csr(f, CSR_sepc), PC);
        assert_int_equal(fixture_csr(f, CSR_scause), 13);
        assert_int_equal(fixture_csr(f, CSR_stval), 0x1234);
        uint64_t status = fixture_csr(f, CSR_mstatus);
        assert_int_equal(status & (MSTATUS_MIE | MSTATUS_SIE | MSTATUS_SPIE), MSTATUS_MIE | MSTATUS_SPIE);
        assert_int_equal(status >> 8 & 1, from);
        assert_int_equal(fixture_csr(f, CSR_mcause), 0);
        fixture_destroy(f);
    }
}

/* norm:trap_never_trans_lower */
static void a_trap_in_m_mode_is_never_delegated(void **state)
{
    (void)state;
    struct fixture *f = prepared(PRIV_M);
    fixture_set(f, CSR_medeleg, ~UINT64_C(0));
    for (unsigned cause = 0; cause < 16; cause++) {
        f->hart.pc = PC;
        raise_here(f, cause, 0);
        assert_int_equal(f->hart.priv, PRIV_M);
        assert_int_equal(f->hart.pc, M_VECTOR);
    }
    fixture_destroy(f);
}

static void exceptions_ignore_vectored_mode(void **state)
{
    (void)state;
    struct fixture *f = prepared(PRIV_U);
    fixture_set(f, CSR_mtvec, M_VECTOR | 1);
    raise_here(f, CAUSE_ecall_from_u, 0);
    assert_int_equal(f->hart.pc, M_VECTOR);
    fixture_destroy(f);
}

/* norm:mtvec_mode_vectored_op */
static void interrupts_vector_by_their_code(void **state)
{
    (void)state;
    struct fixture *f = prepared(PRIV_S);
    fixture_set(f, CSR_mtvec, M_VECTOR | 1);
    fixture_set(f, CSR_stvec, S_VECTOR | 1);
    fixture_set(f, CSR_mideleg, MIP_STIP);
    fixture_set(f, CSR_mie, ~UINT64_C(0));
    fixture_set(f, CSR_mstatus, MSTATUS_SIE);
    fixture_set(f, CSR_mip, MIP_STIP);
    assert_true(trap_take_interrupt(&f->hart));
    assert_int_equal(f->hart.pc, S_VECTOR + 4 * 5);
    assert_int_equal(fixture_csr(f, CSR_scause), CAUSE_INTERRUPT | 5);
    assert_int_equal(fixture_csr(f, CSR_stval), 0);
    hart_set_line(&f->hart, MIP_MEIP, true);
    assert_true(trap_take_interrupt(&f->hart));
    assert_int_equal(f->hart.pc, M_VECTOR + 4 * 11);
    fixture_destroy(f);
}

/* norm:intr_M_mode_pri, norm:s_interrupt_priority: each beats all that follow, when all go to the same mode. */
static void interrupts_are_taken_by_priority(void **state)
{
    (void)state;
    static const unsigned order[] = {11, 3, 7, 9, 1, 5};
    struct fixture *f = prepared(PRIV_S);
    uint64_t pending = 0;
    fixture_set(f, CSR_mie, ~UINT64_C(0));
    for (unsigned i = ARRAY_SIZE(order); i-- > 0;) {
        pending |= UINT64_C(1) << order[i];
        f->hart.irq_lines = pending;
        fixture_mode(f, PRIV_S);
        assert_true(trap_take_interrupt(&f->hart));
        assert_int_equal(fixture_csr(f, CSR_mcause), CAUSE_INTERRUPT | order[i]);
    }
    fixture_destroy(f);
}

/* norm:intr_M_mode_highest_pri: where both modes' interrupts are enabled, M-mode's come first whatever their code. */
static void m_modes_interrupts_come_before_delegated_ones(void **state)
{
    (void)state;
    struct fixture *f = prepared(PRIV_U);
    fixture_set(f, CSR_mie, ~UINT64_C(0));
    fixture_set(f, CSR_mideleg, MIP_SEIP);
    fixture_set(f, CSR_mip, MIP_SEIP | MIP_STIP);
    assert_true(trap_take_interrupt(&f->hart));
    assert_int_equal(f->hart.priv, PRIV_M);
    assert_int_equal(fixture_csr(f, CSR_mcause), CAUSE_INTERRUPT | 5);
    fixture_destroy(f);
}

/* norm:mstatus_xie_intr_en_dis, over all of (mode, MIE, SIE, delegated, enabled in mie). */
static void the_global_enables_hold_for_their_own_mode_alone(void **state)
{
    (void)state;
    static const uint8_t modes[] = {PRIV_U, PRIV_S, PRIV_M};
    for (unsigned i = 0; i < 3 * 16; i++) {
        struct fixture *f = prepared(PRIV_M);
        unsigned priv = modes[i / 16];
        bool mie = i & 1, sie = i & 2, delegated = i & 4, enabled = i & 8;
        fixture_set(f, CSR_mstatus, (mie ? MSTATUS_MIE : 0) | (sie ? MSTATUS_SIE : 0));
        fixture_set(f, CSR_mideleg, delegated ? MIP_SSIP : 0);
        fixture_set(f, CSR_mie, enabled ? MIP_SSIP : MIP_STIP);
        fixture_set(f, CSR_mip, MIP_SSIP);
        fixture_mode(f, priv);
        bool to_m = !delegated && (priv != PRIV_M || mie);
        bool to_s = delegated && (priv == PRIV_U || (priv == PRIV_S && sie));
        assert_int_equal(trap_wakes(&f->hart), enabled);
        assert_int_equal(trap_take_interrupt(&f->hart), enabled && (to_m || to_s));
        if (enabled && (to_m || to_s))
            assert_int_equal(f->hart.priv, to_m ? PRIV_M : PRIV_S);
        fixture_destroy(f);
    }
}

static void an_interrupt_counts_as_a_step_that_retires_nothing(void **state)
{
    (void)state;
    struct fixture *f = prepared(PRIV_U);
    fixture_set(f, CSR_mie, ~UINT64_C(0));
    fixture_set(f, CSR_mip, MIP_SSIP);
    uint64_t traps = f->hart.traps;
    assert_true(trap_take_interrupt(&f->hart));
    assert_int_equal(f->hart.traps, traps + 1);
    assert_false(trap_take_interrupt(&f->hart));
    assert_int_equal(f->hart.traps, traps + 1);
    fixture_destroy(f);
}

/* norm:mstatus_xret_op, norm:mstatus_mprv_clr_mret_sret_less_priv */
static void mret_goes_where_mpp_says(void **state)
{
    (void)state;
    static const uint8_t modes[] = {PRIV_U, PRIV_S, PRIV_M};
    for (unsigned i = 0; i < ARRAY_SIZE(modes); i++) {
        struct fixture *f = prepared(PRIV_M);
        fixture_set(f, CSR_mepc, 0x80000124);
        fixture_set(f, CSR_mstatus, MSTATUS_MPRV | MSTATUS_MPIE | (uint64_t)modes[i] << 11);
        assert_int_equal(trap_mret(&f->hart, 0x30200073), EXEC_LEAP);
        assert_int_equal(f->hart.priv, modes[i]);
        assert_int_equal(f->hart.pc, 0x80000124);
        uint64_t status = fixture_csr(f, CSR_mstatus);
        assert_int_equal(status & (MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP), MSTATUS_MIE | MSTATUS_MPIE);
        assert_int_equal(!!(status & MSTATUS_MPRV), modes[i] == PRIV_M);
        fixture_destroy(f);
    }
}

static void sret_goes_where_spp_says(void **state)
{
    (void)state;
    for (unsigned to = PRIV_U; to <= PRIV_S; to++) {
        for (unsigned from = PRIV_S; from <= PRIV_M; from += 2) {
            struct fixture *f = prepared(PRIV_M);
            fixture_set(f, CSR_sepc, 0x80000124);
            fixture_set(f, CSR_mstatus, MSTATUS_MPRV | MSTATUS_SIE | (uint64_t)to << 8);
            fixture_mode(f, from);
            assert_int_equal(trap_sret(&f->hart, 0x10200073), EXEC_LEAP);
            assert_int_equal(f->hart.priv, to);
            assert_int_equal(f->hart.pc, 0x80000124);
            assert_int_equal(fixture_csr(f, CSR_mstatus) & (MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_MPRV),
                             MSTATUS_SPIE);
            fixture_destroy(f);
        }
    }
}

static void assert_illegal(struct fixture *f, enum exec result, uint32_t insn)
{
    assert_int_equal(result, EXEC_TRAP);
    assert_int_equal(f->hart.trap.cause, CAUSE_illegal_instruction);
    assert_int_equal(f->hart.trap.tval, insn);
    assert_int_equal(f->hart.pc, PC);
}

/* norm:xret_in_lower_mode, norm:mstatus_tsr_op */
static void a_return_without_the_privilege_is_illegal(void **state)
{
    (void)state;
    struct fixture *f = prepared(PRIV_S);
    assert_illegal(f, trap_mret(&f->hart, 0x30200073), 0x30200073);
    fixture_set(f, CSR_mstatus, MSTATUS_TSR);
    assert_illegal(f, trap_sret(&f->hart, 0x10200073), 0x10200073);
    fixture_set(f, CSR_mstatus, 0);
    fixture_mode(f, PRIV_U);
    assert_illegal(f, trap_sret(&f->hart, 0x10200073), 0x10200073);
    assert_illegal(f, trap_mret(&f->hart, 0x30200073), 0x30200073);
    fixture_mode(f, PRIV_M);
    fixture_set(f, CSR_mstatus, MSTATUS_TSR);
    assert_int_equal(trap_sret(&f->hart, 0x10200073), EXEC_LEAP);
    fixture_destroy(f);
}

static void mret_without_u_mode_leaves_mpp_at_m(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("u=off");
    trap_mret(&f->hart, 0x30200073);
    assert_int_equal(f->hart.priv, PRIV_M);
    assert_int_equal(fixture_csr(f, CSR_mstatus) >> 11 & 3, PRIV_M);
    fixture_destroy(f);
}

static void traps_and_returns_break_the_reservation(void **state)
{
    (void)state;
    struct fixture *f = prepared(PRIV_S);
    f->hart.reservation.valid = true;
    raise_here(f, CAUSE_ecall_from_s, 0);
    assert_false(f->hart.reservation.valid);
    f->hart.reservation.valid = true;
    trap_mret(&f->hart, 0);
    assert_false(f->hart.reservation.valid);
    f->hart.reservation.valid = true;
    trap_sret(&f->hart, 0);
    assert_false(f->hart.reservation.valid);
    fixture_destroy(f);
}

static void causes_have_names(void **state)
{
    (void)state;
    assert_string_equal(trap_cause_name(13), "load page fault");
    assert_string_equal(trap_cause_name(CAUSE_INTERRUPT | 5), "supervisor timer interrupt");
    assert_string_equal(trap_cause_name(22), "virtual instruction");
    assert_string_equal(trap_cause_name(CAUSE_INTERRUPT | 6), "virtual supervisor timer interrupt");
    assert_string_equal(trap_cause_name(14), "reserved cause");
    assert_string_equal(trap_cause_name(CAUSE_INTERRUPT | 4), "reserved cause");
    assert_string_equal(trap_cause_name(~UINT64_C(0)), "reserved cause");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trap_goes_to_m_mode_unless_delegated),
        cmocka_unit_test(a_delegated_trap_goes_to_s_mode),
        cmocka_unit_test(a_trap_in_m_mode_is_never_delegated),
        cmocka_unit_test(exceptions_ignore_vectored_mode),
        cmocka_unit_test(interrupts_vector_by_their_code),
        cmocka_unit_test(interrupts_are_taken_by_priority),
        cmocka_unit_test(m_modes_interrupts_come_before_delegated_ones),
        cmocka_unit_test(the_global_enables_hold_for_their_own_mode_alone),
        cmocka_unit_test(an_interrupt_counts_as_a_step_that_retires_nothing),
        cmocka_unit_test(mret_goes_where_mpp_says),
        cmocka_unit_test(sret_goes_where_spp_says),
        cmocka_unit_test(a_return_without_the_privilege_is_illegal),
        cmocka_unit_test(mret_without_u_mode_leaves_mpp_at_m),
        cmocka_unit_test(traps_and_returns_break_the_reservation),
        cmocka_unit_test(causes_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
