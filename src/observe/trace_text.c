/* SPDX-License-Identifier: MIT */
/* A trace for people: one line for each instruction or event, in columns. What an instruction did in memory and to CSRs
 * stands behind it. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "cpu/csr.h"
#include "cpu/disasm.h"
#include "cpu/register.h"
#include "cpu/trap.h"
#include "mmu/walk.h"
#include "observe/trace_output.h"
#include "sbi/sbi.h"

#define LINE_BYTES 1024
#define SYMBOL_COLUMNS 24
#define INSN_COLUMNS 32
/* Legacy extensions give one value back. */
#define SBI_LEGACY_LAST 0xf

/* The columns from the pc on of an instruction that was printed before: loops print few of them many times. */
#define KNOWN_INSNS 4096
#define KNOWN_BYTES 232
struct known_insn {
    uint64_t pc;
    uint32_t bits;
    uint16_t length; /* 0: none */
    char text[KNOWN_BYTES];
};

struct text {
    struct known_insn known[KNOWN_INSNS];
    struct trace_file file;
    struct trace_names names;
    bool has_symbols;
    char line[LINE_BYTES]; /* not yet complete: records of the same instruction may follow */
    size_t used;           /* 0: no line is open */
    uint64_t step;         /* of the open line, and its hart: */
    uint8_t hart;
    struct trace_record call; /* of the SBI, until it returns */
};

static PRINTF_FORMAT(2, 3) void add(struct text *t, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(t->line + t->used, LINE_BYTES - t->used, format, arguments);
    va_end(arguments);
    t->used += (size_t)length < LINE_BYTES - t->used ? (size_t)length : LINE_BYTES - 1 - t->used;
}

static void end_line(struct text *t)
{
    if (t->used == 0)
        return;
    while (t->used > 0 && t->line[t->used - 1] == ' ')
        t->used--;
    fwrite(t->line, 1, t->used, t->file.stream);
    fputc('\n', t->file.stream);
    t->used = 0;
}

/* Fills up with blanks to so many columns behind `from`. */
static void pad(struct text *t, size_t from, size_t columns)
{
    while (t->used < from + columns && t->used < LINE_BYTES - 1)
        t->line[t->used++] = ' ';
}

static const char *mode_name(uint8_t mode)
{
    static const char *const names[] = {"U", "S", "?", "M", "VU", "VS", "?", "?"};
    return names[mode & 7];
}

static void add_symbol(struct text *t, uint64_t address)
{
    struct symbol_place place;
    if (!t->has_symbols || !symbols_at(t->names.symbols, address, &place))
        return;
    add(t, place.offset != 0 ? "<%.100s+0x%" PRIx64 ">" : "<%.100s>", place.name, place.offset);
}

/* An address that code leads to. */
static void add_target(struct text *t, uint64_t address)
{
    add(t, "0x%" PRIx64 " ", address);
    add_symbol(t, address);
}

/* " name=0x1234", and the like, without the cost of a format. */
static void add_text(struct text *t, const char *text)
{
    size_t length = strlen(text);
    if (length >= LINE_BYTES - t->used)
        return;
    memcpy(t->line + t->used, text, length + 1);
    t->used += length;
}

static void add_hex(struct text *t, uint64_t value, unsigned least_digits)
{
    char digits[19];
    unsigned at = sizeof digits - 1, count = 0;
    digits[at] = '\0';
    for (; value != 0 || count < least_digits; value >>= 4, count++)
        digits[--at] = "0123456789abcdef"[value & 15];
    digits[--at] = 'x';
    digits[--at] = '0';
    add_text(t, digits + at);
}

/* Right-aligned in so many columns, or more. */
static void add_decimal(struct text *t, uint64_t value, unsigned columns)
{
    char digits[24];
    unsigned at = sizeof digits - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (sizeof digits - 1 - at < columns)
        digits[--at] = ' ';
    add_text(t, digits + at);
}

/* Step, hart and mode: the columns that all lines begin with. */
static void begin_line(struct text *t, const struct trace_record *r)
{
    end_line(t);
    t->step = r->step;
    t->hart = r->hart;
    add_decimal(t, r->step, 10);
    add_text(t, " ");
    add_decimal(t, r->hart, 2);
    add_text(t, " ");
    size_t from = t->used;
    add_text(t, mode_name(r->mode));
    pad(t, from, 3);
}

static void add_pc(struct text *t, uint64_t pc)
{
    add_hex(t, pc, 16);
    add(t, " ");
    if (!t->has_symbols)
        return;
    size_t from = t->used;
    add_symbol(t, pc);
    pad(t, from, SYMBOL_COLUMNS);
    add(t, " ");
}

