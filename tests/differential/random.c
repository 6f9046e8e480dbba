/* SPDX-License-Identifier: MIT */
/* A guest that makes random instructions from the rows of insn.def and insn_c.def, runs them, and prints a digest of all
 * registers and the memory they touched after each batch. It is built twice, for bare metal (microvm) and for Linux user
 * mode (qemu-riscv64): the two outputs must be the same. Only what both machines define is made: no SYS rows, no jumps
 * but short forward ones, no misaligned atomics, no reserved rounding modes. */
#include <stdint.h>

#ifndef BATCHES
#define BATCHES 200
#endif
#ifndef PROGRAMS
#define PROGRAMS 100 /* a batch */
#endif
#define REPEATS 40 /* runs of a program, each on fresh registers */
#define LENGTH 96 /* instructions of a program */
#define BUFFER 4096

/* Provided by the environment: see start_*.S. */
void print(const char *text, uint64_t length);
/* Loads the registers from state, calls code, stores them back. x1 to x4 and x8 are the frame's. */
void run_code(const void *code, uint64_t *state);

enum kind { ALU, PCREL, LOAD, STORE, FLOAD, FSTORE, BRANCH, JAL, JALR, NOP, AMO32, AMO64, FPF_RM, FPF_ANY, FPF, FPX_RM,
            FPX, SYS };
enum ext { I, M, A, F, D, C, zicsr, zifencei, zihintpause, zba, zbb, zbc, zbs, zicond, zicbom, zicboz, zawrs, svinval, S };

struct row {
    const char *name;
    const char *pattern;
    uint8_t ext;
    uint8_t kind;
};

static const struct row rows[] = {
#define INSN(id, mnemonic, format, pattern, ext, kind, expr, tag) {mnemonic, pattern, ext, kind},
#include "cpu/insn.def"
#undef INSN
};

/* The 16-bit rows that change registers alone. */
enum shape { CIW, CLD, CLW, CSD, CSW, CI, CLI, CI16, CLUI, CBSH, CBI, CA, CJ, CBR, CISH, CDSP, CWSP, CJR, CMV, CN, CJALR, CR,
             CSDSP, CSWSP };
