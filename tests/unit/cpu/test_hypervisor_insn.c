/* SPDX-License-Identifier: MIT */
/* The hypervisor's instructions in every mode, and what mtinst says of each kind of access that traps; by both engines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support.h"

#define CODE FIXTURE_RAM_BASE
#define HANDLER (CODE + 0x4000)
#define G_ROOT (CODE + 0x100000)
#define DATA (CODE + 0x10000)
#define HOLE UINT64_C(0x40000010)  /* guest physical, unmapped */
#define BRINK UINT64_C(0xbffffffd) /* three bytes before another hole */
#define G_LEAF 0xdfu               /* V R W X U A D */

enum mode { MACHINE, HYPERVISOR, USER, GUEST, GUEST_USER };

static const struct engine *const engines[] = {&engine_tail, &engine_switch};

static void set_mode(struct hart *h, enum mode mode)
{
    static const uint8_t priv[] = {PRIV_M, PRIV_S, PRIV_U, PRIV_S, PRIV_U};
    h->priv = priv[mode];
    h->virt = mode >= GUEST;
    csr_status_changed(h);
}

/* Guest physical addresses from CODE's gigabyte are themselves, all others nothing; vsatp is bare. */
static struct rig *prepared(const struct engine *engine)
{
    struct rig *rig = rig_create(engine, "h=on", 1 << 20);
    struct hart *h = rig_hart(rig);
    fixture_set(rig->f, CSR_pmpaddr0, ~UINT64_C(0));
    fixture_set(rig->f, CSR_pmpcfg0, 0x1f);
    rig_put64(rig, G_ROOT + 8 * (CODE >> 30), (CODE >> 12) << 10 | G_LEAF);
    h->csr.hgatp = UINT64_C(8) << 60 | G_ROOT >> 12;
    h->csr.mtvec = HANDLER;
    h->csr.mstatus |= MSTATUS_FS;
    h->csr.vsstatus |= MSTATUS_FS;
    h->csr.menvcfg |= ENVCFG_CBZE;
    h->csr.henvcfg |= ENVCFG_CBZE;
    return rig;
}

/* One instruction at CODE; returns mcause, or ~0 if it did not trap. */
static uint64_t run(struct rig *rig, enum mode mode, uint32_t insn)
{
    struct hart *h = rig_hart(rig);
    rig_put32(rig, CODE, insn);
    code_cache_flush(h->cache);
    set_mode(h, mode);
    mmu_flush_all(h);
    h->pc = CODE;
    h->csr.mcause = ~UINT64_C(0);
    rig_steps(rig, 1);
    return h->csr.mcause;
}

#define MAKE_FLOAD(funct3, rd, rs1, imm) MAKE_I(0x07, funct3, rd, rs1, imm)
#define MAKE_FSTORE(funct3, rs1, rs2, imm) MAKE_S(0x27, funct3, rs1, rs2, imm)
#define MAKE_HLV(funct7, rs2, rd, rs1) MAKE_R(0x73, 4, funct7, rd, rs1, rs2)
#define RS1_BITS (31u << 15)

/* norm:H_trap_xtinst, norm:H_trap_xtinst_exception_lead-in, norm:H_trap_xtinst_exception_list, norm:H_tinst_addr_offset,
 * norm:h_trans_cache; norm:H_exception_priority where an atomic is misaligned on a page that is not there. */
