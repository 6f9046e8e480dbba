/* SPDX-License-Identifier: MIT */
/* What could still wake or interrupt a hart: timers that are armed, devices that a driver uses. In doubt it can. */
#include <inttypes.h>

#include "base/bits.h"
#include "cpu/csr.h"
#include "machine/map.h"
#include "observe/explain_impl.h"

/* A comparator that is set to a time so far away (30 years) is not armed. */
#define NEVER_TICKS UINT64_C(10000000000000000)
#define PLIC_PENDING 0x1000
#define PLIC_ENABLE 0x2000
#define PLIC_ENABLE_STRIDE 0x80
#define PLIC_THRESHOLD 0x200000
#define PLIC_CONTEXT_STRIDE 0x1000
#define UART_IER 1
#define VIRTIO_DEVICE_ID 0x008
#define VIRTIO_STATUS 0x070
#define VIRTIO_DRIVER_OK 4

static uint64_t peek(const struct explain *e, uint64_t pa, unsigned size)
{
    uint64_t value = 0;
    return bus_peek(machine_bus(e->machine), pa, size, &value) ? value : 0;
}

static bool is_armed(const struct explain *e, uint64_t deadline)
{
    uint64_t now = machine_now_ticks(e->machine);
    return deadline <= now || deadline - now < NEVER_TICKS;
}

static bool clint_is_armed(const struct explain *e, const struct hart *h)
{
    return is_armed(e, peek(e, map_row(MAP_clint)->base + CLINT_MTIMECMP + 8 * h->id, 8));
}

/* One whose time has just come may not show in mip yet. */
static bool comparators_are_armed(const struct explain *e, const struct hart *h)
{
    const struct sbi *sbi = machine_sbi(e->machine);
    uint64_t now = machine_now_ticks(e->machine);
    return csr_due_timers(h, now) != 0 || is_armed(e, csr_next_timer(h, now)) ||
           (sbi != NULL && is_armed(e, sbi_timer_deadline(sbi, (unsigned)h->id)));
}

bool explain_virtio_in_use(const struct explain *e, uint64_t device_id)
{
    for (unsigned i = 0; i < VIRTIO_SLOT_COUNT; i++) {
        struct virtio_slot slot = virtio_slot(i);
        uint64_t id = peek(e, slot.base + VIRTIO_DEVICE_ID, 4);
        if (id != 0 && (device_id == 0 || id == device_id) &&
            (peek(e, slot.base + VIRTIO_STATUS, 4) & VIRTIO_DRIVER_OK))
            return true;
    }
    return false;
}

bool explain_device_may_interrupt(const struct explain *e)
{
    return explain_virtio_in_use(e, 0) || peek(e, map_row(MAP_uart)->base + UART_IER, 1) != 0;
}

/* Whether the device behind a source may interrupt some time. */
static bool source_lives(const struct explain *e, unsigned source)
{
    const struct map_row *uart = map_row(MAP_uart);
    return source != uart->irq || peek(e, uart->base + UART_IER, 1) != 0;
}

static bool plic_notifies(const struct explain *e, const struct hart *h, unsigned mode)
{
    uint64_t plic = map_row(MAP_plic)->base, context = 2 * h->id + mode;
    uint64_t threshold = peek(e, plic + PLIC_THRESHOLD + PLIC_CONTEXT_STRIDE * context, 4);
    for (unsigned source = 1; source <= PLIC_SOURCES; source++) {
        uint64_t word = peek(e, plic + PLIC_ENABLE + PLIC_ENABLE_STRIDE * context + source / 32 * 4, 4);
        if ((word >> source % 32 & 1) && peek(e, plic + 4 * source, 4) > threshold && source_lives(e, source))
            return true;
    }
    return false;
}

