/* SPDX-License-Identifier: MIT */
/* WARL: what each CSR holds after a write, under the --cpu settings that matter to it. Numbers and masks are the
 * manual's, written out here. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "../hart_fixture.h"

#define ONES (~UINT64_C(0))
#define B(n) (UINT64_C(1) << (n))

/* After reset: write `first`, then `second`; the register then reads `expected`. */
struct warl_case {
    const char *cpu;
    unsigned csr;
    uint64_t first, second, expected;
};

#define XL (B(33) | B(35))

static const struct warl_case cases[] = {
    /* mstatus: SIE MIE SPIE MPIE SPP MPP FS MPRV SUM MXR TVM TW TSR, UXL = SXL = 2, GVA MPV, SD */
    {"", 0x300, 0, ONES, B(63) | B(39) | B(38) | XL | 0x7e79aa},
    {"h=off", 0x300, 0, ONES, B(63) | XL | 0x7e79aa},
    {"", 0x300, ONES, 0, XL},
    {"", 0x300, 3 << 11, 2 << 11, XL | 3 << 11},
    {"", 0x300, 1 << 11, 2 << 11, XL | 1 << 11},
    {"", 0x300, 0, 1 << 11, XL | 1 << 11},
    {"f=off", 0x300, 0, ONES, B(39) | B(38) | XL | 0x7e19aa},
    {"s=off", 0x300, 0, ONES, B(63) | B(33) | 0x227888},
    {"s=off", 0x300, 3 << 11, 1 << 11, B(33) | 3 << 11},
    {"u=off", 0x300, 0, ONES, B(63) | 0x7888},
    {"u=off", 0x300, 0, 0, 0x1800},
    {"sv39=off", 0x300, 0, ONES, B(63) | XL | 0x6279aa},
    /* sstatus */
    {"", 0x100, 0, ONES, B(63) | B(33) | 0xc6122},
    {"", 0x100, ONES, 0, B(33)},
    {"f=off", 0x100, 0, ONES, B(33) | 0xc0122},
    /* misa: norm:misa_h_op, norm:misa_mxl_enc; nothing in it can be switched */
    {"", 0x301, 0, 0, B(63) | 0x1411af},
    {"", 0x301, 0, ONES, B(63) | 0x1411af},
    {"h=off", 0x301, 0, ONES, B(63) | 0x14112f},
    {"c=off,zbb=off", 0x301, 0, ONES, B(63) | 0x1411a9},
    {"f=off", 0x301, 0, 0, B(63) | 0x141187},
    {"s=off", 0x301, 0, 0, B(63) | 0x10112f},
    /* delegation */
    {"", 0x302, 0, ONES, 0xf0b7ff},
    {"", 0x302, ONES, 0, 0},
    {"h=off", 0x302, 0, ONES, 0xb3ff},
    {"", 0x303, 0, ONES, 0x2666}, /* norm:mideleg_acc_h: 2, 6 and 10 are ones; 12 is not, as GEILEN is 0 */
    {"", 0x303, ONES, 0, 0x444},
    {"h=off", 0x303, 0, ONES, 0x2222},
    {"h=off", 0x303, ONES, 0, 0},
    {"h=off,sscofpmf=off", 0x303, 0, ONES, 0x222},
    /* interrupts */
    {"", 0x304, 0, ONES, 0x2eee}, /* norm:mip_mie_vs */
    {"", 0x304, ONES, 0, 0},
    {"h=off", 0x304, 0, ONES, 0x2aaa},
    {"h=off,sscofpmf=off", 0x304, 0, ONES, 0xaaa},
    {"s=off", 0x304, 0, ONES, 0x888},
    {"", 0x344, 0, ONES, 0x2226}, /* norm:mip_mie_alias: VSSIP alone of the guest's */
    {"h=off", 0x344, 0, ONES, 0x2222},
    {"sscofpmf=off", 0x344, 0, ONES, 0x226}, /* norm:mip_lcofip_acc, norm:mip_lcofip_mie_lcofie_rdonly0 */
    {"s=off", 0x344, 0, ONES, 0},
    /* trap vectors: modes 0 and 1; a reserved one leaves MODE */
    {"", 0x305, 0, ONES, ~UINT64_C(3)},
    {"", 0x305, 1, 0x1002, 0x1001},
    {"", 0x305, 1, 0x1003, 0x1001},
    {"", 0x305, 1, 0x1000, 0x1000},
    {"", 0x105, 0x2000, 0x80000001, 0x80000001},
    {"", 0x105, 0x2001, 0x80000002, 0x80000001},
    /* xepc */
    {"", 0x341, 0, ONES, ~UINT64_C(1)},
    {"c=off", 0x341, 0, ONES, ~UINT64_C(3)},
    {"", 0x141, 0, ONES, ~UINT64_C(1)},
    {"c=off", 0x141, 0, ONES, ~UINT64_C(3)},
    /* holders of anything: norm:H_mtval_nrz among them */
    {"", 0x340, 0, ONES, ONES},
    {"", 0x140, 0, ONES, ONES},
    {"", 0x343, 0, ONES, ONES},
    {"", 0x143, 0, ONES, ONES},
    {"", 0x14d, 0, ONES, ONES},
    {"", 0x342, 0, B(63) | 31, B(63) | 31},
    {"", 0x142, 0, B(63) | 31, B(63) | 31},
    /* counter enables */
    {"", 0x306, 0, ONES, 0xffffffff},
    {"", 0x106, 0, ONES, 0xffffffff},
    {"zihpm=off", 0x306, 0, ONES, 7},
    {"zihpm=off", 0x106, 0, ONES, 7},
    {"", 0x320, 0, ONES, 5},
    {"", 0x320, ONES, 0, 0},
    {"", 0xb03, 0, ONES, 0},
    {"", 0xb1f, 0, ONES, 0},
    {"", 0x323, 0, ONES, 0},
    {"", 0x33f, 0, ONES, 0},
    /* environment: STCE PBMTE ADUE CBZE CBCFE CBIE FIOM */
    {"", 0x30a, 0, ONES, B(63) | B(62) | B(61) | 0xf1},
    {"", 0x30a, ONES, 0, 0},
    {"", 0x30a, 0x10, 0x20, 0x10},
    {"", 0x30a, 0x30, 0x20, 0x30},
    {"", 0x30a, 0, 0x10, 0x10},
    {"sstc=off", 0x30a, 0, ONES, B(62) | B(61) | 0xf1},
    {"svpbmt=off", 0x30a, 0, ONES, B(63) | B(61) | 0xf1},
    {"svadu=off", 0x30a, 0, ONES, B(63) | B(62) | 0xf1},
    {"zicbom=off", 0x30a, 0, ONES, B(63) | B(62) | B(61) | 0x81},
    {"zicboz=off", 0x30a, 0, ONES, B(63) | B(62) | B(61) | 0x71},
    {"", 0x10a, 0, ONES, 0xf1},
    {"", 0x10a, 0x10, 0x20, 0x10},
    {"zicbom=off,zicboz=off", 0x10a, 0, ONES, 1},
    /* satp: an unsupported MODE leaves everything; 16 bits of ASID, 44 of PPN */
    {"", 0x180, 0, B(63) | 0x123, B(63) | 0x123},
    {"", 0x180, 0, B(63) | (B(60) - 1), B(63) | (B(60) - 1)},
    {"", 0x180, 0, UINT64_C(9) << 60 | 5, UINT64_C(9) << 60 | 5},
    {"", 0x180, 0, UINT64_C(10) << 60 | 5, UINT64_C(10) << 60 | 5},
    {"", 0x180, B(63) | 5, UINT64_C(11) << 60 | 7, B(63) | 5},
    {"", 0x180, B(63) | 5, UINT64_C(5) << 60 | 7, B(63) | 5},
    {"", 0x180, B(63) | 5, UINT64_C(1) << 60 | 7, B(63) | 5},
    {"", 0x180, B(63) | 5, ONES, B(63) | 5},
    {"", 0x180, B(63) | 5, 0, 0},
    {"sv57=off", 0x180, B(63) | 5, UINT64_C(10) << 60 | 7, B(63) | 5},
    {"sv48=off", 0x180, B(63) | 5, UINT64_C(9) << 60 | 7, B(63) | 5},
    {"sv48=off", 0x180, B(63) | 5, UINT64_C(10) << 60 | 7, B(63) | 5},
    {"sv39=off", 0x180, 0, B(63) | 5, 0},
    /* norm:hstatus_sz_acc_op: GVA SPV SPVP HU VTVM VTW VTSR; VSXL = 2 for ever (norm:hstatus_vsxl_op,
     * norm:hstatus_vsxl_64, norm:vsxl_ro, norm:hsxlen, norm:vsxlen); VSBE (norm:hstatus_vsbe_op), VGEIN
     * (norm:hstatus_vgein_op) and HUPMM are 0 */
    {"", 0x600, 0, ONES, B(33) | 0x7003c0},
    {"", 0x600, ONES, 0, B(33)},
    /* norm:hedeleg_sz_acc, norm:hedeleg_img, norm:hedeleg_acc by the table of its bits */
    {"", 0x602, 0, ONES, 0xb1ff},
    {"", 0x602, ONES, 0, 0},
    /* norm:hideleg_sz_acc, norm:hideleg_img, norm:hideleg_acc; bit 13 is 0 where mideleg's is: norm:mideleg_hroz */
    {"", 0x603, 0, ONES, 0x444},
    {"", 0x603, ONES, 0, 0},
    /* norm:hip_hie_sz_acc, norm:hie_op, norm:hie_img, norm:hie_acc; SGEIE can never be pending:
     * norm:hip_sgeip_sgeie_acc_op */
    {"", 0x604, 0, ONES, 0x444},
    {"", 0x604, ONES, 0, 0},
    {"", 0x644, 0, ONES, 0x004}, /* norm:hip_op, norm:hip_img, norm:hip_acc, norm:hip_vssip_vssie_op */
    {"", 0x645, 0, ONES, 0x444}, /* norm:hvip_sz_op, norm:hvip_img, norm:hvip_acc */
    {"", 0x645, ONES, 0, 0},
    /* norm:geilen, norm:hgeie_sz_acc_op, norm:hgeip_sz_acc_op, norm:hgeie_op, norm:hgeip_hgeie_fields,
     * norm:hgeie_img */
    {"", 0x607, 0, ONES, 0},
    {"", 0xe12, 0, ONES, 0},
    {"", 0x605, 0, ONES, ONES}, /* norm:time_htimedelta_req */
    /* norm:hcounteren_sz, norm:hcounteren_warl, norm:shcounterenw_hpmcounter_hcounteren */
    {"", 0x606, 0, ONES, 0xffffffff},
    {"zihpm=off", 0x606, 0, ONES, 7},
    /* norm:henvcfg_sz_acc_op: menvcfg has ADUE and PBMTE at reset, not STCE; 2 is reserved in CBIE
     * (norm:henvcfg_cbie). PMM, LPE, SSE and DTE are 0 without their extensions (norm:henvcfg_pmm_op,
     * norm:henvcfg_lpe_op, norm:henvcfg_sse_op, norm:henvcfg_dte_op) */
    {"", 0x60a, 0, ONES, B(62) | B(61) | 0xf1},
    {"", 0x60a, ONES, 0, 0},
    {"", 0x60a, 0x10, 0x20, 0x10},
    {"svade=on", 0x60a, 0, ONES, B(62) | 0xf1},
    {"zicbom=off,zicboz=off", 0x60a, 0, ONES, B(62) | B(61) | 1},
    /* norm:htval_val, norm:htinst_val, norm:mtval2_val, norm:mtinst_val, norm:htval_sz_acc_op, norm:htinst_sz_acc_op,
     * norm:mtval2_sz_acc_op, norm:mtinst_sz_acc_op */
    {"", 0x643, 0, ONES, ONES},
    {"", 0x64a, 0, ONES, ONES},
    {"", 0x34b, 0, ONES, ONES},
    {"", 0x34a, 0, ONES, ONES},
    /* norm:hgatp_sz_acc_op: 14 bits of VMID (norm:hgatp_vmid, norm:hgatp_vmid_lsbs); the PPN is aligned to 4 pages
     * (norm:hgatp_ppn_op); every scheme of satp's (norm:hgatp_mode_sv, norm:shgatpa_satp_hgatp_mode_support) and
     * Bare (norm:hgatp_mode_bare, norm:shgatpa_hgatp_bare_mode); an unsupported MODE leaves MODE alone
     * (norm:hgatp_mode_warl) */
    {"", 0x680, 0, UINT64_C(8) << 60 | (B(60) - 1), UINT64_C(8) << 60 | (B(58) - 4)},
    {"", 0x680, 0, UINT64_C(9) << 60 | 8, UINT64_C(9) << 60 | 8},
    {"", 0x680, 0, UINT64_C(10) << 60 | 7, UINT64_C(10) << 60 | 4},
    {"", 0x680, 0, B(58) - B(44), B(58) - B(44)},
    {"", 0x680, UINT64_C(8) << 60 | 4, UINT64_C(11) << 60 | 8, UINT64_C(8) << 60 | 8},
    {"", 0x680, UINT64_C(8) << 60 | 4, UINT64_C(1) << 60 | B(44), UINT64_C(8) << 60 | B(44)},
    {"sv57=off", 0x680, UINT64_C(9) << 60 | 4, UINT64_C(10) << 60 | 8, UINT64_C(9) << 60 | 8},
    {"sv48=off", 0x680, UINT64_C(8) << 60 | 4, UINT64_C(9) << 60 | 8, UINT64_C(8) << 60 | 8},
    {"", 0x680, UINT64_C(8) << 60 | 4, 0, 0},
    /* norm:vsstatus_sz_acc_op: UXL = 2 for ever (norm:vsstatus_uxl_op); UBE (norm:vsstatus_ube), VS
     * (norm:vsstatus_vs_op), SPELP (norm:vsstatus_spelp_op) and SDT (norm:vsstatus_sdt_op) are 0 */
    {"", 0x200, 0, ONES, B(63) | B(33) | 0xc6122},
    {"", 0x200, ONES, 0, B(33)},
    {"f=off", 0x200, 0, ONES, B(33) | 0xc0122},
    {"", 0x200, 0, 2 << 13, B(33) | 2 << 13},
    {"", 0x204, 0, ONES, 0}, /* hideleg is 0 */
    {"", 0x244, 0, ONES, 0},
    /* norm:vstvec_sz_acc_op, norm:vstvec_img, norm:shvstvecd_vstvec_mode_direct,
     * norm:shvstvecd_vstvec_base_aligned_address */
    {"", 0x205, 0, ONES, ~UINT64_C(3)},
    {"", 0x205, 0, 0xfffffffffffffffc, 0xfffffffffffffffc},
    {"", 0x205, 0, 0x80000005, 0x80000005},
    {"", 0x205, 0x2001, 0x80000002, 0x80000001},
    /* norm:vsscratch_sz_acc_op, norm:vspec_sz_acc_op, norm:vscause_sz_acc_op, norm:vstval_sz_acc_op,
     * norm:vstimecmp_sz */
    {"", 0x240, 0, ONES, ONES},
    {"", 0x241, 0, ONES, ~UINT64_C(1)},
    {"c=off", 0x241, 0, ONES, ~UINT64_C(3)},
    {"", 0x242, 0, B(63) | 31, B(63) | 31},
    {"", 0x243, 0, ONES, ONES},
    {"", 0x24d, 0, ONES, ONES},
    /* norm:vsatp_sz_acc_op, norm:shvsatpa_satp_vsatp_modes */
    {"", 0x280, 0, B(63) | (B(60) - 1), B(63) | (B(60) - 1)},
    {"", 0x280, 0, UINT64_C(9) << 60 | 5, UINT64_C(9) << 60 | 5},
    {"", 0x280, 0, UINT64_C(10) << 60 | 5, UINT64_C(10) << 60 | 5},
    {"", 0x280, B(63) | 5, UINT64_C(11) << 60 | 7, B(63) | 5}, /* norm:vsatp_mode_unsupported_v0 */
    {"sv57=off", 0x280, B(63) | 5, UINT64_C(10) << 60 | 7, B(63) | 5},
    /* norm:mstateen_rv64_csrs, norm:hstateen_rv64_csrs, norm:sstateen_rv64_csrs, norm:hstateen_encoding: SE0 and
     * ENVCFG, and bit 63 of the others (norm:mstateen_bit_63_roz). 0 is what would control state that is not there
     * (norm:stateen_unimplemented_state_roz, norm:stateen_warl_access): C (norm:stateen0_c_op), FCSR
     * (norm:stateen0_fcsr_op), JVT (norm:stateen0_jvt_op), CSRIND (norm:mstateen0_csrind_op,
     * norm:hstateen0_csrind_op), IMSIC (norm:mstateen0_imsic_op, norm:hstateen0_imsic_op), AIA
     * (norm:mstateen0_aia_op, norm:hstateen0_aia_op), CONTEXT (norm:mstateen0_context_op,
     * norm:hstateen0_context_op), P1P13 (norm:mstateen0_p1p13_op), SRMCFG (norm:mstateen0_srmcfg_op) */
    {"", 0x30c, 0, ONES, B(63) | B(62)},
    {"", 0x30c, ONES, 0, 0},
    {"", 0x30d, 0, ONES, B(63)},
    {"", 0x30e, 0, ONES, B(63)},
    {"", 0x30f, 0, ONES, B(63)},
    {"h=off", 0x30c, 0, ONES, B(63) | B(62)},
    {"", 0x60c, 0, ONES, 0}, /* norm:mstateen_lower_priv_roz, norm:hstateen_ro1_bits */
    {"smstateen=off", 0x60c, 0, ONES, B(63) | B(62)},
    {"smstateen=off", 0x60d, 0, ONES, B(63)},
    /* norm:sstateen_ro1_bits, norm:sstateen_vsmode_access_roz, norm:mstateen_bit_correspondence */
    {"", 0x10c, 0, ONES, 0},
    {"", 0x10f, 0, ONES, 0},
    {"", 0xda0, 0, ONES, 0}, /* norm:scountovf_op: no event counter runs */
    /* PMP: bits 6:5 of a byte read 0, W without R is cleared, addresses have 54 bits */
    {"", 0x3a0, 0, 0x6060606060606060, 0},
    {"", 0x3a0, 0, UINT64_C(0x1f0f07060504031b), UINT64_C(0x1f0f07040504031b)},
    {"", 0x3a2, 0, 0x0000000000000002, 0},
    {"", 0x3a2, 0, 0x000000000000001e, 0x1c},
    {"", 0x3b0, 0, ONES, B(54) - 1},
    {"", 0x3bf, 0, ONES, B(54) - 1},
    /* a locked byte stays, its neighbours do not */
    {"", 0x3a0, 0x80, 0x0101, 0x0180},
    {"", 0x3a0, 0x9f, 0, 0x9f},
    {"", 0x3a0, 0x0000008100000000, 0x1f1f1f1f1f1f1f1f, 0x1f1f1f811f1f1f1f},
};

