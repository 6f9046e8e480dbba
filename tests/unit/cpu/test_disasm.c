/* SPDX-License-Identifier: MIT */
/* The disassembler: each format and alias by hand. differential.disasm compares it with those of GNU and LLVM. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "base/splitmix.h"
#include "cpu/disasm.h"

#define PC UINT64_C(0x80000000)

struct expected {
    uint32_t bits;
    const char *text;
};

static const struct expected formats[] = {
    {0x00b50533, "add a0, a0, a1"},
    {0x40b50533, "sub a0, a0, a1"},
    {0xfff58513, "addi a0, a1, -1"},
    {0x80058513, "addi a0, a1, -2048"},
    {0x7ff5c513, "xori a0, a1, 2047"},
    {0xff813083, "ld ra, -8(sp)"},
    {0x7ff00503, "lb a0, 2047(zero)"},
    {0x00113423, "sd ra, 8(sp)"},
    {0xfea42e23, "sw a0, -4(s0)"},
    {0x12345537, "lui a0, 0x12345"},
    {0xfffff517, "auipc a0, 0xfffff"},
    {0x03f51513, "slli a0, a0, 0x3f"},
    {0x41f5551b, "sraiw a0, a0, 0x1f"},
    {0x08b5151b, "slli.uw a0, a0, 0xb"},
    {0x60051513, "clz a0, a0"},
    {0x6b855513, "rev8 a0, a0"},
    {0x0805453b, "zext.h a0, a0"},
    {0x00b50463, "beq a0, a1, 0x80000008"},
    {0xfeb51ee3, "bne a0, a1, 0x7ffffffc"},
    {0x0100056f, "jal a0, 0x80000010"},
    {0x00858567, "jalr a0, 8(a1)"},
    {0x30051573, "csrrw a0, mstatus, a0"},
    {0x7a453573, "csrrc a0, 0x7a4, a0"},
    {0x30046573, "csrrsi a0, mstatus, 8"},
    {0x100525af, "lr.w a1, (a0)"},
    {0x140535af, "lr.d.aq a1, (a0)"},
    {0x1ac5352f, "sc.d.rl a0, a2, (a0)"},
    {0x06c5a52f, "amoadd.w.aqrl a0, a2, (a1)"},
    {0x0310000f, "fence rw, w"},
    {0x0f00000f, "fence iorw, unknown"},
    {0x12b50073, "sfence.vma a0, a1"},
    {0x12b00073, "sfence.vma zero, a1"},
    {0x16050073, "sinval.vma a0, zero"},
    {0x62b50073, "hfence.gvma a0, a1"},
    {0x0045200f, "cbo.zero (a0)"},
    {0x6005c573, "hlv.b a0, (a1)"},
    {0x6435c573, "hlvx.hu a0, (a1)"},
    {0x62b54073, "hsv.b a1, (a0)"},
    {0x00452507, "flw fa0, 4(a0)"},
    {0xfea43c27, "fsd fa0, -8(s0)"},
    {0x02c5f553, "fadd.d fa0, fa1, fa2"},
    {0x00c59553, "fadd.s fa0, fa1, fa2, rtz"},
    {0x00c5d553, "fadd.s fa0, fa1, fa2, unknown"},
    {0x6ac5f543, "fmadd.d fa0, fa1, fa2, fa3"},
    {0x68c58543, "fmadd.s fa0, fa1, fa2, fa3, rne"},
    {0x5a05f553, "fsqrt.d fa0, fa1"},
    {0x28c58553, "fmin.s fa0, fa1, fa2"},
    {0xa2c5a553, "feq.d a0, fa1, fa2"},
    {0xe2059553, "fclass.d a0, fa1"},
    {0xc2059553, "fcvt.w.d a0, fa1, rtz"},
    {0xd0257553, "fcvt.s.l fa0, a0"},
    {0xd2058553, "fcvt.d.w fa0, a1"},
    {0xd205f553, "fcvt.d.w fa0, a1, dyn"},
    {0x42058553, "fcvt.d.s fa0, fa1"},
    {0xe0058553, "fmv.x.w a0, fa1"},
    {0xf2058053, "fmv.d.x ft0, a1"},
    {0x00000073, "ecall"},
    {0x30200073, "mret"},
};

static const struct expected aliases[] = {
    {0x00000013, "nop"},
    {0xfff00513, "li a0, -1"},
    {0x00058513, "mv a0, a1"},
    {0x00b00533, "add a0, zero, a1"},
    {0x0005851b, "sext.w a0, a1"},
    {0xfff5c513, "not a0, a1"},
    {0x0ff5f513, "zext.b a0, a1"},
    {0x0805853b, "zext.w a0, a1"},
    {0x0015b513, "seqz a0, a1"},
    {0x00b03533, "snez a0, a1"},
    {0x0005a533, "sltz a0, a1"},
    {0x00b02533, "sgtz a0, a1"},
    {0x40b00533, "neg a0, a1"},
    {0x40b0053b, "negw a0, a1"},
    {0x00050463, "beqz a0, 0x80000008"},
    {0x00051463, "bnez a0, 0x80000008"},
    {0x00a05463, "blez a0, 0x80000008"},
    {0x00055463, "bgez a0, 0x80000008"},
    {0x00054463, "bltz a0, 0x80000008"},
    {0x00a04463, "bgtz a0, 0x80000008"},
    {0x0000006f, "j 0x80000000"},
    {0xffdff0ef, "jal 0x7ffffffc"},
    {0x00008067, "ret"},
    {0x00078067, "jr a5"},
    {0x00878067, "jr 8(a5)"},
    {0x000780e7, "jalr a5"},
    {0xff8780e7, "jalr -8(a5)"},
    {0x00078567, "jalr a0, a5"},
    {0x0ff0000f, "fence"},
    {0x8330000f, "fence.tso"},
    {0x0100000f, "pause"},
    {0x12000073, "sfence.vma"},
    {0x12050073, "sfence.vma a0"},
    {0x22000073, "hfence.vvma"},
    {0x62050073, "hfence.gvma a0"},
    {0xc0001073, "unimp"},
    {0x30002573, "csrr a0, mstatus"},
    {0x30051073, "csrw mstatus, a0"},
    {0x30052073, "csrs mstatus, a0"},
    {0x30053073, "csrc mstatus, a0"},
    {0x30045073, "csrwi mstatus, 8"},
    {0x30046073, "csrsi mstatus, 8"},
    {0x30047073, "csrci mstatus, 8"},
    {0xc0002573, "rdcycle a0"},
    {0xc0102573, "rdtime a0"},
    {0xc0202573, "rdinstret a0"},
    {0x00302573, "frcsr a0"},
    {0x00351073, "fscsr a0"},
    {0x00359573, "fscsr a0, a1"},
    {0x00202573, "frrm a0"},
    {0x00251073, "fsrm a0"},
    {0x00259573, "fsrm a0, a1"},
    {0x0020d073, "fsrmi 1"},
    {0x0020d573, "fsrmi a0, 1"},
    {0x00102573, "frflags a0"},
    {0x00151073, "fsflags a0"},
    {0x00159573, "fsflags a0, a1"},
    {0x00105073, "fsflagsi 0"},
    {0x00105573, "fsflagsi a0, 0"},
    {0x20b58553, "fmv.s fa0, fa1"},
    {0x22b58553, "fmv.d fa0, fa1"},
    {0x20b59553, "fneg.s fa0, fa1"},
    {0x22b59553, "fneg.d fa0, fa1"},
    {0x20b5a553, "fabs.s fa0, fa1"},
    {0x22b5a553, "fabs.d fa0, fa1"},
    {0xfe056013, "prefetch.i -32(a0)"},
    {0x02156013, "prefetch.r 32(a0)"},
    {0x00356013, "prefetch.w 0(a0)"},
    {0x00256013, "ori zero, a0, 2"},
    {0x00200033, "ntl.p1"},
    {0x00500033, "ntl.all"},
};

static const struct expected narrows[] = {
    {0x0001, "nop"},
    {0x0005, "c.nop 1"},
    {0x1141, "addi sp, sp, -16"},
    {0x7139, "addi sp, sp, -64"},
    {0x0028, "addi a0, sp, 8"},
    {0x0501, "addi a0, a0, 0"},
    {0x4501, "li a0, 0"},
    {0x4015, "c.li zero, 5"},
    {0x757d, "lui a0, 0xfffff"},
    {0x6015, "c.lui zero, 0x5"},
    {0x2501, "sext.w a0, a0"},
    {0x852e, "mv a0, a1"},
    {0x8012, "c.mv zero, tp"},
    {0x952e, "add a0, a0, a1"},
    {0x902e, "c.add zero, a1"},
    {0x900a, "c.ntl.p1"},
    {0x050e, "slli a0, a0, 0x3"},
    {0x0502, "c.slli64 a0"},
    {0x000e, "c.slli zero, 0x3"},
    {0x8101, "c.srli64 a0"},
    {0x8501, "c.srai64 a0"},
    {0x8d0d, "sub a0, a0, a1"},
    {0x60e2, "ld ra, 24(sp)"},
    {0xec06, "sd ra, 24(sp)"},
    {0x2108, "fld fa0, 0(a0)"},
    {0xa001, "j 0x80000000"},
    {0xc501, "beqz a0, 0x80000008"},
    {0x8082, "ret"},
    {0x8502, "jr a0"},
    {0x9502, "jalr a0"},
    {0x9002, "ebreak"},
};

static const struct expected no_instructions[] = {
    {0x0000, "unimp"},          {0x8002, ".half 0x8002"}, {0x6101, ".half 0x6101"}, {0xffffffff, ".word 0xffffffff"},
    {0x0000007f, ".word 0x7f"},
};

/* Fences and conversions that are executed, but whose reserved fields leave them without a name. */
static const struct expected nameless[] = {
    {0x0330008f, ".word 0x330008f"},
    {0x1330000f, ".word 0x1330000f"},
    {0x0000108f, ".word 0x108f"},
    {0xd205d553, ".word 0xd205d553"},
};

