/* SPDX-License-Identifier: MIT */
/* Has the graphics card fill its largest picture without a pause, many times in advance; says "counting" after the first. */
#define QUEUE_SIZE 256
#include "lib/virtio.h"

#define CARD 0x10015000
#define MEMORY 0x82000000 /* that the picture is filled from, 64 MiB of it again and again */
enum { CREATE = 0x101, TRANSFER = 0x105, ATTACH = 0x106 };
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
} attach = {
    {.type = ATTACH}, 1, 4, {{MEMORY, 1 << 26, 0}, {MEMORY, 1 << 26, 0}, {MEMORY, 1 << 26, 0}, {MEMORY, 1 << 26, 0}}};
static struct {
    struct header header;
    uint32_t x, y, width, height;
    uint64_t offset;
    uint32_t resource, padding;
} transfer = {{.type = TRANSFER}, 0, 0, 4096, 16000, 0, 1, 0};
static struct header answers[3];

static struct queue control;

/* The n-th request. */
static void describe_request(unsigned n, const void *request, uint32_t bytes)
{
    describe(&control, 2 * n, request, bytes, DESCRIPTOR_NEXT);
    describe(&control, 2 * n + 1, &answers[n], sizeof answers[n], DESCRIPTOR_WRITE);
}

void test(void)
{
    describe_request(0, &create, sizeof create);
    describe_request(1, &attach, sizeof attach);
    describe_request(2, &transfer, sizeof transfer);
    begin_device(CARD, 0);
    start_queue(CARD, 0, &control);
    end_device(CARD);
    for (unsigned i = 0; i < QUEUE_SIZE; i++)
        control.available.ring[i] = i < 2 ? 2 * i : 4;
    for (bool said = false;;) {
        control.available.index = control.used.index + QUEUE_SIZE;
        __asm__ volatile("fence" ::: "memory");
        write32(CARD + VIRTIO_NOTIFY, 0);
        if (!said && control.used.index > 2) {
            expect(1, answers[2].type, 0x1100);
            put_text("counting\n");
            said = true;
        }
    }
}