static void writes_leave_what_the_manual_allows(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
        const struct warl_case *c = &cases[i];
        struct fixture *f = fixture_create(c->cpu);
        fixture_set(f, c->csr, c->first);
        fixture_set(f, c->csr, c->second);
        uint64_t value = fixture_csr(f, c->csr);
        if (value != c->expected)
            fail_msg("--cpu '%s': CSR 0x%03x after 0x%llx, 0x%llx reads 0x%llx, not 0x%llx", c->cpu, c->csr,
                     (unsigned long long)c->first, (unsigned long long)c->second, (unsigned long long)value,
                     (unsigned long long)c->expected);
        fixture_destroy(f);
    }
}

/* A legal value stays what it is: writing back what was read changes nothing, whatever was written first. */
static void reading_and_writing_back_is_idempotent(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    uint64_t seed = 1;
    for (unsigned round = 0; round < 2000; round++) {
        const struct csr_info *info = csr_info((unsigned)(seed >> 33) % 150);
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        if (info == NULL || info->number == CSR_mcycle || info->number == CSR_minstret)
            continue;
        fixture_set(f, info->number, seed ^ seed >> 29);
        uint64_t value = fixture_csr(f, info->number);
        fixture_set(f, info->number, value);
        if (fixture_csr(f, info->number) != value)
            fail_msg("%s does not take 0x%llx, which it gave", info->name, (unsigned long long)value);
    }
    fixture_destroy(f);
}

