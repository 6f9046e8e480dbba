/* SPDX-License-Identifier: MIT */
/* once: it counts on CSRs and variables as they are at the start */
/* Which instructions U, HS, VU and VS mode may execute, and what is raised where they may not: a virtual instruction
 * exception where HS mode could, and where only the guest is stopped, else an illegal instruction
 * (norm:H_cause_virtual_instruction, norm:H_virtinst_vu_vs_hinst, norm:H_virtinst_vu_wfi_tw0,
 * norm:H_virtinst_vu_sret_sfence, norm:H_virtinst_wfi_vtw1_tw0, norm:H_virtinst_vs_sret_vtsr1,
 * norm:H_virtinst_vs_sfence_sinval_satp_vtvm1, norm:hfence-vvma_hfence-gvma_exceptions, norm:hfence-vvma_tvm,
 * norm:hlsv_virtinst, norm:hlsv_illegalinst, norm:hstatus_hu_op, norm:vtw_virtinstr, norm:H_illegal_high_half, norm:mstatus_tvm_hs, norm:mstatus_modes). xtval is the instruction
 * (norm:H_virtinst_xtval). */
/* qemu: no, 7.2 lets TVM stop what it does not concern */
#include "lib/virt.h"

#define OK NO_TRAP
#define ILL CAUSE_ILLEGAL
#define VIRT CAUSE_VIRTUAL

#define TVM (UINT64_C(1) << 20)
#define TW (UINT64_C(1) << 21)
#define TSR (UINT64_C(1) << 22)

#define WFI 0x10500073
#define SRET 0x10200073
#define MRET 0x30200073
#define SFENCE_VMA 0x12000073
#define SINVAL_VMA 0x16000073
#define SFENCE_W_INVAL 0x18000073
#define SFENCE_INVAL_IR 0x18100073
#define HFENCE_VVMA 0x22000073
#define HFENCE_GVMA 0x62000073
#define HINVAL_VVMA 0x26000073
#define HINVAL_GVMA 0x66000073
#define HLV_W_A0 0x68054573   /* hlv.w a0, (a0) */
#define HLVX_HU_A0 0x64354573 /* hlvx.hu a0, (a0) */
#define HSV_W_A0 0x6aa54073   /* hsv.w a0, (a0) */
#define CSRR_A0(number) ((uint32_t)(number) << 20 | 0x2573)
#define CSRW_X0(number) ((uint32_t)(number) << 20 | 0x1073)
#define RET 0x00008067

/* Under these bits of mstatus and hstatus, the outcome in U, HS, VU and VS mode. */
static const struct row {
    uint32_t bits;
    uint64_t mstatus, hstatus;
    uint64_t want[MODES_BELOW_M];
} rows[] = {
    {WFI, 0, 0, {ILL, OK, VIRT, OK}},
    {WFI, 0, HSTATUS_VTW, {ILL, OK, VIRT, VIRT}},
    {WFI, TW, 0, {ILL, ILL, ILL, ILL}},
    {WFI, TW, HSTATUS_VTW, {ILL, ILL, ILL, ILL}},
    {WFI, TVM | TSR, HSTATUS_VTVM | HSTATUS_VTSR, {ILL, OK, VIRT, OK}},
    {MRET, 0, 0, {ILL, ILL, ILL, ILL}},
    {SFENCE_VMA, 0, 0, {ILL, OK, VIRT, OK}},
    {SFENCE_VMA, TVM, 0, {ILL, ILL, VIRT, OK}},
    {SFENCE_VMA, 0, HSTATUS_VTVM, {ILL, OK, VIRT, VIRT}},
    {SFENCE_VMA, TVM, HSTATUS_VTVM, {ILL, ILL, VIRT, VIRT}},
    {SINVAL_VMA, 0, 0, {ILL, OK, VIRT, OK}},
    {SINVAL_VMA, TVM, 0, {ILL, ILL, VIRT, OK}},
    {SINVAL_VMA, 0, HSTATUS_VTVM, {ILL, OK, VIRT, VIRT}},
    {SFENCE_W_INVAL, TVM, HSTATUS_VTVM, {ILL, OK, VIRT, OK}},
    {SFENCE_INVAL_IR, TVM, HSTATUS_VTVM, {ILL, OK, VIRT, OK}},
    {HFENCE_VVMA, 0, 0, {ILL, OK, VIRT, VIRT}},
    {HFENCE_VVMA, TVM, HSTATUS_VTVM, {ILL, OK, VIRT, VIRT}},
    {HFENCE_GVMA, 0, HSTATUS_VTVM, {ILL, OK, VIRT, VIRT}},
    {HFENCE_GVMA, TVM, 0, {ILL, ILL, VIRT, VIRT}},
    {HINVAL_VVMA, TVM, HSTATUS_VTVM, {ILL, OK, VIRT, VIRT}},
    {HINVAL_GVMA, 0, HSTATUS_VTVM, {ILL, OK, VIRT, VIRT}},
    {HINVAL_GVMA, TVM, 0, {ILL, ILL, VIRT, VIRT}},
    {HLV_W_A0, 0, 0, {ILL, OK, VIRT, VIRT}},
    {HLV_W_A0, 0, HSTATUS_HU, {OK, OK, VIRT, VIRT}},
    {HLVX_HU_A0, 0, 0, {ILL, OK, VIRT, VIRT}},
    {HLVX_HU_A0, 0, HSTATUS_HU, {OK, OK, VIRT, VIRT}},
    {HSV_W_A0, 0, 0, {ILL, OK, VIRT, VIRT}},
    {HSV_W_A0, 0, HSTATUS_HU, {OK, OK, VIRT, VIRT}},
    /* sstatus, hstatus, vsstatus, mstatus, satp, hgatp, vsatp; hgeip read-only; htimedeltah is of RV32 */
    {CSRR_A0(0x100), 0, 0, {ILL, OK, VIRT, OK}},
    {CSRR_A0(0x600), 0, 0, {ILL, OK, VIRT, VIRT}},
    {CSRR_A0(0x200), 0, 0, {ILL, OK, VIRT, VIRT}},
    {CSRR_A0(0x300), 0, 0, {ILL, ILL, ILL, ILL}},
    {CSRR_A0(0x34b), 0, 0, {ILL, ILL, ILL, ILL}},
    {CSRR_A0(0x180), 0, 0, {ILL, OK, VIRT, OK}},
    {CSRR_A0(0x180), TVM, 0, {ILL, ILL, VIRT, OK}},
    {CSRR_A0(0x180), 0, HSTATUS_VTVM, {ILL, OK, VIRT, VIRT}},
    {CSRW_X0(0x180), TVM, HSTATUS_VTVM, {ILL, ILL, VIRT, VIRT}},
    {CSRR_A0(0x680), TVM, 0, {ILL, ILL, VIRT, VIRT}},
    {CSRR_A0(0x280), TVM, HSTATUS_VTVM, {ILL, OK, VIRT, VIRT}},
    {CSRR_A0(0xe12), 0, 0, {ILL, OK, VIRT, VIRT}},
    {CSRW_X0(0xe12), 0, 0, {ILL, ILL, ILL, ILL}},
    {CSRR_A0(0x615), 0, 0, {ILL, ILL, ILL, ILL}},
    {CSRR_A0(0xc80), 0, 0, {ILL, ILL, ILL, ILL}},
    {CSRW_X0(0xc00), 0, 0, {ILL, ILL, ILL, ILL}},
    {CSRR_A0(0xfff), 0, 0, {ILL, ILL, ILL, ILL}},
};