static struct decoder *make(const char *cpu)
{
    struct ext_set set = ext_set_default();
    struct error err;
    assert_true(ext_set_parse(&set, cpu, &err));
    struct decoder *decoder = decoder_create(&set);
    assert_non_null(decoder);
    return decoder;
}

static void check(const struct expected *table, size_t count, bool instructions)
{
    struct decoder *decoder = make("");
    for (size_t i = 0; i < count; i++) {
        struct disasm d;
        disasm(decoder, table[i].bits, PC, &d);
        assert_string_equal(d.text, table[i].text);
        assert_int_equal(d.mnemonic != NULL, instructions);
        assert_int_equal(d.length, (table[i].bits & 3) == 3 ? 4 : 2);
    }
    decoder_destroy(decoder);
}

static void each_format_is_written_as_gnu_does(void **unused)
{
    (void)unused;
    check(formats, ARRAY_SIZE(formats), true);
}

static void each_alias_stands_for_its_case(void **unused)
{
    (void)unused;
    check(aliases, ARRAY_SIZE(aliases), true);
}

static void a_16_bit_instruction_is_written_as_what_it_stands_for(void **unused)
{
    (void)unused;
    check(narrows, ARRAY_SIZE(narrows), true);
}

static void what_is_no_instruction_is_written_as_data(void **unused)
{
    (void)unused;
    check(no_instructions, ARRAY_SIZE(no_instructions), false);
}

