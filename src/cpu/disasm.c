/* SPDX-License-Identifier: MIT */
#include "cpu/disasm.h"

#include <string.h>

#include "cpu/csr.h"
#include "cpu/register.h"

/* What is being written, and where to. */
struct writer {
    const struct insn_info *info;
    struct op op;
    uint32_t bits;
    uint64_t pc;
    struct disasm *out;
    unsigned used; /* bytes of out->text */
};

/* norm:F_rm_field: two are reserved, and such an instruction traps when it is executed. */
static const char *const rounding_names[8] = {"rne", "rtz", "rdn", "rup", "rmm", "unknown", "unknown", "dyn"};

static const char *const order_names[4] = {"", ".rl", ".aq", ".aqrl"};

static const char *const fence_names[16] = {
    "unknown", "w", "r", "rw", "o", "ow", "or", "orw", "i", "iw", "ir", "irw", "io", "iow", "ior", "iorw",
};

enum format {
#define FORMAT(id, text) FORMAT_##id,
#include "cpu/format.def"
#undef FORMAT
};

static const char *const format_texts[] = {
#define FORMAT(id, text) text,
#include "cpu/format.def"
#undef FORMAT
};

static const uint8_t format_of[INSN_COUNT] = {
#define INSN(id, mnemonic, format, pattern, ext, class, expr, tag) FORMAT_##format,
#include "cpu/insn.def"
#undef INSN
};

static void put_char(struct writer *w, char c)
{
    if (w->used < DISASM_TEXT_BYTES - 1)
        w->out->text[w->used++] = c;
}

static void put_text(struct writer *w, const char *text)
{
    for (; *text != '\0'; text++)
        put_char(w, *text);
}

static void put_number(struct writer *w, uint64_t value, unsigned base)
{
    char digits[20];
    unsigned count = 0;
    do
        digits[count++] = "0123456789abcdef"[value % base];
    while ((value /= base) != 0);
    while (count > 0)
        put_char(w, digits[--count]);
}

static void put_decimal(struct writer *w, int64_t value)
{
    if (value < 0)
        put_char(w, '-');
    put_number(w, value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

static void put_hex(struct writer *w, uint64_t value)
{
    put_text(w, "0x");
    put_number(w, value, 16);
}

static void put_csr(struct writer *w, unsigned number)
{
    const char *name = csr_name(number);
    if (name != NULL)
        put_text(w, name);
    else
        put_hex(w, number);
}

static void put_target(struct writer *w)
{
    w->out->has_target = true;
    w->out->target = w->pc + (uint64_t)(int64_t)w->op.imm;
    put_hex(w, w->out->target);
}

/* implied: the mode that goes without saying. */
static void put_rounding(struct writer *w, unsigned implied)
{
    unsigned mode = w->bits >> 12 & 7;
    if (mode == implied)
        return;
    put_text(w, ", ");
    put_text(w, rounding_names[mode]);
}

/* What %letter stands for: see format.def. */
static void put_field(struct writer *w, char letter)
{
    const struct op *op = &w->op;
    switch (letter) {
    case 'm': put_text(w, w->info->mnemonic); break;
    case 'a': put_text(w, order_names[w->bits >> 25 & 3]); break;
    case 'd': put_text(w, register_x_name(op->rd % 32)); break; /* X_SINK, too, is x0 */
    case 's': put_text(w, register_x_name(op->rs1)); break;
    case 't': put_text(w, register_x_name(op->rs2)); break;
    case 'D': put_text(w, register_f_name(op->rd)); break;
    case 'S': put_text(w, register_f_name(op->rs1)); break;
    case 'T': put_text(w, register_f_name(op->rs2)); break;
    case 'U': put_text(w, register_f_name(w->bits >> 27)); break;
    case 'i': put_decimal(w, op->imm); break;
    case 'h': put_hex(w, (uint32_t)op->imm); break;
    case 'u': put_hex(w, (uint32_t)op->imm >> 12 & 0xfffff); break;
    case 'o': put_decimal(w, op->imm & ~31); break;
    case 'p': put_target(w); break;
    case 'c': put_csr(w, w->bits >> 20); break;
    case 'z': put_decimal(w, op->rs1); break;
    case 'P': put_text(w, fence_names[w->bits >> 24 & 15]); break;
    case 'Q': put_text(w, fence_names[w->bits >> 20 & 15]); break;
    case 'r': put_rounding(w, 7); break;
    case 'e': put_rounding(w, 0); break;
    default: put_hex(w, w->bits); break;
    }
}

static void put_format(struct writer *w, const char *format)
{
    for (; *format != '\0'; format++) {
        if (*format == '%')
            put_field(w, *++format);
        else
            put_char(w, *format);
    }
    w->out->text[w->used] = '\0';
}

/* The words of alias.def's conditions. */
#define RD (d->op.rd % 32)
#define RS1 (d->op.rs1)
#define RS2 (d->op.rs2)
#define IMM (d->op.imm)
#define WORD (bits)
#define NARROW (d->length == 2)
#define CSR (bits >> 20)
#define PRED (bits >> 24 & 15)
#define SUCC (bits >> 20 & 15)
#define FM (bits >> 28)
#define RM (bits >> 12 & 7)
#define HAS(ext) decoder_has(decoder, EXT_##ext)

static const char *format_for(const struct decoder *decoder, const struct decoded *d, uint32_t bits)
{
    const unsigned id = d->id, narrow = d->narrow;
    return
#define CALIAS(row, condition, text) narrow == NARROW_##row && (condition) ? text:
#define ALIAS(row, condition, text) id == INSN_##row && (condition) ? text:
#include "cpu/alias.def"
        format_texts[format_of[id]];
}

void disasm(const struct decoder *decoder, uint32_t bits, uint64_t pc, struct disasm *out)
{
    struct decoded d;
    decode(decoder, bits, &d);
    if (d.length == 2)
        bits &= 0xffff;
    *out = (struct disasm){.length = d.length};
    struct writer w = {insn_info(decoder, d.id), d.op, bits, pc, out, 0};
    if (d.id != INSN_illegal)
        out->mnemonic = w.info->mnemonic;
    put_format(&w, format_for(decoder, &d, bits));
}