static uint32_t code[2] __attribute__((aligned(64)));
static uint32_t word;

static uint64_t call_code(uint64_t unused)
{
    uint64_t a0 = (uint64_t)&word;
    (void)unused;
    return try_call(code, &a0);
}

static void check(const struct row *row, unsigned mode)
{
    unsigned number = 1 + (row - rows);
    code[0] = row->bits;
    __asm__ volatile("fence.i" ::: "memory");
    CSR_CLEAR(mstatus, TVM | TW | TSR);
    CSR_SET(mstatus, row->mstatus);
    CSR_WRITE(hstatus, row->hstatus);
    CSR_WRITE(hvip, mode == IN_HS || mode == IN_VS ? MIP_VSSIP : 0); /* so that no WFI waits */
    uint64_t cause = run_in_mode(mode, call_code, 0);
    expect(number, cause, row->want[mode]);
    if (cause != NO_TRAP)
        expect(number, self()->tval, row->bits);
}

/* SRET by itself: where it is allowed it goes somewhere. */
static uint64_t do_sret(uint64_t unused)
{
    return TRY("la t1, 8f\n csrw sepc, t1\n csrs sstatus, %1\n sret\n 8:", unused, (uint64_t)MSTATUS_SPP);
}

static uint64_t do_sret_in_u(uint64_t unused)
{
    return TRY("sret", unused, 0);
}

static void check_sret(uint64_t mstatus, uint64_t hstatus, uint64_t hs, uint64_t vs)
{
    CSR_CLEAR(mstatus, TVM | TW | TSR);
    CSR_SET(mstatus, mstatus);
    CSR_WRITE(hstatus, hstatus);
    expect(90, run_in_mode(IN_HS, do_sret, 0), hs);
    expect(91, run_in_mode(IN_VS, do_sret, 0), vs);
    expect(92, run_in_mode(IN_U, do_sret_in_u, 0), ILL);
    expect(93, run_in_mode(IN_VU, do_sret_in_u, 0), VIRT);
    expect(94, self()->tval, SRET);
}

void test(void)
{
    code[1] = RET;
    CSR_WRITE(mcounteren, 0xffffffff);
    CSR_WRITE(hideleg, MIP_VSSIP);
    CSR_WRITE(hie, MIP_VSSIP);
    for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++)
        for (unsigned mode = 0; mode < MODES_BELOW_M; mode++)
            check(&rows[i], mode);
    CSR_WRITE(hvip, 0);
    check_sret(0, 0, OK, OK);
    check_sret(TSR, 0, ILL, OK);
    check_sret(0, HSTATUS_VTSR, OK, VIRT);
    check_sret(TSR, HSTATUS_VTSR | HSTATUS_VTVM, ILL, VIRT);
}