uint64_t explain_wakers(const struct explain *e, const struct hart *h, uint64_t mask)
{
    uint64_t wakers = mask & csr_mip(h);
    if ((mask & (MIP_STIP | MIP_VSTIP)) && comparators_are_armed(e, h))
        wakers |= mask & (MIP_STIP | MIP_VSTIP);
    if ((mask & MIP_MTIP) && clint_is_armed(e, h))
        wakers |= MIP_MTIP;
    if ((mask & MIP_MEIP) && plic_notifies(e, h, 0))
        wakers |= MIP_MEIP;
    if ((mask & MIP_SEIP) && plic_notifies(e, h, 1))
        wakers |= MIP_SEIP;
    return wakers;
}

/* norm:mstatus_xie_intr_en_dis, as trap_take_interrupt looks at it. */
uint64_t explain_takeable(const struct hart *h)
{
    uint64_t mie = h->csr.mie, taken = 0;
    uint64_t to_m = mie & ~h->csr.mideleg, to_s = mie & h->csr.mideleg & ~h->csr.hideleg;
    uint64_t to_vs = mie & h->csr.mideleg & h->csr.hideleg;
    if (h->priv < PRIV_M || (h->csr.mstatus & MSTATUS_MIE))
        taken |= to_m;
    if (h->virt || h->priv == PRIV_U || (h->priv == PRIV_S && (h->csr.mstatus & MSTATUS_SIE)))
        taken |= to_s;
    if (h->virt && (h->priv == PRIV_U || (h->csr.vsstatus & MSTATUS_SIE)))
        taken |= to_vs;
    return taken;
}

static void say_sleep(struct explain *e, struct hart *h)
{
    if (explain_gave_up(e, h))
        return;
    char at[PLACE_BYTES], enabled[INTERRUPTS_BYTES];
    enum explain_kind kind = h->csr.mie == 0 && explain_takeable(h) == 0 ? KIND_halted : KIND_wfi_forever;
    if (!explain_begin(e, kind, h, "in %s mode at pc %s; enabled in %cie: %s", explain_mode_name(h->priv, h->virt),
                       explain_place(e, h->pc, at), h->priv == PRIV_M ? 'm' : 's',
                       explain_interrupts(CSR_mie, h->csr.mie, enabled)))
        return;
    if (kind == KIND_halted) {
        explain_end(e, kind);
        return;
    }
    if (h->csr.mie & (MIP_MTIP | MIP_STIP | MIP_VSTIP))
        explain_line(e, "no timer is armed: mtimecmp is 0x%" PRIx64 ", stimecmp is 0x%" PRIx64,
                     peek(e, map_row(MAP_clint)->base + CLINT_MTIMECMP + 8 * h->id, 8), h->csr.stimecmp);
    if (h->csr.mie & (MIP_MEIP | MIP_SEIP))
        explain_line(e, "no device can interrupt: none is enabled at the PLIC for this hart with a priority above its "
                        "threshold (of the UART, IER must be set, too)");
    if (h->csr.mie & (MIP_MSIP | MIP_SSIP))
        explain_line(e, "no other hart runs that could send it a software interrupt");
    explain_end(e, kind);
}

static void say_stopped(struct explain *e, const struct hart *h)
{
    char at[PLACE_BYTES];
    if (explain_begin(e, KIND_all_harts_stopped, h, "the last pc was %s; of %u harts none is started (HSM)",
                      explain_place(e, h->pc, at), e->hart_count))
        explain_end(e, KIND_all_harts_stopped);
}

void explain_idle(struct explain *e)
{
    struct hart *sleeper = NULL;
    for (unsigned i = 0; i < e->hart_count; i++) {
        struct hart *h = machine_hart(e->machine, i);
        if (h->wait == HART_RUNS || (h->wait != HART_STOPPED && explain_wakers(e, h, h->csr.mie) != 0))
            return;
        if (h->wait != HART_STOPPED && sleeper == NULL)
            sleeper = h;
    }
    if (sleeper != NULL)
        say_sleep(e, sleeper);
    else
        say_stopped(e, machine_hart(e->machine, machine_running(e->machine)));
}
