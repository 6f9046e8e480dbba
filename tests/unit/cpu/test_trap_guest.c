/* SPDX-License-Identifier: MIT */
/* Traps out of and into virtual machines: who handles them, what is written, and the returns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../hart_fixture.h"

#define M_VECTOR UINT64_C(0x80001000)
#define HS_VECTOR UINT64_C(0x80002000)
#define VS_VECTOR UINT64_C(0x80003000)
#define PC UINT64_C(0x80000abc)
#define GPV (UINT64_C(1) << 39) /* mstatus.MPV */
#define GVA (UINT64_C(1) << 38) /* mstatus.GVA */

struct mode {
    uint8_t priv;
    bool virt;
};

static const struct mode all_modes[] = {
    {PRIV_U, false}, {PRIV_S, false}, {PRIV_M, false}, {PRIV_U, true}, {PRIV_S, true}};

static void enter_mode(struct fixture *f, struct mode mode)
{
    f->hart.virt = mode.virt;
    fixture_mode(f, mode.priv);
    f->hart.pc = PC;
}

static struct fixture *prepared(struct mode mode)
{
    struct fixture *f = fixture_create("");
    fixture_set(f, CSR_mtvec, M_VECTOR);
    fixture_set(f, CSR_stvec, HS_VECTOR);
    fixture_set(f, CSR_vstvec, VS_VECTOR);
    enter_mode(f, mode);
    return f;
}

static void raise_here(struct fixture *f, unsigned cause, uint64_t tval)
{
    hart_raise(&f->hart, cause, tval);
    trap_enter(&f->hart);
}

static bool bit(const struct fixture *f, unsigned csr, unsigned n)
{
    return fixture_csr(f, csr) >> n & 1;
}

/* norm:H_cause, norm:H_trap_deleg, norm:hedeleg_op over all modes, both registers, and all causes. */
static void exceptions_go_where_the_two_registers_say(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5 * 4 * 24; i++) {
        struct mode from = all_modes[i % 5];
        bool medeleg = i / 5 & 1, hedeleg = i / 10 & 1;
        unsigned cause = i / 20;
        struct fixture *f = prepared(from);
        fixture_set(f, CSR_medeleg, medeleg ? ~UINT64_C(0) : 0);
        fixture_set(f, CSR_hedeleg, hedeleg ? ~UINT64_C(0) : 0);
        bool to_hs_at_least = from.priv != PRIV_M && bit(f, CSR_medeleg, cause);
        bool to_vs = to_hs_at_least && from.virt && bit(f, CSR_hedeleg, cause);
        raise_here(f, cause, 0);
        assert_int_equal(f->hart.pc, to_vs ? VS_VECTOR : to_hs_at_least ? HS_VECTOR : M_VECTOR);
        assert_int_equal(f->hart.virt, to_vs);
        assert_int_equal(f->hart.priv, to_hs_at_least ? PRIV_S : PRIV_M);
        assert_int_equal(fixture_csr(f, to_vs ? CSR_vscause : to_hs_at_least ? CSR_scause : CSR_mcause), cause);
        assert_int_equal(fixture_csr(f, to_vs ? CSR_vsepc : to_hs_at_least ? CSR_sepc : CSR_mepc), PC);
        fixture_destroy(f);
    }
}

/* norm:H_trap_m_csrwrites, norm:mstatus_mpv_op and the table of MPV and MPP */
static void a_trap_into_m_mode_tells_where_it_came_from(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(all_modes); i++) {
        struct fixture *f = prepared(all_modes[i]);
        fixture_set(f, CSR_mstatus, MSTATUS_MIE);
        f->hart.trap = (struct trap){.cause = 21, .tval = 0x1234, .tval2 = 0x456, .tinst = 0x3003, .gva = true};
        trap_enter(&f->hart);
        uint64_t status = fixture_csr(f, CSR_mstatus);
        assert_int_equal(status >> 39 & 1, all_modes[i].virt);
        assert_int_equal(status >> 11 & 3, all_modes[i].priv);
        assert_true(status & GVA);
        assert_int_equal(status & (MSTATUS_MIE | MSTATUS_MPIE), MSTATUS_MPIE);
        assert_int_equal(fixture_csr(f, CSR_mtval), 0x1234);
        assert_int_equal(fixture_csr(f, CSR_mtval2), 0x456);
        assert_int_equal(fixture_csr(f, CSR_mtinst), 0x3003);
        assert_int_equal(fixture_csr(f, CSR_htval), 0);
        assert_int_equal(fixture_csr(f, CSR_htinst), 0);
        assert_false(f->hart.virt);
        fixture_destroy(f);
    }
}

