/* SPDX-License-Identifier: MIT */
/* Stacks that grow into something else. A stack begins where sp is set to (by anything but arithmetic on sp itself) and lies
 * in the symbol below that address. A store through sp is told if it comes below that symbol's start, into code or into a
 * named object where the stack has no symbol, or into what another task has on its own stack in the same symbol. It takes
 * the kernel's symbols, M or S mode, and no guest of a hypervisor. */
#include <inttypes.h>
#include <string.h>

#include "base/bits.h"
#include "observe/sanitizer_impl.h"

enum { RA = 1, SP = 2 };

static bool holds(const struct stack *stack, uint64_t sp)
{
    return stack->used != 0 && sp <= stack->high && sp >= stack->low;
}

static struct stack *least_used(struct sanitizer *s)
{
    struct stack *found = &s->stacks[0];
    for (unsigned i = 1; i < STACKS; i++)
        if (s->stacks[i].used < found->used)
            found = &s->stacks[i];
    return found;
}

static struct stack *stack_at(struct sanitizer *s, uint64_t sp)
{
    for (unsigned i = 0; i < STACKS; i++)
        if (holds(&s->stacks[i], sp))
            return &s->stacks[i];
    return NULL;
}

/* sp was set to a new place. */
static void change_stack(struct sanitizer *s, struct hart_shadow *shadow, uint64_t sp)
{
    struct stack *stack = stack_at(s, sp);
    struct symbol_place place;
    if (stack == NULL) {
        stack = least_used(s);
        *stack = (struct stack){.high = sp, .low = sp};
        if (symbols_at(s->e->symbols, sp - 1, &place)) {
            stack->floor = place.start;
            stack->name = place.name;
        }
    }
    shadow->stack = (unsigned)(stack - s->stacks);
}

static void note_sp(struct sanitizer *s, struct hart_shadow *shadow, const struct hart *h)
{
    struct stack *stack = &s->stacks[shadow->stack];
    uint64_t sp = h->x[SP];
    stack->low = sp < stack->low ? sp : stack->low;
    stack->high = sp > stack->high ? sp : stack->high;
    stack->hart = (unsigned)h->id;
    stack->used = machine_now_steps(s->machine) + 1;
}

/* An address takes several instructions to make (la, li, an index times a size): it is one when it is used. */
static void follow_sp(struct sanitizer *s, struct hart *h, const struct observed_insn *insn)
{
    struct hart_shadow *shadow = &s->hart[h->id];
    bool moved = insn->op->rs1 == SP && s->registers[insn->id] & READS_RS1;
    shadow->sp = h->x[SP];
    shadow->stack_is_new |= !moved || s->stacks[shadow->stack].used == 0;
    if (!shadow->stack_is_new)
        note_sp(s, shadow, h);
}

static void settle_stack(struct sanitizer *s, struct hart *h)
{
    struct hart_shadow *shadow = &s->hart[h->id];
    shadow->stack_is_new = false;
    change_stack(s, shadow, shadow->sp);
    note_sp(s, shadow, h);
}

/* Of another task or hart, in the same symbol below this one. */
static const struct stack *ran_into(const struct sanitizer *s, const struct stack *own, uint64_t va)
{
    for (unsigned i = 0; i < STACKS; i++) {
        const struct stack *other = &s->stacks[i];
        bool alive = other->used != 0 && (other->left || other->hart != own->hart);
        if (other != own && alive && own->floor != 0 && other->floor == own->floor && other->high < own->high &&
            va < other->high && va >= other->low)
            return other;
    }
    return NULL;
}

static bool is_code(const struct sanitizer *s, uint64_t pa)
{
    struct boot_text text;
    for (unsigned n = 0; boot_text(machine_plan(s->machine), n, &text); n++)
        if (pa - text.gpa < text.size)
            return true;
    return false;
}

static COLD void tell(struct sanitizer *s, struct hart *h, const struct observed_insn *insn, const struct stack *stack,
                      const char *into)
{
    const struct seen_access *store = &s->hart[h->id].store;
    char at[SOURCE_BYTES], where[PLACE_BYTES], from[PLACE_BYTES];
    if (!sanitizer_begin(s, KIND_stack_overflow, h, insn->pc, "store to %s through sp, by pc %s",
                         explain_place(s->e, store->va, where), sanitizer_place(s, insn->pc, at)))
        return;
    explain_line(s->e, "its stack began at 0x%" PRIx64 "%s%s%s and has used 0x%" PRIx64 " bytes; now it is in %s",
                 stack->high, stack->floor != 0 ? " (in " : "", stack->floor != 0 ? stack->name : "",
                 stack->floor != 0 ? ")" : "", stack->high - store->va, into);
    if (stack->floor != 0)
        explain_line(s->e, "%s begins at 0x%" PRIx64 ": there were 0x%" PRIx64 " bytes for it", stack->name,
                     stack->floor, stack->high - stack->floor);
    explain_line(s->e, "sp is 0x%" PRIx64 ", ra %s", h->x[SP], explain_caller(s->e, h->x[RA], from));
    explain_end(s->e, KIND_stack_overflow);
}

static void check_store(struct sanitizer *s, struct hart *h, const struct observed_insn *insn)
{
    const struct seen_access *store = &s->hart[h->id].store;
    const struct stack *stack = &s->stacks[s->hart[h->id].stack];
    struct symbol_place place;
    if (store->size == 0 || !store->ram || stack->used == 0 || store->va >= stack->high)
        return;
    if (stack->floor != 0 && store->va < stack->floor)
        tell(s, h, insn, stack, symbols_at(s->e->symbols, store->va, &place) ? place.name : "something else");
    else if (ran_into(s, stack, store->va) != NULL)
        tell(s, h, insn, stack, "what another task has on its stack");
    else if (stack->floor == 0 && symbols_at(s->e->symbols, store->va, &place) && (place.object || place.function))
        tell(s, h, insn, stack, place.name);
    else if (is_code(s, store->pa) && stack->floor == 0)
        tell(s, h, insn, stack, "the kernel's code");
}

/* sd sp, somewhere: a task is left that will be gone on with. */
static void note_left(struct sanitizer *s, struct hart_shadow *shadow, const struct observed_insn *insn)
{
    if (insn->op->rs2 == SP && insn->op->rs1 != SP)
        s->stacks[shadow->stack].left = true;
}

/* Of what cannot stand between the instructions that make an address. */
static bool ends_address(enum insn_class class)
{
    return class == CLASS_LOAD || class == CLASS_STORE || class == CLASS_FSTORE || class == CLASS_BRANCH ||
           class == CLASS_JAL || class == CLASS_JALR;
}

void sanitizer_stack_insn(struct sanitizer *s, struct hart *h, const struct observed_insn *insn, enum insn_class class)
{
    struct hart_shadow *shadow = &s->hart[h->id];
    if (insn->priv == PRIV_U || insn->virt)
        return;
    if (UNLIKELY(shadow->stack_is_new) && ends_address(class))
        settle_stack(s, h);
    if (UNLIKELY(h->x[SP] != shadow->sp))
        follow_sp(s, h, insn);
    else if ((class == CLASS_STORE || class == CLASS_FSTORE) && insn->op->rs1 == SP)
        check_store(s, h, insn);
    else if (class == CLASS_STORE)
        note_left(s, shadow, insn);
}
