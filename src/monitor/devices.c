/* SPDX-License-Identifier: MIT */
/* Commands about devices: info devices, irq, virtio. Everything is read by peeks, which change nothing. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/csr.h"
#include "cpu/trap.h"
#include "monitor/impl.h"

/* Of an array of registers, those that are not 0 are shown, and no more than so many. */
#define ARRAY_SHOWN 64

/* The PLIC's registers by address: PLIC 1.0 "Memory Map". */
#define PLIC_PRIORITY(source) (UINT64_C(4) * (source))
#define PLIC_PENDING(word) (UINT64_C(0x1000) + 4 * (word))
#define PLIC_ENABLE(context, word) (UINT64_C(0x2000) + 0x80 * (context) + 4 * (word))
#define PLIC_THRESHOLD(context) (UINT64_C(0x200000) + 0x1000 * (context))

static void list_devices(const struct monitor_request *r)
{
    struct bus *bus = machine_bus(r->monitor->parts.machine);
    const char *name;
    uint64_t base, size;
    for (unsigned i = 0; bus_mapping(bus, i, &name, &base, &size); i++)
        if (bus_device(bus, i) != NULL)
            monitor_say(r, "0x%08" PRIx64 "  %s\n", base, name);
}

static void say_register(const struct monitor_request *r, const struct device *dev, const struct reg *reg)
{
    unsigned count = reg->count > 1 ? reg->count : 1, shown = 0;
    for (unsigned i = 0; i < count && shown < ARRAY_SHOWN; i++) {
        uint64_t value = 0, offset = reg->offset + (uint64_t)i * reg->stride;
        if (!device_peek(dev, offset, reg->size, &value) || (count > 1 && value == 0))
            continue;
        char name[64];
        snprintf(name, sizeof name, count > 1 ? "%s[%u]" : "%s", reg->name, i);
        monitor_say(r, "  +0x%06" PRIx64 " %-18s 0x%0*" PRIx64 "  %s\n", offset, name, 2 * reg->size, value,
                    shown == 0 && reg->meaning != NULL ? reg->meaning : "");
        shown++;
    }
    if (shown == 0)
        monitor_say(r, "  +0x%06x %-18s all 0    %s\n", reg->offset, reg->name,
                    reg->meaning != NULL ? reg->meaning : "");
    if (shown == ARRAY_SHOWN)
        monitor_say(r, "  ...\n");
}

bool monitor_do_info_devices(struct monitor_request *r)
{
    struct bus *bus = machine_bus(r->monitor->parts.machine);
    const char *name;
    uint64_t base, size;
    unsigned found = 0;
    if (r->count == 0) {
        list_devices(r);
        return true;
    }
    for (unsigned i = 0; bus_mapping(bus, i, &name, &base, &size); i++) {
        const struct device *dev = bus_device(bus, i);
        if (dev == NULL || strncmp(name, r->words[0], strlen(r->words[0])) != 0)
            continue;
        monitor_say(r, "%s at 0x%" PRIx64 "\n", name, base);
        for (const struct reg *reg = dev->regs; reg->name != NULL; reg++)
            say_register(r, dev, reg);
        found++;
    }
    return found > 0 || monitor_fail(r, "there is no device '%.60s'; info devices lists them", r->words[0]);
}

/* Interrupts. */

static const char *yes(uint64_t set, unsigned bit)
{
    return set >> bit & 1 ? "yes" : "-";
}

static const char *goes_to(const struct hart *h, unsigned bit)
{
    if (!(h->csr.mideleg >> bit & 1))
        return "M";
    return hart_has(h, EXT_H) && h->csr.hideleg >> bit & 1 ? "VS" : "S";
}

static void say_hart_interrupts(const struct monitor_request *r, const struct hart *h)
{
    static const struct {
        unsigned code;
        const char *name;
    } rows[] = {
#define CAUSE(code, id, name, ext, medeleg, hedeleg, tval)
#define INTERRUPT(code, id, name, ext, delegation) {code, name},
#include "cpu/cause.def"
#undef CAUSE
#undef INTERRUPT
    };
    uint64_t mip = csr_mip(h);
    monitor_say(r, "hart %u, from the highest priority: %s mode, mstatus.MIE %u, SIE %u\n", (unsigned)h->id,
                monitor_mode(h->priv, h->virt), !!(h->csr.mstatus & MSTATUS_MIE), !!(h->csr.mstatus & MSTATUS_SIE));
    monitor_say(r, "  %-38s %-8s %-8s %s\n", "", "pending", "enabled", "handled in");
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
        if (h->csr.mie >> rows[i].code & 1 || mip >> rows[i].code & 1)
            monitor_say(r, "  %2u %-35s %-8s %-8s %s\n", rows[i].code, rows[i].name, yes(mip, rows[i].code),
                        yes(h->csr.mie, rows[i].code), goes_to(h, rows[i].code));
}

