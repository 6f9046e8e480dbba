/* SPDX-License-Identifier: MIT */
/* The decoder against the official opcode tables: which encodings are instructions, which one, and with what operands. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "cpu/decode.h"
#include "cpu/opcode_tables.h"

/* A 16-bit instruction as the 32-bit one it stands for: which registers are implied and where the immediate's bits come
 * from, in the manual's words: "bits of the instruction=bits of the immediate". s: sign-extended from the highest. */
static const struct narrow {
    const char *name;
    const char *target;
    int rd, rs1, rs2; /* implied registers; -1: not implied */
    const char *immediate;
} narrows[] = {
    {"c.addi4spn", "addi", -1, 2, -1, "12:11=5:4 10:7=9:6 6:6=2:2 5:5=3:3"},
    {"c.lw", "lw", -1, -1, -1, "12:10=5:3 6:6=2:2 5:5=6:6"},
    {"c.ld", "ld", -1, -1, -1, "12:10=5:3 6:5=7:6"},
    {"c.fld", "fld", -1, -1, -1, "12:10=5:3 6:5=7:6"},
    {"c.sw", "sw", -1, -1, -1, "12:10=5:3 6:6=2:2 5:5=6:6"},
    {"c.sd", "sd", -1, -1, -1, "12:10=5:3 6:5=7:6"},
    {"c.fsd", "fsd", -1, -1, -1, "12:10=5:3 6:5=7:6"},
    {"c.nop", "addi", 0, 0, -1, "s12:12=5:5 6:2=4:0"},
    {"c.addi", "addi", -1, -1, -1, "s12:12=5:5 6:2=4:0"},
    {"c.addiw", "addiw", -1, -1, -1, "s12:12=5:5 6:2=4:0"},
    {"c.li", "addi", -1, 0, -1, "s12:12=5:5 6:2=4:0"},
    {"c.addi16sp", "addi", 2, 2, -1, "s12:12=9:9 6:6=4:4 5:5=6:6 4:3=8:7 2:2=5:5"},
    {"c.lui", "lui", -1, -1, -1, "s12:12=17:17 6:2=16:12"},
    {"c.srli", "srli", -1, -1, -1, "12:12=5:5 6:2=4:0"},
    {"c.srai", "srai", -1, -1, -1, "12:12=5:5 6:2=4:0"},
    {"c.andi", "andi", -1, -1, -1, "s12:12=5:5 6:2=4:0"},
    {"c.sub", "sub", -1, -1, -1, NULL},
    {"c.xor", "xor", -1, -1, -1, NULL},
    {"c.or", "or", -1, -1, -1, NULL},
    {"c.and", "and", -1, -1, -1, NULL},
    {"c.subw", "subw", -1, -1, -1, NULL},
    {"c.addw", "addw", -1, -1, -1, NULL},
    {"c.j", "jal", 0, -1, -1, "s12:12=11:11 11:11=4:4 10:9=9:8 8:8=10:10 7:7=6:6 6:6=7:7 5:3=3:1 2:2=5:5"},
    {"c.beqz", "beq", -1, -1, 0, "s12:12=8:8 11:10=4:3 6:5=7:6 4:3=2:1 2:2=5:5"},
    {"c.bnez", "bne", -1, -1, 0, "s12:12=8:8 11:10=4:3 6:5=7:6 4:3=2:1 2:2=5:5"},
    {"c.slli", "slli", -1, -1, -1, "12:12=5:5 6:2=4:0"},
    {"c.fldsp", "fld", -1, 2, -1, "12:12=5:5 6:5=4:3 4:2=8:6"},
    {"c.lwsp", "lw", -1, 2, -1, "12:12=5:5 6:4=4:2 3:2=7:6"},
    {"c.ldsp", "ld", -1, 2, -1, "12:12=5:5 6:5=4:3 4:2=8:6"},
    {"c.jr", "jalr", 0, -1, -1, ""},
    {"c.mv", "add", -1, 0, -1, NULL},
    {"c.ebreak", "ebreak", -1, -1, -1, NULL},
    {"c.jalr", "jalr", 1, -1, -1, ""},
    {"c.add", "add", -1, -1, -1, NULL},
    {"c.fsdsp", "fsd", -1, 2, -1, "12:10=5:3 9:7=8:6"},
    {"c.swsp", "sw", -1, 2, -1, "12:9=5:2 8:7=7:6"},
    {"c.sdsp", "sd", -1, 2, -1, "12:10=5:3 9:7=8:6"},
};

