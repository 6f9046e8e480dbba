/* SPDX-License-Identifier: MIT */
#include "machine/peripherals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "machine/balloon.h"
#include "machine/blocks.h"
#include "machine/input_devices.h"
#include "machine/network.h"
#include "machine/peripheral.h"
#include "machine/ports.h"
#include "machine/random.h"
#include "machine/screen.h"
#include "machine/shares.h"
#include "machine/sound.h"
#include "machine/vsock.h"
#include "virtio/transport_mmio.h"

/* In the order in which they are made. */
static const struct peripheral_kind *const kinds[] = {
    &blocks_peripheral, &random_peripheral, &network_peripheral, &ports_peripheral,   &screen_peripheral,
    &input_peripheral,  &sound_peripheral,  &shares_peripheral,  &balloon_peripheral, &vsock_peripheral,
};

struct peripherals {
    struct peripherals_parts parts;
    struct virtio_mmio *transports[VIRTIO_SLOT_COUNT];
    struct peripheral list[PERIPHERALS_MAX];
    unsigned count;
    struct event_source sources[PERIPHERALS_MAX];
    unsigned source_count;
};

bool peripherals_slots(const struct machine_config *config, uint64_t *slots, struct error *err)
{
    *slots = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++)
        if (!kinds[i]->slots(config, slots, err))
            return false;
    return true;
}

const char *peripherals_option(unsigned slot)
{
    for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++)
        if ((kinds[i]->places & BIT(slot)) != 0)
            return kinds[i]->option;
    return NULL;
}

unsigned peripherals_recorded(const struct machine_config *config, struct recorded_device *devices)
{
    unsigned count = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
        for (unsigned n = 0; kinds[i]->recorded != NULL && count < PERIPHERALS_MAX_RECORDED; n++, count++) {
            if (!kinds[i]->recorded(config, n, devices[count].option, sizeof devices[count].option))
                break;
            snprintf(devices[count].kind, sizeof devices[count].kind, "%s", kinds[i]->name);
        }
    }
    return count;
}

const char *peripherals_kind(const char *name, bool *host_less)
{
    for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
        if (kinds[i]->recorded == NULL || strcmp(kinds[i]->name, name) != 0)
            continue;
        *host_less = kinds[i]->host_less;
        return kinds[i]->option;
    }
    return NULL;
}

static bool replay_device(struct machine_config *config, const struct recorded_device *device, struct error *err)
{
    for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++)
        if (kinds[i]->replay != NULL && strcmp(kinds[i]->name, device->kind) == 0)
            return kinds[i]->replay(config, device->option, err);
    return error_set(err, "this program has no device '%.16s'", device->kind);
}

bool peripherals_replay(struct machine_config *config, const struct recorded_device *devices, unsigned count,
                        struct error *err)
{
    for (unsigned i = 0; i < count; i++)
        if (!replay_device(config, &devices[i], err))
            return false;
    return true;
}

const struct peripherals_parts *peripherals_parts(const struct peripherals *p)
{
    return &p->parts;
}

bool peripherals_plug(struct peripherals *p, unsigned slot, struct virtio_device device, struct error *err)
{
    struct virtio_slot place = virtio_slot(slot);
    struct virtio_mmio_config config = {
        .mem = p->parts.mem,
        .irq = plic_line(p->parts.plic, place.irq),
        .message = p->parts.message,
        .legacy = p->parts.config->virtio_legacy,
        .device = device,
    };
    p->transports[slot] = virtio_mmio_create(&config);
    if (p->transports[slot] == NULL)
        return error_set(err, "out of memory");
    return bus_attach(p->parts.bus, place.base, place.size, virtio_mmio_device(p->transports[slot]), err);
}

bool peripherals_add(struct peripherals *p, const struct peripheral *peripheral, struct error *err)
{
    if (p->count == ARRAY_SIZE(p->list)) {
        if (peripheral->destroy != NULL)
            peripheral->destroy(peripheral->owner);
        return error_set(err, "more than %u devices", PERIPHERALS_MAX);
    }
    p->list[p->count++] = *peripheral;
    if (peripheral->events.owner != NULL)
        p->sources[p->source_count++] = peripheral->events;
    return true;
}