static void what_is_executed_without_a_name_has_its_rows_mnemonic(void **unused)
{
    (void)unused;
    check(nameless, ARRAY_SIZE(nameless), true);
}

static void an_extension_that_is_off_has_no_instructions(void **unused)
{
    (void)unused;
    static const struct expected without[] = {
        {0x02a58533, ".word 0x2a58533"},    {0x0501, ".half 0x501"},          {0x02156013, "ori zero, a0, 33"},
        {0x00200033, "add zero, zero, sp"}, {0x0100000f, "fence w, unknown"},
    };
    struct decoder *decoder = make("m=off,c=off,zicbop=off,zihintntl=off,zihintpause=off");
    for (size_t i = 0; i < ARRAY_SIZE(without); i++) {
        struct disasm d;
        disasm(decoder, without[i].bits, PC, &d);
        assert_string_equal(d.text, without[i].text);
    }
    decoder_destroy(decoder);
}

static void jumps_and_branches_alone_have_a_target(void **unused)
{
    (void)unused;
    struct decoder *decoder = make("");
    struct disasm d;
    disasm(decoder, 0x0100006f, UINT64_C(0xfffffffffffffff8), &d);
    assert_string_equal(d.text, "j 0x8");
    assert_true(d.has_target);
    assert_int_equal(d.target, 8);
    disasm(decoder, 0xfe051ee3, UINT64_C(0xffffffff80000000), &d);
    assert_string_equal(d.text, "bnez a0, 0xffffffff7ffffffc");
    assert_true(d.has_target);
    assert_int_equal(d.target, UINT64_C(0xffffffff7ffffffc));
    disasm(decoder, 0x00000517, PC, &d);
    assert_false(d.has_target);
    disasm(decoder, 0x00008067, PC, &d);
    assert_false(d.has_target);
    decoder_destroy(decoder);
}

