/* SPDX-License-Identifier: MIT */
/* What CSR accesses do besides holding a value. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "../hart_fixture.h"

static const char *const settings[] = {
    "",      "sstc=off", "f=off",    "zicntr=off",  "zihpm=off",       "s=off",
    "u=off", "h=off",    "sv39=off", "c=off,b=off", "svade,svadu=off",
};

static void a_refused_write_changes_nothing(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    bool effect = false;
    fixture_mode(f, PRIV_S);
    assert_int_equal(csr_write(&f->hart, CSR_mscratch, 7, &effect), CSR_ILLEGAL);
    assert_int_equal(fixture_csr(f, CSR_mscratch), 0);
    fixture_mode(f, PRIV_M);
    assert_int_equal(csr_write(&f->hart, CSR_mhartid, 7, &effect), CSR_ILLEGAL);
    assert_int_equal(csr_write(&f->hart, CSR_cycle, 7, &effect), CSR_ILLEGAL);
    assert_false(effect);
    fixture_destroy(f);
}

/* Each CSR keeps to itself: a write to a plain one is seen by itself alone. */
static void scratch_registers_do_not_alias(void **state)
{
    (void)state;
    static const unsigned plain[] = {CSR_sscratch, CSR_mscratch, CSR_stval, CSR_mtval, CSR_scause, CSR_mcause,
                                     CSR_stimecmp, CSR_sepc,     CSR_mepc,  CSR_stvec, CSR_mtvec};
    struct fixture *f = fixture_create("");
    for (unsigned i = 0; i < ARRAY_SIZE(plain); i++)
        fixture_set(f, plain[i], 0x1000 * (i + 1));
    for (unsigned i = 0; i < ARRAY_SIZE(plain); i++)
        assert_int_equal(fixture_csr(f, plain[i]), 0x1000 * (i + 1));
    fixture_destroy(f);
}

/* norm:mcycle_minstret_wr */
static void a_written_counter_gives_the_next_instruction_the_written_value(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    fixture_retire(f, 1000);
    fixture_set(f, CSR_minstret, 0);
    fixture_set(f, CSR_mcycle, 70);
    fixture_retire(f, 1);
    assert_int_equal(fixture_csr(f, CSR_minstret), 0);
    assert_int_equal(fixture_csr(f, CSR_instret), 0);
    assert_int_equal(fixture_csr(f, CSR_mcycle), 70);
    fixture_retire(f, 5);
    assert_int_equal(fixture_csr(f, CSR_minstret), 5);
    assert_int_equal(fixture_csr(f, CSR_cycle), 75);
    fixture_destroy(f);
}

/* norm:ecall_ebreak_no_minstret_inc: a step that trapped has retired nothing. */
static void a_trap_counts_as_a_cycle_but_not_as_an_instruction(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    fixture_retire(f, 10);
    uint64_t cycles = fixture_csr(f, CSR_mcycle), instructions = fixture_csr(f, CSR_minstret);
    hart_raise(&f->hart, CAUSE_ecall_from_m, 0);
    trap_enter(&f->hart);
    f->hart.steps++;
    assert_int_equal(fixture_csr(f, CSR_mcycle), cycles + 1);
    assert_int_equal(fixture_csr(f, CSR_minstret), instructions);
    fixture_destroy(f);
}

/* norm:mcountinhibit_op2 */
static void an_inhibited_counter_stands_exactly_still(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    fixture_retire(f, 30);
    f->hart.traps = 7; /* so that the two counts differ */
    fixture_set(f, CSR_mcycle, 100);
    fixture_set(f, CSR_minstret, 200);
    fixture_retire(f, 1);
    fixture_set(f, CSR_mcountinhibit, 5);
    fixture_retire(f, 1);
    assert_int_equal(fixture_csr(f, CSR_mcycle), 101);
    assert_int_equal(fixture_csr(f, CSR_minstret), 201);
    fixture_retire(f, 50);
    assert_int_equal(fixture_csr(f, CSR_mcycle), 101);
    fixture_set(f, CSR_minstret, 300);
    fixture_retire(f, 50);
    assert_int_equal(fixture_csr(f, CSR_minstret), 300);
    fixture_set(f, CSR_mcountinhibit, 1);
    fixture_retire(f, 1);
    assert_int_equal(fixture_csr(f, CSR_minstret), 300);
    fixture_retire(f, 3);
    assert_int_equal(fixture_csr(f, CSR_minstret), 303);
    assert_int_equal(fixture_csr(f, CSR_mcycle), 101);
    fixture_set(f, CSR_mcountinhibit, 0);
    fixture_retire(f, 1 + 2);
    assert_int_equal(fixture_csr(f, CSR_mcycle), 103);
    assert_int_equal(fixture_csr(f, CSR_minstret), 306);
    fixture_destroy(f);
}