void *peripherals_owner(const struct peripherals *p, const struct peripheral_kind *kind)
{
    for (unsigned i = 0; i < p->count; i++)
        if (p->list[i].kind == kind)
            return p->list[i].owner;
    return NULL;
}

/* A guest that looks for devices without a device tree looks into the slots of QEMU's board: the unused ones say so. */
static bool fill_unused(struct peripherals *p, struct error *err)
{
    for (unsigned slot = 0; slot < VIRTIO_SLOT_PROBED; slot++)
        if (p->transports[slot] == NULL && !peripherals_plug(p, slot, (struct virtio_device){0}, err))
            return false;
    return true;
}

static bool fill(struct peripherals *p, struct error *err)
{
    for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++)
        if (!kinds[i]->create(p, err))
            return false;
    return fill_unused(p, err);
}

struct peripherals *peripherals_create(const struct peripherals_parts *parts, struct error *err)
{
    struct peripherals *p = calloc(1, sizeof *p);
    if (p == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    p->parts = *parts;
    if (fill(p, err))
        return p;
    peripherals_destroy(p);
    return NULL;
}

/* What went wrong first is told. */
bool peripherals_finish(struct peripherals *p, struct error *err)
{
    bool ok = true;
    p->source_count = 0;
    for (unsigned i = 0; i < p->count; i++)
        if (p->list[i].finish != NULL)
            ok &= p->list[i].finish(p->list[i].owner, ok ? err : NULL);
    return ok;
}

void peripherals_destroy(struct peripherals *p)
{
    if (p == NULL)
        return;
    for (unsigned slot = 0; slot < VIRTIO_SLOT_COUNT; slot++)
        virtio_mmio_destroy(p->transports[slot]);
    for (unsigned i = p->count; i-- > 0;)
        if (p->list[i].destroy != NULL)
            p->list[i].destroy(p->list[i].owner);
    free(p);
}

void peripherals_settle(struct peripherals *p)
{
    for (unsigned i = 0; i < p->count; i++)
        if (p->list[i].settle != NULL)
            p->list[i].settle(p->list[i].owner);
}

bool peripherals_retry(struct peripherals *p)
{
    bool ok = true;
    for (unsigned i = 0; i < p->count; i++)
        ok &= p->list[i].retry == NULL || p->list[i].retry(p->list[i].owner);
    return ok;
}

/* What the parts of a slot are called. */
#define TEN_NAMES(before, tens)                                                                                        \
    before #tens "0", before #tens "1", before #tens "2", before #tens "3", before #tens "4", before #tens "5",        \
        before #tens "6", before #tens "7", before #tens "8", before #tens "9"
#define NAMES(before) TEN_NAMES(before, ), TEN_NAMES(before, 1), TEN_NAMES(before, 2), TEN_NAMES(before, 3)
static const char *const transport_names[] = {NAMES("virtio")};
static const char *const device_names[] = {NAMES("virtio-device")};
_Static_assert(ARRAY_SIZE(device_names) >= VIRTIO_SLOT_COUNT, "each has a name");

static unsigned slot_states(const struct virtio_mmio *transport, unsigned slot, struct state_part *parts)
{
    const struct device *device = virtio_mmio_device(transport);
    parts[0] = (struct state_part){.name = transport_names[slot], .object = device->state, .table = device->saved};
    if (device->behind == NULL)
        return 1;
    parts[1] = *device->behind;
    parts[1].name = device_names[slot];
    return 2;
}

unsigned peripherals_states(struct peripherals *p, struct state_part *parts)
{
    unsigned count = 0;
    for (unsigned slot = 0; slot < VIRTIO_SLOT_COUNT; slot++)
        if (p->transports[slot] != NULL)
            count += slot_states(p->transports[slot], slot, parts + count);
    for (unsigned i = 0; i < p->count; i++)
        if (p->list[i].part.name != NULL)
            parts[count++] = p->list[i].part;
    return count;
}

const struct virtio *peripherals_virtio(const struct peripherals *p, unsigned slot)
{
    bool filled = slot < VIRTIO_SLOT_COUNT && p->transports[slot] != NULL;
    return filled ? virtio_mmio_core(p->transports[slot]) : NULL;
}

const struct event_source *peripherals_sources(const struct peripherals *p, unsigned *count)
{
    *count = p->source_count;
    return p->sources;
}