static const struct {
    uint32_t insn;
    uint8_t cause;
    uint64_t address; /* in x10, and in x2 for those relative to the stack */
    uint32_t tinst;
} transformations[] = {
    {MAKE_LOAD(0, 31, 10, 0x7ff), 21, HOLE, 0x00000f83},         /* lb x31 */
    {MAKE_LOAD(2, 5, 10, 8), 21, HOLE, 0x00002283},              /* lw x5 */
    {MAKE_LOAD(6, 0, 10, 8), 21, HOLE, 0x00006003},              /* lwu x0 */
    {MAKE_LD(6, 10, 0xff8), 21, HOLE, 0x00003303},               /* ld x6, -8 */
    {MAKE_SD(10, 7, 16), 23, HOLE, 0x00703023},                  /* sd x7 */
    {MAKE_STORE(0, 10, 0, 0xfff), 23, HOLE, 0x00000023},         /* sb x0 */
    {MAKE_FLOAD(2, 8, 10, 4), 21, HOLE, 0x00002407},             /* flw f8 */
    {MAKE_FLOAD(3, 0, 10, 0), 21, HOLE, 0x00003007},             /* fld f0 */
    {MAKE_FSTORE(3, 10, 9, 8), 23, HOLE, 0x00903027},            /* fsd f9 */
    {MAKE_AMO(0, 2, 5, 10, 6) | 3u << 25, 23, HOLE, 0x066022af}, /* amoadd.w.aqrl x5, x6 */
    {MAKE_AMO(1, 3, 0, 10, 6), 23, HOLE, 0x0860302f},            /* amoswap.d x0, x6 */
    {MAKE_LR_D(5, 10), 21, HOLE, 0x100032af},
    {MAKE_SC_D(5, 10, 6), 23, HOLE, 0x186032af},
    {0x4144, 21, HOLE, 0x00002481},             /* c.lw x9, 4(x10) */
    {0xe022, 23, HOLE, 0x00803021},             /* c.sdsp x8, 0(sp) */
    {0x2104, 21, HOLE, 0x00003485},             /* c.fld f9, 0(x10) */
    {0x0045200f, 23, HOLE, 0x0040200f},         /* cbo.zero (x10) */
    {MAKE_LD(6, 10, 0), 21, BRINK, 0x0001b303}, /* three bytes on */
    {MAKE_STORE(2, 10, 7, 0), 23, BRINK, 0x0071a023},
    {MAKE_FLOAD(3, 1, 10, 2), 21, BRINK, 0x0000b087},    /* from BRINK + 2: one byte on */
    {MAKE_AMO(0, 2, 5, 10, 6), 6, HOLE + 1, 0x006022af}, /* misaligned */
    {MAKE_LR_D(5, 10), 4, HOLE + 4, 0x100032af},
    {MAKE_LD(6, 10, 0), 5, BRINK - 5, 0x00003303}, /* mapped, but nothing is there */
    {MAKE_SD(10, 7, 0), 7, BRINK - 5, 0x00703023},
};

static void mtinst_shows_the_transformed_instruction(void **state)
{
    (void)state;
    for (unsigned e = 0; e < ARRAY_SIZE(engines); e++) {
        struct rig *rig = prepared(engines[e]);
        struct hart *h = rig_hart(rig);
        for (unsigned i = 0; i < ARRAY_SIZE(transformations); i++) {
            h->x[2] = h->x[10] = transformations[i].address;
            assert_int_equal(run(rig, GUEST, transformations[i].insn), transformations[i].cause);
            assert_int_equal(h->csr.mtinst, transformations[i].tinst);
            assert_true(h->csr.mstatus & MSTATUS_GVA);
            bool guest_fault = transformations[i].cause > 20;
            assert_int_equal(h->csr.mtval2, guest_fault ? h->csr.mtval >> 2 : 0);
        }
        rig_destroy(rig);
    }
}

/* norm:H_trap_xtinst_val */
static void mtinst_is_zero_where_no_access_was_made(void **state)
{
    (void)state;
    for (unsigned e = 0; e < ARRAY_SIZE(engines); e++) {
        struct rig *rig = prepared(engines[e]);
        struct hart *h = rig_hart(rig);
        h->x[10] = HOLE & ~UINT64_C(15);
        h->csr.mtinst = 1;
        assert_int_equal(run(rig, GUEST, INSN_WORD_ECALL), 10);
        assert_int_equal(h->csr.mtinst, 0);
        h->csr.mtinst = 1;
        assert_int_equal(run(rig, GUEST, INSN_WORD_EBREAK), 3);
        assert_int_equal(h->csr.mtinst, 0);
        h->csr.mtinst = 1;
        assert_int_equal(run(rig, GUEST, 0), 2);
        assert_int_equal(h->csr.mtinst, 0);
        run(rig, GUEST, MAKE_JALR(0, 10, 0));
        h->csr.mtinst = 1;
        rig_steps(rig, 1);
        assert_int_equal(h->csr.mcause, 20);
        assert_int_equal(h->csr.mtinst, 0);
        assert_int_equal(h->csr.mtval, HOLE & ~UINT64_C(15));
        assert_int_equal(h->csr.mtval2, HOLE >> 4 << 2);
        rig_destroy(rig);
    }
}