static void add_insn(struct text *t, const struct trace_record *r)
{
    struct disasm insn = {.text = ""};
    add_pc(t, r->pc);
    if ((r->bits & 3) == 3)
        add(t, "%08" PRIx32 " ", r->bits);
    else
        add(t, "%04" PRIx32 "     ", r->bits);
    size_t from = t->used;
    disasm(t->names.decoder, r->bits, r->pc, &insn);
    add(t, "%s", insn.text);
    if (insn.has_target) {
        add(t, " ");
        add_symbol(t, insn.target);
    }
    pad(t, from, INSN_COLUMNS);
}

static void begin_insn(struct text *t, const struct trace_record *r)
{
    struct known_insn *known = &t->known[(r->pc >> 1) % KNOWN_INSNS];
    begin_line(t, r);
    if (known->length > 0 && known->pc == r->pc && known->bits == r->bits) {
        add_text(t, known->text);
        return;
    }
    size_t from = t->used;
    add_insn(t, r);
    t->line[t->used] = '\0';
    known->length = 0;
    if (t->used - from >= KNOWN_BYTES)
        return;
    memcpy(known->text, t->line + from, t->used - from + 1);
    known->pc = r->pc;
    known->bits = r->bits;
    known->length = (uint16_t)(t->used - from);
}

static void begin_event(struct text *t, const struct trace_record *r, const char *name)
{
    begin_line(t, r);
    add_pc(t, r->pc);
    add(t, "%-8s ", name);
}

static void add_access(struct text *t, const struct trace_record *r, const char *between, uint64_t value)
{
    add_text(t, " [");
    add_hex(t, r->data[1], 1);
    add_text(t, between);
    add_hex(t, value, r->size < 8 ? 2 * r->size : 16);
}

static void put_insn(struct text *t, const struct trace_record *r)
{
    begin_insn(t, r);
    if (r->reg != 0) {
        add_text(t, " ");
        add_text(t, r->reg >= RECORD_REG_F ? register_f_name(r->reg - RECORD_REG_F) : register_x_name(r->reg));
        add_text(t, "=");
        add_hex(t, r->data[0], 1);
    }
    if (r->access & RECORD_LOAD)
        add_access(t, r, "]=", r->data[2]);
    if (r->access & RECORD_STORE)
        add_access(t, r, "]<-", r->data[3]);
}

static void put_csr(struct text *t, const struct trace_record *r)
{
    const char *name = csr_name(r->number);
    if (t->used == 0 || t->step != r->step || t->hart != r->hart)
        begin_insn(t, r);
    add(t, " %s=0x%" PRIx64, name != NULL ? name : "?", r->data[0]);
}

static void put_trap(struct text *t, const struct trace_record *r)
{
    begin_event(t, r, "trap");
    add(t, "%s, tval 0x%" PRIx64 ", to %s at ", trap_cause_name(r->data[0]), r->data[1], mode_name(r->to_mode));
    add_target(t, r->data[2]);
}

static void put_xret(struct text *t, const struct trace_record *r)
{
    begin_event(t, r, "return");
    add(t, "to %s at ", mode_name(r->to_mode));
    add_target(t, r->data[0]);
}

static void put_mmio(struct text *t, const struct trace_record *r)
{
    struct bus_place place;
    bool store = r->access & RECORD_STORE;
    begin_event(t, r, "mmio");
    add(t, "%s %u bytes at 0x%" PRIx64, store ? "writes" : "reads", r->size, r->data[0]);
    if (t->names.bus != NULL && bus_describe(t->names.bus, r->data[0], &place)) {
        add(t, " (%s", place.device);
        if (place.reg != NULL)
            add(t, place.is_array ? " %s[%" PRIu32 "])" : " %s)", place.reg, place.index);
        else
            add(t, "+0x%" PRIx64 ")", place.offset);
    }
    if (store || (r->access & RECORD_FLAG))
        add(t, "%s0x%0*" PRIx64, store ? "<-" : "=", 2 * r->size, r->data[1]);
    if (!(r->access & RECORD_FLAG))
        add(t, ": nothing answers");
}

