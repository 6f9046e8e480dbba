/* SPDX-License-Identifier: MIT */
/* Traps that come again as soon as their handler returns (the hart counts them: cpu/trap.c): calls that are never stepped over,
 * and interrupts that nobody takes away. A few more of them are looked at closely before anything is said, as a handler may
 * wait for something, or be busy with a lot of work that has come. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/csr.h"
#include "cpu/trap.h"
#include "machine/map.h"
#include "observe/explain_impl.h"

/* So often in a row, at least. */
#define TRAPS_TO_LOOK (UINT64_C(1) << 14)
/* Exceptions but for calls: with the same registers they are a trap loop, and said to be one before that. */
#define FAULTS_TO_LOOK (UINT64_C(1) << 19)
/* So many more are looked at, */
#define TRAPS_SEEN 16
/* within so many slices. */
#define SLICES_MAX 256
/* A timer that is set anew each time and late each time is believed to stay so after so many looks. */
#define LATE_LOOKS 3

#define SBI_CONSOLE_PUTCHAR 1
#define SBI_DBCN 0x4442434e
#define SBI_DBCN_READ 1
#define PLIC_ENABLE 0x2000
#define PLIC_ENABLE_STRIDE 0x80
#define PLIC_PENDING 0x1000
#define PLIC_CLAIM 0x200004
#define PLIC_CONTEXT_STRIDE 0x1000
#define UART_RBR 0
#define UART_IER 1
#define UART_IIR 2
#define UART_SIZE 8
#define VIRTIO_INTERRUPT_STATUS 0x060
#define VIRTIO_INTERRUPT_ACK 0x064

static bool is_call(uint64_t cause)
{
    return cause >= CAUSE_ecall_from_u && cause <= CAUSE_ecall_from_m;
}

static uint64_t peek(const struct explain *e, uint64_t pa, unsigned size)
{
    uint64_t value = 0;
    return bus_peek(machine_bus(e->machine), pa, size, &value) ? value : 0;
}

/* Whose the watched trap is: the handler's mode, its xtvec, and the bit of mip if it is an interrupt. */
struct taker {
    const char *tvec_name;
    uint64_t tvec;
    uint64_t mip_bit;
    bool in_m;
};

/* norm:H_trap_deleg, norm:hideleg_trans */
static struct taker taker_of(const struct hart *h)
{
    const struct trap_place *a = hart_again(h);
    bool interrupt = a->cause & CAUSE_INTERRUPT;
    uint64_t bit = BIT(a->cause & 63), guest_bit = interrupt && bit != MIP_LCOFIP ? bit << 1 : bit;
    uint64_t to_s = interrupt ? h->csr.mideleg : h->csr.medeleg, to_vs = interrupt ? h->csr.hideleg : h->csr.hedeleg;
    if (a->virt && (to_s & to_vs & guest_bit))
        return (struct taker){"vstvec", h->csr.vstvec, guest_bit, false};
    if (a->priv == PRIV_M || !(to_s & bit))
        return (struct taker){"mtvec", h->csr.mtvec, bit, true};
    return (struct taker){"stvec", h->csr.stvec, bit, false};
}

/* The registers that say when the timer's interrupt comes. */
struct comparator {
    const char *name;
    uint64_t value;
};

static struct comparator comparator_of(const struct explain *e, const struct hart *h, const struct taker *taker)
{
    uint64_t now = machine_now_ticks(e->machine);
    if (taker->mip_bit == MIP_MTIP)
        return (struct comparator){"mtimecmp", peek(e, map_row(MAP_clint)->base + CLINT_MTIMECMP + 8 * h->id, 8)};
    if (taker->mip_bit == MIP_VSTIP)
        return (struct comparator){"vstimecmp", h->csr.vstimecmp};
    if (taker->mip_bit != MIP_STIP)
        return (struct comparator){0};
    if ((h->csr.menvcfg & ENVCFG_STCE) && h->csr.stimecmp <= now)
        return (struct comparator){"stimecmp", h->csr.stimecmp};
    return (struct comparator){0};
}

/* How far the time is behind it. */
static uint64_t lateness(const struct explain *e, const struct comparator *comparator)
{
    uint64_t now = machine_now_ticks(e->machine);
    return comparator->name != NULL && comparator->value < now ? now - comparator->value : 0;
}

/* The device whose line a source of the PLIC is: its registers' base; 0: none that is known. */
static uint64_t device_of(unsigned source)
{
    for (enum map_id id = 0; id < MAP_COUNT; id++)
        if (source != 0 && map_row(id)->irq == source)
            return map_row(id)->base;
    for (unsigned i = 0; i < VIRTIO_SLOT_COUNT; i++)
        if (virtio_slot(i).irq == source)
            return virtio_slot(i).base;
    return 0;
}

