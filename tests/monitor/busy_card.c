/* SPDX-License-Identifier: MIT */
/* Has the graphics card fill its largest picture without a pause, hundreds of times in advance; says "counting" after the first. */
#include "lib/mmio.h"

#define CARD 0x10015000
#define MEMORY 0x82000000 /* that the picture is filled from, 64 MiB of it again and again */
#define QUEUE_SIZE 256
enum { CREATE = 0x101, TRANSFER = 0x105, ATTACH = 0x106 };
enum { DESCRIPTOR_NEXT = 1, DESCRIPTOR_WRITE = 2 };
enum { FEATURES = 0x20, FEATURES_SEL = 0x24, SIZE = 0x38, READY = 0x44, NOTIFY = 0x50, STATUS = 0x70, AREAS = 0x80 };

struct header {
    uint32_t type, flags;
    uint64_t fence;
    uint32_t context, padding;
};
static struct {
    struct header header;
    uint32_t resource, format, width, height;
} create = {{.type = CREATE}, 1, 1, 4096, 16000};
static struct {
    struct header header;
    uint32_t resource, count;
    struct {
        uint64_t at;
        uint32_t bytes, padding;
    } list[4];
} attach = {{.type = ATTACH}, 1, 4, {{MEMORY, 1 << 26, 0}, {MEMORY, 1 << 26, 0}, {MEMORY, 1 << 26, 0}, {MEMORY, 1 << 26, 0}}};
static struct {
    struct header header;
    uint32_t x, y, width, height;
    uint64_t offset;
    uint32_t resource, padding;
} transfer = {{.type = TRANSFER}, 0, 0, 4096, 16000, 0, 1, 0};
static struct header answers[3];

static struct {
    uint64_t at;
    uint32_t bytes;
    uint16_t flags, next;
} descriptors[QUEUE_SIZE] __attribute__((aligned(16)));
static volatile struct {
    uint16_t flags, index, ring[QUEUE_SIZE];
} available;
static volatile struct {
    uint16_t flags, index;
    uint32_t ring[QUEUE_SIZE][2];
} used __attribute__((aligned(4)));

/* The n-th request: two descriptors, which the queue may name as often as it likes. */
static void describe(unsigned n, const void *request, uint32_t bytes)
{
    descriptors[2 * n].at = (uint64_t)request;
    descriptors[2 * n].bytes = bytes;
    descriptors[2 * n].flags = DESCRIPTOR_NEXT;
    descriptors[2 * n].next = (uint16_t)(2 * n + 1);
    descriptors[2 * n + 1].at = (uint64_t)&answers[n];
    descriptors[2 * n + 1].bytes = sizeof answers[n];
    descriptors[2 * n + 1].flags = DESCRIPTOR_WRITE;
}

static void start_card(void)
{
    const uint64_t areas[] = {(uint64_t)descriptors, (uint64_t)&available, (uint64_t)&used};
    write32(CARD + STATUS, 3);
    write32(CARD + FEATURES_SEL, 1);
    write32(CARD + FEATURES, 1); /* VIRTIO_F_VERSION_1 */
    write32(CARD + STATUS, 11);
    write32(CARD + SIZE, QUEUE_SIZE);
    for (unsigned i = 0; i < 3; i++) {
        write32(CARD + AREAS + 16 * i, areas[i]);
        write32(CARD + AREAS + 16 * i + 4, areas[i] >> 32);
    }
    write32(CARD + READY, 1);
    write32(CARD + STATUS, 15);
}

void test(void)
{
    describe(0, &create, sizeof create);
    describe(1, &attach, sizeof attach);
    describe(2, &transfer, sizeof transfer);
    for (unsigned i = 0; i < QUEUE_SIZE; i++)
        available.ring[i] = i < 2 ? 2 * i : 4;
    start_card();
    for (bool said = false;;) {
        available.index = used.index + QUEUE_SIZE;
        __asm__ volatile("fence" ::: "memory");
        write32(CARD + NOTIFY, 0);
        if (!said && used.index > 2) {
            expect(1, answers[2].type, 0x1100);
            put_text("counting\n");
            said = true;
        }
    }
}