static void put_sbi_return(struct text *t, const struct trace_record *r)
{
    const struct trace_record *call = &t->call;
    const char *extension, *function, *error = sbi_error_name(r->data[0]);
    uint64_t arguments[] = {call->data[0], call->data[1], call->data[2], call->data[3], r->data[2]};
    if (call->type == 0 || call->step != r->step)
        return; /* the ring has no more of it */
    begin_event(t, r, "sbi");
    if (sbi_call_name(call->bits, call->number, &extension, &function))
        add(t, "%s %s(", extension, function);
    else
        add(t, "extension 0x%" PRIx32 " function %" PRIu32 "(", call->bits, call->number);
    unsigned count = sbi_call_arguments(call->bits, call->number);
    for (unsigned i = 0; i < count && i < ARRAY_SIZE(arguments); i++)
        add(t, "%s0x%" PRIx64, i > 0 ? ", " : "", arguments[i]);
    if (!(r->access & RECORD_FLAG))
        add(t, ") does not come back");
    else if (error != NULL)
        add(t, ")=%s", error);
    else
        add(t, ")=0x%" PRIx64, r->data[0]);
    if ((r->access & RECORD_FLAG) && call->bits > SBI_LEGACY_LAST)
        add(t, ", 0x%" PRIx64, r->data[1]);
}

static void put_sbi_call(struct text *t, const struct trace_record *r)
{
    t->call = *r; /* told with its result */
}

static void put_irq(struct text *t, const struct trace_record *r)
{
    begin_event(t, r, "irq");
    add(t, "%s %s", trap_cause_name(CAUSE_INTERRUPT | r->number), r->access & RECORD_FLAG ? "rises" : "falls");
}

static void put_walk(struct text *t, const struct trace_record *r)
{
    static const char *const types[] = {[ACCESS_LOAD] = "load", [ACCESS_STORE] = "store", [ACCESS_FETCH] = "fetch"};
    begin_event(t, r, "walk");
    add(t, "%s 0x%" PRIx64 " by %s 0x%" PRIx64, types[r->number % ARRAY_SIZE(types)], r->data[0],
        RECORD_VIRT(r->to_mode) ? "vsatp" : "satp", r->data[1]);
    if (RECORD_VIRT(r->to_mode))
        add(t, " hgatp 0x%" PRIx64, r->data[2]);
    if (r->access & RECORD_FLAG)
        add(t, ": at 0x%" PRIx64, r->data[3]);
    else
        add(t, ": fails");
}

static void put_walk_step(struct text *t, const struct trace_record *r)
{
    char text[WALK_STEP_TEXT_BYTES];
    struct walk_step step = {
        .stage = (enum walk_stage)field_get(r->number, BITS(17, 16)),
        .level = (unsigned)field_get(r->number, BITS(15, 8)),
        .address = r->data[0],
        .pte = r->data[1],
        .verdict = (enum walk_verdict)field_get(r->number, BITS(7, 0)),
    };
    if (step.verdict > WALK_NO_MEMORY)
        return; /* a file that is damaged */
    walk_step_text(&step, text);
    begin_event(t, r, "walk");
    add(t, "  %s", text);
}

static void text_put(void *owner, const struct trace_record *record)
{
    static void (*const put[RECORD_TYPES])(struct text * t, const struct trace_record *r) = {
        [RECORD_INSN] = put_insn,
        [RECORD_CSR] = put_csr,
        [RECORD_TRAP] = put_trap,
        [RECORD_XRET] = put_xret,
        [RECORD_MMIO] = put_mmio,
        [RECORD_SBI_CALL] = put_sbi_call,
        [RECORD_SBI_RETURN] = put_sbi_return,
        [RECORD_IRQ] = put_irq,
        [RECORD_WALK] = put_walk,
        [RECORD_WALK_STEP] = put_walk_step,
    };
    if (record->type < RECORD_TYPES && put[record->type] != NULL)
        put[record->type](owner, record);
}

static bool text_flush(void *owner)
{
    struct text *t = owner;
    end_line(t);
    return trace_file_flush(&t->file);
}

static bool text_finish(void *owner, struct error *err)
{
    struct text *t = owner;
    end_line(t);
    return trace_file_close(&t->file, err);
}

static void text_destroy(void *owner)
{
    struct text *t = owner;
    if (t->file.stream != NULL)
        fclose(t->file.stream);
    free(t);
}

bool trace_text_create(const struct trace_target *target, struct trace_output *output, struct error *err)
{
    struct text *t = calloc(1, sizeof *t);
    if (t == NULL)
        return error_set(err, "out of memory");
    t->names = target->names;
    t->has_symbols = target->names.symbols != NULL && symbols_name(target->names.symbols, 0) != NULL;
    if (!trace_file_open(target, &t->file, err)) {
        free(t);
        return false;
    }
    *output = (struct trace_output){t, text_put, text_flush, text_finish, text_destroy};
    return true;
}
