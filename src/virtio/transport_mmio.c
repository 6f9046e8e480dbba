/* SPDX-License-Identifier: MIT */
/* The registers of VirtIO 1.3 4.2.2 and, for version 1, 4.2.4. */
#include "virtio/transport_mmio.h"

#include <stdlib.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "base/little_endian.h"

#define MAGIC 0x74726976u /* "virt" */
/* "QEMU": the specification gives it no meaning, but teaching kernels (xv6) look for the one that they know. */
#define VENDOR_ID 0x554d4551u
#define LOW_HALF BITS(31, 0)
#define HIGH_HALF BITS(63, 32)

/* Feature bits of queues and transport (VirtIO 1.3 6). */
#define OFFERED_ALWAYS (BIT(VIRTIO_F_INDIRECT_DESC) | BIT(VIRTIO_F_EVENT_IDX))
#define OFFERED_LEGACY BIT(VIRTIO_F_ANY_LAYOUT)
#define OFFERED_MODERN (BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_RING_PACKED) | BIT(VIRTIO_F_RING_RESET))

struct virtio_mmio {
    struct device dev;
    struct state_part behind;
    struct virtio v;
    uint32_t offered_sel, accepted_sel;
    uint32_t queue_sel;
    uint32_t page_size; /* legacy */
    bool told_legacy;   /* the user was told that the guest wants version 1 */
};

/* NULL: the driver selected a queue that is not there. */
static struct virtio_queue *selected(struct virtio_mmio *mmio)
{
    return virtio_core_queue_max(&mmio->v, mmio->queue_sel) != 0 ? &mmio->v.queues[mmio->queue_sel] : NULL;
}

/* The same, if its registers may be written. */
static struct virtio_queue *selected_idle(struct virtio_mmio *mmio)
{
    struct virtio_queue *q = selected(mmio);
    return q != NULL && !q->ready ? q : NULL;
}

/* Who it is. */

static uint64_t read_magic(void *state, uint32_t index)
{
    (void)state;
    (void)index;
    return MAGIC;
}

static uint64_t read_version(void *state, UNUSED uint32_t index)
{
    const struct virtio_mmio *mmio = state;
    return mmio->v.legacy ? 1 : 2;
}

static uint64_t read_device_id(void *state, UNUSED uint32_t index)
{
    const struct virtio_mmio *mmio = state;
    return mmio->v.device.class != NULL ? mmio->v.device.class->device_id : 0;
}

static uint64_t read_vendor_id(void *state, uint32_t index)
{
    (void)state;
    (void)index;
    return VENDOR_ID;
}

/* Features. */

static uint64_t read_offered(void *state, UNUSED uint32_t index)
{
    const struct virtio_mmio *mmio = state;
    if (mmio->offered_sel > 1)
        return 0;
    return mmio->offered_sel == 0 ? mmio->v.offered & LOW_HALF : mmio->v.offered >> 32;
}

static void write_offered_sel(void *state, UNUSED uint32_t index, uint64_t value)
{
    ((struct virtio_mmio *)state)->offered_sel = (uint32_t)value;
}

static void write_accepted(void *state, UNUSED uint32_t index, uint64_t value)
{
    struct virtio_mmio *mmio = state;
    virtio_core_accept_features(&mmio->v, mmio->accepted_sel, (uint32_t)value);
}

static void write_accepted_sel(void *state, UNUSED uint32_t index, uint64_t value)
{
    ((struct virtio_mmio *)state)->accepted_sel = (uint32_t)value;
}

/* Queues. */

static void write_queue_sel(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    ((struct virtio_mmio *)state)->queue_sel = (uint32_t)value;
}

static uint64_t read_queue_size_max(void *state, uint32_t index)
{
    (void)index;
    const struct virtio_mmio *mmio = state;
    return virtio_core_queue_max(&mmio->v, mmio->queue_sel);
}

static void write_queue_size(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    struct virtio_queue *q = selected_idle(state);
    if (q != NULL)
        q->size = (uint32_t)value;
}

static uint64_t read_queue_ready(void *state, uint32_t index)
{
    (void)index;
    const struct virtio_queue *q = selected(state);
    return q != NULL && q->ready;
}

static void write_queue_ready(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    struct virtio_mmio *mmio = state;
    const struct virtio_queue *q = selected(mmio);
    if (q == NULL)
        return;
    if ((value & 1) == 0)
        virtio_core_stop_queue(&mmio->v, mmio->queue_sel);
    else if (!q->ready)
        virtio_core_start_queue(&mmio->v, mmio->queue_sel);
}

