/* SPDX-License-Identifier: MIT */
/* The rows' bit patterns are parsed once into two-level tables: 32-bit instructions by opcode and funct3, 16-bit ones by
 * quadrant and funct3; a bucket's few candidates are tried in the order of the rows. */
#include "cpu/decode.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/hart.h"

enum format {
#define FORMAT(id, text) FORMAT_##id,
#include "cpu/format.def"
#undef FORMAT
    FORMAT_CIW,
    FORMAT_CLW,
    FORMAT_CLD,
    FORMAT_CSW,
    FORMAT_CSD,
    FORMAT_CI,
    FORMAT_CLI,
    FORMAT_CI16,
    FORMAT_CLUI,
    FORMAT_CBSH,
    FORMAT_CBI,
    FORMAT_CA,
    FORMAT_CJ,
    FORMAT_CBR,
    FORMAT_CISH,
    FORMAT_CWSP,
    FORMAT_CDSP,
    FORMAT_CJR,
    FORMAT_CJALR,
    FORMAT_CMV,
    FORMAT_CN,
    FORMAT_CR,
    FORMAT_CSWSP,
    FORMAT_CSDSP
};

enum nonzero { NONZERO_ANY, NONZERO_IMM, NONZERO_RD, NONZERO_RS1 };

/* A row of insn.def or insn_c.def as text, in the order of the files. */
struct row {
    const char *pattern;
    uint8_t format;
    uint8_t ext;
    uint16_t target; /* the 32-bit instruction it stands for */
    uint8_t nonzero;
};

static const struct row wide_rows[] = {
#define INSN(id, mnemonic, format, pattern, ext, class, expr, tag) {pattern, FORMAT_##format, EXT_##ext, INSN_##id, 0},
#include "cpu/insn.def"
#undef INSN
};

