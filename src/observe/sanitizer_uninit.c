/* SPDX-License-Identifier: MIT */
/* Reads of RAM that nobody has written since power-on: no loader, no device, no hart. Zeros here, and anything on a board.
 * Reading alone is no mistake: who copies a structure copies its gaps. So a load is told only once what it read, or what
 * was computed from it, decides something: a branch, an address, a jump, a CSR, a device. A copy stays unwritten where
 * it is stored; what was computed counts as written there (a field set in a word by masks). A load with a single written
 * byte counts as written. */
#include <inttypes.h>

#include "base/bits.h"
#include "base/lazy_memory.h"
#include "observe/sanitizer_impl.h"

#define SBI_LEGACY_PUTCHAR 1
#define SBI_DBCN 0x4442434eu
#define SBI_DBCN_WRITE_BYTE 2

static void note_range(struct sanitizer *s, const struct boot_range *range)
{
    if (range->size != 0 && ram_at(s->ram, range->base, range->size) != NULL)
        ram_note_written(s->ram, range->base, range->size);
}

/* At the first instruction: what the loader has written is there already. A machine that was restored from a snapshot has a
 * past of which nobody kept this: there is nothing to tell. */
bool sanitizer_uninit_begin(struct sanitizer *s)
{
    const struct boot_plan *plan = machine_plan(s->machine);
    if (machine_steps(s->machine) != 0)
        return false;
    s->ram->written = lazy_alloc(s->ram->size >> 3);
    if (s->ram->written == NULL)
        return false;
    note_range(s, &plan->kernel);
    note_range(s, &plan->initrd);
    note_range(s, &plan->dtb);
    note_range(s, &plan->firmware);
    return true;
}

bool sanitizer_is_unwritten(const struct sanitizer *s, uint64_t pa, unsigned size)
{
    uint64_t offset = pa - s->ram->base;
    unsigned from = (unsigned)(offset & 7), low = from + size > 8 ? 8 - from : size;
    unsigned mask = (0xffu >> (8 - low)) << from;
    if (s->ram->written[offset >> 3] & mask)
        return false;
    return low == size || !(s->ram->written[(offset >> 3) + 1] & (0xffu >> (8 - (size - low))));
}

static void note_unwritten(struct sanitizer *s, uint64_t pa, unsigned size)
{
    for (unsigned i = 0; i < size; i++) {
        uint64_t offset = pa + i - s->ram->base;
        s->ram->written[offset >> 3] &= (uint8_t) ~(1u << (offset & 7));
    }
}

static bool doubts(const struct hart_shadow *shadow, unsigned reg)
{
    return shadow->doubtful >> (reg & 31) & 1;
}

static COLD void tell(struct sanitizer *s, struct hart *h, unsigned reg, uint64_t pc, const char *decides)
{
    struct hart_shadow *shadow = &s->hart[h->id];
    struct origin origin = shadow->origin[reg];
    char at[SOURCE_BYTES], used[SOURCE_BYTES], what[PLACE_BYTES];
    shadow->doubtful &= ~(1u << reg);
    if (!sanitizer_begin(s, KIND_uninitialised, h, origin.pc, "%u byte%s at %s, by the load at pc %s", origin.size,
                         origin.size == 1 ? "" : "s", explain_place(s->e, origin.va, what),
                         sanitizer_place(s, origin.pc, at)))
        return;
    explain_line(s->e, "no hart, no device and no loader has stored there since power-on; on a board it is anything");
    explain_line(s->e, "%s %s at pc %s", origin.copy ? "it is" : "what was made of it is", decides,
                 sanitizer_place(s, pc, used));
    explain_end(s->e, KIND_uninitialised);
}

/* Whether the instruction puts its first (or, as mv, its second) operand into rd as it is. */
static unsigned copied(const struct observed_insn *insn)
{
    const struct op *op = insn->op;
    if (insn->id == INSN_addi || insn->id == INSN_addiw)
        return op->imm == 0 ? op->rs1 : 0;
    if (insn->id != INSN_add)
        return 0;
    return op->rs1 == 0 ? op->rs2 : op->rs2 == 0 ? op->rs1 : 0;
}

/* x ^ x and x - x are zero whatever x is. */
static bool cancels(const struct observed_insn *insn)
{
    return (insn->id == INSN_xor || insn->id == INSN_sub) && insn->op->rs1 == insn->op->rs2;
}

static void compute(struct sanitizer *s, struct hart_shadow *shadow, const struct observed_insn *insn)
{
    const struct op *op = insn->op;
    unsigned reads = s->registers[insn->id], rd = op->rd & 31, from = 0;
    if (reads & READS_RS1 && doubts(shadow, op->rs1))
        from = op->rs1;
    else if (reads & READS_RS2 && doubts(shadow, op->rs2))
        from = op->rs2;
    shadow->doubtful &= ~(1u << rd);
    if (from == 0 || rd == 0 || cancels(insn))
        return;
    bool copy = copied(insn) == from && (insn->id != INSN_addiw || shadow->origin[from].size <= 4);
    struct origin origin = shadow->origin[from];
    origin.copy &= copy;
    shadow->origin[rd] = origin;
    shadow->doubtful |= 1u << rd;
}

