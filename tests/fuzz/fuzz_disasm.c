/* SPDX-License-Identifier: MIT */
/* The disassembler: 8 bytes choose the extensions, 8 are the pc, each further 4 an instruction. */
#include <ctype.h>
#include <string.h>

#include "cpu/disasm.h"
#include "fuzz.h"

static struct ext_set take_extensions(struct fuzz_input *input)
{
    struct ext_set set = ext_set_default();
    uint64_t off = fuzz_take(input, 8);
    for (unsigned i = 0; i < EXT_COUNT; i++)
        set.has[i] = set.has[i] && !(off >> i & 1);
    return set;
}

static void check_text(const struct disasm *d)
{
    size_t length = strnlen(d->text, sizeof d->text);
    EXPECT(length != 0 && length < sizeof d->text);
    for (size_t i = 0; i < length; i++)
        EXPECT(isprint((unsigned char)d->text[i]));
}

static void check(const struct decoder *decoder, uint32_t bits, uint64_t pc)
{
    struct decoded decoded;
    struct disasm d;
    decode(decoder, bits, &decoded);
    memset(&d, 0xff, sizeof d);
    disasm(decoder, bits, pc, &d);
    check_text(&d);
    EXPECT(d.length == decoded.length);
    if (decoded.id == INSN_illegal) {
        EXPECT(d.mnemonic == NULL && (d.text[0] == '.' || strcmp(d.text, "unimp") == 0));
        return;
    }
    enum insn_class class = insn_info(decoder, decoded.id)->class;
    EXPECT(d.mnemonic == insn_info(decoder, decoded.id)->mnemonic);
    EXPECT(d.has_target == (class == CLASS_BRANCH || class == CLASS_JAL));
    EXPECT(!d.has_target || d.target == pc + (uint64_t)(int64_t)decoded.op.imm);
}

/* The last one is kept: making a decoder takes far longer than an instruction. */
static const struct decoder *decoder_for(const struct ext_set *set)
{
    static struct ext_set last;
    static struct decoder *decoder;
    if (decoder != NULL && memcmp(set, &last, sizeof last) == 0)
        return decoder;
    decoder_destroy(decoder);
    last = *set;
    return decoder = decoder_create(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct ext_set set = take_extensions(&input);
    uint64_t pc = fuzz_take(&input, 8);
    const struct decoder *decoder = decoder_for(&set);
    while (decoder != NULL && input.left != 0)
        check(decoder, (uint32_t)fuzz_take(&input, 4), pc);
    return 0;
}
