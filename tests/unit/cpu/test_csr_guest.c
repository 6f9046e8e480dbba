/* SPDX-License-Identifier: MIT */
/* What the hypervisor's and VS-mode's CSRs do besides holding a value: substitution, aliases, guest time, gates that
 * follow other registers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../hart_fixture.h"

static void in_guest(struct fixture *f, unsigned priv)
{
    f->hart.virt = true;
    fixture_mode(f, priv);
}

static uint64_t read_as_guest(struct fixture *f, unsigned number)
{
    uint64_t value = 0;
    assert_int_equal(csr_read(&f->hart, number, &value), CSR_OK);
    return value;
}

static void write_as_guest(struct fixture *f, unsigned number, uint64_t value)
{
    bool effect = false;
    assert_int_equal(csr_write(&f->hart, number, value, &effect), CSR_OK);
}

/* norm:H_vscsrs_sub, norm:H_vscsrs_v1 */
static void supervisor_numbers_reach_the_guests_registers_in_vs_mode(void **state)
{
    (void)state;
    static const struct {
        uint16_t own, guests;
        uint64_t value;
    } pairs[] = {
        {0x100, 0x200, 0x80122}, {0x105, 0x205, 0x80001000}, {0x140, 0x240, 5}, {0x141, 0x241, 6},
        {0x142, 0x242, 7},       {0x143, 0x243, 8},          {0x14d, 0x24d, 9}, {0x180, 0x280, UINT64_C(8) << 60 | 3},
    };
    struct fixture *f = fixture_create("");
    fixture_set(f, CSR_menvcfg, ENVCFG_STCE);
    fixture_set(f, CSR_henvcfg, ENVCFG_STCE);
    fixture_set(f, CSR_mcounteren, 2);
    fixture_set(f, CSR_hcounteren, 2);
    for (unsigned i = 0; i < ARRAY_SIZE(pairs); i++) {
        uint64_t own = fixture_csr(f, pairs[i].own);
        in_guest(f, PRIV_S);
        write_as_guest(f, pairs[i].own, pairs[i].value);
        uint64_t seen = read_as_guest(f, pairs[i].own);
        f->hart.virt = false;
        assert_int_equal(seen & pairs[i].value, pairs[i].value);
        assert_int_equal(fixture_csr(f, pairs[i].guests), seen);
        assert_int_equal(fixture_csr(f, pairs[i].own), own);
    }
    fixture_destroy(f);
}

/* norm:H_scsrs_nomatch */
static void senvcfg_and_scounteren_have_no_twin(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("smstateen=off,ssstateen=off");
    in_guest(f, PRIV_S);
    write_as_guest(f, CSR_scounteren, 5);
    write_as_guest(f, CSR_senvcfg, 1);
    assert_int_equal(fixture_csr(f, CSR_scounteren), 5);
    assert_int_equal(fixture_csr(f, CSR_senvcfg), 1);
    fixture_destroy(f);
}

/* norm:mip_mie_alias, norm:hip_vssip_vssie_op, norm:hip_vseip_vseie_op, norm:hip_vstip_vstie_acc_op */
static void hip_and_hie_are_aliases_of_mip_and_mie(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    fixture_set(f, CSR_hvip, ~UINT64_C(0));
    assert_int_equal(fixture_csr(f, CSR_hvip), 0x444);
    assert_int_equal(fixture_csr(f, CSR_hip), 0x444);
    assert_int_equal(fixture_csr(f, CSR_mip), 0x444);
    fixture_set(f, CSR_hip, 0);
    assert_int_equal(fixture_csr(f, CSR_hip), 0x440);
    assert_int_equal(fixture_csr(f, CSR_hvip), 0x440);
    fixture_set(f, CSR_mip, MIP_VSSIP);
    assert_int_equal(fixture_csr(f, CSR_hvip), 0x444);
    fixture_set(f, CSR_hvip, 0);
    assert_int_equal(fixture_csr(f, CSR_mip), 0);
    fixture_set(f, CSR_hie, ~UINT64_C(0));
    assert_int_equal(fixture_csr(f, CSR_mie), 0x444);
    fixture_set(f, CSR_mie, MIP_MEIP | MIP_VSTIP);
    assert_int_equal(fixture_csr(f, CSR_hie), 0x040);
    fixture_destroy(f);
}

