/* SPDX-License-Identifier: MIT */
/* Records text by the sound card, a sample a letter, and writes it to the UART until there is silence. */
#define QUEUE_SIZE 64
#include "lib/virtio.h"

#define CARD 0x10018000
#define BYTES 100 /* of a buffer; some wait in the queue at any time */
#define BUFFERS 4
enum { CONTROL, EVENTS, OUTPUT, INPUT };
enum { SET = 0x101, PREPARE, START = 0x104 };
enum { OK = 0x8000, U8 = 4, RATE_192000 = 12, SILENCE = 0x80 };

static struct queue control, input;
static uint32_t request[6], answer;
static const uint32_t stream = 1;
static uint8_t samples[BUFFERS][BYTES];
static uint32_t status[BUFFERS][2];

static void ask(uint32_t code, uint32_t bytes)
{
    request[0] = code;
    request[1] = stream;
    describe(&control, 0, request, bytes, DESCRIPTOR_NEXT);
    describe(&control, 1, &answer, sizeof answer, DESCRIPTOR_WRITE);
    offer(CARD, CONTROL, &control, 0);
    await(&control, control.available.index);
    expect(1, *(volatile uint32_t *)&answer, OK);
}

static void offer_buffer(unsigned n)
{
    describe(&input, 3 * n, &stream, sizeof stream, DESCRIPTOR_NEXT);
    describe(&input, 3 * n + 1, samples[n], BYTES, DESCRIPTOR_NEXT | DESCRIPTOR_WRITE);
    describe(&input, 3 * n + 2, status[n], sizeof status[n], DESCRIPTOR_WRITE);
    offer(CARD, INPUT, &input, 3 * n);
}

void test(void)
{
    begin_device(CARD, 0);
    start_queue(CARD, CONTROL, &control);
    start_queue(CARD, INPUT, &input);
    end_device(CARD);
    request[2] = BYTES * BUFFERS;
    request[3] = BYTES;
    request[5] = 1 | U8 << 8 | RATE_192000 << 16;
    ask(SET, 24);
    ask(PREPARE, 8);
    for (unsigned i = 0; i < BUFFERS; i++)
        offer_buffer(i);
    ask(START, 8);
    for (unsigned n = 0;; n++) {
        await(&input, (uint16_t)(n + 1));
        for (unsigned i = 0; i < BYTES; i++) {
            if (samples[n % BUFFERS][i] == SILENCE)
                return;
            write8(UART, samples[n % BUFFERS][i]);
        }
        offer_buffer(n % BUFFERS);
    }
}
