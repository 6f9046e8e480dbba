/* SPDX-License-Identifier: MIT */
/* A guest that makes random programs from the rows of insn.def and insn_c.def, runs each on many sets of registers, and
 * prints a digest of all registers, flags and the memory they touched after each batch. It is built twice, for bare metal
 * (microvm) and for Linux user mode (qemu-riscv64): the two outputs must be the same.
 *
 * Only what both machines define alike is made: jumps lead forward to the start of a slot, AMOs are aligned, an SC follows
 * its LR at once, rounding modes are the legal ones, and no privileged instruction stands in between. */
#include <stdint.h>

#ifndef BATCHES
#define BATCHES 10 /* of 2 * 10^5 random instructions each */
#endif
#define PROGRAMS 16  /* a batch */
#define REPEATS 64   /* runs of a program */
#define REFRESHED 20 /* registers drawn anew between two runs, */
#define REWRITTEN 96 /* and words of memory between two programs */
#define SLOTS 192    /* of a program: one instruction each, or a few that belong together */
#define SKIP_MAX 8   /* slots that a jump passes over */
#define PAGE 4096

/* Provided by the environment: see start_*.S. */
void print(const char *text, uint64_t length);
/* run_code.S */
void run_code(const void *code, uint64_t *state);
extern const char run_code_return[];
void run_all(void);

enum kind { ALU, PCREL, LOAD, STORE, FLOAD, FSTORE, BRANCH, JAL, JALR, NOP, AMO32, AMO64, FPF_RM, FPF_ANY, FPF, FPX_RM,
            FPX, SYS };
enum ext { I, M, A, F, D, C, zicsr, zifencei, zihintpause, zba, zbb, zbc, zbs, zicond, zicbom, zicboz, zawrs, svinval, S, H };

enum id {
#define INSN(id, mnemonic, format, pattern, ext, kind, expr, tag) INSN_##id,
#include "cpu/insn.def"
#undef INSN
};

struct row {
    const char *pattern;
    uint8_t ext;
    uint8_t kind;
};

static const struct row rows[] = {
#define INSN(id, mnemonic, format, pattern, ext, kind, expr, tag) {pattern, ext, kind},
#include "cpu/insn.def"
#undef INSN
};

enum shape { CIW, CLD, CLW, CSD, CSW, CI, CLI, CI16, CLUI, CBSH, CBI, CA, CJ, CBR, CISH, CDSP, CWSP, CJR, CMV, CN, CJALR, CR,
             CSDSP, CSWSP };
enum nonzero { ANY, IMM, RD, RS1 };

struct narrow {
    const char *pattern;
    uint8_t shape;
    uint8_t nonzero;
};

static const struct narrow narrows[] = {
#define CINSN(id, mnemonic, format, pattern, ext, target, nonzero, tag) {pattern, format, nonzero},
#include "cpu/insn_c.def"
#undef CINSN
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* How the distance is written into a jump. */
enum jump_form { JUMP_B, JUMP_J, JUMP_CB, JUMP_CJ, JUMP_REGISTER };

struct jump {
    uint16_t *at;
    uint8_t slot;
    uint8_t form;
};

struct program {
    uint16_t *at; /* where the next instruction goes */
    uint16_t *start[SLOTS + 1];
    struct jump jumps[SLOTS];
    unsigned jump_count;
    unsigned slot;
};

/* Loads and stores go to both sides of the border between these two pages. */
static uint64_t buffer[2 * PAGE / 8] __attribute__((aligned(PAGE)));
#define BUFFER_X8 (&buffer[500])
/* sp is misaligned, so that the compressed loads and stores are. */
#define BUFFER_SP ((uint64_t)&buffer[480] + 6)
static uint64_t state[65];
static uint16_t code[4 * PAGE / 2] __attribute__((section(".data.code"), aligned(PAGE)));
static struct program program;

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed * UINT64_C(0x2545f4914f6cdd1d);
}

static unsigned below(uint64_t *seed, unsigned limit)
{
    return (unsigned)((next_random(seed) >> 32) * limit >> 32);
}

/* The pattern with its open bits drawn. */
static uint32_t draw(const char *pattern, uint64_t bits)
{
    uint32_t insn = 0;
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == ' ')
            continue;
        insn = insn << 1 | (*pattern == '.' ? (uint32_t)(bits & 1) : *pattern == '1');
        bits >>= 1;
    }
    return insn;
}

static uint32_t put(uint32_t insn, unsigned low, unsigned width, uint32_t value)
{
    uint32_t mask = ((1u << width) - 1) << low;
    return (insn & ~mask) | (value << low & mask);
}

/* sp and x8 point into the buffer, x3 to the state: no instruction may write them for good. */
static int is_kept(unsigned reg)
{
    return reg == 2 || reg == 3 || reg == 8;
}