/* Done at once, so it always reads as 0; the queue's registers are as after a reset (VirtIO 1.3 2.6.1). */
static void write_queue_reset(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    struct virtio_mmio *mmio = state;
    if ((value & 1) != 0 && selected(mmio) != NULL && virtio_has(&mmio->v, VIRTIO_F_RING_RESET))
        virtio_core_stop_queue(&mmio->v, mmio->queue_sel);
}

static void set_half(uint64_t *address, uint64_t half, uint64_t value)
{
    *address = field_set(*address, half, value);
}

static void write_descriptor_area(void *state, uint32_t index, uint64_t value)
{
    struct virtio_queue *q = selected_idle(state);
    if (q != NULL)
        set_half(&q->descriptor_area, index == 0 ? LOW_HALF : HIGH_HALF, value);
}

static void write_driver_area(void *state, uint32_t index, uint64_t value)
{
    struct virtio_queue *q = selected_idle(state);
    if (q != NULL)
        set_half(&q->driver_area, index == 0 ? LOW_HALF : HIGH_HALF, value);
}

static void write_device_area(void *state, uint32_t index, uint64_t value)
{
    struct virtio_queue *q = selected_idle(state);
    if (q != NULL)
        set_half(&q->device_area, index == 0 ? LOW_HALF : HIGH_HALF, value);
}

static void write_queue_notify(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    struct virtio_mmio *mmio = state;
    virtio_core_notify(&mmio->v, (uint32_t)value);
}

/* Version 1's way to place a queue. */

static void write_page_size(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    ((struct virtio_mmio *)state)->page_size = (uint32_t)value;
}

static void write_queue_align(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    struct virtio_queue *q = selected_idle(state);
    if (q != NULL)
        q->align = (uint32_t)value;
}

static uint64_t read_queue_pfn(void *state, uint32_t index)
{
    (void)index;
    const struct virtio_queue *q = selected(state);
    return q != NULL ? q->pfn : 0;
}

/* VirtIO 1.3 2.7.2. With an alignment that is no power of two the used ring is where no driver looks for it, so the
 * place is refused as one that is not in RAM. */
static void place_legacy_queue(const struct virtio_mmio *mmio, struct virtio_queue *q)
{
    bool legal = q->align != 0 && is_aligned(q->align, q->align);
    q->descriptor_area = (uint64_t)q->pfn * mmio->page_size;
    q->driver_area = q->descriptor_area + 16 * (uint64_t)q->size;
    uint64_t end = q->driver_area + 2 * (3 + (uint64_t)q->size);
    q->device_area = legal ? align_up(end, q->align) : UINT64_MAX;
}

static void write_queue_pfn(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    struct virtio_mmio *mmio = state;
    struct virtio_queue *q = selected(mmio);
    if (q == NULL)
        return;
    virtio_core_stop_queue(&mmio->v, mmio->queue_sel);
    q->pfn = (uint32_t)value;
    if (q->pfn == 0)
        return;
    place_legacy_queue(mmio, q);
    virtio_core_start_queue(&mmio->v, mmio->queue_sel);
}

/* A driver for version 1 that did not look at the version. */
static void refuse_queue_pfn(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    (void)value;
    struct virtio_mmio *mmio = state;
    if (mmio->told_legacy)
        return;
    mmio->told_legacy = true;
    virtio_core_say(&mmio->v, "the guest writes QueuePFN, a register of virtio-mmio version 1, but this is version 2; "
                              "--machine virt,virtio-legacy=on gives it version 1");
}

/* Interrupt and status. */

static uint64_t read_interrupt_status(void *state, uint32_t index)
{
    (void)index;
    const struct virtio_mmio *mmio = state;
    return mmio->v.interrupt_status;
}

static void write_interrupt_ack(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    struct virtio_mmio *mmio = state;
    virtio_core_acknowledge(&mmio->v, (uint8_t)value);
}

static uint64_t read_status(void *state, uint32_t index)
{
    (void)index;
    const struct virtio_mmio *mmio = state;
    return mmio->v.status;
}

static void forget_selections(struct virtio_mmio *mmio)
{
    mmio->offered_sel = mmio->accepted_sel = 0;
    mmio->queue_sel = 0;
    mmio->page_size = PAGE_BYTES;
}

static void write_status(void *state, uint32_t index, uint64_t value)
{
    (void)index;
    struct virtio_mmio *mmio = state;
    virtio_core_set_status(&mmio->v, (uint8_t)value);
    if ((uint8_t)value == 0)
        forget_selections(mmio);
}

/* There is no shared memory: all ones, for length and base of any region. */
static uint64_t read_shared_memory(void *state, uint32_t index)
{
    (void)state;
    (void)index;
    return UINT32_MAX;
}

/* Configuration space. */

static uint64_t read_config_generation(void *state, uint32_t index)
{
    (void)index;
    const struct virtio_mmio *mmio = state;
    return mmio->v.config_generation;
}