/* norm:mtval2_trapval_vstrans, norm:H_trap_xtinst_guestpage */
static void mtinst_tells_an_implicit_access_from_the_instructions_own(void **state)
{
    (void)state;
    for (unsigned e = 0; e < ARRAY_SIZE(engines); e++) {
        struct rig *rig = prepared(engines[e]);
        struct hart *h = rig_hart(rig);
        h->csr.vsatp = UINT64_C(8) << 60 | HOLE >> 12;
        set_mode(h, MACHINE);
        h->csr.mstatus |= MSTATUS_MPRV | MSTATUS_MPV | field_set(0, MSTATUS_MPP, PRIV_S);
        h->x[10] = UINT64_C(0x12345678);
        assert_int_equal(run(rig, MACHINE, MAKE_LD(5, 10, 0)), 21);
        assert_int_equal(h->csr.mtinst, 0x3000);
        assert_int_equal(h->csr.mtval, 0x12345678);
        assert_int_equal(h->csr.mtval2, HOLE >> 12 << 10);
        assert_true(h->csr.mstatus & MSTATUS_GVA);
        assert_false(h->csr.mstatus & MSTATUS_MPV);
        rig_destroy(rig);
    }
}

static const struct {
    uint32_t insn;
    bool access; /* HLV, HLVX, HSV; else a fence */
    bool tvm;    /* mstatus.TVM concerns it */
} instructions[] = {
    {MAKE_HLV(0x30, 0, 5, 10), true, false},        {MAKE_HLV(0x30, 1, 5, 10), true, false},
    {MAKE_HLV(0x32, 0, 5, 10), true, false},        {MAKE_HLV(0x32, 1, 5, 10), true, false},
    {MAKE_HLV(0x32, 3, 5, 10), true, false},        {MAKE_HLV(0x34, 0, 5, 10), true, false},
    {MAKE_HLV(0x34, 1, 5, 10), true, false},        {MAKE_HLV(0x34, 3, 5, 10), true, false},
    {MAKE_HLV(0x36, 0, 5, 10), true, false},        {MAKE_HLV(0x31, 6, 0, 10), true, false},
    {MAKE_HLV(0x33, 6, 0, 10), true, false},        {MAKE_HLV(0x35, 6, 0, 10), true, false},
    {MAKE_HLV(0x37, 6, 0, 10), true, false},        {MAKE_R(0x73, 0, 0x11, 0, 10, 6), false, false},
    {MAKE_R(0x73, 0, 0x31, 0, 10, 6), false, true}, {MAKE_R(0x73, 0, 0x13, 0, 10, 6), false, false},
    {MAKE_R(0x73, 0, 0x33, 0, 10, 6), false, true},
};

static uint64_t expected(unsigned i, enum mode mode, bool hu, bool tvm)
{
    if (mode >= GUEST)
        return CAUSE_virtual_instruction;
    bool illegal = mode == USER && !(instructions[i].access && hu);
    illegal |= mode == HYPERVISOR && instructions[i].tvm && tvm;
    return illegal ? CAUSE_illegal_instruction : ~UINT64_C(0);
}

/* norm:hlsv_mode, norm:hlsv_virtinst, norm:hlsv_illegalinst, norm:hfence-vvma_hfence-gvma_exceptions, norm:hfence-vvma_tvm,
 * norm:Svinval_illegal_instruction_u_mode, norm:Svinval_virtual_instruction_vu_vs, norm:Svinval_illegal_instruction_tvm */
static void each_instruction_is_for_its_modes_alone(void **state)
{
    (void)state;
    struct rig *rig = prepared(&engine_tail);
    struct hart *h = rig_hart(rig);
    for (unsigned i = 0; i < ARRAY_SIZE(instructions); i++)
        for (unsigned set = 0; set < 4 * 5; set++) {
            bool hu = set & 1, tvm = set & 2;
            h->csr.hstatus = hu ? HSTATUS_HU | HSTATUS_SPVP : HSTATUS_SPVP;
            h->csr.mstatus = tvm ? h->csr.mstatus | MSTATUS_TVM : h->csr.mstatus & ~MSTATUS_TVM;
            h->x[10] = DATA;
            uint64_t want = expected(i, (enum mode)(set / 4), hu, tvm);
            assert_int_equal(run(rig, (enum mode)(set / 4), instructions[i].insn), want);
            assert_true(want == ~UINT64_C(0) || h->csr.mtval == instructions[i].insn);
        }
    rig_destroy(rig);
}