static uint32_t random_rd(uint64_t *seed)
{
    unsigned reg;
    do
        reg = below(seed, 32);
    while (is_kept(reg));
    return reg;
}

static void emit16(uint32_t insn)
{
    *program.at++ = (uint16_t)insn;
}

static void emit32(uint32_t insn)
{
    emit16(insn);
    emit16(insn >> 16);
}

/* The instruction about to be emitted jumps; its distance is put in when all slots have their place. */
static void note_jump(enum jump_form form)
{
    program.jumps[program.jump_count++] = (struct jump){program.at, (uint8_t)program.slot, (uint8_t)form};
}

static int wide_ok(const struct row *row)
{
    /* QEMU 7.2 has no Zicond. */
    return row->kind != SYS && row->kind != JALR && row->ext != zicond;
}

static int writes_x_or_f(const struct row *row)
{
    return row->kind != STORE && row->kind != FSTORE && row->kind != BRANCH && row->kind != NOP;
}

/* A load's or store's offset from x8; one in four crosses or touches the border of the two pages. */
static uint32_t offset_x8(uint64_t *seed)
{
    return below(seed, 4) == 0 ? 88 + below(seed, 16) : below(seed, 4096);
}

static uint32_t with_rounding(uint64_t *seed, uint32_t insn)
{
    static const uint8_t modes[] = {0, 1, 2, 3, 4, 7, 7, 7};
    return put(insn, 12, 3, modes[below(seed, 8)]);
}

/* QEMU 7.2 lets the upper half into ctzw where the lower is zero (norm:ctzw_op): it gets a zero-extended operand, in x9. */
static uint32_t low_word_only(uint32_t insn)
{
    emit32(0x0800003b | 9u << 7 | (insn >> 15 & 31) << 15); /* add.uw x9, rs1, x0 */
    return put(insn, 15, 5, 9);
}

static void wide(uint64_t *seed)
{
    const struct row *row;
    do
        row = &rows[below(seed, COUNT(rows))];
    while (!wide_ok(row));
    uint32_t insn = draw(row->pattern, next_random(seed) >> 20), offset = offset_x8(seed);
    if (writes_x_or_f(row))
        insn = put(insn, 7, 5, random_rd(seed));
    if (row->kind == LOAD || row->kind == FLOAD)
        insn = put(put(insn, 15, 5, 8), 20, 12, offset);
    else if (row->kind == STORE || row->kind == FSTORE)
        insn = put(put(put(insn, 15, 5, 8), 25, 7, offset >> 5), 7, 5, offset);
    else if (row->kind == AMO32 || row->kind == AMO64)
        insn = put(insn, 15, 5, 8);
    else if (row->kind == FPF_RM || row->kind == FPX_RM || row->kind == FPF_ANY)
        insn = with_rounding(seed, insn);
    else if (row->kind == BRANCH || row->kind == JAL)
        note_jump(row->kind == BRANCH ? JUMP_B : JUMP_J);
    else if (row == &rows[INSN_ctzw])
        insn = low_word_only(insn);
    emit32(insn);
}

/* c.addi16sp there and back, with a look at sp in between. */
static void move_sp(uint32_t insn)
{
    uint32_t back = insn & 0xef83, minus;
    uint32_t imm = (insn >> 12 & 1) << 9 | (insn >> 3 & 3) << 7 | (insn >> 5 & 1) << 6 | (insn >> 2 & 1) << 5 |
                   (insn >> 6 & 1) << 4;
    if ((imm & 0x1ff) == 0)
        return emit16(1); /* reserved, or cannot be undone */
    minus = 1024 - imm;
    back |= (minus >> 9 & 1) << 12 | (minus >> 7 & 3) << 3 | (minus >> 6 & 1) << 5 | (minus >> 5 & 1) << 2 |
            (minus >> 4 & 1) << 6;
    emit16(insn);
    emit16(0x848a); /* c.mv x9, sp */
    emit16(back);
}

