/* SPDX-License-Identifier: MIT */
/* With mstatus.FS = Off every instruction and CSR of the F and D extensions is illegal, even if its
 * address would fault (norm:mstatus_fs_vs_xs_off_op); in any other state, what changes a register or a
 * flag makes FS Dirty, and SD shows it (norm:mstatus_fs_vs_xs_dirty_op, norm:mstatus_sd_op1). */
/* qemu: no, an instruction that raises a flag alone leaves FS as it was */
#include "lib/fp.h"

#define FS_OFF 0
#define FS_INITIAL 1
#define FS_CLEAN 2
#define FS_DIRTY 3
#define FS_SHIFT 13
#define SD (UINT64_C(1) << 63)

static uint64_t words[2];

static void set_fs(uint64_t fs)
{
    CSR_CLEAR(mstatus, MSTATUS_FS);
    CSR_SET(mstatus, fs << FS_SHIFT);
}

/* What it does, with FS as given: the trap in the low byte, the FS afterwards above. */
#define RUN(fs, instruction)                                                                                           \
    ({                                                                                                                 \
        uint64_t run_value = 0, run_trap;                                                                              \
        set_fs(fs);                                                                                                    \
        run_trap = TRY(instruction, run_value, address);                                                               \
        run_trap;                                                                                                      \
    })

#define MAKES_DIRTY(number, instruction)                                                                               \
    do {                                                                                                               \
        expect(number, RUN(FS_OFF, instruction), CAUSE_ILLEGAL);                                                       \
        expect(number, CSR_READ(mstatus) & (MSTATUS_FS | SD), 0);                                                      \
        for (uint64_t fs = FS_INITIAL; fs <= FS_DIRTY; fs++) {                                                         \
            expect(number, RUN(fs, instruction), NO_TRAP);                                                             \
            expect(number, CSR_READ(mstatus) & (MSTATUS_FS | SD), SD | FS_DIRTY << FS_SHIFT);                          \
        }                                                                                                              \
    } while (0)

/* Those that only read may leave FS as it is or not. */
#define NEEDS_FS(number, instruction)                                                                                  \
    do {                                                                                                               \
        expect(number, RUN(FS_OFF, instruction), CAUSE_ILLEGAL);                                                       \
        for (uint64_t fs = FS_INITIAL; fs <= FS_DIRTY; fs++) {                                                         \
            expect(number, RUN(fs, instruction), NO_TRAP);                                                             \
            expect(number, (CSR_READ(mstatus) & MSTATUS_FS) >> FS_SHIFT >= fs, true);                                  \
        }                                                                                                              \
    } while (0)

static void writers_of_registers(const uint64_t *address)
{
    MAKES_DIRTY(1, "fadd.s ft0, ft1, ft2");
    MAKES_DIRTY(2, "fmul.d ft0, ft1, ft2, rtz");
    MAKES_DIRTY(3, "fmadd.d ft0, ft1, ft2, ft3");
    MAKES_DIRTY(4, "fsgnj.s ft0, ft0, ft0");
    MAKES_DIRTY(5, "fmin.d ft0, ft1, ft2");
    MAKES_DIRTY(6, "fmv.w.x ft0, x0");
    MAKES_DIRTY(7, "fcvt.s.d ft0, ft1");
    MAKES_DIRTY(8, "fcvt.d.l ft0, x0");
    MAKES_DIRTY(9, "flw ft0, (%1)");
    MAKES_DIRTY(10, "fld ft0, (%1)");
    MAKES_DIRTY(11, "c.fldsp ft0, 0(sp)");
    MAKES_DIRTY(12, "fsqrt.s ft0, ft1, rmm");
    MAKES_DIRTY(13, "csrw fcsr, x0");
    MAKES_DIRTY(14, "csrwi frm, 1");
    MAKES_DIRTY(15, "csrsi fflags, 1");
}

/* ft10 is a signaling NaN: only flags change. */
static void writers_of_flags(const uint64_t *address)
{
    set_fs(FS_DIRTY);
    CSR_WRITE(fcsr, 0);
    __asm__ volatile("fmv.d.x ft10, %0" ::"r"(D_SNAN));
    for (uint64_t fs = FS_INITIAL; fs <= FS_CLEAN; fs++) {
        expect(20, RUN(fs, "feq.d %0, ft10, ft10"), NO_TRAP);
        expect(21, CSR_READ(mstatus) & MSTATUS_FS, MSTATUS_FS);
        expect(22, CSR_READ(fflags), NV);
        CSR_WRITE(fflags, 0);
        expect(23, RUN(fs, "fcvt.w.d %0, ft10"), NO_TRAP);
        expect(24, CSR_READ(mstatus) & MSTATUS_FS, MSTATUS_FS);
        expect(25, CSR_READ(fflags), NV);
        CSR_WRITE(fflags, 0);
    }
}

static void readers(const uint64_t *address)
{
    NEEDS_FS(30, "fsw ft0, (%1)");
    NEEDS_FS(31, "fsd ft0, (%1)");
    NEEDS_FS(32, "fmv.x.d %0, ft0");
    NEEDS_FS(33, "fclass.s %0, ft0");
    NEEDS_FS(34, "csrr %0, fcsr");
    NEEDS_FS(35, "csrr %0, frm");
    NEEDS_FS(36, "csrrs %0, fflags, x0");
    NEEDS_FS(37, "fle.s %0, ft0, ft0");
}

static uint64_t in_s_mode(uint64_t want)
{
    uint64_t value = 0, nowhere = 0;
    expect(50, TRY("fadd.s ft0, ft1, ft2", value, nowhere), want);
    expect(51, TRY("csrr %0, fcsr", value, nowhere), want);
    return CSR_READ(sstatus) & (MSTATUS_FS | SD);
}

void test(void)
{
    uint64_t value = 0, nowhere = 0;
    for (unsigned warm = 0; warm < 2; warm++) {
        writers_of_registers(words);
        writers_of_flags(words);
    }
    set_fs(FS_OFF);
    expect(40, TRY("flw ft0, (%1)", value, nowhere), CAUSE_ILLEGAL);
    expect(41, TRY("fsd ft0, (%1)", value, nowhere), CAUSE_ILLEGAL);
    set_fs(FS_CLEAN);
    expect(42, TRY("flw ft0, (%1)", value, nowhere), CAUSE_LOAD_ACCESS);
    expect(43, CSR_READ(mstatus) & MSTATUS_FS, FS_CLEAN << FS_SHIFT);
    set_fs(FS_OFF);
    expect(44, run_in(MODE_S, in_s_mode, CAUSE_ILLEGAL), 0);
    set_fs(FS_INITIAL);
    expect(46, run_in(MODE_S, in_s_mode, NO_TRAP), SD | MSTATUS_FS);
    readers(words);
    set_fs(FS_DIRTY);
}
