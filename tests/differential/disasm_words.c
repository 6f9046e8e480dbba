/* SPDX-License-Identifier: MIT */
/* disasm_words COUNT SEED WORDS TEXT: writes instructions to the file WORDS, as they lie in memory from 0x80000000, and to
 * TEXT a line for each: address, bits, the row's mnemonic or -, and what the disassembler makes of it.
 *
 * First come every 16-bit encoding, each CSR number and each row of insn.def with many operands, then COUNT random ones. Those longer than 32
 * bits are left out: references see one instruction there, and microvm, which knows none, two or more. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/compiler.h"
#include "base/splitmix.h"
#include "cpu/csr.h"
#include "cpu/disasm.h"

#define PC UINT64_C(0x80000000)
#define OPCODE_SYSTEM 0x73u
#define CSRRS_A0_A1 (OPCODE_SYSTEM | 2u << 12 | 10u << 7 | 11u << 15)

struct output {
    const struct decoder *decoder;
    FILE *words;
    FILE *text;
    uint64_t pc;
    uint64_t seed;
};

static uint32_t random32(struct output *o)
{
    return (uint32_t)splitmix_next(&o->seed);
}

static bool is_long(uint32_t bits)
{
    return (bits & 0x1f) == 0x1f;
}

static void emit(struct output *o, uint32_t bits)
{
    struct disasm d;
    if (is_long(bits))
        return;
    disasm(o->decoder, bits, o->pc, &d);
    if (d.length == 2)
        bits &= 0xffff;
    fprintf(o->text, "%" PRIx64 " %0*" PRIx32 " %s %s\n", o->pc, 2 * (int)d.length, bits,
            d.mnemonic != NULL ? d.mnemonic : "-", d.text);
    for (unsigned i = 0; i < d.length; i++)
        fputc((int)(bits >> 8 * i & 0xff), o->words);
    o->pc += d.length;
}

/* The fields in which nearly all instructions have their operands, and numbers that some alias looks for in them. */
static const uint8_t rds[] = {0, 1}, rs1s[] = {0, 1}, rs2s[] = {0, 1, 2, 3, 4, 5, 19, 31};
static const uint8_t uppers[] = {0, 7, 65, 96, 127};

/* The n-th of them, or past the end a random number. */
static uint32_t operand(struct output *o, const uint8_t *special, size_t count, unsigned n)
{
    return n < count ? special[n] : random32(o);
}

static uint32_t with_operands(uint32_t bits, uint32_t rd, uint32_t rs1, uint32_t rs2, uint32_t upper)
{
    return (bits & 0x707f) | (rd & 31) << 7 | (rs1 & 31) << 15 | (rs2 & 31) << 20 | upper << 25;
}

/* Instructions of a row with each mix of special and random operands. */
static void emit_row(struct output *o, const struct insn_info *info)
{
    for (unsigned d = 0; d <= ARRAY_SIZE(rds); d++)
        for (unsigned t = 0; t <= ARRAY_SIZE(rs2s); t++)
            for (unsigned u = 0; u <= ARRAY_SIZE(uppers); u++)
                for (unsigned s = 0; s <= ARRAY_SIZE(rs1s) + 1; s++) {
                    uint32_t rs2 = operand(o, rs2s, ARRAY_SIZE(rs2s), t);
                    uint32_t rs1 = s > ARRAY_SIZE(rs1s) ? rs2 : operand(o, rs1s, ARRAY_SIZE(rs1s), s);
                    uint32_t bits = with_operands(random32(o), operand(o, rds, ARRAY_SIZE(rds), d), rs1, rs2,
                                                  operand(o, uppers, ARRAY_SIZE(uppers), u));
                    emit(o, (bits & ~info->mask) | info->match);
                }
}

static uint32_t with_csr(struct output *o, uint32_t bits)
{
    unsigned count = 0;
    while (csr_info(count) != NULL)
        count++;
    return (bits & 0xfffff) | (uint32_t)csr_info(random32(o) % count)->number << 20;
}

static uint32_t instruction_of(struct output *o, const struct insn_info *info)
{
    uint32_t bits = random32(o);
    if ((info->match & 0x7f) == OPCODE_SYSTEM && random32(o) % 2)
        bits = with_csr(o, bits);
    return (bits & ~info->mask) | info->match;
}

static uint32_t with_turned_bits(struct output *o, uint32_t bits)
{
    for (unsigned turned = random32(o) % 3; turned > 0; turned--)
        bits ^= UINT32_C(1) << random32(o) % 32;
    return bits;
}

static uint32_t random_instruction(struct output *o)
{
    const struct insn_info *info = insn_info(o->decoder, random32(o) % INSN_COUNT);
    switch (random32(o) % 8) {
    case 0: return random32(o);
    case 1: return random32(o) | 3;
    case 2: return (random32(o) & ~UINT32_C(0x7f)) | (info->match & 0x7f);
    case 3: return (random32(o) & ~UINT32_C(0x707f)) | (info->match & 0x707f);
    default: return with_turned_bits(o, instruction_of(o, info));
    }
}

static void emit_all(struct output *o, unsigned long count)
{
    for (uint32_t bits = 0; bits < 0x10000; bits++)
        if ((bits & 3) != 3)
            emit(o, bits);
    for (uint32_t number = 0; number < 4096; number++)
        emit(o, CSRRS_A0_A1 | number << 20);
    for (unsigned id = 0; id < INSN_COUNT; id++)
        emit_row(o, insn_info(o->decoder, id));
    while (count-- > 0)
        emit(o, random_instruction(o));
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return 2;
    struct ext_set all = ext_set_default();
    struct decoder *decoder = decoder_create(&all);
    struct output o = {decoder, fopen(argv[3], "wb"), fopen(argv[4], "w"), PC, strtoull(argv[2], NULL, 0)};
    bool opened = decoder != NULL && o.words != NULL && o.text != NULL;
    if (opened)
        emit_all(&o, strtoul(argv[1], NULL, 0));
    bool written = opened && ferror(o.words) == 0 && ferror(o.text) == 0 && fclose(o.words) == 0 && fclose(o.text) == 0;
    decoder_destroy(decoder);
    return written ? 0 : 1;
}