static void time_is_the_environments_time(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    f->now = 0x123456789abc;
    assert_int_equal(fixture_csr(f, CSR_time), 0x123456789abc);
    fixture_destroy(f);
}

/* norm:mip_seip_rdcsr, norm:mip_seip_wrcsr */
static void the_seip_wire_is_read_but_never_written_back(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    uint64_t value;
    hart_set_line(&f->hart, MIP_SEIP, true);
    assert_int_equal(csr_read(&f->hart, CSR_mip, &value), CSR_OK);
    assert_int_equal(value, MIP_SEIP);
    /* csrrs x1, mip, SSIP */
    fixture_set(f, CSR_mip, csr_modify_base(&f->hart, CSR_mip, value) | MIP_SSIP);
    hart_set_line(&f->hart, MIP_SEIP, false);
    assert_int_equal(fixture_csr(f, CSR_mip), MIP_SSIP);
    fixture_set(f, CSR_mip, MIP_SEIP);
    assert_int_equal(csr_modify_base(&f->hart, CSR_mip, MIP_SEIP), MIP_SEIP);
    assert_int_equal(fixture_csr(f, CSR_mip), MIP_SEIP);
    fixture_destroy(f);
}

/* norm:mip_msip_rdonly, norm:mip_mtip_rdonly, norm:mip_meip_rdonly */
static void machine_pending_bits_follow_their_wires_alone(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    fixture_set(f, CSR_mip, ~UINT64_C(0));
    assert_int_equal(fixture_csr(f, CSR_mip), MIP_SSIP | MIP_VSSIP | MIP_STIP | MIP_SEIP | MIP_LCOFIP);
    hart_set_line(&f->hart, MIP_MTIP, true);
    fixture_set(f, CSR_mip, 0);
    assert_int_equal(fixture_csr(f, CSR_mip), MIP_MTIP);
    hart_set_line(&f->hart, MIP_MTIP, false);
    assert_int_equal(fixture_csr(f, CSR_mip), 0);
    fixture_destroy(f);
}

/* norm:sip_sie: S-mode sees and writes what is delegated. */
static void sie_and_sip_show_the_delegated_bits_alone(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("h=off,sscofpmf=off");
    fixture_set(f, CSR_mie, ~UINT64_C(0));
    fixture_set(f, CSR_mip, ~UINT64_C(0));
    assert_int_equal(fixture_csr(f, CSR_sie), 0);
    assert_int_equal(fixture_csr(f, CSR_sip), 0);
    fixture_set(f, CSR_mideleg, MIP_STIP | MIP_SSIP);
    assert_int_equal(fixture_csr(f, CSR_sie), MIP_STIP | MIP_SSIP);
    assert_int_equal(fixture_csr(f, CSR_sip), MIP_STIP | MIP_SSIP);
    fixture_set(f, CSR_sie, 0);
    assert_int_equal(fixture_csr(f, CSR_mie), MIP_SEIP | MIP_MSIP | MIP_MTIP | MIP_MEIP);
    fixture_set(f, CSR_sip, 0);
    assert_int_equal(fixture_csr(f, CSR_mip), MIP_SEIP | MIP_STIP);
    fixture_set(f, CSR_mideleg, 0);
    fixture_set(f, CSR_sip, MIP_SSIP);
    assert_int_equal(fixture_csr(f, CSR_mip), MIP_SEIP | MIP_STIP);
    fixture_destroy(f);
}

/* norm:mip_sip_stip_op */
static void stip_follows_stimecmp_at_once(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    uint64_t value;
    fixture_set(f, CSR_menvcfg, ENVCFG_STCE);
    f->now = 1000;
    assert_true(fixture_set(f, CSR_stimecmp, 1000));
    assert_int_equal(fixture_csr(f, CSR_mip) & MIP_STIP, MIP_STIP);
    fixture_set(f, CSR_stimecmp, 1001);
    assert_int_equal(fixture_csr(f, CSR_mip) & MIP_STIP, 0);
    assert_int_equal(csr_next_timer(&f->hart, f->now), 1001);
    f->now = 1001;
    assert_int_equal(csr_read(&f->hart, CSR_mip, &value), CSR_OK);
    assert_int_equal(value & MIP_STIP, MIP_STIP);
    fixture_set(f, CSR_stimecmp, ~UINT64_C(0));
    assert_int_equal(fixture_csr(f, CSR_mip) & MIP_STIP, 0);
    assert_int_equal(csr_next_timer(&f->hart, f->now), UINT64_MAX);
    fixture_destroy(f);
}

