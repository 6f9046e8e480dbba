/* SPDX-License-Identifier: MIT */
/* The sanitizer's observer: who is asked about what the harts do, which stores are remembered, and what is told once. */
#include "observe/sanitizer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/lazy_memory.h"
#include "cpu/csr.h"
#include "cpu/trap.h"
#include "machine/map.h"
#include "mmu/tlb.h"
#include "observe/sanitizer_impl.h"

#define SBI_SRST 0x53525354u
#define SBI_LEGACY_SHUTDOWN 8
#define CHANGES_BYTES (CHANGES * sizeof(struct change))

/* Registers by the text that insn.def's rows are written by. */
static const char *const formats_of_insns[INSN_COUNT + 1] = {
#define INSN(id, mnemonic, format, pattern, ext, class, expr, tag) [INSN_##id] = #format,
#include "cpu/insn.def"
#undef INSN
    [INSN_illegal] = "N",
};

static const struct {
    const char *name, *text;
} formats[] = {
#define FORMAT(id, text) {#id, text},
#include "cpu/format.def"
#undef FORMAT
};

static uint8_t registers_of(const char *format)
{
    const char *text = "";
    for (unsigned i = 0; i < ARRAY_SIZE(formats); i++)
        if (strcmp(formats[i].name, format) == 0)
            text = formats[i].text;
    return (uint8_t)((strstr(text, "%s") != NULL ? READS_RS1 : 0) | (strstr(text, "%t") != NULL ? READS_RS2 : 0) |
                     (strstr(text, "%d") != NULL ? WRITES_RD : 0));
}

const char *sanitizer_place(const struct sanitizer *s, uint64_t pc, char out[SOURCE_BYTES])
{
    const char *file;
    unsigned line;
    explain_place(s->e, pc, out);
    size_t used = strlen(out);
    if (!symbols_line(s->e->symbols, pc, &file, &line))
        return out;
    bool named = out[used - 1] == ')';
    snprintf(out + used - named, SOURCE_BYTES - used, "%s%.120s:%u)", named ? ", " : " (", file, line);
    return out;
}

bool sanitizer_begin(struct sanitizer *s, enum explain_kind kind, const struct hart *h, uint64_t pc, const char *format,
                     ...)
{
    char text[2 * SOURCE_BYTES];
    for (unsigned i = 0; i < s->told_count; i++)
        if (s->told[i].kind == kind && s->told[i].pc == pc)
            return false;
    if (s->told_count == FINDINGS_MAX)
        return false;
    s->told[s->told_count].kind = kind;
    s->told[s->told_count++].pc = pc;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return explain_begin(s->e, kind, h, "%s", text);
}

/* Where things are, and who stored there. */

bool sanitizer_physical(struct sanitizer *s, const struct hart *h, enum access_type type, uint64_t va, unsigned size,
                        uint64_t *pa)
{
    const uint8_t *host = tlb_lookup(h->data, type, va, size);
    if (host == NULL) /* AMO's loads are stores; stores that must be heard have no entry */
        host = tlb_lookup(h->data, type == ACCESS_LOAD ? ACCESS_STORE : ACCESS_LOAD, va, size);
    if (host != NULL) {
        *pa = s->ram->base + (uint64_t)(host - s->ram->host);
        return true;
    }
    return machine_translate(s->machine, h, SPACE_VIRTUAL, va, pa);
}

static struct change *change_slot(const struct sanitizer *s, uint64_t pa)
{
    return &s->changes[(pa >> 3 ^ pa >> 23) & (CHANGES - 1)];
}

struct change sanitizer_change(const struct sanitizer *s, uint64_t pa)
{
    const struct change *change = change_slot(s, pa);
    return change->known && change->word == align_down(pa, 8) ? *change : (struct change){.known = false};
}

static void remember_store(struct sanitizer *s, const struct hart *h, const struct seen_access *store, uint64_t value)
{
    uint64_t step = machine_now_steps(s->machine);
    for (uint64_t word = align_down(store->pa, 8); word < store->pa + store->size; word += 8)
        *change_slot(s, word) = (struct change){word, h->pc, step, value, (uint32_t)h->id, true};
}