/* norm:sie_hip_hie_mutex */
static void sie_and_sip_never_show_the_guests_bits(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    fixture_set(f, CSR_mideleg, ~UINT64_C(0));
    fixture_set(f, CSR_mie, ~UINT64_C(0));
    fixture_set(f, CSR_hvip, ~UINT64_C(0));
    fixture_set(f, CSR_mip, ~UINT64_C(0));
    assert_int_equal(fixture_csr(f, CSR_sie), 0x2222);
    assert_int_equal(fixture_csr(f, CSR_sip), 0x2222);
    assert_int_equal(fixture_csr(f, CSR_hie), 0x444);
    fixture_set(f, CSR_sie, 0);
    assert_int_equal(fixture_csr(f, CSR_hie), 0x444);
    fixture_set(f, CSR_sip, 0);
    assert_int_equal(fixture_csr(f, CSR_mip), 0x664);
    fixture_destroy(f);
}

/* norm:vsip_vsie_sei, norm:vsip_vsie_sti, norm:vsip_vsie_ssi, norm:vsip_img, norm:vsie_img */
static void vsip_and_vsie_show_what_hideleg_gives(void **state)
{
    (void)state;
    static const uint16_t bits[] = {0x004, 0x040, 0x400};
    for (unsigned given = 0; given < 8; given++) {
        uint64_t hideleg = 0;
        for (unsigned i = 0; i < 3; i++)
            hideleg |= given >> i & 1 ? bits[i] : 0;
        struct fixture *f = fixture_create("");
        fixture_set(f, CSR_hideleg, hideleg);
        fixture_set(f, CSR_hvip, ~UINT64_C(0));
        fixture_set(f, CSR_hie, ~UINT64_C(0));
        assert_int_equal(fixture_csr(f, CSR_vsip), hideleg >> 1);
        assert_int_equal(fixture_csr(f, CSR_vsie), hideleg >> 1);
        fixture_set(f, CSR_vsie, 0);
        assert_int_equal(fixture_csr(f, CSR_hie), 0x444 & ~hideleg);
        fixture_set(f, CSR_vsip, 0);
        assert_int_equal(fixture_csr(f, CSR_hvip), 0x444 & ~(hideleg & 4));
        in_guest(f, PRIV_S);
        write_as_guest(f, CSR_sie, ~UINT64_C(0));
        write_as_guest(f, CSR_sip, ~UINT64_C(0));
        assert_int_equal(read_as_guest(f, CSR_sie), hideleg >> 1);
        assert_int_equal(fixture_csr(f, CSR_hie), 0x444);
        assert_int_equal(fixture_csr(f, CSR_hvip), 0x444);
        fixture_destroy(f);
    }
}

/* norm:LCOFIP_op, norm:mip_lcofip_mie_lcofie_op, norm:sip_sie_Sscofpmf, norm:vsip_vsie_lcofi, norm:mideleg_hroz */
static void the_counters_interrupt_is_the_guests_where_both_registers_give_it(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    fixture_set(f, CSR_mip, MIP_LCOFIP);
    fixture_set(f, CSR_mie, MIP_LCOFIP);
    fixture_set(f, CSR_mideleg, MIP_LCOFIP);
    assert_int_equal(fixture_csr(f, CSR_vsip), 0);
    fixture_set(f, CSR_hideleg, MIP_LCOFIP);
    assert_int_equal(fixture_csr(f, CSR_hideleg), MIP_LCOFIP);
    assert_int_equal(fixture_csr(f, CSR_vsip), MIP_LCOFIP);
    assert_int_equal(fixture_csr(f, CSR_vsie), MIP_LCOFIP);
    assert_int_equal(fixture_csr(f, CSR_sip), MIP_LCOFIP);
    in_guest(f, PRIV_U);
    assert_true(trap_take_interrupt(&f->hart));
    assert_true(f->hart.virt);
    assert_int_equal(fixture_csr(f, CSR_vscause), CAUSE_INTERRUPT | 13);
    fixture_set(f, CSR_vsip, 0);
    assert_int_equal(fixture_csr(f, CSR_mip), 0);
    fixture_set(f, CSR_mideleg, 0);
    assert_int_equal(fixture_csr(f, CSR_hideleg), 0);
    fixture_destroy(f);
    f = fixture_create("shlcofideleg=off");
    fixture_set(f, CSR_mideleg, MIP_LCOFIP);
    fixture_set(f, CSR_hideleg, ~UINT64_C(0));
    assert_int_equal(fixture_csr(f, CSR_hideleg), 0x444);
    fixture_destroy(f);
}

