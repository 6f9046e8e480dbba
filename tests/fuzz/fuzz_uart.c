/* SPDX-License-Identifier: MIT */
/* The UART against a plain model of its FIFO: bytes come out in order, none is lost but by an
 * overrun or a reset, the line agrees with IIR, and looking changes nothing. */
#include <string.h>

#include "bus/bus.h"
#include "devices/uart16550.h"
#include "fuzz.h"

#define BASE UINT64_C(0x10000000)
#define DEPTH UART16550_FIFO_BYTES
enum { RBR, IER, IIR, LCR, MCR, LSR, MSR, SCR };
enum { FCR = 2, DLAB = 0x80, LOOP = 0x10, READY = 0x01, OVERRUN = 0x02, SENT = 0x60 };

struct model {
    uint8_t bytes[DEPTH];
    unsigned count;
    bool fifo;
    bool overrun;
    bool line;
    uint64_t sent;
    uint64_t expected_sent;
};

struct rig {
    struct model model;
    struct bus *bus;
    struct uart16550 *uart;
};

static void drive(void *target, unsigned input, bool level)
{
    (void)input;
    ((struct model *)target)->line = level;
}

static void sink(void *owner, const uint8_t *bytes, size_t count)
{
    EXPECT(bytes != NULL && count == 1);
    ((struct model *)owner)->sent += count;
}

static uint64_t look(const struct rig *rig, unsigned offset)
{
    uint64_t value = 0;
    EXPECT(bus_peek(rig->bus, BASE + offset, 1, &value));
    EXPECT(value <= UINT8_MAX);
    return value;
}

static void model_push(struct model *model, uint8_t byte)
{
    unsigned depth = model->fifo ? DEPTH : 1;
    bool full = model->count == depth;
    model->overrun |= full;
    if (full && model->fifo)
        return;
    model->count -= full;
    model->bytes[model->count++] = byte;
}

static uint8_t model_pop(struct model *model)
{
    if (model->count == 0)
        return 0;
    uint8_t byte = model->bytes[0];
    memmove(model->bytes, model->bytes + 1, --model->count);
    return byte;
}

static void model_control(struct model *model, uint8_t fcr)
{
    bool enable = fcr & 1;
    if (enable != model->fifo || (enable && (fcr & 2) != 0))
        model->count = 0;
    model->fifo = enable;
}

static void model_write(struct rig *rig, unsigned offset, uint8_t value)
{
    bool dlab = (look(rig, LCR) & DLAB) != 0;
    if (offset == FCR)
        model_control(&rig->model, value);
    if (offset != RBR || dlab)
        return;
    if ((look(rig, MCR) & LOOP) != 0)
        model_push(&rig->model, value);
    else
        rig->model.expected_sent++;
}

static void write_register(struct rig *rig, struct fuzz_input *input, unsigned size)
{
    uint64_t offset = fuzz_take(input, 1) & 7 & ~(uint64_t)(size - 1);
    uint64_t value = fuzz_take(input, 1);
    model_write(rig, (unsigned)offset, (uint8_t)value);
    EXPECT(bus_write(rig->bus, BASE + offset, size, value | UINT64_C(0xabcdef) << 8));
}

static void read_register(struct rig *rig, struct fuzz_input *input, unsigned size)
{
    uint64_t offset = fuzz_take(input, 1) & 7 & ~(uint64_t)(size - 1);
    bool dlab = (look(rig, LCR) & DLAB) != 0;
    uint64_t before = look(rig, (unsigned)offset);
    uint64_t value = 0;
    EXPECT(bus_read(rig->bus, BASE + offset, size, &value));
    EXPECT(value == before);
    if (offset == RBR && !dlab)
        EXPECT(value == model_pop(&rig->model));
    if (offset == LSR)
        rig->model.overrun = false;
}

static void receive(struct rig *rig, struct fuzz_input *input)
{
    uint8_t bytes[32];
    unsigned count = fuzz_take(input, 1) % (sizeof bytes + 1);
    for (unsigned i = 0; i < count; i++)
        bytes[i] = (uint8_t)fuzz_take(input, 1);
    size_t room = uart16550_room(rig->uart);
    size_t taken = uart16550_receive(rig->uart, bytes, count);
    EXPECT(taken == (count < room ? count : room));
    for (size_t i = 0; i < taken; i++)
        model_push(&rig->model, bytes[i]);
}

static void receive_break(struct rig *rig)
{
    size_t room = uart16550_room(rig->uart);
    bool taken = uart16550_receive_break(rig->uart);
    EXPECT(taken == (room != 0));
    if (taken)
        model_push(&rig->model, 0);
}

/* Anything at all, near the device: only whether it is served is known. */
static void wild_access(struct rig *rig, struct fuzz_input *input)
{
    uint64_t offset = 8 + fuzz_take(input, 2);
    unsigned size = 1u << (fuzz_take(input, 1) & 3);
    uint64_t value = 0;
    EXPECT(!bus_read(rig->bus, BASE + offset, size, &value));
    EXPECT(!bus_write(rig->bus, BASE + offset, size, offset));
}

static void check(const struct rig *rig)
{
    const struct model *model = &rig->model;
    uint64_t lsr = look(rig, LSR);
    EXPECT(((look(rig, IIR) & 1) == 0) == model->line);
    EXPECT((lsr & SENT) == SENT);
    EXPECT(((lsr & READY) != 0) == (model->count != 0));
    EXPECT(((lsr & OVERRUN) != 0) == model->overrun);
    EXPECT(model->sent == model->expected_sent);
    EXPECT(uart16550_room(rig->uart) + model->count <= (model->fifo ? DEPTH : 1));
    EXPECT(((look(rig, IIR) & 0xc0) == 0xc0) == model->fifo);
}

static void reset(struct rig *rig)
{
    bus_reset(rig->bus);
    rig->model.count = 0;
    rig->model.fifo = false;
    rig->model.overrun = false;
}

static void step(struct rig *rig, struct fuzz_input *input)
{
    switch (fuzz_take(input, 1) % 8) {
    case 0:
    case 1:
        write_register(rig, input, 1);
        break;
    case 2:
    case 3:
        read_register(rig, input, 1);
        break;
    case 4:
        receive(rig, input);
        break;
    case 5:
        receive_break(rig);
        break;
    case 6:
        if (fuzz_take(input, 1) & 1)
            read_register(rig, input, 4);
        else
            write_register(rig, input, 4);
        break;
    default:
        if (fuzz_take(input, 1) == 0xff)
            reset(rig);
        else
            wild_access(rig, input);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .left = size};
    struct rig rig = {.bus = bus_create()};
    struct char_backend output = {.owner = &rig.model, .write = sink};
    struct irq_line irq = {.target = &rig.model, .set = drive};
    rig.uart = uart16550_create(&output, &irq);
    EXPECT(rig.bus != NULL && rig.uart != NULL);
    EXPECT(bus_attach(rig.bus, BASE, UART16550_SIZE, uart16550_device(rig.uart), NULL));
    while (input.left != 0) {
        step(&rig, &input);
        check(&rig);
    }
    bus_destroy(rig.bus);
    uart16550_destroy(rig.uart);
    return 0;
}