/* The same for 32-bit instructions, by the name of the field that tells the form; branches and stores have theirs in two. */
static const struct {
    const char *field;
    const char *immediate;
} forms[] = {
    {"imm12", "s31:20=11:0"},
    {"imm12lo", "s31:25=11:5 11:7=4:0"},
    {"bimm12lo", "s31:31=12:12 30:25=10:5 11:8=4:1 7:7=11:11"},
    {"imm20", "s31:12=31:12"},
    {"jimm20", "s31:31=20:20 30:21=10:1 20:20=11:11 19:12=19:12"},
    {"shamtd", "25:20=5:0"},
    {"shamtw", "24:20=4:0"},
};

static int32_t gather(uint32_t bits, const char *pieces)
{
    uint32_t value = 0;
    unsigned top = 0, from_high, from_low, to_high, to_low;
    bool is_signed = *pieces == 's';
    int length;
    pieces += is_signed;
    while (sscanf(pieces, "%u:%u=%u:%u%n", &from_high, &from_low, &to_high, &to_low, &length) == 4) {
        assert_int_equal(from_high - from_low, to_high - to_low);
        value |= (bits >> from_low & (uint32_t)((UINT64_C(2) << (from_high - from_low)) - 1)) << to_low;
        top = to_high > top ? to_high : top;
        pieces += length + (pieces[length] == ' ');
    }
    if (is_signed && top < 31 && (value >> top & 1))
        value |= ~UINT32_C(0) << top;
    return (int32_t)value;
}

static struct decoder *make(const struct ext_set *set)
{
    struct decoder *decoder = decoder_create(set);
    assert_non_null(decoder);
    return decoder;
}

static uint64_t random_state = 88172645463325252u;

static uint32_t random32(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state * UINT64_C(0x2545f4914f6cdd1d) >> 32);
}

/* Half of the words are drawn at random, half near an instruction: one with up to two bits turned. */
static uint32_t random_word(const struct opcode_tables *tables)
{
    if (random32() & 1)
        return random32() | 3;
    const struct opcode *o = &tables->opcode[random32() % tables->count];
    uint32_t bits = o->match | (random32() & ~o->mask);
    for (unsigned turned = random32() % 3; turned > 0; turned--)
        bits ^= UINT32_C(1) << random32() % 32;
    return bits;
}

static const struct narrow *narrow_named(const char *name)
{
    for (unsigned i = 0; i < ARRAY_SIZE(narrows); i++)
        if (strcmp(narrows[i].name, name) == 0)
            return &narrows[i];
    fail_msg("%s is not in the test's table", name);
    return NULL;
}

static bool ends_with(const char *text, const char *end)
{
    size_t a = strlen(text), b = strlen(end);
    return a >= b && strcmp(text + a - b, end) == 0;
}

/* By the manual's listing of F and D: what writes f[rd]. */
static bool rd_is_float(const char *name)
{
    if (*name != 'f' || strncmp(name, "fence", 5) == 0 || strncmp(name, "fclass", 6) == 0 || strncmp(name, "fmv.x", 5) == 0)
        return false;
    if (strncmp(name, "feq", 3) == 0 || strncmp(name, "flt", 3) == 0 || strncmp(name, "fle", 3) == 0)
        return false;
    return strncmp(name, "fcvt.w", 6) != 0 && strncmp(name, "fcvt.l", 6) != 0;
}