/* norm:htimedelta_sz_acc_op */
static void guest_time_is_time_plus_htimedelta(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    f->now = 1000;
    fixture_set(f, CSR_htimedelta, UINT64_C(0) - 300);
    fixture_set(f, CSR_mcounteren, 2);
    fixture_set(f, CSR_hcounteren, 2);
    fixture_set(f, CSR_scounteren, 2);
    fixture_mode(f, PRIV_S);
    assert_int_equal(read_as_guest(f, CSR_time), 1000);
    in_guest(f, PRIV_S);
    assert_int_equal(read_as_guest(f, CSR_time), 700);
    in_guest(f, PRIV_U);
    assert_int_equal(read_as_guest(f, CSR_time), 700);
    fixture_destroy(f);
}

static struct fixture *with_guest_timer(void)
{
    struct fixture *f = fixture_create("");
    fixture_set(f, CSR_menvcfg, ENVCFG_STCE);
    fixture_set(f, CSR_henvcfg, ENVCFG_STCE);
    return f;
}

static bool vstip(struct fixture *f)
{
    csr_update_timer(&f->hart, f->now);
    return fixture_csr(f, CSR_hip) & MIP_VSTIP;
}

/* norm:vstimecmp_exist, norm:sstc_vs_facility, norm:hip_vstip_op, norm:hip_vstip_clear: unsigned, modulo 2^64, whatever V is. */
static void vstip_compares_guest_time(void **state)
{
    (void)state;
    struct fixture *f = with_guest_timer();
    f->now = 1000;
    fixture_set(f, CSR_htimedelta, 50);
    fixture_set(f, CSR_vstimecmp, 1051);
    assert_false(vstip(f));
    assert_int_equal(csr_next_timer(&f->hart, f->now), 1001);
    f->now = 1001;
    assert_true(vstip(f));
    fixture_set(f, CSR_hvip, 0);
    assert_true(vstip(f));
    fixture_set(f, CSR_vstimecmp, 1052);
    assert_false(vstip(f));
    fixture_set(f, CSR_hvip, MIP_VSTIP);
    assert_true(vstip(f));
    assert_int_equal(fixture_csr(f, CSR_hvip), MIP_VSTIP);
    fixture_destroy(f);
}

static void vstip_falls_where_guest_time_wraps(void **state)
{
    (void)state;
    struct fixture *f = with_guest_timer();
    f->now = 1000;
    fixture_set(f, CSR_htimedelta, UINT64_C(0) - 1010);
    fixture_set(f, CSR_vstimecmp, 5);
    assert_true(vstip(f));
    assert_int_equal(csr_next_timer(&f->hart, f->now), 1010);
    f->now = 1010;
    assert_false(vstip(f));
    assert_int_equal(csr_next_timer(&f->hart, f->now), 1015);
    f->now = 1015;
    assert_true(vstip(f));
    fixture_destroy(f);
}

/* norm:stce_bit_exist, norm:henvcfg_stce, norm:menvcfg_stce_op2 */
static void without_either_stce_vstip_is_hvips_alone(void **state)
{
    (void)state;
    for (unsigned off = 0; off < 2; off++) {
        struct fixture *f = with_guest_timer();
        fixture_set(f, CSR_vstimecmp, 0);
        assert_true(vstip(f));
        assert_true(fixture_set(f, off ? CSR_menvcfg : CSR_henvcfg, 0));
        assert_false(vstip(f));
        assert_int_equal(csr_next_timer(&f->hart, f->now), UINT64_MAX);
        fixture_set(f, CSR_hvip, MIP_VSTIP);
        assert_true(vstip(f));
        fixture_destroy(f);
    }
}