/* norm:H_trap_hs_csrwrites, norm:hstatus_spv_op, norm:hstatus_spvp_op and the table of SPV and SPP */
static void a_trap_into_hs_mode_tells_where_it_came_from(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(all_modes); i++) {
        for (unsigned spvp = 0; spvp < 2 && all_modes[i].priv != PRIV_M; spvp++) {
            struct fixture *f = prepared(all_modes[i]);
            fixture_set(f, CSR_medeleg, ~UINT64_C(0));
            fixture_set(f, CSR_mstatus, MSTATUS_SIE);
            fixture_set(f, CSR_hstatus, spvp ? HSTATUS_SPVP : 0);
            f->hart.trap = (struct trap){.cause = 23, .tval = 0x1234, .tval2 = 0x456, .tinst = 0x3023, .gva = true};
            trap_enter(&f->hart);
            uint64_t hstatus = fixture_csr(f, CSR_hstatus), status = fixture_csr(f, CSR_sstatus);
            assert_int_equal(hstatus >> 7 & 1, all_modes[i].virt);
            assert_int_equal(hstatus >> 8 & 1, all_modes[i].virt ? all_modes[i].priv : spvp);
            assert_int_equal(hstatus >> 6 & 1, 1);
            assert_int_equal(status >> 8 & 1, all_modes[i].priv);
            assert_int_equal(status & (MSTATUS_SIE | MSTATUS_SPIE), MSTATUS_SPIE);
            assert_int_equal(fixture_csr(f, CSR_stval), 0x1234);
            assert_int_equal(fixture_csr(f, CSR_htval), 0x456);
            assert_int_equal(fixture_csr(f, CSR_htinst), 0x3023);
            assert_int_equal(fixture_csr(f, CSR_mtval2), 0);
            fixture_destroy(f);
        }
    }
}

/* norm:H_trap_vs_csrwrites and the table of vsstatus.SPP; norm:shvstvala_vstval_written */
static void a_trap_into_vs_mode_leaves_the_hypervisors_registers(void **state)
{
    (void)state;
    for (unsigned priv = PRIV_U; priv <= PRIV_S; priv++) {
        struct fixture *f = prepared((struct mode){(uint8_t)priv, true});
        fixture_set(f, CSR_medeleg, ~UINT64_C(0));
        fixture_set(f, CSR_hedeleg, ~UINT64_C(0));
        fixture_set(f, CSR_vsstatus, MSTATUS_SIE);
        fixture_set(f, CSR_hstatus, HSTATUS_SPVP | HSTATUS_SPV | HSTATUS_GVA);
        uint64_t sstatus = fixture_csr(f, CSR_sstatus), hstatus = fixture_csr(f, CSR_hstatus);
        f->hart.trap = (struct trap){.cause = 13, .tval = 0x1234, .tinst = 0x3003};
        trap_enter(&f->hart);
        assert_true(f->hart.virt);
        assert_int_equal(fixture_csr(f, CSR_vstval), 0x1234);
        uint64_t status = fixture_csr(f, CSR_vsstatus);
        assert_int_equal(status & (MSTATUS_SIE | MSTATUS_SPIE), MSTATUS_SPIE);
        assert_int_equal(status >> 8 & 1, priv);
        assert_int_equal(fixture_csr(f, CSR_sstatus), sstatus);
        assert_int_equal(fixture_csr(f, CSR_hstatus), hstatus);
        assert_int_equal(fixture_csr(f, CSR_stval), 0);
        assert_int_equal(fixture_csr(f, CSR_htinst), 0);
        fixture_destroy(f);
    }
}