/* What a field of a 16-bit instruction that names a register says, or -1. */
static int narrow_register(const struct opcode *o, uint32_t bits, const char *const names[])
{
    for (unsigned i = 0; names[i] != NULL; i++) {
        const struct opcode_field *f = opcode_field(o, names[i]);
        if (f != NULL)
            return (int)(bits >> f->low & (f->high - f->low == 2 ? 7 : 31)) + (f->high - f->low == 2 ? 8 : 0);
    }
    return -1;
}

struct expected {
    const char *name;
    int rd, rs1, rs2; /* -1: the instruction has none */
    bool has_imm;
    int32_t imm;
};

static void expect_narrow(const struct opcode *o, uint32_t bits, struct expected *e)
{
    static const char *const rd[] = {"rd", "rd_p", "rd_n0", "rd_n2", "rd_rs1_n0", "rd_rs1_p", NULL};
    static const char *const rs1[] = {"rs1_p", "rs1_n0", "c_rs1_n0", "rd_rs1_n0", "rd_rs1_p", NULL};
    static const char *const rs2[] = {"rs2_p", "c_rs2", "c_rs2_n0", NULL};
    const struct narrow *n = narrow_named(o->name);
    e->name = n->target;
    e->rd = n->rd >= 0 ? n->rd : narrow_register(o, bits, rd);
    e->rs1 = n->rs1 >= 0 ? n->rs1 : narrow_register(o, bits, rs1);
    e->rs2 = n->rs2 >= 0 ? n->rs2 : narrow_register(o, bits, rs2);
    e->has_imm = n->immediate != NULL;
    e->imm = n->immediate != NULL ? gather(bits, n->immediate) : 0;
}

static void expect_wide(const struct opcode *o, uint32_t bits, struct expected *e)
{
    *e = (struct expected){.name = o->name, .rd = -1, .rs1 = -1, .rs2 = -1};
    if (opcode_field(o, "rd") != NULL)
        e->rd = (int)(bits >> 7 & 31);
    if (opcode_field(o, "rs1") != NULL || opcode_field(o, "zimm5") != NULL)
        e->rs1 = (int)(bits >> 15 & 31);
    if (opcode_field(o, "rs2") != NULL)
        e->rs2 = (int)(bits >> 20 & 31);
    if (strcmp(o->name, "fence.i") == 0)
        return;
    for (unsigned i = 0; i < ARRAY_SIZE(forms); i++) {
        if (opcode_field(o, forms[i].field) == NULL)
            continue;
        e->has_imm = true;
        e->imm = gather(bits, forms[i].immediate);
    }
    /* op.h: SYS and FP rows get the instruction's own bits. */
    if (opcode_field(o, "csr") != NULL || opcode_field(o, "rm") != NULL) {
        e->has_imm = true;
        e->imm = (int32_t)bits;
    }
}

static void check_operands(const struct opcode *o, uint32_t bits, const struct decoded *d, const char *mnemonic)
{
    struct expected e;
    if (o->narrow)
        expect_narrow(o, bits, &e);
    else
        expect_wide(o, bits, &e);
    int rd = e.rd == 0 && !rd_is_float(e.name) ? 32 : e.rd;
    bool right = strcmp(mnemonic, e.name) == 0 && (rd < 0 || d->op.rd == rd) && (e.rs1 < 0 || d->op.rs1 == e.rs1) &&
                 (e.rs2 < 0 || d->op.rs2 == e.rs2) && (!e.has_imm || d->op.imm == e.imm);
    if (!right)
        fail_msg("%08x: %s %s rd %d rs1 %d rs2 %d imm %d, decoded as %s rd %d rs1 %d rs2 %d imm %d", bits, o->name, e.name,
                 rd, e.rs1, e.rs2, e.imm, mnemonic, d->op.rd, d->op.rs1, d->op.rs2, d->op.imm);
}