/* A 16-bit instruction, or c.nop where the draw hit one that is reserved or writes a kept register. */
static void half(uint64_t *seed)
{
    const struct narrow *row = &narrows[below(seed, COUNT(narrows))];
    uint32_t insn = draw(row->pattern, next_random(seed) >> 20);
    unsigned full = insn >> 7 & 31, high = 8 + (insn >> 7 & 7), low = 8 + (insn >> 2 & 7), rs2 = insn >> 2 & 31;
    int imm = row->shape == CIW ? (insn & 0x1fe0) != 0 : (insn & 0x107c) != 0, fine = 1;
    switch (row->shape) {
    case CIW:
        fine = low != 8 && imm;
        break;
    case CI: case CLI: case CISH: case CLUI:
        fine = !is_kept(full) && (row->nonzero != RD || full != 0) && (row->nonzero != IMM || imm);
        break;
    case CMV: case CR:
        fine = !is_kept(full) && rs2 != 0;
        break;
    case CBSH: case CBI: case CA:
        fine = high != 8;
        break;
    case CLW:
        insn &= ~0x380u; /* rs1' = x8 */
        fine = low != 8;
        break;
    case CLD: /* an FP register may be f8 */
        insn &= ~0x380u;
        fine = low != 8 || insn >> 13 == 1;
        break;
    case CSW: case CSD:
        insn &= ~0x380u;
        break;
    case CWSP: case CDSP:
        fine = insn >> 13 == 1 || (!is_kept(full) && full != 0);
        break;
    case CSWSP: case CSDSP:
        break;
    case CI16:
        return move_sp(insn);
    case CBR:
    case CJ:
        note_jump(row->shape == CBR ? JUMP_CB : JUMP_CJ);
        break;
    default:
        fine = 0;
        break;
    }
    emit16(fine ? insn : 1);
}

/* auipc, addi, and a jump by register in one of its three spellings. */
static void indirect(uint64_t *seed)
{
    uint32_t reg = 9 + below(seed, 23), form = below(seed, 3);
    note_jump(JUMP_REGISTER);
    emit32(0x17 | reg << 7);
    emit32(0x13 | reg << 7 | reg << 15);
    if (form == 0)
        emit32(0x67 | random_rd(seed) << 7 | reg << 15);
    else
        emit16((form == 1 ? 0x8002u : 0x9002u) | reg << 7);
}

/* LR and SC of the same address and size, one behind the other; sometimes an SC alone, which fails. */
static void reserved_pair(uint64_t *seed)
{
    uint32_t width = 2 + below(seed, 2), order = below(seed, 4), lone = below(seed, 4);
    uint32_t insn = 0x2f | width << 12 | 8u << 15 | order << 25;
    if (lone != 0)
        emit32(insn | 2u << 27 | random_rd(seed) << 7);
    emit32(insn | 3u << 27 | random_rd(seed) << 7 | below(seed, 32) << 20);
}

/* fflags takes any value, frm the legal ones, fcsr is read. */
static void fp_csr(uint64_t *seed)
{
    uint32_t rd = random_rd(seed), verb = 1 + below(seed, 3);
    switch (below(seed, 4)) {
    case 0:
        return emit32(0x73 | rd << 7 | verb << 12 | below(seed, 32) << 15 | 1u << 20);
    case 1:
        return emit32(0x73 | rd << 7 | (4 | verb) << 12 | below(seed, 32) << 15 | 1u << 20);
    case 2:
        return emit32(0x73 | rd << 7 | 5u << 12 | below(seed, 5) << 15 | 2u << 20);
    default:
        return emit32(0x73 | rd << 7 | 2u << 12 | 3u << 20);
    }
}

static void make_slot(uint64_t *seed)
{
    unsigned choice = below(seed, 64);
    if (choice < 34)
        wide(seed);
    else if (choice < 58)
        half(seed);
    else if (choice < 60)
        indirect(seed);
    else if (choice < 62)
        reserved_pair(seed);
    else
        fp_csr(seed);
}

static void patch32(uint16_t *at, uint32_t bits)
{
    at[0] |= (uint16_t)bits;
    at[1] |= (uint16_t)(bits >> 16);
}

/* Writes the distance, a small positive even number, into a jump whose own distance bits are cleared. */
static void patch_jump(const struct jump *jump, uint32_t by)
{
    uint16_t *at = jump->at;
    switch ((enum jump_form)jump->form) {
    case JUMP_B:
        at[0] &= 0xf07f, at[1] &= 0x01ff;
        return patch32(at, (by >> 5 & 63) << 25 | (by >> 1 & 15) << 8 | (by >> 11 & 1) << 7);
    case JUMP_J:
        at[0] &= 0x0fff, at[1] = 0;
        return patch32(at, (by >> 1 & 1023) << 21 | (by >> 11 & 1) << 20);
    case JUMP_CB:
        at[0] = (uint16_t)((at[0] & 0xe383) | (by >> 6 & 3) << 5 | (by >> 5 & 1) << 2 | (by >> 3 & 3) << 10 |
                           (by >> 1 & 3) << 3);
        return;
    case JUMP_CJ:
        at[0] = (uint16_t)((at[0] & 0xe003) | (by >> 10 & 1) << 8 | (by >> 8 & 3) << 9 | (by >> 7 & 1) << 6 |
                           (by >> 6 & 1) << 7 | (by >> 5 & 1) << 2 | (by >> 4 & 1) << 11 | (by >> 1 & 7) << 3);
        return;
    case JUMP_REGISTER:
        return patch32(at + 2, by << 20);
    }
}