/* norm:mstatus_gva_op, norm:hstatus_gva_op: an address of the guest in xtval, whoever has raised it. */
static void gva_says_whether_the_trap_value_is_the_guests_address(void **state)
{
    (void)state;
    static const uint8_t addresses[] = {0, 1, 3, 4, 5, 6, 7, 12, 13, 15, 20, 21, 23}, others[] = {2, 8, 10, 22};
    for (unsigned i = 0; i < 2 * (sizeof addresses + sizeof others); i++) {
        bool virt = i & 1, address = i / 2 < sizeof addresses;
        unsigned cause = address ? addresses[i / 2] : others[i / 2 - sizeof addresses];
        struct fixture *f = prepared((struct mode){PRIV_S, virt});
        fixture_set(f, CSR_mstatus, GVA);
        raise_here(f, cause, 0x123);
        assert_int_equal(!!(fixture_csr(f, CSR_mstatus) & GVA), virt && address);
        enter_mode(f, (struct mode){PRIV_S, virt});
        fixture_set(f, CSR_medeleg, ~UINT64_C(0));
        fixture_set(f, CSR_hstatus, HSTATUS_GVA);
        raise_here(f, cause, 0x123);
        assert_int_equal(!!(fixture_csr(f, CSR_hstatus) & HSTATUS_GVA), virt && address);
        fixture_destroy(f);
    }
}

/* norm:hideleg_op, norm:hideleg_hs, norm:hip_vstip_enable: the guest's own interrupts over modes, enables, delegation. */
static void a_guests_interrupt_goes_where_hideleg_says(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5 * 16; i++) {
        struct mode mode = all_modes[i % 5];
        bool hideleg = i / 5 & 1, sie = i / 10 & 1, vsie = i / 20 & 1, enabled = i / 40 & 1;
        struct fixture *f = prepared((struct mode){PRIV_M, false});
        fixture_set(f, CSR_hideleg, hideleg ? MIP_VSTIP : 0);
        fixture_set(f, CSR_mstatus, MSTATUS_MIE | (sie ? MSTATUS_SIE : 0));
        fixture_set(f, CSR_vsstatus, vsie ? MSTATUS_SIE : 0);
        fixture_set(f, CSR_hie, enabled ? MIP_VSTIP : MIP_VSSIP);
        fixture_set(f, CSR_hvip, MIP_VSTIP);
        enter_mode(f, mode);
        bool to_hs = !hideleg && (mode.virt || mode.priv == PRIV_U || (mode.priv == PRIV_S && sie));
        bool to_vs = hideleg && mode.virt && (mode.priv == PRIV_U || vsie);
        assert_int_equal(trap_take_interrupt(&f->hart), enabled && (to_hs || to_vs));
        if (enabled && to_hs)
            assert_int_equal(fixture_csr(f, CSR_scause), CAUSE_INTERRUPT | 6);
        if (enabled && to_vs)
            assert_int_equal(fixture_csr(f, CSR_vscause), CAUSE_INTERRUPT | 5);
        if (enabled && (to_hs || to_vs))
            assert_int_equal(f->hart.virt, to_vs);
        fixture_destroy(f);
    }
}