static bool is_virtio(uint64_t base)
{
    for (unsigned i = 0; i < VIRTIO_SLOT_COUNT; i++)
        if (virtio_slot(i).base == base)
            return true;
    return false;
}

/* Of the sources that ask a hart's context and are not held back by a claim, the first. */
static unsigned pending_source(const struct explain *e, uint64_t context)
{
    uint64_t plic = map_row(MAP_plic)->base;
    for (unsigned source = 1; source <= PLIC_SOURCES; source++) {
        uint64_t word = source / 32 * 4;
        uint64_t enabled = peek(e, plic + PLIC_ENABLE + PLIC_ENABLE_STRIDE * context + word, 4);
        if ((enabled & peek(e, plic + PLIC_PENDING + word, 4)) >> source % 32 & 1)
            return source;
    }
    return 0;
}

static bool claims_here(const struct explain_again *look, uint64_t pa)
{
    return pa == map_row(MAP_plic)->base + PLIC_CLAIM + PLIC_CONTEXT_STRIDE * look->context;
}

/* Time and pending interrupts: what a handler looks at that waits. */
static bool reads_what_changes(const struct observed_insn *insn)
{
    unsigned number = insn->bits >> 20;
    bool accesses_csr = insn->length == 4 && (insn->bits & 0x7f) == 0x73 && (insn->bits >> 12 & 3) != 0;
    return accesses_csr && ((number >= CSR_cycle && number <= CSR_hpmcounter31) || number == CSR_mip ||
                            number == CSR_sip || number == CSR_vsip);
}

static void on_insn(void *owner, struct hart *h, const struct observed_insn *insn)
{
    struct explain_again *look = &((struct explain *)owner)->again;
    if (h == look->hart && reads_what_changes(insn))
        look->asks = true;
}

/* Something is taken from a device, or its interrupt: the flood has an end. */
static bool serves(const struct explain *e, enum access_type type, uint64_t pa, uint64_t value)
{
    if (type == ACCESS_LOAD)
        return pa == map_row(MAP_uart)->base + UART_RBR && value != 0;
    return is_virtio(pa - VIRTIO_INTERRUPT_ACK) && peek(e, pa - VIRTIO_INTERRUPT_ACK + VIRTIO_INTERRUPT_STATUS, 4) == 0;
}

static void on_mmio(void *owner, struct hart *h, enum access_type type, uint64_t pa, unsigned size, uint64_t value,
                    bool answered)
{
    struct explain *e = owner;
    struct explain_again *look = &e->again;
    (void)size;
    if (h != look->hart || !answered)
        return;
    if (type == ACCESS_LOAD && claims_here(look, pa) && value != 0)
        look->claimed = (unsigned)value;
    look->serves |= serves(e, type, pa, value);
    look->asks |= type == ACCESS_LOAD;
    look->prints |= type == ACCESS_STORE && pa == map_row(MAP_uart)->base;
}

static void on_sbi_call(void *owner, struct hart *h)
{
    struct explain_again *look = &((struct explain *)owner)->again;
    enum { A6 = 16, A7 = 17 };
    if (h != look->hart)
        return;
    bool prints = h->x[A7] == SBI_CONSOLE_PUTCHAR || (h->x[A7] == SBI_DBCN && h->x[A6] != SBI_DBCN_READ);
    look->prints |= prints;
    look->asks |= !prints;
}

static void on_trap(void *owner, struct hart *h, const struct observed_trap *trap)
{
    struct explain_again *look = &((struct explain *)owner)->again;
    enum { RA = 1, SP = 2, A0 = 10, A7 = 17 };
    if (h != look->hart || trap->epc != hart_again(h)->pc || trap->cause != hart_again(h)->cause)
        return;
    look->ra = h->x[RA];
    look->sp = h->x[SP];
    look->a0 = h->x[A0];
    look->a7 = h->x[A7];
    look->tval = trap->tval;
}

/* An interrupt that has gone away by now came anew. */
static void on_xret(void *owner, struct hart *h, const struct observed_xret *xret)
{
    struct explain_again *look = &((struct explain *)owner)->again;
    (void)xret;
    if (h == look->hart && h->again.depth == 0 && look->mip_bit != 0 && !(csr_mip(h) & look->mip_bit))
        look->serves = true;
}