struct narrow {
    const char *pattern;
    uint8_t shape;
};
static const struct narrow narrows[] = {
#define CINSN(id, mnemonic, format, pattern, ext, target, nonzero, tag) {pattern, format},
#include "cpu/insn_c.def"
#undef CINSN
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static uint64_t buffer[BUFFER / 8];
static uint64_t state[64];
static uint16_t code[LENGTH * 2 + 8] __attribute__((section(".text.code"), aligned(4096)));

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed * UINT64_C(0x2545f4914f6cdd1d);
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

/* x8 points into the buffer; x1 to x4 are the frame's: no instruction may write them. */
static int is_kept(unsigned reg)
{
    return (reg >= 1 && reg <= 4) || reg == 8;
}

static int wide_ok(const struct row *row)
{
    if (row->kind == SYS || row->kind == JAL || row->kind == JALR || row->kind == PCREL || row->ext == zicond)
        return 0;
    return row->kind != NOP;
}

/* One 32-bit instruction; left is how many follow it. */
static uint32_t wide(uint64_t *seed, unsigned left)
{
    const struct row *row;
    do
        row = &rows[next_random(seed) % COUNT(rows)];
    while (!wide_ok(row));
    uint64_t r = next_random(seed);
    uint32_t insn = draw(row->pattern, r);
    r >>= 33;
    if (row->kind != STORE && row->kind != FSTORE && row->kind != BRANCH && is_kept(insn >> 7 & 31))
        insn = put(insn, 7, 5, 10 + (uint32_t)(r & 15));
    switch (row->kind) {
    case LOAD:
    case FLOAD:
        return put(put(insn, 15, 5, 8), 20, 12, (uint32_t)(r & 1023));
    case STORE:
    case FSTORE:
        return put(put(insn, 15, 5, 8), 25, 7, (uint32_t)(r & 31));
    case AMO32:
    case AMO64:
        return put(insn, 15, 5, 8);
    case BRANCH: {
        /* Forward over at most 7 instructions of 4 bytes; offset bits 4:1 stand in bits 11:8. */
        uint32_t over = 1 + (uint32_t)(r & 3);
        over = over <= left ? over : left;
        return put(put(put(insn, 25, 7, 0), 7, 1, 0), 8, 4, (over + 1) * 2);
    }
    case FPF_RM:
    case FPX_RM:
    case FPF_ANY: {
        static const uint8_t modes[] = {0, 1, 2, 3, 4, 7, 7, 7};
        return put(insn, 12, 3, modes[r & 7]);
    }
    default:
        return insn;
    }
}

/* A 16-bit instruction, or c.nop where the draw hit one that is reserved, jumps, loads or writes a kept register. */
static uint16_t half(uint64_t *seed)
{
    const struct narrow *row = &narrows[next_random(seed) % COUNT(narrows)];
    uint16_t insn = (uint16_t)draw(row->pattern, next_random(seed));
    unsigned full = insn >> 7 & 31, high = 8 + (insn >> 7 & 7), low = 8 + (insn >> 2 & 7), rs2 = insn >> 2 & 31;
    int imm = (insn >> 12 & 1) | rs2;
    switch (row->shape) {
    case CIW:
        return low != 8 && (insn & 0x1fe0) ? insn : 1;
    case CI:
    case CLI:
    case CISH:
        return full != 0 && !is_kept(full) ? insn : 1;
    case CLUI:
        return full != 0 && !is_kept(full) && imm ? insn : 1;
    case CBSH:
    case CBI:
    case CA:
        return high != 8 ? insn : 1;
    case CMV:
    case CR:
        return full != 0 && !is_kept(full) && rs2 != 0 ? insn : 1;
    case CLW:
    case CLD:
        return low != 8 ? (uint16_t)(insn & ~0x380) : 1; /* rs1' = x8 */
    case CSW:
    case CSD:
        return (uint16_t)(insn & ~0x380);
    default:
        return 1;
    }
}

static void make_program(uint64_t *seed)
{
    uint16_t *at = code;
    for (unsigned i = 0; i < LENGTH; i++) {
        if (next_random(seed) & 1) {
            uint32_t insn = wide(seed, LENGTH - 1 - i);
            *at++ = (uint16_t)insn;
            *at++ = (uint16_t)(insn >> 16);
        } else {
            *at++ = half(seed);
            *at++ = half(seed);
        }
    }
    *at++ = 0x8082; /* ret */
    __asm__ volatile("fence.i" ::: "memory");
}

/* Registers that reach corners: small numbers, powers of two, boxed and unboxed singles, doubles near the edges. */
static uint64_t interesting(uint64_t *seed)
{
    uint64_t r = next_random(seed), kind = r & 15;
    r = next_random(seed);
    switch (kind) {
    case 0: return r & 63;
    case 1: return -(r & 63);
    case 2: return UINT64_C(1) << (r & 63);
    case 3: return (UINT64_C(1) << (r & 63)) - 1;
    case 4: return UINT64_C(0xffffffff) << 32 | (uint32_t)r;
    case 5: return UINT64_C(0xffffffff) << 32 | (uint32_t)((r & 0x807fffff) | (r >> 40 & 1 ? 0x7f800000 : 0));
    case 6: return UINT64_C(0xffffffff) << 32 | (uint32_t)((r & 0x80000007) | (r >> 32 & 0xff) << 23);
    case 7: return (r & UINT64_C(0x8000000000000007)) | (r >> 20 & 0x7ff) << 52;
    case 8: return (r & UINT64_C(0x800fffffffffffff)) | (r >> 5 & 1 ? UINT64_C(0x7ff0000000000000) : 0);
    case 9: return (r & UINT64_C(0x800fffffffffffff)) | UINT64_C(0x3fe) << 52;
    case 10: return UINT64_C(0xffffffff) << 32 | (uint32_t)((r & 0x807fffff) | 0x3f000000);
    case 11: return (uint64_t)(int64_t)(int32_t)r;
    default: return r;
    }
}

static uint64_t mix(uint64_t digest, uint64_t word)
{
    return (digest ^ word) * UINT64_C(0x100000001b3) + (digest >> 47);
}

static uint64_t run_batch(uint64_t batch)
{
    uint64_t seed = batch * UINT64_C(0x9e3779b97f4a7c15) + 88172645463325252u, digest = 0;
    for (unsigned p = 0; p < PROGRAMS; p++) {
        make_program(&seed);
        for (unsigned i = 0; i < COUNT(buffer); i++)
            buffer[i] = interesting(&seed);
        for (unsigned n = 0; n < REPEATS; n++) {
            for (unsigned i = 0; i < 64; i++)
                state[i] = interesting(&seed);
            state[8] = (uint64_t)&buffer[64];
            uint64_t frm = next_random(&seed) % 5, flags;
            __asm__ volatile("fscsr %0" ::"r"(frm << 5));
            run_code(code, state);
            __asm__ volatile("frcsr %0" : "=r"(flags));
            state[8] = 0;
            for (unsigned i = 5; i < 64; i++)
                digest = mix(digest, state[i]);
            digest = mix(digest, flags);
        }
        for (unsigned i = 0; i < COUNT(buffer); i++)
            digest = mix(digest, buffer[i]);
    }
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