static uint64_t plic_peek(const struct monitor_request *r, uint64_t offset)
{
    uint64_t value = 0;
    device_peek(plic_device(machine_plic(r->monitor->parts.machine)), offset, 4, &value);
    return value;
}

static void say_contexts(const struct monitor_request *r, unsigned source)
{
    unsigned contexts = 2 * machine_hart_count(r->monitor->parts.machine);
    for (unsigned c = 0; c < contexts; c++)
        if (plic_peek(r, PLIC_ENABLE(c, source / 32)) >> source % 32 & 1)
            monitor_say(r, " hart %u %s (threshold %" PRIu64 ")", c / 2, c % 2 == 0 ? "M" : "S",
                        plic_peek(r, PLIC_THRESHOLD(c)));
}

static bool is_enabled(const struct monitor_request *r, unsigned source)
{
    unsigned contexts = 2 * machine_hart_count(r->monitor->parts.machine);
    for (unsigned c = 0; c < contexts; c++)
        if (plic_peek(r, PLIC_ENABLE(c, source / 32)) >> source % 32 & 1)
            return true;
    return false;
}

static void say_plic(const struct monitor_request *r)
{
    monitor_say(r, "PLIC\n");
    for (unsigned source = 1; source <= PLIC_SOURCES; source++) {
        uint64_t priority = plic_peek(r, PLIC_PRIORITY(source));
        bool pending = plic_peek(r, PLIC_PENDING(source / 32)) >> source % 32 & 1;
        bool claimed = plic_is_claimed(machine_plic(r->monitor->parts.machine), source);
        if (!pending && !claimed && (priority == 0 || !is_enabled(r, source)))
            continue;
        monitor_say(r, "  source %2u: priority %" PRIu64 ", %s; enabled for", source, priority,
                    claimed   ? "claimed and not completed"
                    : pending ? "pending"
                              : "not pending");
        say_contexts(r, source);
        monitor_say(r, "\n");
    }
}

bool monitor_do_info_irq(struct monitor_request *r)
{
    say_hart_interrupts(r, monitor_hart(r));
    say_plic(r);
    return true;
}

/* VirtIO. */

static void say_status(const struct monitor_request *r, const struct virtio *v)
{
    static const struct {
        unsigned bit;
        const char *name;
    } bits[] = {{VIRTIO_STATUS_ACKNOWLEDGE, "ACKNOWLEDGE"}, {VIRTIO_STATUS_DRIVER, "DRIVER"},
                {VIRTIO_STATUS_FEATURES_OK, "FEATURES_OK"}, {VIRTIO_STATUS_DRIVER_OK, "DRIVER_OK"},
                {VIRTIO_STATUS_NEEDS_RESET, "NEEDS_RESET"}, {VIRTIO_STATUS_FAILED, "FAILED"}};
    monitor_say(r, "  status 0x%02x%s", v->status, v->status == 0 ? " (no driver yet)" : "");
    for (unsigned i = 0; i < ARRAY_SIZE(bits); i++)
        if (v->status & bits[i].bit)
            monitor_say(r, " %s", bits[i].name);
    monitor_say(r, "\n  features offered 0x%" PRIx64 ", accepted 0x%" PRIx64 "; interrupt status %u\n", v->offered,
                v->accepted & v->offered, v->interrupt_status);
}

static void say_queue(const struct monitor_request *r, unsigned n, const struct virtio_queue *q)
{
    monitor_say(r, "  queue %u: %u entries%s, next %u, used %u, %u taken, areas 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64,
                n, q->ring.config.size, q->ring.config.packed ? ", packed" : "", q->ring.next, q->ring.used,
                q->ring.taken, q->ring.config.descriptor_area, q->ring.config.driver_area, q->ring.config.device_area);
    if (q->ring.fault != VIRTQ_OK)
        monitor_say(r, "; broken: %s", virtq_fault_text(q->ring.fault));
    monitor_say(r, "\n");
}

bool monitor_do_info_virtio(struct monitor_request *r)
{
    const struct peripherals *peripherals = machine_peripherals(r->monitor->parts.machine);
    for (unsigned slot = 0; slot < VIRTIO_SLOT_COUNT; slot++) {
        const struct virtio *v = peripherals_virtio(peripherals, slot);
        if (v == NULL || v->device.class == NULL)
            continue;
        monitor_say(r, "%s (device %u) at 0x%" PRIx64 ", interrupt %u%s\n", v->device.class->name,
                    v->device.class->device_id, virtio_slot(slot).base, virtio_slot(slot).irq,
                    v->legacy ? ", legacy" : "");
        say_status(r, v);
        for (unsigned n = 0; n < VIRTIO_MAX_QUEUES; n++)
            if (v->queues[n].ready)
                say_queue(r, n, &v->queues[n]);
    }
    return true;
}