/* norm:hideleg_trans, also where vstvec is vectored */
static void a_guest_gets_its_interrupts_under_the_supervisors_codes(void **state)
{
    (void)state;
    static const uint8_t codes[] = {2, 6, 10};
    for (unsigned i = 0; i < ARRAY_SIZE(codes); i++) {
        struct fixture *f = prepared((struct mode){PRIV_U, true});
        fixture_set(f, CSR_vstvec, VS_VECTOR | 1);
        fixture_set(f, CSR_hideleg, ~UINT64_C(0));
        fixture_set(f, CSR_hie, ~UINT64_C(0));
        fixture_set(f, CSR_hvip, UINT64_C(1) << codes[i]);
        assert_true(trap_take_interrupt(&f->hart));
        assert_int_equal(fixture_csr(f, CSR_vscause), CAUSE_INTERRUPT | (codes[i] - 1));
        assert_int_equal(f->hart.pc, VS_VECTOR + 4 * (codes[i] - 1));
        assert_int_equal(fixture_csr(f, CSR_vstval), 0);
        fixture_destroy(f);
    }
}

/* norm:hsint_priority: SEI SSI STI VSEI VSSI VSTI LCOFI, each before all that follow. */
static void hs_modes_interrupts_come_by_priority(void **state)
{
    (void)state;
    static const uint8_t order[] = {9, 1, 5, 10, 2, 6, 13};
    struct fixture *f = prepared((struct mode){PRIV_M, false});
    fixture_set(f, CSR_mideleg, ~UINT64_C(0));
    fixture_set(f, CSR_mie, ~UINT64_C(0));
    for (unsigned i = ARRAY_SIZE(order); i-- > 0;) {
        f->hart.irq_lines |= UINT64_C(1) << order[i];
        enter_mode(f, (struct mode){PRIV_U, false});
        assert_true(trap_take_interrupt(&f->hart));
        assert_int_equal(fixture_csr(f, CSR_scause), CAUSE_INTERRUPT | order[i]);
        assert_int_equal(f->hart.pc, HS_VECTOR);
    }
    fixture_destroy(f);
}

/* norm:intr_M_mode_highest_pri, and HS-mode's before VS-mode's, whatever their codes */
static void interrupts_for_higher_modes_come_first(void **state)
{
    (void)state;
    struct fixture *f = prepared((struct mode){PRIV_U, true});
    fixture_set(f, CSR_mideleg, MIP_LCOFIP);
    fixture_set(f, CSR_hideleg, MIP_VSEIP);
    fixture_set(f, CSR_mie, ~UINT64_C(0));
    f->hart.irq_lines = MIP_STIP | MIP_LCOFIP | MIP_VSEIP;
    assert_true(trap_take_interrupt(&f->hart));
    assert_int_equal(fixture_csr(f, CSR_mcause), CAUSE_INTERRUPT | 5);
    f->hart.irq_lines = MIP_LCOFIP | MIP_VSEIP;
    enter_mode(f, (struct mode){PRIV_U, true});
    assert_true(trap_take_interrupt(&f->hart));
    assert_int_equal(fixture_csr(f, CSR_scause), CAUSE_INTERRUPT | 13);
    fixture_destroy(f);
}

/* norm:H_trap_xtinst_interrupt, norm:htval_trapval, norm:mtval2_trapval */
static void an_interrupt_leaves_no_trap_values(void **state)
{
    (void)state;
    static const uint16_t csrs[] = {CSR_mtval, CSR_mtval2, CSR_mtinst, CSR_stval, CSR_htval, CSR_htinst};
    struct fixture *f = prepared((struct mode){PRIV_S, true});
    for (unsigned i = 0; i < ARRAY_SIZE(csrs); i++)
        fixture_set(f, csrs[i], 0xffc);
    fixture_set(f, CSR_mstatus, GVA);
    fixture_set(f, CSR_hstatus, HSTATUS_GVA);
    fixture_set(f, CSR_mie, MIP_MTIP | MIP_VSSIP);
    hart_set_line(&f->hart, MIP_MTIP, true);
    assert_true(trap_take_interrupt(&f->hart));
    hart_set_line(&f->hart, MIP_MTIP, false);
    enter_mode(f, (struct mode){PRIV_S, true});
    fixture_set(f, CSR_hvip, MIP_VSSIP);
    assert_true(trap_take_interrupt(&f->hart));
    for (unsigned i = 0; i < ARRAY_SIZE(csrs); i++)
        assert_int_equal(fixture_csr(f, csrs[i]), 0);
    assert_false(fixture_csr(f, CSR_mstatus) & GVA);
    assert_false(fixture_csr(f, CSR_hstatus) & HSTATUS_GVA);
    fixture_destroy(f);
}