static void check(const struct opcode_tables *tables, const struct ext_set *set, const struct decoder *decoder,
                  uint32_t bits)
{
    struct decoded d;
    decode(decoder, bits, &d);
    bool wide = (bits & 3) == 3;
    assert_int_equal(d.length, wide ? 4 : 2);
    const struct opcode *o = opcode_find(tables, set, bits);
    if ((o == NULL) != (d.id == INSN_illegal))
        fail_msg("%08x: %s by the tables, %s by the decoder", bits, o == NULL ? "illegal" : o->name,
                 insn_info(decoder, d.id)->mnemonic);
    if (o == NULL)
        assert_int_equal((uint32_t)d.op.imm, wide ? bits : bits & 0xffff);
    else
        check_operands(o, wide ? bits : bits & 0xffff, &d, insn_info(decoder, d.id)->mnemonic);
}

static void every_16_bit_encoding_is_what_the_tables_say(void **unused)
{
    (void)unused;
    const struct opcode_tables *tables = opcode_tables_read();
    struct ext_set set = ext_set_default();
    struct decoder *decoder = make(&set);
    for (uint32_t bits = 0; bits < 65536; bits++)
        if ((bits & 3) != 3)
            check(tables, &set, decoder, bits | random32() << 16);
    decoder_destroy(decoder);
}

static void random_32_bit_words_are_what_the_tables_say(void **unused)
{
    (void)unused;
    const struct opcode_tables *tables = opcode_tables_read();
    struct ext_set set = ext_set_default();
    struct decoder *decoder = make(&set);
    const char *scale = getenv("MICROVM_TEST_SCALE");
    uint64_t words = 1000000 * (scale != NULL ? strtoull(scale, NULL, 10) : 1);
    for (uint64_t i = 0; i < words; i++)
        check(tables, &set, decoder, random_word(tables));
    decoder_destroy(decoder);
}

/* An extension that is off takes its instructions with it, and no others. */
static void each_extension_gates_exactly_its_instructions(void **unused)
{
    (void)unused;
    const struct opcode_tables *tables = opcode_tables_read();
    for (unsigned ext = 1; ext < EXT_COUNT; ext++) {
        struct ext_set set = ext_set_default();
        char text[64];
        snprintf(text, sizeof text, "%s=off", ext_info((enum ext)ext)->name);
        assert_true(ext_set_parse(&set, text, NULL));
        struct decoder *decoder = make(&set);
        for (unsigned i = 0; i < tables->count; i++)
            for (unsigned n = 0; n < 20; n++)
                check(tables, &set, decoder, tables->opcode[i].match | (random32() & ~tables->opcode[i].mask));
        for (uint32_t bits = 0; bits < 65536; bits += 1 + random32() % 8)
            if ((bits & 3) != 3)
                check(tables, &set, decoder, bits);
        decoder_destroy(decoder);
    }
}

static void every_row_fixes_the_bits_that_the_tables_fix(void **unused)
{
    (void)unused;
    const struct opcode_tables *tables = opcode_tables_read();
    struct ext_set set = ext_set_default();
    struct decoder *decoder = make(&set);
    for (unsigned id = 0; id < INSN_COUNT; id++) {
        const struct insn_info *info = insn_info(decoder, (enum insn_id)id);
        const struct opcode *o = opcode_named(tables, info->mnemonic);
        if (o == NULL)
            fail_msg("%s is not in the tables", info->mnemonic);
        if (info->mask != o->mask || info->match != o->match)
            fail_msg("%s: mask %08x match %08x, in the tables %08x %08x", info->mnemonic, info->mask, info->match, o->mask,
                     o->match);
    }
    decoder_destroy(decoder);
}