static uint64_t read_config(void *state, uint32_t index)
{
    const struct virtio_device *device = &((const struct virtio_mmio *)state)->v.device;
    uint8_t bytes[VIRTIO_CONFIG_BYTES] = {0};
    if (device->class->config == NULL || 8 * index >= device->class->config_bytes)
        return 0;
    device->class->config(device->state, bytes);
    return little_get(bytes + 8 * index, 8);
}

/* The words that change. */
static void write_config(void *state, uint32_t index, uint64_t value)
{
    const struct virtio_mmio *mmio = state;
    const struct virtio_device *device = &mmio->v.device;
    if (device->class->config_write == NULL)
        return;
    uint64_t changed = value ^ read_config(state, index);
    for (uint32_t half = 0; half < 2; half++) {
        uint32_t offset = 8 * index + 4 * half;
        if ((uint32_t)(changed >> (32 * half)) != 0 && offset < device->class->config_bytes)
            device->class->config_write(device->state, offset, (uint32_t)(value >> (32 * half)));
    }
}

#define WORD(at) .offset = (at), .size = 4
#define PAIR(at) .offset = (at), .size = 4, .count = 2, .stride = 4

/* What version 1 and 2 have in common, in two parts: the busiest registers come first. */
#define HEAD_REGS                                                                                                      \
    {.name = "QueueNotify", WORD(0x050), .write = write_queue_notify, .meaning = "the queue with new buffers"},        \
        {.name = "InterruptStatus",                                                                                    \
         WORD(0x060),                                                                                                  \
         .read = read_interrupt_status,                                                                                \
         .meaning = "bit 0: buffers were used; bit 1: the configuration changed"},                                     \
        {.name = "InterruptACK",                                                                                       \
         WORD(0x064),                                                                                                  \
         .write = write_interrupt_ack,                                                                                 \
         .meaning = "clears bits of InterruptStatus"},                                                                 \
        {.name = "MagicValue", WORD(0x000), .read = read_magic, .meaning = "\"virt\""},                                \
        {.name = "Version", WORD(0x004), .read = read_version, .meaning = "2, or 1 for the legacy interface"},         \
        {.name = "DeviceID", WORD(0x008), .read = read_device_id, .meaning = "kind of device; 0: none"},               \
        {.name = "VendorID", WORD(0x00c), .read = read_vendor_id, .meaning = "no meaning"},                            \
        {.name = "DeviceFeatures", WORD(0x010), .read = read_offered, .meaning = "32 of the features offered"},        \
        {.name = "DeviceFeaturesSel", WORD(0x014), .write = write_offered_sel, .meaning = "which 32"},                 \
        {.name = "DriverFeatures", WORD(0x020), .write = write_accepted, .meaning = "32 of the features accepted"},    \
    {                                                                                                                  \
        .name = "DriverFeaturesSel", WORD(0x024), .write = write_accepted_sel, .meaning = "which 32"                   \
    }

#define TAIL_REGS                                                                                                      \
    {.name = "QueueSel", WORD(0x030), .write = write_queue_sel, .meaning = "the queue that Queue* registers are of"},  \
        {.name = "QueueSizeMax", WORD(0x034), .read = read_queue_size_max, .meaning = "most entries; 0: no queue"},    \
        {.name = "QueueSize", WORD(0x038), .write = write_queue_size, .meaning = "entries in use"},                    \
        {.name = "Status", WORD(0x070), .read = read_status, .write = write_status, .meaning = "status; 0 resets"},    \
    {                                                                                                                  \
        .name = "Config", .offset = 0x100, .size = 8, .narrowest = 1, .count = VIRTIO_CONFIG_BYTES / 8, .stride = 8,   \
        .read = read_config, .write = write_config, .meaning = "configuration space of the device"                     \
    }

static const struct reg modern_regs[] = {
    HEAD_REGS,
    {.name = "QueuePFN", WORD(0x040), .write = refuse_queue_pfn, .meaning = "version 1 alone has it"},
    {.name = "QueueReady",
     WORD(0x044),
     .read = read_queue_ready,
     .write = write_queue_ready,
     .meaning = "1: the queue is in use"},
    {.name = "QueueDesc", PAIR(0x080), .write = write_descriptor_area, .meaning = "address of the descriptors"},
    {.name = "QueueDriver", PAIR(0x090), .write = write_driver_area, .meaning = "address of the driver's area"},
    {.name = "QueueDevice", PAIR(0x0a0), .write = write_device_area, .meaning = "address of the device's area"},
    {.name = "SHMSel", WORD(0x0ac), .meaning = "selects a region of shared memory; there is none"},
    {.name = "SHMLenBase",
     .offset = 0x0b0,
     .size = 4,
     .count = 4,
     .stride = 4,
     .read = read_shared_memory,
     .meaning = "its length and base: all ones"},
    {.name = "QueueReset", WORD(0x0c0), .write = write_queue_reset, .meaning = "1 stops the queue; reads as 0"},
    {.name = "ConfigGeneration",
     WORD(0x0fc),
     .read = read_config_generation,
     .meaning = "another value: the configuration changed in between"},
    TAIL_REGS,
    REG_END,
};