static void start_look(struct explain *e, struct hart *h)
{
    struct taker taker = taker_of(h);
    struct comparator comparator = comparator_of(e, h, &taker);
    e->again = (struct explain_again){
        .hart = h,
        .count = h->again.count,
        .mip_bit = hart_again(h)->cause & CAUSE_INTERRUPT ? taker.mip_bit : 0,
        .context = 2 * h->id + !taker.in_m,
        .comparator = comparator.value,
        .late = lateness(e, &comparator),
        .observer =
            {.owner = e, .insn = on_insn, .mmio = on_mmio, .sbi_call = on_sbi_call, .trap = on_trap, .xret = on_xret},
    };
    machine_add_observer(e->machine, &e->again.observer);
}

void explain_again_stop(struct explain *e)
{
    if (e->again.hart == NULL)
        return;
    machine_remove_observer(e->machine, &e->again.observer);
    e->again.hart = NULL;
}

/* "MTIP" */
static const char *pending_name(uint64_t mip_bit, char out[INTERRUPTS_BYTES])
{
    return explain_interrupts(CSR_mip, mip_bit, out);
}

static void say_timer(struct explain *e, const struct comparator *comparator, const char *name)
{
    bool moved = comparator->value != e->again.comparator;
    explain_line(e, "%s stays pending: %s is %" PRIu64 ", and the time is %" PRIu64 " already; the handler %s", name,
                 comparator->name, comparator->value, machine_now_ticks(e->machine),
                 moved ? "moves it, but not beyond the time" : "does not move it");
}

static void say_uart(struct explain *e, uint64_t base)
{
    static const char *const ask[16] = {
        [0x0] = "a modem line has changed, and MSR was not read",
        [0x2] = "the transmitter is empty: write a character, or clear bit 1 of IER when there is none",
        [0x4] = "characters have come, and RBR was not read",
        [0x6] = "an error has come in, and LSR was not read",
        [0xc] = "characters have come, and RBR was not read",
    };
    uint64_t iir = peek(e, base + UART_IIR, 1);
    explain_line(e, "the UART's IER is 0x%" PRIx64 ", its IIR 0x%" PRIx64 ": %s", peek(e, base + UART_IER, 1), iir,
                 ask[iir & 15] != NULL ? ask[iir & 15] : "it asks for nothing now");
}

static void say_device(struct explain *e, unsigned source)
{
    char what[REGISTER_BYTES];
    uint64_t base = device_of(source);
    if (base == map_row(MAP_uart)->base)
        say_uart(e, base);
    else if (is_virtio(base))
        explain_line(
            e, "%s; its driver writes that to InterruptACK (0x%" PRIx64 ")",
            explain_register(e, base + VIRTIO_INTERRUPT_STATUS, 4, peek(e, base + VIRTIO_INTERRUPT_STATUS, 4), what),
            base + VIRTIO_INTERRUPT_ACK);
}

static void say_external(struct explain *e, const char *name)
{
    const struct explain_again *look = &e->again;
    uint64_t claim = map_row(MAP_plic)->base + PLIC_CLAIM + PLIC_CONTEXT_STRIDE * look->context;
    unsigned source = look->claimed != 0 ? look->claimed : pending_source(e, look->context);
    struct bus_place place;
    bool known = bus_describe(machine_bus(e->machine), device_of(source), &place);
    explain_line(e, "%s stays pending: source %u at the PLIC (%s) asks, and the handler %s (0x%" PRIx64 ")%s", name,
                 source, known ? place.device : "no device",
                 look->claimed != 0 ? "claims and completes it" : "does not claim it", claim,
                 look->claimed != 0 ? ", but the device still asks" : "");
    say_device(e, source);
}

static void say_pending(struct explain *e, const struct hart *h, const struct taker *taker)
{
    char name[INTERRUPTS_BYTES];
    struct comparator comparator = comparator_of(e, h, taker);
    pending_name(taker->mip_bit, name);
    if (comparator.name != NULL)
        say_timer(e, &comparator, name);
    else if (taker->mip_bit == MIP_MEIP || (taker->mip_bit == MIP_SEIP && (h->irq_lines & MIP_SEIP)))
        say_external(e, name);
    else if (taker->mip_bit == MIP_MSIP)
        explain_line(e,
                     "MSIP stays pending: msip of this hart (at 0x%" PRIx64 ") is still 1, and the handler writes no 0",
                     map_row(MAP_clint)->base + 4 * h->id);
    else if (taker->mip_bit == MIP_STIP)
        explain_line(e,
                     "STIP stays pending: the firmware's timer has gone off, and only SBI set_timer takes that away");
    else
        explain_line(e, "%s stays pending: the handler clears it neither in %s nor where it comes from", name,
                     taker->in_m ? "mip" : "sip");
}