/* norm:menvcfg_pbmte_henvcfg_pbmte_rdonly0, norm:menvcfg_adue_henvcfg_adue_rdonly0, norm:menvcfg_stce_op2 */
static void henvcfg_has_only_what_menvcfg_has(void **state)
{
    (void)state;
    for (unsigned bit = 61; bit <= 63; bit++) {
        struct fixture *f = fixture_create("");
        fixture_set(f, CSR_menvcfg, ~UINT64_C(0));
        fixture_set(f, CSR_henvcfg, ~UINT64_C(0));
        assert_int_equal(fixture_csr(f, CSR_henvcfg) >> 61, 7);
        fixture_set(f, CSR_menvcfg, ~BIT(bit));
        assert_int_equal(fixture_csr(f, CSR_henvcfg) >> 61, 7 & ~(1 << (bit - 61)));
        fixture_set(f, CSR_henvcfg, ~UINT64_C(0));
        assert_int_equal(fixture_csr(f, CSR_henvcfg) >> 61, 7 & ~(1 << (bit - 61)));
        fixture_destroy(f);
    }
}

/* norm:mstateen_lower_priv_roz, norm:hstateen_bit_63_writable */
static void hstateen_has_only_what_mstateen_has(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    fixture_set(f, CSR_mstateen0, ~UINT64_C(0));
    fixture_set(f, CSR_mstateen1, ~UINT64_C(0));
    fixture_set(f, CSR_hstateen0, ~UINT64_C(0));
    fixture_set(f, CSR_hstateen1, ~UINT64_C(0));
    assert_int_equal(fixture_csr(f, CSR_hstateen0), STATEEN_SE | STATEEN_ENVCFG);
    assert_int_equal(fixture_csr(f, CSR_hstateen1), STATEEN_SE);
    fixture_set(f, CSR_mstateen0, STATEEN_SE);
    assert_int_equal(fixture_csr(f, CSR_hstateen0), STATEEN_SE);
    fixture_set(f, CSR_mstateen1, 0);
    assert_int_equal(fixture_csr(f, CSR_hstateen1), 0);
    fixture_destroy(f);
}

/* norm:vsatp_v0, norm:vsstatus_v0, norm:H_vscsrs_v0, norm:mstatus_mprv_hypervisor: which tables a hart sees with, by mode and MPRV. */
static void the_translation_context_follows_v_and_mpv(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    uint64_t satp = UINT64_C(8) << 60 | 1, vsatp = UINT64_C(9) << 60 | 2, hgatp = UINT64_C(10) << 60 | 4;
    fixture_set(f, CSR_satp, satp);
    fixture_set(f, CSR_vsatp, vsatp);
    fixture_set(f, CSR_hgatp, hgatp);
    fixture_set(f, CSR_vsstatus, MSTATUS_SUM);
    fixture_mode(f, PRIV_S);
    assert_int_equal(f->hart.code->context.satp, satp);
    assert_int_equal(f->hart.code->context.hgatp, 0);
    in_guest(f, PRIV_S);
    assert_int_equal(f->hart.code->context.satp, vsatp);
    assert_int_equal(f->hart.code->context.hgatp, hgatp);
    assert_true(f->hart.data->context.sum);
    f->hart.virt = false;
    fixture_mode(f, PRIV_M);
    fixture_set(f, CSR_mstatus, MSTATUS_MPRV | UINT64_C(1) << 11);
    assert_int_equal(f->hart.data->context.satp, satp);
    fixture_set(f, CSR_mstatus, MSTATUS_MPRV | MSTATUS_MPV | UINT64_C(1) << 11);
    assert_int_equal(f->hart.data->context.satp, vsatp);
    assert_int_equal(f->hart.data->context.hgatp, hgatp);
    assert_false(f->hart.code->context.virt);
    fixture_set(f, CSR_mstatus, MSTATUS_MPRV | MSTATUS_MPV | UINT64_C(3) << 11);
    assert_false(f->hart.data->context.virt);
    fixture_destroy(f);
}

static void writes_to_a_guests_registers_say_whether_to_look_again(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    assert_false(fixture_set(f, CSR_vsscratch, 1));
    assert_false(fixture_set(f, CSR_hstatus, HSTATUS_HU));
    assert_false(fixture_set(f, CSR_hie, MIP_VSSIP));
    assert_true(fixture_set(f, CSR_hvip, MIP_VSSIP));
    assert_true(fixture_set(f, CSR_hideleg, MIP_VSSIP));
    assert_true(fixture_set(f, CSR_vsstatus, MSTATUS_SIE));
    assert_true(fixture_set(f, CSR_vsstatus, MSTATUS_SUM));
    assert_false(fixture_set(f, CSR_vsstatus, MSTATUS_SUM));
    assert_true(fixture_set(f, CSR_vsatp, UINT64_C(8) << 60 | 5));
    assert_false(fixture_set(f, CSR_vsatp, UINT64_C(8) << 60 | 5));
    assert_true(fixture_set(f, CSR_hgatp, UINT64_C(8) << 60 | 4));
    assert_false(fixture_set(f, CSR_hgatp, UINT64_C(8) << 60 | 4));
    fixture_destroy(f);
}