static const struct row narrow_rows[] = {
#define CINSN(id, mnemonic, format, pattern, ext, target, nonzero, tag)                                                \
    {pattern, FORMAT_##format, EXT_##ext, INSN_##target, NONZERO_##nonzero},
#include "cpu/insn_c.def"
#undef CINSN
};

#define WIDE_COUNT ARRAY_SIZE(wide_rows)
#define WIDE_BUCKETS 256
#define NARROW_BUCKETS 32

struct candidate {
    uint32_t mask;
    uint32_t match;
    const struct row *row;
};

/* candidates[first[b]] to candidates[first[b + 1] - 1] are those of bucket b. */
struct table {
    struct candidate *candidates;
    uint16_t first[WIDE_BUCKETS + 1];
};

struct decoder {
    struct table wide;
    struct table narrow;
    struct insn_info info[INSN_COUNT + 1];
    struct ext_set ext;
};

static unsigned wide_bucket(uint32_t bits)
{
    return (bits >> 2 & 31) << 3 | (bits >> 12 & 7);
}

static unsigned narrow_bucket(uint32_t bits)
{
    return (bits & 3) << 3 | (bits >> 13 & 7);
}

static void parse_pattern(const char *pattern, uint32_t *mask, uint32_t *match)
{
    *mask = *match = 0;
    for (const char *p = pattern; *p != '\0'; p++) {
        if (*p == ' ')
            continue;
        *mask = *mask << 1 | (*p != '.');
        *match = *match << 1 | (*p == '1');
    }
}

/* The rows of the hypervisor stand last; they need it besides the extension that they name. */
static bool is_there(const struct ext_set *ext, const struct row *row)
{
    return ext->has[row->ext] && (row->target < INSN_hfence_vvma || ext->has[EXT_H]);
}

/* Sorts the rows that the set has into buckets; a row whose pattern leaves bucket bits open goes into each that fits. */
static bool table_build(struct table *table, const struct row *rows, size_t count, unsigned buckets,
                        unsigned (*bucket_of)(uint32_t), const struct ext_set *ext)
{
    uint32_t *mask = calloc(count, sizeof *mask);
    uint32_t *match = calloc(count, sizeof *match);
    table->candidates = calloc(count * 8, sizeof *table->candidates);
    bool made = mask != NULL && match != NULL && table->candidates != NULL;
    for (size_t i = 0; made && i < count; i++)
        parse_pattern(rows[i].pattern, &mask[i], &match[i]);
    uint16_t used = 0;
    for (unsigned b = 0; made && b < buckets; b++) {
        table->first[b] = used;
        for (size_t i = 0; i < count; i++) {
            if (!is_there(ext, &rows[i]) || bucket_of(match[i]) != (b & bucket_of(mask[i])))
                continue;
            table->candidates[used++] = (struct candidate){mask[i], match[i], &rows[i]};
        }
    }
    table->first[buckets] = used;
    free(mask);
    free(match);
    return made;
}

static void fill_info(struct decoder *d)
{
    static const struct insn_info rows[] = {
#define INSN(id, mnemonic, format, pattern, ext, class, expr, tag) {mnemonic, CLASS_##class, EXT_##ext, 0, 0},
#include "cpu/insn.def"
#undef INSN
        {"illegal", CLASS_SYS, EXT_I, 0, 0},
    };
    memcpy(d->info, rows, sizeof rows);
    for (size_t i = 0; i < WIDE_COUNT; i++)
        parse_pattern(wide_rows[i].pattern, &d->info[i].mask, &d->info[i].match);
}

struct decoder *decoder_create(const struct ext_set *ext)
{
    struct decoder *d = calloc(1, sizeof *d);
    if (d == NULL)
        return NULL;
    struct ext_set no_narrow = {0};
    bool made = table_build(&d->wide, wide_rows, WIDE_COUNT, WIDE_BUCKETS, wide_bucket, ext) &&
                table_build(&d->narrow, narrow_rows, NARROW_COUNT, NARROW_BUCKETS, narrow_bucket,
                            ext->has[EXT_C] ? ext : &no_narrow);
    fill_info(d);
    d->ext = *ext;
    if (made)
        return d;
    decoder_destroy(d);
    return NULL;
}

void decoder_destroy(struct decoder *decoder)
{
    if (decoder == NULL)
        return;
    free(decoder->wide.candidates);
    free(decoder->narrow.candidates);
    free(decoder);
}

bool decoder_has(const struct decoder *decoder, enum ext ext)
{
    return decoder->ext.has[ext];
}

static const struct row *find(const struct table *table, unsigned bucket, uint32_t bits)
{
    for (unsigned i = table->first[bucket]; i < table->first[bucket + 1]; i++)
        if ((bits & table->candidates[i].mask) == table->candidates[i].match)
            return table->candidates[i].row;
    return NULL;
}

/* The field of bits hi..lo, moved down to bit 0. */
static uint32_t field(uint32_t bits, unsigned hi, unsigned lo)
{
    return bits >> lo & (uint32_t)BITS(hi - lo, 0);
}

/* One piece of a scattered immediate: bits hi..lo of the instruction, placed with its lowest bit at `to`. */
#define PIECE(hi, lo, to) (field(bits, hi, lo) << (to))

static int32_t wide_immediate(unsigned format, uint32_t bits)
{
    switch (format) {
    case FORMAT_I:
    case FORMAT_L:
    case FORMAT_FL: return (int32_t)bits >> 20;
    case FORMAT_S:
    case FORMAT_FS: return (int32_t)sign_extend(PIECE(31, 25, 5) | PIECE(11, 7, 0), 12);
    case FORMAT_B:
        return (int32_t)sign_extend(PIECE(31, 31, 12) | PIECE(7, 7, 11) | PIECE(30, 25, 5) | PIECE(11, 8, 1), 13);
    case FORMAT_U: return (int32_t)(bits & 0xfffff000u);
    case FORMAT_J:
        return (int32_t)sign_extend(PIECE(31, 31, 20) | PIECE(19, 12, 12) | PIECE(20, 20, 11) | PIECE(30, 21, 1), 21);
    case FORMAT_SH: return (int32_t)field(bits, 25, 20);
    case FORMAT_SHW: return (int32_t)field(bits, 24, 20);
    default: return (int32_t)bits; /* SYS and FP rows look into the instruction themselves */
    }
}

static int32_t narrow_immediate(unsigned format, uint32_t bits)
{
    switch (format) {
    case FORMAT_CIW: return (int32_t)(PIECE(10, 7, 6) | PIECE(12, 11, 4) | PIECE(5, 5, 3) | PIECE(6, 6, 2));
    case FORMAT_CLW:
    case FORMAT_CSW: return (int32_t)(PIECE(5, 5, 6) | PIECE(12, 10, 3) | PIECE(6, 6, 2));
    case FORMAT_CLD:
    case FORMAT_CSD: return (int32_t)(PIECE(6, 5, 6) | PIECE(12, 10, 3));
    case FORMAT_CI:
    case FORMAT_CLI:
    case FORMAT_CBI: return (int32_t)sign_extend(PIECE(12, 12, 5) | PIECE(6, 2, 0), 6);
    case FORMAT_CISH:
    case FORMAT_CBSH: return (int32_t)(PIECE(12, 12, 5) | PIECE(6, 2, 0));
    case FORMAT_CI16:
        return (int32_t)sign_extend(
            PIECE(12, 12, 9) | PIECE(4, 3, 7) | PIECE(5, 5, 6) | PIECE(2, 2, 5) | PIECE(6, 6, 4), 10);
    case FORMAT_CLUI: return (int32_t)sign_extend(PIECE(12, 12, 17) | PIECE(6, 2, 12), 18);
    case FORMAT_CJ:
        return (int32_t)sign_extend(PIECE(12, 12, 11) | PIECE(8, 8, 10) | PIECE(10, 9, 8) | PIECE(6, 6, 7) |
                                        PIECE(7, 7, 6) | PIECE(2, 2, 5) | PIECE(11, 11, 4) | PIECE(5, 3, 1),
                                    12);
    case FORMAT_CBR:
        return (int32_t)sign_extend(
            PIECE(12, 12, 8) | PIECE(6, 5, 6) | PIECE(2, 2, 5) | PIECE(11, 10, 3) | PIECE(4, 3, 1), 9);
    case FORMAT_CWSP: return (int32_t)(PIECE(3, 2, 6) | PIECE(12, 12, 5) | PIECE(6, 4, 2));
    case FORMAT_CDSP: return (int32_t)(PIECE(4, 2, 6) | PIECE(12, 12, 5) | PIECE(6, 5, 3));
    case FORMAT_CSWSP: return (int32_t)(PIECE(8, 7, 6) | PIECE(12, 9, 2));
    case FORMAT_CSDSP: return (int32_t)(PIECE(9, 7, 6) | PIECE(12, 10, 3));
    case FORMAT_CN: return (int32_t)(bits & 0xffff);
    default: return 0;
    }
}

/* The registers of a 16-bit instruction as those of the 32-bit one it stands for. */
static void narrow_registers(unsigned format, uint32_t bits, struct op *op)
{
    uint8_t full = (uint8_t)field(bits, 11, 7), full2 = (uint8_t)field(bits, 6, 2);
    uint8_t high = (uint8_t)(8 + field(bits, 9, 7)), low = (uint8_t)(8 + field(bits, 4, 2));
    switch (format) {
    case FORMAT_CIW: op->rd = low, op->rs1 = 2; break;
    case FORMAT_CLW:
    case FORMAT_CLD: op->rd = low, op->rs1 = high; break;
    case FORMAT_CSW:
    case FORMAT_CSD: op->rs1 = high, op->rs2 = low; break;
    case FORMAT_CI:
    case FORMAT_CI16:
    case FORMAT_CISH: op->rd = op->rs1 = full; break;
    case FORMAT_CLI:
    case FORMAT_CLUI: op->rd = full; break;
    case FORMAT_CBSH:
    case FORMAT_CBI: op->rd = op->rs1 = high; break;
    case FORMAT_CA: op->rd = op->rs1 = high, op->rs2 = low; break;
    case FORMAT_CBR: op->rs1 = high; break;
    case FORMAT_CWSP:
    case FORMAT_CDSP: op->rd = full, op->rs1 = 2; break;
    case FORMAT_CSWSP:
    case FORMAT_CSDSP: op->rs1 = 2, op->rs2 = full2; break;
    case FORMAT_CJR: op->rs1 = full; break;
    case FORMAT_CJALR: op->rd = 1, op->rs1 = full; break;
    case FORMAT_CMV: op->rd = full, op->rs2 = full2; break;
    case FORMAT_CR: op->rd = op->rs1 = full, op->rs2 = full2; break;
    default: break;
    }
}

static bool reserved(const struct row *row, const struct op *op)
{
    return (row->nonzero == NONZERO_IMM && op->imm == 0) || (row->nonzero == NONZERO_RD && op->rd == 0) ||
           (row->nonzero == NONZERO_RS1 && op->rs1 == 0);
}

/* True if rd names an FP register: it is not redirected to the sink. */
static bool rd_is_float(enum insn_class class)
{
    return class == CLASS_FLOAD || class == CLASS_FPF || class == CLASS_FPF_RM || class == CLASS_FPF_ANY;
}

void decode(const struct decoder *decoder, uint32_t bits, struct decoded *out)
{
    bool wide = (bits & 3) == 3;
    if (!wide)
        bits &= 0xffff;
    const struct row *row =
        wide ? find(&decoder->wide, wide_bucket(bits), bits) : find(&decoder->narrow, narrow_bucket(bits), bits);
    *out =
        (struct decoded){.id = INSN_illegal, .length = wide ? 4 : 2, .narrow = NARROW_COUNT, .op.imm = (int32_t)bits};
    if (row == NULL)
        return;
    struct op op = {0};
    if (wide) {
        op.rd = (uint8_t)field(bits, 11, 7);
        op.rs1 = (uint8_t)field(bits, 19, 15);
        op.rs2 = (uint8_t)field(bits, 24, 20);
        op.imm = wide_immediate(row->format, bits);
    } else {
        narrow_registers(row->format, bits, &op);
        op.imm = narrow_immediate(row->format, bits);
    }
    if (reserved(row, &op))
        return;
    out->id = row->target;
    if (!wide)
        out->narrow = (uint8_t)(row - narrow_rows);
    out->op = op;
    if (op.rd == 0 && !rd_is_float(decoder->info[row->target].class))
        out->op.rd = X_SINK;
}

const struct insn_info *insn_info(const struct decoder *decoder, enum insn_id id)
{
    return &decoder->info[id];
}

bool insn_ends_block(enum insn_class class, enum insn_id id)
{
    if (class == CLASS_BRANCH || class == CLASS_JAL || class == CLASS_JALR)
        return true;
    return id == INSN_illegal || id == INSN_ecall || id == INSN_ebreak || id == INSN_mret || id == INSN_sret ||
           id == INSN_wfi || id == INSN_fence_i || id == INSN_sfence_vma || id == INSN_sinval_vma;
}