/* norm:hlsv_op, norm:hlsv_u_op */
static void loads_extend_and_stores_write_their_size(void **state)
{
    static const struct {
        uint32_t insn;
        uint64_t value;
    } loads[] = {
        {MAKE_HLV(0x30, 0, 5, 10), UINT64_C(0xfffffffffffffff8)},
        {MAKE_HLV(0x30, 1, 5, 10), 0xf8},
        {MAKE_HLV(0x32, 0, 5, 10), UINT64_C(0xfffffffffffff7f8)},
        {MAKE_HLV(0x32, 1, 5, 10), 0xf7f8},
        {MAKE_HLV(0x32, 3, 5, 10), 0xf7f8},
        {MAKE_HLV(0x34, 0, 5, 10), UINT64_C(0xfffffffff5f6f7f8)},
        {MAKE_HLV(0x34, 1, 5, 10), 0xf5f6f7f8},
        {MAKE_HLV(0x34, 3, 5, 10), 0xf5f6f7f8},
        {MAKE_HLV(0x36, 0, 5, 10), UINT64_C(0xf1f2f3f4f5f6f7f8)},
    };
    (void)state;
    struct rig *rig = prepared(&engine_tail);
    struct hart *h = rig_hart(rig);
    h->csr.hstatus = HSTATUS_SPVP;
    h->x[10] = DATA;
    rig_put64(rig, DATA, UINT64_C(0xf1f2f3f4f5f6f7f8));
    for (unsigned i = 0; i < ARRAY_SIZE(loads); i++) {
        assert_int_equal(run(rig, HYPERVISOR, loads[i].insn), ~UINT64_C(0));
        assert_int_equal(h->x[5], loads[i].value);
    }
    h->x[6] = UINT64_C(0x0102030405060708);
    for (unsigned log = 0; log < 4; log++) {
        uint64_t mask = log == 3 ? ~UINT64_C(0) : BIT(8 << log) - 1;
        rig_put64(rig, DATA, ~UINT64_C(0));
        run(rig, HYPERVISOR, MAKE_HLV(0x31 + 2 * log, 6, 0, 10));
        assert_int_equal(rig_get64(rig, DATA), (h->x[6] & mask) | ~mask);
    }
    rig_destroy(rig);
}

/* norm:hstatus_gva_op: the one case in which GVA and SPV differ. */
static void a_fault_of_hlv_names_a_guests_address_from_the_hypervisors_mode(void **state)
{
    (void)state;
    struct rig *rig = prepared(&engine_tail);
    struct hart *h = rig_hart(rig);
    h->csr.medeleg = BIT(21);
    h->csr.stvec = HANDLER;
    h->x[10] = HOLE;
    run(rig, HYPERVISOR, MAKE_HLV(0x34, 1, 5, 10));
    assert_int_equal(h->csr.scause, 21);
    assert_int_equal(h->csr.stval, HOLE);
    assert_int_equal(h->csr.htval, HOLE >> 2);
    assert_int_equal(h->csr.htinst, MAKE_HLV(0x34, 1, 5, 0));
    assert_true(h->csr.hstatus & HSTATUS_GVA);
    assert_false(h->csr.hstatus & HSTATUS_SPV);
    rig_destroy(rig);
}

/* norm:henvcfg_cbze, norm:henvcfg_cbcfe, norm:cbo-inval_h-mode_veq1_op */
static void cache_block_instructions_obey_every_envcfg_above(void **state)
{
    static const struct {
        uint32_t insn;
        uint64_t field;
    } blocks[] = {{0x0045200f, ENVCFG_CBZE}, {0x0015200f, ENVCFG_CBCFE}, {0x0005200f, ENVCFG_CBIE}};
    (void)state;
    struct rig *rig = prepared(&engine_tail);
    struct hart *h = rig_hart(rig);
    h->x[10] = DATA;
    for (unsigned i = 0; i < ARRAY_SIZE(blocks); i++)
        for (unsigned set = 0; set < 16; set++) {
            bool m = set & 1, s = set & 2, g = set & 4, user = set & 8;
            h->csr.menvcfg = m ? blocks[i].field : 0;
            h->csr.senvcfg = s ? blocks[i].field : 0;
            h->csr.henvcfg = g ? blocks[i].field : 0;
            uint64_t want = !m ? 2u : !g || (user && !s) ? 22u : ~UINT64_C(0);
            assert_int_equal(run(rig, user ? GUEST_USER : GUEST, blocks[i].insn), want);
        }
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mtinst_shows_the_transformed_instruction),
        cmocka_unit_test(mtinst_is_zero_where_no_access_was_made),
        cmocka_unit_test(mtinst_tells_an_implicit_access_from_the_instructions_own),
        cmocka_unit_test(each_instruction_is_for_its_modes_alone),
        cmocka_unit_test(loads_extend_and_stores_write_their_size),
        cmocka_unit_test(a_fault_of_hlv_names_a_guests_address_from_the_hypervisors_mode),
        cmocka_unit_test(cache_block_instructions_obey_every_envcfg_above),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