static void say_repeat(struct explain *e, uint64_t cause)
{
    const struct explain_again *look = &e->again;
    char from[PLACE_BYTES];
    if (is_call(cause))
        explain_line(e, "a7 is 0x%" PRIx64 ", a0 0x%" PRIx64 " at it; the handler returns to the ecall, not behind it",
                     look->a7, look->a0);
    else
        explain_line(e, "tval is 0x%" PRIx64 "; the handler returns to the instruction that traps", look->tval);
    explain_line(e, "ra is %s, sp 0x%" PRIx64 " there", explain_caller(e, look->ra, from), look->sp);
}

/* Other programs that have their turns, and get on no better. */
static void say_others(struct explain *e, const struct hart *h)
{
    char at[PLACE_BYTES];
    for (unsigned i = 0; i < h->again.places; i++)
        if (i != h->again.at)
            explain_line(e, "in turn with it: %s at pc %s", trap_cause_name(h->again.place[i].cause),
                         explain_place(e, h->again.place[i].pc, at));
}

static COLD void say_again(struct explain *e, struct hart *h)
{
    const struct trap_place *a = hart_again(h);
    struct taker taker = taker_of(h);
    char at[PLACE_BYTES];
    enum explain_kind kind = a->cause & CAUSE_INTERRUPT ? KIND_interrupt_storm : KIND_trap_again;
    if (kind == KIND_trap_again && !is_call(a->cause) && e->said[KIND_accessed_dirty])
        return; /* that fault is this trap */
    if (!explain_begin(e, kind, h, "%s in %s mode at pc %s, %" PRIu64 " times in a row with no instruction in between",
                       trap_cause_name(a->cause), explain_mode_name(a->priv, a->virt), explain_place(e, a->pc, at),
                       h->again.count))
        return;
    if (kind == KIND_interrupt_storm)
        say_pending(e, h, &taker);
    else
        say_repeat(e, a->cause);
    say_others(e, h);
    explain_line(e, "its handler: %s is %s", taker.tvec_name, explain_place(e, taker.tvec, at));
    explain_end(e, kind);
}

/* The timer is set anew each time, and the time gains on it: work that has piled up is not the end. */
static bool catches_up(const struct explain *e, struct hart *h, struct hart_watch *w)
{
    struct taker taker = taker_of(h);
    struct comparator comparator = comparator_of(e, h, &taker);
    if (comparator.name == NULL || comparator.value == e->again.comparator)
        return false;
    w->late_looks = lateness(e, &comparator) < e->again.late ? 0 : w->late_looks + 1;
    return w->late_looks < LATE_LOOKS;
}

static bool others_may_act(const struct explain *e, const struct hart *h)
{
    for (unsigned i = 0; i < e->hart_count; i++) {
        const struct hart *other = machine_hart(e->machine, i);
        bool sleeps = other->wait != HART_RUNS && explain_wakers(e, other, other->csr.mie) == 0;
        if (other != h && other->wait != HART_STOPPED && !sleeps)
            return true;
    }
    return explain_virtio_in_use(e, 0);
}

/* Who prints each time does not wait. Else a call may be made again until a key, a time or somebody else has come. */
static bool may_wait(const struct explain *e, const struct hart *h)
{
    const struct explain_again *look = &e->again;
    return !look->prints && (look->asks || others_may_act(e, h));
}

static void end_look(struct explain *e, struct hart_watch *w)
{
    struct hart *h = e->again.hart;
    bool stays = h->again.count >= e->again.count + TRAPS_SEEN;
    bool interrupt = hart_again(h)->cause & CAUSE_INTERRUPT;
    bool goes_on = interrupt ? e->again.serves || catches_up(e, h, w) : may_wait(e, h);
    w->again_at = interrupt ? h->again.count + TRAPS_TO_LOOK : 2 * h->again.count;
    explain_again_stop(e);
    if (!stays || goes_on)
        return;
    say_again(e, h);
}

static void go_on_looking(struct explain *e, struct hart *h, struct hart_watch *w)
{
    struct explain_again *look = &e->again;
    if (h != look->hart)
        return;
    bool enough = h->again.count >= look->count + TRAPS_SEEN;
    if (enough || h->again.count < look->count || ++look->slices >= SLICES_MAX || h->wait != HART_RUNS)
        end_look(e, w);
}

void explain_watch_again(struct explain *e, struct hart *h, struct hart_watch *w)
{
    if (UNLIKELY(e->again.hart != NULL)) {
        go_on_looking(e, h, w);
        return;
    }
    if (LIKELY(h->again.count < TRAPS_TO_LOOK || e->over)) {
        w->again_at = 0;
        w->late_looks = 0;
        return;
    }
    bool soon = (hart_again(h)->cause & CAUSE_INTERRUPT) || is_call(hart_again(h)->cause);
    if (h->again.count >= (soon ? TRAPS_TO_LOOK : FAULTS_TO_LOOK) && h->again.count >= w->again_at)
        start_look(e, h);
}