/* The observer. */

static void begin(struct sanitizer *s)
{
    s->begun = true;
    if (sanitizer_has(s, STRICT_uninit) && !sanitizer_uninit_begin(s))
        s->traits &= ~(1u << STRICT_uninit);
}

static void on_access(void *owner, struct hart *h, enum access_type type, uint64_t va, unsigned size, uint64_t value)
{
    struct sanitizer *s = owner;
    struct seen_access seen = {.va = va, .size = size};
    if (UNLIKELY(!s->begun))
        begin(s);
    seen.ram = sanitizer_physical(s, h, type, va, size, &seen.pa) && ram_at(s->ram, seen.pa, size) != NULL;
    if (type == ACCESS_LOAD) {
        seen.unwritten = seen.ram && sanitizer_has(s, STRICT_uninit) && sanitizer_is_unwritten(s, seen.pa, size);
        s->hart[h->id].load = seen;
        return;
    }
    s->hart[h->id].store = seen;
    if (!seen.ram)
        return;
    remember_store(s, h, &seen, value);
    if (s->ram->written != NULL)
        ram_note_written(s->ram, seen.pa, size);
}

static bool is_fence(unsigned id)
{
    return id == INSN_fence_i || id == INSN_sfence_vma || id == INSN_sinval_vma || id == INSN_hfence_vvma ||
           id == INSN_hfence_gvma || id == INSN_hinval_vvma || id == INSN_hinval_gvma;
}

static void on_insn(void *owner, struct hart *h, const struct observed_insn *insn)
{
    struct sanitizer *s = owner;
    struct hart_shadow *shadow = &s->hart[h->id];
    if (UNLIKELY(!s->begun))
        begin(s);
    enum insn_class class = insn->id < INSN_COUNT ? insn_info(h->decoder, insn->id)->class : CLASS_SYS;
    if (sanitizer_has(s, STRICT_uninit))
        sanitizer_uninit_insn(s, h, insn, class);
    if (sanitizer_has(s, STRICT_stack))
        sanitizer_stack_insn(s, h, insn, class);
    if (sanitizer_has(s, STRICT_wx) && class != CLASS_SYS)
        sanitizer_code_insn(s, h, insn);
    if (sanitizer_has(s, STRICT_reservations))
        sanitizer_retry_insn(s, h, insn);
    if (UNLIKELY(shadow->pmp_waits) && insn->priv != PRIV_M)
        sanitizer_pmp_used(s, h, insn);
    shadow->ran_below_m |= insn->priv != PRIV_M;
    if (class == CLASS_SYS && is_fence(insn->id))
        sanitizer_fenced(s, h, insn->id);
    shadow->load.size = shadow->store.size = 0;
}

static void on_trap(void *owner, struct hart *h, const struct observed_trap *trap)
{
    struct sanitizer *s = owner;
    struct hart_shadow *shadow = &s->hart[h->id];
    if (sanitizer_has(s, STRICT_uninit) && !(trap->cause & CAUSE_INTERRUPT))
        sanitizer_uninit_fault(s, h, trap);
    shadow->lost.reserved = false;
    if (sanitizer_has(s, STRICT_svade))
        sanitizer_retry_fault(s, h, trap);
    shadow->load.size = shadow->store.size = 0;
}

/* What a write makes old; false: nothing. */
static bool stage_of_csr(unsigned number, enum walk_stage *stage)
{
    switch (number) {
    case CSR_satp: *stage = WALK_S; return true;
    case CSR_vsatp: *stage = WALK_VS; return true;
    case CSR_hgatp: *stage = WALK_G; return true;
    default: *stage = WALK_PMP; return number >= CSR_pmpcfg0 && number <= CSR_pmpaddr15;
    }
}

static void on_csr_write(void *owner, struct hart *h, unsigned number, uint64_t value)
{
    struct sanitizer *s = owner;
    enum walk_stage stage;
    if (number == CSR_satp && h->virt)
        number = CSR_vsatp;
    if (!stage_of_csr(number, &stage))
        return;
    struct hart_shadow *shadow = &s->hart[h->id];
    shadow->csr[stage] = (struct change){number, h->pc, machine_now_steps(s->machine), value, (uint32_t)h->id, true};
    shadow->pmp_waits |= stage == WALK_PMP && shadow->ran_below_m && sanitizer_has(s, STRICT_stale_tlb);
}