static const struct reg legacy_regs[] = {
    HEAD_REGS,
    {.name = "GuestPageSize", WORD(0x028), .write = write_page_size, .meaning = "the unit of QueuePFN in bytes"},
    {.name = "QueueAlign", WORD(0x03c), .write = write_queue_align, .meaning = "alignment of the used ring in bytes"},
    {.name = "QueuePFN",
     WORD(0x040),
     .read = read_queue_pfn,
     .write = write_queue_pfn,
     .meaning = "the queue's first page; 0 stops the queue"},
    TAIL_REGS,
    REG_END,
};

/* Drivers that scan the slots may write a status before they see DeviceID. */
static const struct reg empty_regs[] = {
    {.name = "MagicValue", WORD(0x000), .read = read_magic, .meaning = "\"virt\""},
    {.name = "Version", WORD(0x004), .read = read_version, .meaning = "2, or 1 for the legacy interface"},
    {.name = "DeviceID", WORD(0x008), .read = read_device_id, .meaning = "0: no device"},
    {.name = "VendorID", WORD(0x00c), .read = read_vendor_id, .meaning = "no meaning"},
    {.name = "Nothing", .offset = 0x010, .size = 4, .count = 60, .stride = 4, .meaning = "reads as 0"},
    REG_END,
};

static void reset_slot(void *state)
{
    struct virtio_mmio *mmio = state;
    if (mmio->v.device.class != NULL)
        virtio_core_reset(&mmio->v);
    forget_selections(mmio);
}

static const struct state_field mmio_fields[] = {
    STATE_NOT(struct virtio_mmio, dev, "made with the machine"),
    STATE_NOT(struct virtio_mmio, behind, "made with the machine"),
    STATE_INNER(struct virtio_mmio, v, virtio_core_fields, "status, features and queues"),
    STATE(struct virtio_mmio, offered_sel, STATE_ANY, "DeviceFeaturesSel"),
    STATE(struct virtio_mmio, accepted_sel, STATE_ANY, "DriverFeaturesSel"),
    STATE(struct virtio_mmio, queue_sel, STATE_ANY, "QueueSel"),
    STATE(struct virtio_mmio, page_size, STATE_ANY, "GuestPageSize (version 1)"),
    STATE_NOT(struct virtio_mmio, told_legacy, "the user's patience, not the guest's"),
    STATE_END,
};

static bool mmio_check(const void *object)
{
    return virtio_core_check(&((const struct virtio_mmio *)object)->v);
}

static void mmio_loaded(void *object)
{
    virtio_core_loaded(&((struct virtio_mmio *)object)->v);
}

static const struct state_table mmio_saved = {
    .fields = mmio_fields,
    .bytes = sizeof(struct virtio_mmio),
    .check = mmio_check,
    .loaded = mmio_loaded,
};

static const struct reg *regs_of(const struct virtio_mmio_config *config)
{
    if (config->device.class == NULL)
        return empty_regs;
    return config->legacy ? legacy_regs : modern_regs;
}

struct virtio_mmio *virtio_mmio_create(const struct virtio_mmio_config *config)
{
    struct virtio_mmio *mmio = calloc(1, sizeof *mmio);
    if (mmio == NULL)
        return NULL;
    bool empty = config->device.class == NULL;
    mmio->dev = (struct device){
        .name = empty ? "virtio-mmio" : config->device.class->name,
        .state = mmio,
        .regs = regs_of(config),
        .reset = reset_slot,
        .saved = &mmio_saved,
        .behind = empty ? NULL : &mmio->behind,
    };
    mmio->v = (struct virtio){
        .mem = config->mem,
        .irq = config->irq,
        .message = config->message,
        .device = config->device,
        .legacy = config->legacy,
        .offered = OFFERED_ALWAYS | (config->legacy ? OFFERED_LEGACY : OFFERED_MODERN),
    };
    if (!empty) {
        mmio->behind = virtio_part(&config->device);
        virtio_core_init(&mmio->v, config->withheld);
    }
    forget_selections(mmio);
    return mmio;
}

void virtio_mmio_destroy(struct virtio_mmio *mmio)
{
    free(mmio);
}

const struct device *virtio_mmio_device(const struct virtio_mmio *mmio)
{
    return &mmio->dev;
}

const struct virtio *virtio_mmio_core(const struct virtio_mmio *mmio)
{
    return &mmio->v;
}