/* norm:vsstatus_sd_xs_op */
static void sd_of_vsstatus_follows_its_own_fs(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    fixture_set(f, CSR_mstatus, MSTATUS_FS);
    assert_int_equal(fixture_csr(f, CSR_vsstatus) >> 63, 0);
    fixture_set(f, CSR_mstatus, 0);
    fixture_set(f, CSR_vsstatus, MSTATUS_FS);
    assert_int_equal(fixture_csr(f, CSR_vsstatus) >> 63, 1);
    assert_int_equal(fixture_csr(f, CSR_sstatus) >> 63, 0);
    fixture_destroy(f);
}

/* norm:vsstatus_fs_op: a write to FP state dirties both where V = 1, one where V = 0. */
static void fp_writes_of_a_guest_dirty_both_fs_fields(void **state)
{
    (void)state;
    for (unsigned virt = 0; virt < 2; virt++) {
        struct fixture *f = fixture_create("");
        fixture_set(f, CSR_mstatus, 1 << 13);
        fixture_set(f, CSR_vsstatus, 1 << 13);
        f->hart.virt = virt;
        fixture_mode(f, PRIV_U);
        write_as_guest(f, CSR_frm, 1);
        assert_int_equal(fixture_csr(f, CSR_mstatus) >> 13 & 3, 3);
        assert_int_equal(fixture_csr(f, CSR_vsstatus) >> 13 & 3, virt ? 3 : 1);
        fixture_destroy(f);
    }
}

/* What h=off leaves: nothing of H in the registers that both have. */
static void without_h_the_shared_registers_have_no_trace_of_it(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("h=off");
    fixture_set(f, CSR_mstatus, ~UINT64_C(0));
    fixture_set(f, CSR_mideleg, ~UINT64_C(0));
    fixture_set(f, CSR_medeleg, ~UINT64_C(0));
    fixture_set(f, CSR_mie, ~UINT64_C(0));
    fixture_set(f, CSR_mip, ~UINT64_C(0));
    assert_int_equal(fixture_csr(f, CSR_mstatus) >> 38 & 3, 0);
    assert_int_equal(fixture_csr(f, CSR_misa) >> 7 & 1, 0);
    assert_int_equal(fixture_csr(f, CSR_mideleg) & 0x1444, 0);
    assert_int_equal(fixture_csr(f, CSR_mie) & 0x1444, 0);
    assert_int_equal(fixture_csr(f, CSR_mip) & 0x1444, 0);
    assert_int_equal(fixture_csr(f, CSR_medeleg) & 0xf00400, 0);
    fixture_destroy(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(supervisor_numbers_reach_the_guests_registers_in_vs_mode),
        cmocka_unit_test(senvcfg_and_scounteren_have_no_twin),
        cmocka_unit_test(hip_and_hie_are_aliases_of_mip_and_mie),
        cmocka_unit_test(sie_and_sip_never_show_the_guests_bits),
        cmocka_unit_test(vsip_and_vsie_show_what_hideleg_gives),
        cmocka_unit_test(the_counters_interrupt_is_the_guests_where_both_registers_give_it),
        cmocka_unit_test(guest_time_is_time_plus_htimedelta),
        cmocka_unit_test(vstip_compares_guest_time),
        cmocka_unit_test(vstip_falls_where_guest_time_wraps),
        cmocka_unit_test(without_either_stce_vstip_is_hvips_alone),
        cmocka_unit_test(henvcfg_has_only_what_menvcfg_has),
        cmocka_unit_test(hstateen_has_only_what_mstateen_has),
        cmocka_unit_test(the_translation_context_follows_v_and_mpv),
        cmocka_unit_test(writes_to_a_guests_registers_say_whether_to_look_again),
        cmocka_unit_test(sd_of_vsstatus_follows_its_own_fs),
        cmocka_unit_test(fp_writes_of_a_guest_dirty_both_fs_fields),
        cmocka_unit_test(without_h_the_shared_registers_have_no_trace_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