/* The guest asks for its end, or has come to it: what was waited for will not come any more. */
static void guest_ends(struct sanitizer *s)
{
    for (unsigned i = 0; i < machine_hart_count(s->machine); i++) {
        sanitizer_fence_look(s, machine_hart(s->machine, i), true);
        sanitizer_retry_look(s, machine_hart(s->machine, i), true);
    }
    sanitizer_code_ends(s);
}

/* Devices are stored to behind walks alone: one that leads to the test finisher is the end. */
static void on_walk(void *owner, struct hart *h, const struct mmu_context *ctx, uint64_t va, enum access_type type,
                    bool granted)
{
    struct sanitizer *s = owner;
    struct walk_trace trace;
    const struct map_row *finisher = map_row(MAP_test);
    if (type != ACCESS_STORE || !granted || (!s->open_code.open && !sanitizer_fence_waits(s)))
        return;
    if (walk_explain(h, ctx, va, type, &trace) && trace.step[trace.count - 1].address - finisher->base < finisher->size)
        guest_ends(s);
}

static void on_reset(void *owner, struct hart *h)
{
    struct sanitizer *s = owner;
    s->hart[h->id] = (struct hart_shadow){0};
}

static void on_sbi_call(void *owner, struct hart *h)
{
    enum { A7 = 17 };
    struct sanitizer *s = owner;
    sanitizer_fence_called(s, h);
    if (sanitizer_has(s, STRICT_uninit))
        sanitizer_uninit_sbi(s, h);
    if (h->x[A7] == SBI_SRST || h->x[A7] == SBI_LEGACY_SHUTDOWN)
        guest_ends(s);
}

void sanitizer_slice(struct sanitizer *s, struct hart *h)
{
    sanitizer_fence_look(s, h, false);
    sanitizer_retry_look(s, h, false);
}

/* What was still waited for when the guest ended. */
static void on_ended(void *owner, const struct stop *stop)
{
    struct sanitizer *s = owner;
    if (stop->reason == STOP_STUCK || stop->reason == STOP_SIGNAL || stop->reason == STOP_QUIT)
        return;
    guest_ends(s);
}

struct sanitizer *sanitizer_create(struct explain *e)
{
    unsigned harts = machine_hart_count(e->machine);
    struct sanitizer *s = calloc(1, sizeof *s + harts * sizeof s->hart[0]);
    if (s == NULL)
        return NULL;
    s->e = e;
    s->machine = e->machine;
    s->ram = machine_memory(e->machine).ram;
    s->traits = machine_config(e->machine)->strict;
    s->changes = lazy_alloc(CHANGES_BYTES);
    if (s->changes == NULL) {
        free(s);
        return NULL;
    }
    for (unsigned i = 0; i <= INSN_COUNT; i++)
        s->registers[i] = registers_of(formats_of_insns[i]);
    s->observer = (struct observer){.owner = s,
                                    .insn = on_insn,
                                    .access = on_access,
                                    .csr_write = on_csr_write,
                                    .trap = on_trap,
                                    .reset = on_reset,
                                    .sbi_call = on_sbi_call,
                                    .walk = on_walk};
    s->listener = (struct control_listener){.owner = s, .ended = on_ended};
    s->strict_listener = (struct strict_listener){.owner = s, .found = sanitizer_found};
    machine_add_observer(s->machine, &s->observer);
    machine_add_listener(s->machine, &s->listener);
    strict_listen(machine_strict(s->machine), &s->strict_listener);
    return s;
}

void sanitizer_destroy(struct sanitizer *s)
{
    if (s == NULL)
        return;
    strict_listen(machine_strict(s->machine), NULL);
    machine_remove_observer(s->machine, &s->observer);
    lazy_free(s->ram->written, s->ram->size >> 3);
    s->ram->written = NULL;
    lazy_free(s->changes, CHANGES_BYTES);
    free(s);
}