/* norm:mret_h */
static void mret_goes_where_mpp_and_mpv_say(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        static const uint8_t privs[] = {PRIV_U, PRIV_S, PRIV_M};
        unsigned priv = privs[i / 2];
        bool mpv = i & 1;
        struct fixture *f = prepared((struct mode){PRIV_M, false});
        fixture_set(f, CSR_mepc, 0x80000124);
        fixture_set(f, CSR_mstatus, (mpv ? GPV : 0) | MSTATUS_MPIE | MSTATUS_MPRV | (uint64_t)priv << 11);
        assert_int_equal(trap_mret(&f->hart, 0x30200073), EXEC_LEAP);
        assert_int_equal(f->hart.priv, priv);
        assert_int_equal(f->hart.virt, mpv && priv != PRIV_M);
        assert_int_equal(f->hart.pc, 0x80000124);
        uint64_t status = fixture_csr(f, CSR_mstatus);
        assert_int_equal(status & (GPV | MSTATUS_MPP | MSTATUS_MIE | MSTATUS_MPIE), MSTATUS_MIE | MSTATUS_MPIE);
        assert_int_equal(f->hart.code->context.virt, mpv && priv != PRIV_M);
        fixture_destroy(f);
    }
}

/* norm:sret_h, norm:sret_v0, norm:hstatus_spv_sret, from M and HS */
static void sret_with_v_0_goes_where_spp_and_spv_say(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        unsigned spp = i & 1, from = i & 4 ? PRIV_M : PRIV_S;
        bool spv = i & 2;
        struct fixture *f = prepared((struct mode){(uint8_t)from, false});
        fixture_set(f, CSR_sepc, 0x80000124);
        fixture_set(f, CSR_vsepc, 0x80000200);
        fixture_set(f, CSR_hstatus, HSTATUS_SPVP | HSTATUS_GVA | (spv ? HSTATUS_SPV : 0));
        fixture_set(f, CSR_mstatus, MSTATUS_SPIE | MSTATUS_MPRV | (uint64_t)spp << 8);
        assert_int_equal(trap_sret(&f->hart, 0x10200073), EXEC_LEAP);
        assert_int_equal(f->hart.priv, spp);
        assert_int_equal(f->hart.virt, spv);
        assert_int_equal(f->hart.pc, 0x80000124);
        assert_int_equal(fixture_csr(f, CSR_hstatus) & (HSTATUS_SPV | HSTATUS_SPVP | HSTATUS_GVA),
                         HSTATUS_SPVP | HSTATUS_GVA);
        assert_int_equal(fixture_csr(f, CSR_mstatus) & (MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_MPRV),
                         MSTATUS_SIE | MSTATUS_SPIE);
        fixture_destroy(f);
    }
}

/* norm:sret_v1; norm:mstatus_modes: TSR does not concern it. */
static void sret_with_v_1_stays_in_the_guest(void **state)
{
    (void)state;
    for (unsigned spp = 0; spp < 2; spp++) {
        struct fixture *f = prepared((struct mode){PRIV_S, true});
        fixture_set(f, CSR_mstatus, MSTATUS_TSR | MSTATUS_SPP);
        fixture_set(f, CSR_vsepc, 0x80000124);
        fixture_set(f, CSR_vsstatus, MSTATUS_SPIE | (uint64_t)spp << 8);
        fixture_set(f, CSR_hstatus, HSTATUS_SPV);
        uint64_t mstatus = fixture_csr(f, CSR_mstatus), hstatus = fixture_csr(f, CSR_hstatus);
        assert_int_equal(trap_sret(&f->hart, 0x10200073), EXEC_LEAP);
        assert_int_equal(f->hart.priv, spp);
        assert_true(f->hart.virt);
        assert_int_equal(f->hart.pc, 0x80000124);
        assert_int_equal(fixture_csr(f, CSR_vsstatus) & (MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP),
                         MSTATUS_SIE | MSTATUS_SPIE);
        assert_int_equal(fixture_csr(f, CSR_mstatus), mstatus);
        assert_int_equal(fixture_csr(f, CSR_hstatus), hstatus);
        fixture_destroy(f);
    }
}