static void load(struct hart_shadow *shadow, const struct observed_insn *insn, bool copy)
{
    unsigned rd = insn->op->rd & 31;
    shadow->doubtful &= ~(1u << rd);
    if (!shadow->load.unwritten || shadow->load.size == 0 || rd == 0)
        return;
    shadow->origin[rd] = (struct origin){insn->pc, shadow->load.va, shadow->load.size, copy};
    shadow->doubtful |= 1u << rd;
}

static void store(struct sanitizer *s, struct hart *h, const struct observed_insn *insn)
{
    struct hart_shadow *shadow = &s->hart[h->id];
    unsigned value = insn->op->rs2 & 31;
    if (!doubts(shadow, value) || shadow->store.size == 0)
        return;
    if (!shadow->store.ram)
        tell(s, h, value, insn->pc, "given to a device");
    else if (shadow->origin[value].copy)
        note_unwritten(s, shadow->store.pa, shadow->store.size);
}

/* What an operand decides in an instruction of this class; NULL: nothing. */
static const char *decided(enum insn_class class, unsigned id)
{
    switch (class) {
    case CLASS_LOAD:
    case CLASS_STORE:
    case CLASS_FLOAD:
    case CLASS_FSTORE:
    case CLASS_AMO32:
    case CLASS_AMO64: return "used as an address";
    case CLASS_BRANCH: return "what a branch depends on";
    case CLASS_JALR: return "jumped to";
    case CLASS_SYS: return id >= INSN_csrrw && id <= INSN_csrrc ? "written to a CSR" : "used as an address";
    default: return NULL;
    }
}

static bool both_decide(enum insn_class class)
{
    return class == CLASS_BRANCH;
}

void sanitizer_uninit_insn(struct sanitizer *s, struct hart *h, const struct observed_insn *insn, enum insn_class class)
{
    struct hart_shadow *shadow = &s->hart[h->id];
    if (LIKELY(shadow->doubtful == 0) && !shadow->load.unwritten)
        return;
    const struct op *op = insn->op;
    unsigned registers = s->registers[insn->id];
    const char *decides = decided(class, insn->id);
    if (decides != NULL && registers & READS_RS1 && doubts(shadow, op->rs1))
        tell(s, h, op->rs1, insn->pc, decides);
    if (both_decide(class) && doubts(shadow, op->rs2))
        tell(s, h, op->rs2, insn->pc, decides);
    if (class == CLASS_STORE)
        store(s, h, insn);
    else if (class == CLASS_LOAD || insn->id == INSN_lr_w || insn->id == INSN_lr_d)
        load(shadow, insn, class == CLASS_LOAD);
    else if (class == CLASS_AMO32 || class == CLASS_AMO64)
        load(shadow, insn, false);
    else if (class == CLASS_ALU)
        compute(s, shadow, insn);
    else if (registers & WRITES_RD)
        shadow->doubtful &= ~(1u << (op->rd & 31));
    shadow->load.unwritten = false;
}

/* An address that led nowhere. */
void sanitizer_uninit_fault(struct sanitizer *s, struct hart *h, const struct observed_trap *trap)
{
    const struct hart_shadow *shadow = &s->hart[h->id];
    uint32_t bits = 0;
    struct decoded d;
    uint64_t pa;
    if (LIKELY(shadow->doubtful == 0) || trap->from_virt != trap->to_virt ||
        !machine_translate(s->machine, h, SPACE_VIRTUAL, trap->epc, &pa) ||
        machine_peek(s->machine, h, SPACE_PHYSICAL, pa, &bits, sizeof bits) < 2)
        return;
    decode(h->decoder, bits, &d);
    enum insn_class class = d.id < INSN_COUNT ? insn_info(h->decoder, d.id)->class : CLASS_NOP;
    const char *decides = decided(class, d.id);
    if (decides != NULL && class != CLASS_SYS && s->registers[d.id] & READS_RS1 && doubts(shadow, d.op.rs1))
        tell(s, h, d.op.rs1, trap->epc, decides);
}

/* What the SBI shows the user. */
void sanitizer_uninit_sbi(struct sanitizer *s, struct hart *h)
{
    enum { A0 = 10, A6 = 16, A7 = 17 };
    const struct hart_shadow *shadow = &s->hart[h->id];
    bool shows = h->x[A7] == SBI_LEGACY_PUTCHAR || (h->x[A7] == SBI_DBCN && h->x[A6] == SBI_DBCN_WRITE_BYTE);
    if (shows && doubts(shadow, A0))
        tell(s, h, A0, h->pc, "given to the SBI");
}