static void patch_jumps(uint64_t *seed)
{
    for (unsigned i = 0; i < program.jump_count; i++) {
        const struct jump *jump = &program.jumps[i];
        unsigned target = jump->slot + 1 + below(seed, SKIP_MAX);
        target = target < SLOTS ? target : SLOTS;
        patch_jump(jump, (uint32_t)(program.start[target] - jump->at) * 2);
    }
}

/* A program somewhere across the border of two pages. Returns its first instruction. */
static const uint16_t *make_program(uint64_t *seed)
{
    uint16_t *first = code + PAGE / 2 - below(seed, 512);
    program.at = first;
    program.jump_count = 0;
    for (program.slot = 0; program.slot < SLOTS; program.slot++) {
        program.start[program.slot] = program.at;
        make_slot(seed);
    }
    program.start[SLOTS] = program.at;
    patch_jumps(seed);
    uint32_t by = (uint32_t)(run_code_return - (const char *)program.at);
    emit32(0x6f | (by >> 20 & 1) << 31 | (by >> 1 & 1023) << 21 | (by >> 11 & 1) << 20 | (by >> 12 & 255) << 12);
    __asm__ volatile("fence.i" ::: "memory");
    return first;
}

/* Registers that reach corners: small numbers, powers of two, boxed and unboxed singles, doubles near the edges. */
static uint64_t interesting(uint64_t *seed)
{
    const uint64_t boxed = UINT64_C(0xffffffff) << 32;
    uint64_t r = next_random(seed);
    switch (next_random(seed) >> 60) {
    case 0: return r & 63;
    case 1: return -(r & 63);
    case 2: return UINT64_C(1) << (r & 63);
    case 3: return (UINT64_C(1) << (r & 63)) - 1;
    case 4: return boxed | (uint32_t)r;
    case 5: return boxed | (uint32_t)((r & 0x807fffff) | (r >> 40 & 1 ? 0x7f800000 : 0));
    case 6: return boxed | (uint32_t)((r & 0x80000007) | (r >> 32 & 0xff) << 23);
    case 7: return (r & UINT64_C(0x8000000000000007)) | (r >> 20 & 0x7ff) << 52;
    case 8: return (r & UINT64_C(0x800fffffffffffff)) | (r >> 5 & 1 ? UINT64_C(0x7ff0000000000000) : 0);
    case 9: return (r & UINT64_C(0x800fffffffffffff)) | UINT64_C(0x3fe) << 52;
    case 10: return boxed | (uint32_t)((r & 0x807fffff) | 0x3f000000);
    case 11: return (uint64_t)(int64_t)(int32_t)r;
    default: return r;
    }
}

static uint64_t mix(uint64_t digest, uint64_t word)
{
    return (digest ^ word) * UINT64_C(0x100000001b3) + (digest >> 47);
}

static uint64_t run_once(const uint16_t *first, uint64_t *seed, uint64_t digest)
{
    uint64_t frm = below(seed, 5), flags;
    state[2] = BUFFER_SP;
    state[3] = 0;
    state[8] = (uint64_t)BUFFER_X8;
    __asm__ volatile("fscsr %0" ::"r"(frm << 5));
    run_code(first, state);
    __asm__ volatile("frcsr %0" : "=r"(flags));
    for (unsigned i = 1; i < 64; i++)
        digest = mix(digest, state[i]);
    return mix(digest, flags);
}

static uint64_t run_batch(uint64_t batch)
{
    uint64_t seed = (batch + 1) * UINT64_C(0x9e3779b97f4a7c15), digest = 0;
    for (unsigned i = 0; i < COUNT(buffer); i++)
        buffer[i] = interesting(&seed);
    for (unsigned p = 0; p < PROGRAMS; p++) {
        const uint16_t *first = make_program(&seed);
        for (unsigned i = 0; i < REWRITTEN; i++)
            BUFFER_X8[(int)below(&seed, 500) - 250] = interesting(&seed);
        for (unsigned i = 1; i < 64; i++)
            state[i] = interesting(&seed);
        for (unsigned n = 0; n < REPEATS; n++) {
            for (unsigned i = 0; i < REFRESHED; i++)
                state[1 + below(&seed, 63)] = interesting(&seed);
            digest = run_once(first, &seed, digest);
        }
    }
    for (unsigned i = 0; i < COUNT(buffer); i++)
        digest = mix(digest, buffer[i]);
    return digest;
}

static char *put_hex(char *at, uint64_t value)
{
    for (int shift = 60; shift >= 0; shift -= 4)
        *at++ = "0123456789abcdef"[value >> shift & 15];
    return at;
}

void run_all(void)
{
    for (uint64_t batch = 0; batch < BATCHES; batch++) {
        char line[40], *at = put_hex(line, batch);
        *at++ = ' ';
        at = put_hex(at, run_batch(batch));
        *at++ = '\n';
        print(line, (uint64_t)(at - line));
    }
}