/* norm:hstatus_vtsr_op, norm:H_virtinst_vs_sret_vtsr1, norm:H_virtinst_vu_sret_sfence, norm:H_virtinst_xtval; mret is nobody's below M-mode. */
static void returns_that_a_guest_may_not_make_trap(void **state)
{
    (void)state;
    struct fixture *f = prepared((struct mode){PRIV_S, true});
    fixture_set(f, CSR_hstatus, HSTATUS_VTSR);
    assert_int_equal(trap_sret(&f->hart, 0x10200073), EXEC_TRAP);
    assert_int_equal(f->hart.trap.cause, 22);
    assert_int_equal(f->hart.trap.tval, 0x10200073);
    assert_int_equal(trap_mret(&f->hart, 0x30200073), EXEC_TRAP);
    assert_int_equal(f->hart.trap.cause, 2);
    fixture_set(f, CSR_hstatus, 0);
    enter_mode(f, (struct mode){PRIV_U, true});
    assert_int_equal(trap_sret(&f->hart, 0x10200073), EXEC_TRAP);
    assert_int_equal(f->hart.trap.cause, 22);
    enter_mode(f, (struct mode){PRIV_U, false});
    assert_int_equal(trap_sret(&f->hart, 0x10200073), EXEC_TRAP);
    assert_int_equal(f->hart.trap.cause, 2);
    fixture_destroy(f);
}

/* norm:vsstatus_fs_op: fast FP needs both fields dirty, and follows V over traps and returns. */
static void fp_readiness_follows_both_fs_fields(void **state)
{
    (void)state;
    struct fixture *f = prepared((struct mode){PRIV_S, true});
    fixture_set(f, CSR_mstatus, MSTATUS_FS);
    assert_false(f->hart.fp_ready);
    fixture_set(f, CSR_vsstatus, MSTATUS_FS);
    assert_true(f->hart.fp_ready);
    fixture_set(f, CSR_vsstatus, 1 << 13);
    assert_false(f->hart.fp_ready);
    raise_here(f, CAUSE_breakpoint, 0);
    assert_true(f->hart.fp_ready);
    trap_mret(&f->hart, 0);
    assert_true(f->hart.virt);
    assert_false(f->hart.fp_ready);
    fixture_destroy(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exceptions_go_where_the_two_registers_say),
        cmocka_unit_test(a_trap_into_m_mode_tells_where_it_came_from),
        cmocka_unit_test(a_trap_into_hs_mode_tells_where_it_came_from),
        cmocka_unit_test(a_trap_into_vs_mode_leaves_the_hypervisors_registers),
        cmocka_unit_test(gva_says_whether_the_trap_value_is_the_guests_address),
        cmocka_unit_test(a_guests_interrupt_goes_where_hideleg_says),
        cmocka_unit_test(a_guest_gets_its_interrupts_under_the_supervisors_codes),
        cmocka_unit_test(hs_modes_interrupts_come_by_priority),
        cmocka_unit_test(interrupts_for_higher_modes_come_first),
        cmocka_unit_test(an_interrupt_leaves_no_trap_values),
        cmocka_unit_test(mret_goes_where_mpp_and_mpv_say),
        cmocka_unit_test(sret_with_v_0_goes_where_spp_and_spv_say),
        cmocka_unit_test(sret_with_v_1_stays_in_the_guest),
        cmocka_unit_test(returns_that_a_guest_may_not_make_trap),
        cmocka_unit_test(fp_readiness_follows_both_fs_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