/* norm:mip_stip_stimecmp_acc, norm:mip_stip_no_stimecmp_acc */
static void stip_is_writable_only_while_stce_is_off(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    fixture_set(f, CSR_stimecmp, 0);
    assert_int_equal(fixture_csr(f, CSR_mip), 0);
    fixture_set(f, CSR_mip, MIP_STIP);
    assert_int_equal(fixture_csr(f, CSR_mip), MIP_STIP);
    fixture_set(f, CSR_stimecmp, ~UINT64_C(0));
    assert_true(fixture_set(f, CSR_menvcfg, ENVCFG_STCE));
    assert_int_equal(fixture_csr(f, CSR_mip), 0);
    fixture_set(f, CSR_mip, 0);
    fixture_set(f, CSR_menvcfg, 0);
    assert_int_equal(fixture_csr(f, CSR_mip), MIP_STIP); /* the bit below slept, and was not written either */
    fixture_set(f, CSR_mip, 0);
    fixture_set(f, CSR_menvcfg, ENVCFG_STCE);
    fixture_set(f, CSR_mip, MIP_STIP);
    assert_int_equal(fixture_csr(f, CSR_mip), 0);
    f->now = ~UINT64_C(0);
    csr_update_timer(&f->hart, f->now);
    fixture_set(f, CSR_mip, 0);
    assert_int_equal(fixture_csr(f, CSR_mip), MIP_STIP);
    fixture_destroy(f);
}

/* norm:mstatus_sd_op1 */
static void sd_says_whether_fs_is_dirty(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    for (uint64_t fs = 0; fs < 4; fs++) {
        fixture_set(f, CSR_mstatus, fs << 13);
        assert_int_equal(fixture_csr(f, CSR_mstatus) >> 63, fs == 3);
        assert_int_equal(fixture_csr(f, CSR_sstatus) >> 63, fs == 3);
    }
    fixture_set(f, CSR_mstatus, BIT(63));
    assert_int_equal(fixture_csr(f, CSR_mstatus) >> 63, 0);
    fixture_destroy(f);
}

static void fcsr_and_its_halves_are_one_register(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    fixture_set(f, CSR_mstatus, UINT64_C(1) << 13);
    assert_false(f->hart.fp_ready);
    assert_true(fixture_set(f, CSR_fcsr, 0xffffff00 | 0x75));
    assert_int_equal(fixture_csr(f, CSR_fflags), 0x15);
    assert_int_equal(fixture_csr(f, CSR_frm), 3);
    assert_true(f->hart.fp_ready);
    assert_int_equal(fixture_csr(f, CSR_mstatus) >> 13 & 3, 3);
    assert_false(fixture_set(f, CSR_fflags, 0xe2));
    assert_int_equal(fixture_csr(f, CSR_fcsr), 0x62);
    assert_true(fixture_set(f, CSR_frm, 4));
    assert_false(f->hart.fp_ready);
    fixture_set(f, CSR_frm, 0xff);
    assert_int_equal(fixture_csr(f, CSR_fcsr), 0xe2);
    fixture_destroy(f);
}

static void writes_say_whether_execution_must_look_again(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    fixture_set(f, CSR_mideleg, ~UINT64_C(0));
    assert_false(fixture_set(f, CSR_sscratch, 1));
    assert_false(fixture_set(f, CSR_sepc, 4));
    assert_false(fixture_set(f, CSR_mstatus, MSTATUS_SIE | MSTATUS_MIE));
    assert_false(fixture_set(f, CSR_mstatus, 0));
    assert_false(fixture_set(f, CSR_mie, MIP_SSIP));
    assert_true(fixture_set(f, CSR_sip, MIP_SSIP));
    assert_true(fixture_set(f, CSR_sstatus, MSTATUS_SIE));
    assert_false(fixture_set(f, CSR_sstatus, 0));
    assert_true(fixture_set(f, CSR_sstatus, MSTATUS_SUM));
    assert_false(fixture_set(f, CSR_sstatus, MSTATUS_SUM));
    assert_true(fixture_set(f, CSR_mstatus, MSTATUS_MPRV));
    assert_true(fixture_set(f, CSR_mstatus, MSTATUS_MPRV | MSTATUS_MPP));
    assert_true(fixture_set(f, CSR_sie, 0) == false);
    assert_true(fixture_set(f, CSR_sie, MIP_SSIP));
    assert_true(fixture_set(f, CSR_satp, UINT64_C(8) << 60 | 0x80000));
    assert_false(fixture_set(f, CSR_satp, UINT64_C(8) << 60 | 0x80000));
    assert_true(fixture_set(f, CSR_pmpaddr0, 5));
    assert_false(fixture_set(f, CSR_pmpaddr0, 5));
    fixture_destroy(f);
}

