/* SPDX-License-Identifier: MIT */
#include "disk.h"

#include "board.h"
#include "csr.h"
#include "plic.h"

/* The registers of a VirtIO device, by offset. */
enum {
    MAGIC = 0x00, VERSION = 0x04, DEVICE_ID = 0x08,
    DEVICE_FEATURES = 0x10, DEVICE_FEATURES_SEL = 0x14,
    DRIVER_FEATURES = 0x20, DRIVER_FEATURES_SEL = 0x24,
    QUEUE_SEL = 0x30, QUEUE_SIZE_MAX = 0x34, QUEUE_SIZE = 0x38, QUEUE_READY = 0x44,
    QUEUE_NOTIFY = 0x50, INTERRUPT_STATUS = 0x60, INTERRUPT_ACK = 0x64, STATUS = 0x70,
    QUEUE_DESC = 0x80, QUEUE_DRIVER = 0x90, QUEUE_DEVICE = 0xa0, /* 64 bits each */
    CONFIG = 0x100,
};
enum { MAGIC_VALUE = 0x74726976, DEVICE_BLOCK = 2 };
enum { ACKNOWLEDGE = 1, DRIVER = 2, DRIVER_OK = 4, FEATURES_OK = 8 }; /* in STATUS */
enum { FEATURE_VERSION_1 = 1 << (32 - 32) }; /* bit 32, in the second word */

/* The queue: a table of descriptors, what we offer, and what the device has done. */
enum { ENTRIES = 4 };
enum { NEXT = 1, WRITE = 2 };      /* flags: another descriptor follows; the device writes there */

struct descriptor {
    uint64_t address;
    uint32_t bytes;
    uint16_t flags;
    uint16_t next;
};

struct available {
    uint16_t flags;
    uint16_t index;
    uint16_t ring[ENTRIES];
};

struct used {
    uint16_t flags;
    uint16_t index;
    struct { uint32_t id, bytes; } ring[ENTRIES];
};

static _Alignas(16) volatile struct descriptor descriptors[ENTRIES];
static _Alignas(2) volatile struct available available;
static _Alignas(4) volatile struct used used;

enum { READ_SECTORS = 0, WRITE_SECTORS = 1 };
enum { STATUS_OK = 0 };

static volatile struct {
    uint32_t type;
    uint32_t reserved;
    uint64_t sector;
} header;
static volatile uint8_t status;

static uintptr_t base;             /* of its registers */
static unsigned source;

static uint32_t get(unsigned offset)
{
    return REGISTER(uint32_t, base + offset);
}

static void put(unsigned offset, uint32_t value)
{
    REGISTER(uint32_t, base + offset) = value;
}

static void put_address(unsigned offset, volatile void *address)
{
    put(offset, (uint64_t)address);
    put(offset + 4, (uint64_t)address >> 32);
}

/* Everything before it happens, for devices too, before anything behind it. */
static void barrier(void)
{
    asm volatile("fence iorw, iorw" : : : "memory");
}

static bool find(void)
{
    for (unsigned slot = 0; slot < VIRTIO_SLOTS; slot++) {
        base = VIRTIO + slot * VIRTIO_BYTES;
        source = VIRTIO_SOURCE + slot;
        if (get(MAGIC) == MAGIC_VALUE && get(VERSION) == 2 && get(DEVICE_ID) == DEVICE_BLOCK)
            return true;
    }
    return false;
}

/* The device offers features, and we choose: version 1 of the standard, and no extras. */
static bool agree_on_features(void)
{
    put(DEVICE_FEATURES_SEL, 1);
    if (!(get(DEVICE_FEATURES) & FEATURE_VERSION_1))
        return false;
    put(DRIVER_FEATURES_SEL, 1);
    put(DRIVER_FEATURES, FEATURE_VERSION_1);
    put(DRIVER_FEATURES_SEL, 0);
    put(DRIVER_FEATURES, 0);
    put(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK);
    return get(STATUS) & FEATURES_OK;
}

static bool start_queue(void)
{
    put(QUEUE_SEL, 0);
    if (get(QUEUE_SIZE_MAX) < ENTRIES)
        return false;
    put(QUEUE_SIZE, ENTRIES);
    put_address(QUEUE_DESC, descriptors);
    put_address(QUEUE_DRIVER, &available);
    put_address(QUEUE_DEVICE, &used);
    put(QUEUE_READY, 1);
    return true;
}

bool disk_init(void)
{
    if (!find())
        return false;
    put(STATUS, 0);                /* reset */
    put(STATUS, ACKNOWLEDGE);
    put(STATUS, ACKNOWLEDGE | DRIVER);
    if (!agree_on_features() || !start_queue())
        return false;
    put(STATUS, ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK);
    plic_enable(source);
    return true;
}

uint64_t disk_sectors(void)
{
    return get(CONFIG) | (uint64_t)get(CONFIG + 4) << 32;
}

static void describe(unsigned i, volatile void *address, uint32_t bytes, uint16_t flags)
{
    descriptors[i].address = (uint64_t)address;
    descriptors[i].bytes = bytes;
    descriptors[i].flags = flags;
    descriptors[i].next = i + 1;
}

static void wait_until_used(uint16_t index)
{
    csr_clear(mstatus, MSTATUS_MIE);
    while (used.index != index) {
        asm volatile("wfi");       /* wakes for a pending interrupt, */
        csr_set(mstatus, MSTATUS_MIE);
        csr_clear(mstatus, MSTATUS_MIE); /* which is taken between these two */
    }
    csr_set(mstatus, MSTATUS_MIE);
}

static bool request(uint32_t type, uint64_t sector, void *bytes)
{
    header.type = type;
    header.sector = sector;
    status = 0xff;                 /* no status of the device's */
    describe(0, &header, sizeof header, NEXT);
    describe(1, bytes, SECTOR_BYTES, type == READ_SECTORS ? NEXT | WRITE : NEXT);
    describe(2, &status, sizeof status, WRITE);

    uint16_t index = available.index;
    available.ring[index % ENTRIES] = 0; /* the chain begins with descriptor 0 */
    barrier();
    available.index = index + 1;
    barrier();
    put(QUEUE_NOTIFY, 0);
    wait_until_used(index + 1);
    barrier();
    return status == STATUS_OK;
}

bool disk_read(uint64_t sector, void *bytes)
{
    return request(READ_SECTORS, sector, bytes);
}

bool disk_write(uint64_t sector, const void *bytes)
{
    return request(WRITE_SECTORS, sector, (void *)bytes);
}

unsigned disk_source(void)
{
    return source;
}

void disk_interrupt(void)
{
    put(INTERRUPT_ACK, get(INTERRUPT_STATUS));
}
