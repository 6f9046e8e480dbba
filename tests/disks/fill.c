/* SPDX-License-Identifier: MIT */
/* Writes every block of its disk, eight at a time, flushes, reads all of it again, and powers off. The status is 2 where a write or
 * flush has failed, 3 for a read, 4 where something else is read than was written. */
#include "lib/guest.h"
#include "lib/mmio.h"

#define SLOT 0x10001000
#define CAPACITY (SLOT + 0x100)
#define REQUESTS 8
#define ENTRIES 32
#define DATA_BYTES 4096
#define SECTORS (DATA_BYTES / 512)

enum { DESC_NEXT = 1, DESC_WRITE = 2 };
enum { BLK_IN = 0, BLK_OUT = 1, BLK_FLUSH = 4 };
enum { STATUS = 0x70, QUEUE_SEL = 0x30, QUEUE_NUM = 0x38, QUEUE_READY = 0x44, NOTIFY = 0x50 };

struct descriptor {
    uint64_t address;
    uint32_t length;
    uint16_t flags, next;
};

struct header {
    uint32_t type, reserved;
    uint64_t sector;
};

static volatile struct descriptor descriptors[ENTRIES] __attribute__((aligned(PAGE)));
static volatile uint16_t available[2 + ENTRIES] __attribute__((aligned(PAGE)));
static volatile struct {
    uint16_t flags, index;
    struct {
        uint32_t id, length;
    } ring[ENTRIES];
} used __attribute__((aligned(PAGE)));
static volatile struct header headers[REQUESTS];
static volatile uint8_t status[REQUESTS];
static uint64_t data[REQUESTS][DATA_BYTES / 8] __attribute__((aligned(PAGE)));
static uint16_t seen;

static void mmio_set_pair(uint64_t offset, volatile void *address)
{
    write32(SLOT + offset, (uint64_t)address & UINT32_MAX);
    write32(SLOT + offset + 4, (uint64_t)address >> 32);
}

static void start_disk(void)
{
    write32(SLOT + STATUS, 0);
    write32(SLOT + STATUS, 3);
    write32(SLOT + 0x24, 0);
    write32(SLOT + 0x20, 1 << 9); /* VIRTIO_BLK_F_FLUSH */
    write32(SLOT + 0x24, 1);
    write32(SLOT + 0x20, 1); /* VIRTIO_F_VERSION_1 */
    write32(SLOT + STATUS, 11);
    write32(SLOT + QUEUE_SEL, 0);
    write32(SLOT + QUEUE_NUM, ENTRIES);
    mmio_set_pair(0x80, descriptors);
    mmio_set_pair(0x90, available);
    mmio_set_pair(0xa0, &used);
    write32(SLOT + QUEUE_READY, 1);
    write32(SLOT + STATUS, 15);
}

static void describe(unsigned at, volatile void *address, uint32_t length, uint16_t flags)
{
    descriptors[at].address = (uint64_t)address;
    descriptors[at].length = length;
    descriptors[at].flags = flags;
    descriptors[at].next = (uint16_t)(at + 1);
}

static void offer(unsigned n, uint32_t type, uint64_t block)
{
    unsigned at = 3 * n;
    headers[n].type = type;
    headers[n].sector = block * SECTORS;
    describe(at, &headers[n], sizeof headers[n], DESC_NEXT);
    if (type != BLK_FLUSH)
        describe(at + 1, data[n], DATA_BYTES, DESC_NEXT | (type == BLK_IN ? DESC_WRITE : 0));
    else
        descriptors[at].next = (uint16_t)(at + 2);
    describe(at + 2, &status[n], 1, DESC_WRITE);
    available[2 + available[1] % ENTRIES] = (uint16_t)at;
    __sync_synchronize();
    available[1]++;
    write32(SLOT + NOTIFY, 0);
}

static void take(unsigned count, int code)
{
    while (count > 0) {
        while (seen == used.index)
            continue;
        __sync_synchronize();
        if (status[used.ring[seen++ % ENTRIES].id / 3] != 0)
            fail(code);
        count--;
    }
}

static uint64_t word_of(uint64_t block, unsigned i)
{
    return block * UINT64_C(0x9e3779b97f4a7c15) + i + 1;
}

static void write_all(uint64_t blocks)
{
    for (uint64_t block = 0; block < blocks; block += REQUESTS) {
        for (unsigned n = 0; n < REQUESTS; n++) {
            for (unsigned i = 0; i < DATA_BYTES / 8; i++)
                data[n][i] = word_of(block + n, i);
            offer(n, BLK_OUT, block + n);
        }
        take(REQUESTS, 2);
    }
    offer(0, BLK_FLUSH, 0);
    take(1, 2);
}

static void read_all(uint64_t blocks)
{
    for (uint64_t block = 0; block < blocks; block += REQUESTS) {
        for (unsigned n = 0; n < REQUESTS; n++)
            offer(n, BLK_IN, block + n);
        take(REQUESTS, 3);
        for (unsigned n = 0; n < REQUESTS; n++)
            for (unsigned i = 0; i < DATA_BYTES / 8; i++)
                if (data[n][i] != word_of(block + n, i))
                    fail(4);
    }
}

void test(void)
{
    uint64_t blocks = read64(CAPACITY) / SECTORS;
    start_disk();
    write_all(blocks);
    read_all(blocks);
}