/* The writable sstatus fields are mstatus's own. */
static void sstatus_and_mstatus_are_one_register(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    fixture_set(f, 0x300, MSTATUS_MIE | MSTATUS_TW);
    fixture_set(f, 0x100, ONES);
    assert_int_equal(fixture_csr(f, 0x300), B(63) | XL | 0xc6122 | MSTATUS_MIE | MSTATUS_TW);
    fixture_set(f, 0x100, 0);
    assert_int_equal(fixture_csr(f, 0x300), XL | MSTATUS_MIE | MSTATUS_TW);
    fixture_destroy(f);
}

/* The table of fields itself: they lie within 64 bits, belong to a row, and do not overlap each other. */
static void fields_of_a_csr_do_not_overlap(void **state)
{
    (void)state;
    for (unsigned i = 0; csr_field_info(i) != NULL; i++) {
        const struct csr_field_info *a = csr_field_info(i);
        assert_int_not_equal(a->mask, 0);
        for (unsigned j = 0; j < i; j++) {
            const struct csr_field_info *b = csr_field_info(j);
            if (a->number == b->number && (a->mask & b->mask))
                fail_msg("fields %s and %s of CSR 0x%03x overlap", a->name, b->name, a->number);
        }
    }
}

/* norm:pmp_l_bit_write_protection */
static void a_locked_entry_keeps_its_address(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    fixture_set(f, 0x3b2, 0x222);
    fixture_set(f, 0x3b1, 0x111);
    fixture_set(f, 0x3a0, UINT64_C(0x90) << 16); /* entry 2: locked, NA4 */
    fixture_set(f, 0x3b2, 5);
    assert_int_equal(fixture_csr(f, 0x3b2), 0x222);
    fixture_set(f, 0x3b1, 5);
    assert_int_equal(fixture_csr(f, 0x3b1), 5);
    fixture_destroy(f);
}

static void a_locked_tor_entry_keeps_the_address_below_too(void **state)
{
    (void)state;
    struct fixture *f = fixture_create("");
    fixture_set(f, 0x3b7, 0x777);
    fixture_set(f, 0x3a2, 0x88); /* entry 8: locked, TOR; entry 7 is in the other register */
    fixture_set(f, 0x3b7, 5);
    assert_int_equal(fixture_csr(f, 0x3b7), 0x777);
    fixture_set(f, 0x3b9, 5);
    assert_int_equal(fixture_csr(f, 0x3b9), 5);
    hart_reset(&f->hart, FIXTURE_RAM_BASE);
    fixture_set(f, 0x3b7, 6);
    assert_int_equal(fixture_csr(f, 0x3b7), 6);
    fixture_destroy(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_leave_what_the_manual_allows),
        cmocka_unit_test(reading_and_writing_back_is_idempotent),
        cmocka_unit_test(sstatus_and_mstatus_are_one_register),
        cmocka_unit_test(fields_of_a_csr_do_not_overlap),
        cmocka_unit_test(a_locked_entry_keeps_its_address),
        cmocka_unit_test(a_locked_tor_entry_keeps_the_address_below_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