static void every_instruction_of_the_tables_has_a_row(void **unused)
{
    (void)unused;
    const struct opcode_tables *tables = opcode_tables_read();
    struct ext_set set = ext_set_default();
    struct decoder *decoder = make(&set);
    unsigned wide = 0;
    for (unsigned i = 0; i < tables->count; i++) {
        const struct opcode *o = &tables->opcode[i];
        wide += !o->narrow;
        if (o->narrow)
            narrow_named(o->name);
    }
    assert_int_equal(wide, INSN_COUNT);
    decoder_destroy(decoder);
}

/* The rows' patterns as text, with those of the 16-bit instructions. */
static const struct {
    const char *name;
    const char *pattern;
} patterns[] = {
#define INSN(id, mnemonic, format, pattern, ext, class, expr, tag) {mnemonic, pattern},
#include "cpu/insn.def"
#undef INSN
#define CINSN(id, mnemonic, format, pattern, ext, target, nonzero, tag) {mnemonic, pattern},
#include "cpu/insn_c.def"
#undef CINSN
};

/* True if some word matches both: no bit is 0 in one and 1 in the other. */
static bool overlap(const char *a, const char *b)
{
    for (;;) {
        while (*a == ' ')
            a++;
        while (*b == ' ')
            b++;
        if (*a == '\0' || *b == '\0')
            return *a == *b; /* of the same length */
        if (*a != '.' && *b != '.' && *a != *b)
            return false;
        a++;
        b++;
    }
}

static bool overlap_is_meant(const char *first, const char *second)
{
    static const char *const pairs[][2] = {
        {"pause", "fence"}, {"c.addi16sp", "c.lui"}, {"c.jr", "c.mv"},
        {"c.ebreak", "c.jalr"}, {"c.ebreak", "c.add"}, {"c.jalr", "c.add"},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(pairs); i++)
        if (strcmp(pairs[i][0], first) == 0 && strcmp(pairs[i][1], second) == 0)
            return true;
    return false;
}

static void rows_overlap_only_where_the_special_one_stands_first(void **unused)
{
    (void)unused;
    for (unsigned i = 0; i < ARRAY_SIZE(patterns); i++)
        for (unsigned k = i + 1; k < ARRAY_SIZE(patterns); k++)
            if (overlap(patterns[i].pattern, patterns[k].pattern) &&
                !overlap_is_meant(patterns[i].name, patterns[k].name))
                fail_msg("%s and %s overlap", patterns[i].name, patterns[k].name);
}

static void blocks_end_behind_every_jump_and_what_changes_the_flow(void **unused)
{
    (void)unused;
    static const char *const ending[] = {"ecall", "ebreak", "mret", "sret", "wfi", "fence.i", "sfence.vma", "sinval.vma",
                                         "jal", "jalr"};
    struct ext_set set = ext_set_default();
    struct decoder *decoder = make(&set);
    for (unsigned i = 0; i < ARRAY_SIZE(ending); i++)
        for (unsigned id = 0; id < INSN_COUNT; id++) {
            const struct insn_info *info = insn_info(decoder, (enum insn_id)id);
            if (strcmp(info->mnemonic, ending[i]) == 0 || (*info->mnemonic == 'b' && ends_with(info->mnemonic, "ltu")))
                assert_true(insn_ends_block(info->class, (enum insn_id)id));
        }
    assert_true(insn_ends_block(CLASS_SYS, INSN_illegal));
    assert_false(insn_ends_block(CLASS_ALU, INSN_addi));
    decoder_destroy(decoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_fixes_the_bits_that_the_tables_fix),
        cmocka_unit_test(every_instruction_of_the_tables_has_a_row),
        cmocka_unit_test(rows_overlap_only_where_the_special_one_stands_first),
        cmocka_unit_test(every_16_bit_encoding_is_what_the_tables_say),
        cmocka_unit_test(random_32_bit_words_are_what_the_tables_say),
        cmocka_unit_test(each_extension_gates_exactly_its_instructions),
        cmocka_unit_test(blocks_end_behind_every_jump_and_what_changes_the_flow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