static void the_mnemonic_is_the_rows_and_not_the_aliass(void **unused)
{
    (void)unused;
    struct decoder *decoder = make("");
    struct disasm d;
    disasm(decoder, 0x8082, PC, &d);
    assert_string_equal(d.mnemonic, "jalr");
    disasm(decoder, 0x00000013, PC, &d);
    assert_string_equal(d.mnemonic, "addi");
    decoder_destroy(decoder);
}

static void bits_behind_a_16_bit_instruction_do_not_count(void **unused)
{
    (void)unused;
    struct decoder *decoder = make("");
    struct disasm d;
    disasm(decoder, 0xffff8082, PC, &d);
    assert_string_equal(d.text, "ret");
    disasm(decoder, 0xffff0000, PC, &d);
    assert_string_equal(d.text, "unimp");
    decoder_destroy(decoder);
}

/* The text ends, is printable, and takes one space behind its name, if any. */
static void check_text(const char *text)
{
    size_t length = strnlen(text, DISASM_TEXT_BYTES);
    assert_in_range(length, 1, DISASM_TEXT_BYTES - 2);
    for (size_t i = 0; i < length; i++)
        assert_in_range(text[i], ' ', '~');
    assert_true(text[0] != ' ' && text[length - 1] != ' ' && strstr(text, "  ") == NULL);
}

static void any_word_has_a_text_that_fits_and_the_decoders_length(void **unused)
{
    (void)unused;
    struct decoder *decoder = make("");
    uint64_t seed = 1;
    for (unsigned n = 0; n < 200000; n++) {
        uint64_t random = splitmix_next(&seed);
        uint32_t bits = (uint32_t)random | (n % 2 ? 3 : 0);
        struct decoded decoded;
        decode(decoder, bits, &decoded);
        struct disasm d;
        memset(&d, 0x7f, sizeof d);
        disasm(decoder, bits, UINT64_C(0xffffffff00000000) | random, &d);
        check_text(d.text);
        assert_int_equal(d.length, decoded.length);
        assert_int_equal(d.mnemonic == NULL, decoded.id == INSN_illegal);
    }
    decoder_destroy(decoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_format_is_written_as_gnu_does),
        cmocka_unit_test(each_alias_stands_for_its_case),
        cmocka_unit_test(a_16_bit_instruction_is_written_as_what_it_stands_for),
        cmocka_unit_test(what_is_no_instruction_is_written_as_data),
        cmocka_unit_test(what_is_executed_without_a_name_has_its_rows_mnemonic),
        cmocka_unit_test(an_extension_that_is_off_has_no_instructions),
        cmocka_unit_test(jumps_and_branches_alone_have_a_target),
        cmocka_unit_test(the_mnemonic_is_the_rows_and_not_the_aliass),
        cmocka_unit_test(bits_behind_a_16_bit_instruction_do_not_count),
        cmocka_unit_test(any_word_has_a_text_that_fits_and_the_decoders_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