/* norm:satp_op_active: the context in force follows satp, MPRV and the privilege without a fence. */
static void the_translation_context_follows_the_csrs(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    uint64_t satp = UINT64_C(8) << 60 | 0x80001;
    fixture_set(f, CSR_satp, satp);
    assert_int_equal(f->hart.data->context.satp, 0);
    fixture_set(f, CSR_mstatus, MSTATUS_MPRV | UINT64_C(1) << 11);
    assert_int_equal(f->hart.data->context.satp, satp);
    assert_int_equal(f->hart.code->context.satp, 0);
    fixture_set(f, CSR_mstatus, UINT64_C(1) << 11);
    assert_ptr_equal(f->hart.data, f->hart.code);
    trap_mret(&f->hart, 0);
    assert_int_equal(f->hart.code->context.satp, satp);
    fixture_destroy(f);
}

/* norm:M-mode_at_rst1, norm:mstatus_mie_mprv_rst, norm:pmp_A_L_rst, norm:mcause_rst_zero */
static void reset_gives_the_documented_values(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    f->hart.id = 3;
    assert_int_equal(f->hart.priv, PRIV_M);
    assert_int_equal(f->hart.pc, FIXTURE_RAM_BASE);
    assert_int_equal(fixture_csr(f, CSR_mstatus), UINT64_C(0xa00000000));
    assert_int_equal(fixture_csr(f, CSR_misa), UINT64_C(2) << 62 | 0x1411af);
    assert_int_equal(fixture_csr(f, CSR_menvcfg), UINT64_C(3) << 61);
    assert_int_equal(fixture_csr(f, CSR_mhartid), 3);
    assert_int_equal(fixture_csr(f, CSR_mcause), 0);
    assert_int_equal(fixture_csr(f, CSR_pmpcfg0), 0);
    assert_int_equal(fixture_csr(f, CSR_satp), 0);
    assert_int_equal(fixture_csr(f, CSR_stimecmp), ~UINT64_C(0));
    assert_int_equal(fixture_csr(f, CSR_hgatp), 0); /* norm:hgatp_vsatp_mode_rst */
    assert_int_equal(fixture_csr(f, CSR_vsatp), 0);
    assert_int_equal(fixture_csr(f, CSR_mstateen0), 0); /* norm:mstateen_zero_initialization */
    assert_int_equal(fixture_csr(f, CSR_henvcfg), UINT64_C(3) << 61);
    fixture_destroy(f);
}

static void menvcfg_resets_to_what_the_cpu_setting_says(void **state)
{
    (void)state;
    static const struct {
        const char *cpu;
        uint64_t menvcfg;
    } cases[] = {{"svade", UINT64_C(1) << 62}, {"svadu=off", UINT64_C(1) << 62}, {"svpbmt=off", UINT64_C(1) << 61}};
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        struct fixture *f = fixture_create(cases[i].cpu);
        assert_int_equal(fixture_csr(f, CSR_menvcfg), cases[i].menvcfg);
        fixture_destroy(f);
    }
}

static void every_reset_value_is_legal_and_survives_being_written_back(void **state)
{
    (void)state;
    for (unsigned s = 0; s < ARRAY_SIZE(settings); s++) {
        struct fixture *f = fixture_create(settings[s]);
        for (unsigned n = 0; csr_info(n) != NULL; n++) {
            unsigned number = csr_info(n)->number;
            if (number == CSR_mcycle || number == CSR_minstret || number <= CSR_fcsr)
                continue;
            uint64_t before = fixture_csr(f, number);
            fixture_set(f, number, before);
            if (fixture_csr(f, number) != before)
                fail_msg("%s under --cpu '%s' does not take its reset value", csr_info(n)->name, settings[s]);
        }
        fixture_destroy(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_write_changes_nothing),
        cmocka_unit_test(scratch_registers_do_not_alias),
        cmocka_unit_test(a_written_counter_gives_the_next_instruction_the_written_value),
        cmocka_unit_test(a_trap_counts_as_a_cycle_but_not_as_an_instruction),
        cmocka_unit_test(an_inhibited_counter_stands_exactly_still),
        cmocka_unit_test(time_is_the_environments_time),
        cmocka_unit_test(the_seip_wire_is_read_but_never_written_back),
        cmocka_unit_test(machine_pending_bits_follow_their_wires_alone),
        cmocka_unit_test(sie_and_sip_show_the_delegated_bits_alone),
        cmocka_unit_test(stip_follows_stimecmp_at_once),
        cmocka_unit_test(stip_is_writable_only_while_stce_is_off),
        cmocka_unit_test(sd_says_whether_fs_is_dirty),
        cmocka_unit_test(fcsr_and_its_halves_are_one_register),
        cmocka_unit_test(writes_say_whether_execution_must_look_again),
        cmocka_unit_test(the_translation_context_follows_the_csrs),
        cmocka_unit_test(reset_gives_the_documented_values),
        cmocka_unit_test(menvcfg_resets_to_what_the_cpu_setting_says),
        cmocka_unit_test(every_reset_value_is_legal_and_survives_being_written_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
