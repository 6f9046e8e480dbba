/* SPDX-License-Identifier: MIT */
/* Writes every block of its disk, eight at a time, flushes, reads all of it again, and powers off. The status is 2 where a write or
 * flush has failed, 3 for a read, 4 where something else is read than was written. */
#include "lib/guest.h"

#define QUEUE_SIZE 32
#include "lib/virtio.h"

#define SLOT 0x10001000
#define CAPACITY (SLOT + 0x100)
#define REQUESTS 8
#define DATA_BYTES 4096
#define SECTORS (DATA_BYTES / 512)

enum { BLK_IN = 0, BLK_OUT = 1, BLK_FLUSH = 4 };
#define BLK_F_FLUSH (1u << 9)

struct header {
    uint32_t type, reserved;
    uint64_t sector;
};

static struct queue queue;
static volatile struct header headers[REQUESTS];
static volatile uint8_t status[REQUESTS];
static uint64_t data[REQUESTS][DATA_BYTES / 8] __attribute__((aligned(PAGE)));
static uint16_t seen;

static void start_disk(void)
{
    begin_device(SLOT, BLK_F_FLUSH);
    start_queue(SLOT, 0, &queue);
    end_device(SLOT);
}

static void request(unsigned n, uint32_t type, uint64_t block)
{
    unsigned at = 3 * n;
    headers[n].type = type;
    headers[n].sector = block * SECTORS;
    describe(&queue, at, &headers[n], sizeof headers[n], DESCRIPTOR_NEXT);
    if (type != BLK_FLUSH)
        describe(&queue, at + 1, data[n], DATA_BYTES, DESCRIPTOR_NEXT | (type == BLK_IN ? DESCRIPTOR_WRITE : 0));
    else
        queue.descriptors[at].next = (uint16_t)(at + 2);
    describe(&queue, at + 2, &status[n], 1, DESCRIPTOR_WRITE);
    offer(SLOT, 0, &queue, at);
}

static void take(unsigned count, int code)
{
    while (count > 0) {
        await(&queue, (uint16_t)(seen + 1));
        if (status[queue.used.ring[seen++ % QUEUE_SIZE][0] / 3] != 0)
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
            request(n, BLK_OUT, block + n);
        }
        take(REQUESTS, 2);
    }
    request(0, BLK_FLUSH, 0);
    take(1, 2);
}

static void read_all(uint64_t blocks)
{
    for (uint64_t block = 0; block < blocks; block += REQUESTS) {
        for (unsigned n = 0; n < REQUESTS; n++)
            request(n, BLK_IN, block + n);
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
