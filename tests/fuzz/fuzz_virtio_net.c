/* SPDX-License-Identifier: MIT */
/* The network card, through either version of its transport, against a plain model: which frames leave and with which
 * bytes, which arrive and in which buffers, what commands answer. The driver is mostly right; once it writes wildly into its
 * rings and registers, only safety is looked at. */
#include <string.h>

#include "base/bits.h"
#include "base/little_endian.h"
#include "net_filter_model.h"
#include "virtio/net.h"
#include "virtio_slot.h"

#define RAM_BASE UINT64_C(0x80000000)
#define RAM_BYTES UINT64_C(0x200000)
#define RINGS (RAM_BASE + 0x10000)
#define RINGS_BYTES 0x4000u /* of one queue */
#define SLOTS (RAM_BASE + 0x40000)
#define SLOT_BYTES UINT64_C(0x4000)
#define TABLES (RAM_BASE + 0x180000)
#define QUEUE_SIZE 32u
#define FRAME_BYTES 0x2000u

enum { RECEIVE, TRANSMIT, CONTROL, QUEUES };
enum { F_CSUM = 0, F_GUEST_CSUM = 1, F_MRG_RXBUF = 15, F_CTRL_VLAN = 19 };

/* A buffer with the device: the slot is where its bytes are. */
struct offered {
    bool busy;
    int id;
    uint32_t bytes;
    bool loses; /* to transmit: no frame will come of it */
    uint32_t length;
    uint8_t answer; /* to a command */
};

struct rig {
    struct fuzz_slot slot;
    struct virtio_net *net;
    struct net_sink sink;
    bool legacy, driven;
    uint64_t features;
    struct driver drivers[QUEUES];
    struct offered offered[QUEUES][QUEUE_SIZE];
    unsigned order[QUEUES][QUEUE_SIZE]; /* slots in the order of their offering */
    unsigned first[QUEUES], count[QUEUES];
    unsigned notified; /* buffers to transmit that the device knows of */
    uint8_t expected[QUEUE_SIZE][FRAME_BYTES];
    struct filter_model filter;
};

static uint64_t slot_of(unsigned queue, unsigned n)
{
    return SLOTS + (queue * QUEUE_SIZE + n) * SLOT_BYTES;
}

static bool has(const struct rig *rig, unsigned bit)
{
    return (rig->features >> bit & 1) != 0;
}

static uint32_t header_bytes(const struct rig *rig)
{
    return has(rig, VIRTIO_F_VERSION_1) || has(rig, F_MRG_RXBUF) ? 12 : 10;
}

static unsigned take_first(struct rig *rig, unsigned queue)
{
    EXPECT(rig->count[queue] != 0);
    unsigned n = rig->order[queue][rig->first[queue]];
    rig->first[queue] = (rig->first[queue] + 1) % QUEUE_SIZE;
    rig->count[queue]--;
    return n;
}

/* What the card hands to its backend. */

static bool on_send(void *owner, const uint8_t *frame, size_t length)
{
    struct rig *rig = owner;
    EXPECT(length >= NET_HEADER_BYTES && length <= NET_FRAME_LIMIT);
    if (rig->slot.wild)
        return true;
    unsigned n;
    do {
        n = take_first(rig, TRANSMIT);
    } while (rig->offered[TRANSMIT][n].loses);
    EXPECT(length == rig->offered[TRANSMIT][n].length && memcmp(frame, rig->expected[n], length) == 0);
    return true;
}

static void on_room(void *owner)
{
    (void)owner;
}

/* Setting up. */

static void model_reset(struct rig *rig)
{
    memset(rig->offered, 0, sizeof rig->offered);
    memset(rig->count, 0, sizeof rig->count);
    memset(rig->first, 0, sizeof rig->first);
    rig->filter = (struct filter_model){.modes = {[PROMISCUOUS] = true}, .filters_vlans = has(rig, F_CTRL_VLAN)};
}

static void start_queue(struct rig *rig, unsigned queue)
{
    uint64_t place = RINGS + queue * RINGS_BYTES;
    struct virtq_config config = {.packed = has(rig, VIRTIO_F_RING_PACKED),
                                  .event_idx = has(rig, VIRTIO_F_EVENT_IDX),
                                  .indirect = true,
                                  .size = QUEUE_SIZE,
                                  .descriptor_area = place,
                                  .driver_area = place + 16 * QUEUE_SIZE,
                                  .device_area = place + 0x1000};
    driver_start(&rig->drivers[queue], &rig->slot.mem, &config);
    slot_set(&rig->slot, 0x30, queue);
    slot_set(&rig->slot, 0x38, QUEUE_SIZE);
    if (rig->legacy) {
        slot_set(&rig->slot, 0x3c, 0x1000);
        slot_set(&rig->slot, 0x40, place / 0x1000);
        return;
    }
    slot_ready_queue(&rig->slot, &config);
}

static void drive(struct rig *rig, struct fuzz_input *input)
{
    uint64_t wanted = fuzz_take(input, 5) | BIT(VIRTIO_F_INDIRECT_DESC) | BIT(VIRTIO_F_VERSION_1);
    slot_set(&rig->slot, 0x70, 0);
    slot_set(&rig->slot, 0x70, 3);
    slot_set(&rig->slot, 0x14, 0);
    uint64_t low = slot_get(&rig->slot, 0x10) & wanted & UINT32_MAX, high = 0;
    slot_set(&rig->slot, 0x24, 0);
    slot_set(&rig->slot, 0x20, low);
    if (rig->legacy) {
        slot_set(&rig->slot, 0x28, 0x1000);
    } else {
        high = wanted >> 32 & (BIT(VIRTIO_F_VERSION_1 - 32) | BIT(VIRTIO_F_RING_PACKED - 32));
        slot_set(&rig->slot, 0x24, 1);
        slot_set(&rig->slot, 0x20, high);
        slot_set(&rig->slot, 0x70, 11);
    }
    rig->features = high << 32 | low;
    model_reset(rig);
    for (unsigned i = 0; i < QUEUES; i++)
        start_queue(rig, i);
    slot_set(&rig->slot, 0x70, rig->legacy ? 7 : 15);
    for (unsigned i = 0; rig->legacy && i < QUEUES; i++)
        slot_set(&rig->slot, 0x50, i);
    rig->driven = true;
    EXPECT(rig->slot.wild || (slot_get(&rig->slot, 0x70) & 64) == 0);
}

static void set_up(struct rig *rig, struct fuzz_input *input)
{
    uint8_t address[NET_ADDRESS_BYTES];
    candidate(0, address);
    struct net_backend backend = {.owner = rig, .send = on_send, .has_room = on_room};
    EXPECT(ram_create(&rig->slot.ram, RAM_BASE, RAM_BYTES, NULL));
    rig->slot.mem = (struct guest_mem){&rig->slot.ram};
    rig->legacy = fuzz_take(input, 1) & 1;
    rig->net = virtio_net_create(&backend, address, NET_JUMBO_MTU);
    EXPECT(rig->net != NULL);
    rig->sink = virtio_net_sink(rig->net);
    struct virtio_mmio_config config = {
        .mem = rig->slot.mem, .legacy = rig->legacy, .device = virtio_net_device(rig->net)};
    rig->slot.mmio = virtio_mmio_create(&config);
    EXPECT(rig->slot.mmio != NULL);
}

static void tear_down(struct rig *rig)
{
    virtio_mmio_destroy(rig->slot.mmio);
    virtio_net_destroy(rig->net);
    ram_destroy(&rig->slot.ram);
}

/* Offering buffers. */

static int free_slot(const struct rig *rig, unsigned queue)
{
    for (unsigned n = 0; n < QUEUE_SIZE; n++)
        if (!rig->offered[queue][n].busy)
            return (int)n;
    return -1;
}

/* The slot's first `out` bytes to read and the `in` bytes behind them to write, in pieces or by a table. */
static bool offer(struct rig *rig, unsigned queue, unsigned n, uint32_t out, uint32_t in, unsigned where)
{
    struct model_buffer pieces[3];
    unsigned count = 0;
    uint64_t slot = slot_of(queue, n);
    uint32_t head = out != 0 ? where % out : 0;
    if (head != 0)
        pieces[count++] = (struct model_buffer){slot, head, false};
    if (out != 0)
        pieces[count++] = (struct model_buffer){slot + head, out - head, false};
    if (in != 0)
        pieces[count++] = (struct model_buffer){slot + out, in, true};
    if (count == 0)
        return false;
    uint16_t extra = 0;
    if (where & 1) {
        pieces[0] = driver_table(&rig->drivers[queue], TABLES + 0x100 * (queue * QUEUE_SIZE + n), pieces, count);
        count = 1;
        extra = MODEL_INDIRECT;
    }
    struct offered *o = &rig->offered[queue][n];
    o->id = driver_add(&rig->drivers[queue], pieces, count, extra);
    o->busy = o->id >= 0;
    if (o->busy)
        rig->order[queue][(rig->first[queue] + rig->count[queue]++) % QUEUE_SIZE] = n;
    return o->busy;
}

static void fill(uint8_t *bytes, size_t count, unsigned seed)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = (uint8_t)(seed + i * (2 * seed + 1) + (i >> 8));
}

static uint16_t checksum(const uint8_t *bytes, size_t count)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return sum == 0xffff ? 0xffff : (uint16_t)~sum;
}

static uint32_t take_length(struct fuzz_input *input)
{
    unsigned choice = (unsigned)fuzz_take(input, 1);
    if (choice < 0xe0)
        return NET_HEADER_BYTES + choice;
    return choice < 0xf8 ? (uint32_t)fuzz_take(input, 2) % FRAME_BYTES : choice - 0xf8;
}

/* Header and frame; a sum to complete has mostly its place in the frame. */
static void transmit(struct rig *rig, struct fuzz_input *input)
{
    int n = free_slot(rig, TRANSMIT);
    if (n < 0)
        return;
    uint8_t header[12] = {0}, *frame = rig->expected[n];
    unsigned flags = (unsigned)fuzz_take(input, 1);
    uint32_t length = take_length(input), skipped = header_bytes(rig);
    fill(frame, length, (unsigned)fuzz_take(input, 1));
    struct offered *o = &rig->offered[TRANSMIT][n];
    *o = (struct offered){.length = length, .loses = length < NET_HEADER_BYTES};
    unsigned start = (unsigned)fuzz_take(input, 1), offset = (unsigned)fuzz_take(input, 1);
    if (flags < 0xf0 && length > 2) {
        start %= length - 1;
        offset %= length + 1 - start; /* the last two places are beyond the end */
    }
    header[0] = flags & 1;
    little_put(header + 6, 2, start);
    little_put(header + 8, 2, offset);
    guest_mem_write(&rig->slot.mem, slot_of(TRANSMIT, (unsigned)n), header, skipped);
    guest_mem_write(&rig->slot.mem, slot_of(TRANSMIT, (unsigned)n) + skipped, frame, length);
    if ((flags & 1) != 0 && has(rig, F_CSUM)) {
        o->loses |= start + offset + 2 > length;
        if (!o->loses) {
            uint16_t sum = checksum(frame + start, length - start);
            frame[start + offset] = (uint8_t)(sum >> 8);
            frame[start + offset + 1] = (uint8_t)sum;
        }
    }
    offer(rig, TRANSMIT, (unsigned)n, skipped + length, 0, (unsigned)fuzz_take(input, 2));
}

static void take_used(struct rig *rig, unsigned queue)
{
    uint32_t id, written;
    while (!rig->slot.wild && driver_used(&rig->drivers[queue], &id, &written)) {
        unsigned n = 0;
        while (n < QUEUE_SIZE && !(rig->offered[queue][n].busy && rig->offered[queue][n].id == (int)id))
            n++;
        EXPECT(n < QUEUE_SIZE);
        rig->offered[queue][n].busy = false;
        uint8_t answer = 0;
        guest_mem_read(&rig->slot.mem, slot_of(queue, n) + rig->offered[queue][n].length, &answer, 1);
        EXPECT(queue != CONTROL || (written == 1 && answer == rig->offered[queue][n].answer));
    }
}

/* After it nothing is left to transmit, and every buffer is back. */
static void kick(struct rig *rig, unsigned queue)
{
    slot_set(&rig->slot, 0x50, queue);
    if (rig->slot.wild || queue == RECEIVE)
        return;
    while (rig->count[queue] != 0) {
        unsigned n = take_first(rig, queue);
        EXPECT(queue == CONTROL || rig->offered[queue][n].loses);
    }
    take_used(rig, queue);
    EXPECT(free_slot(rig, queue) == 0);
}

static void offer_room(struct rig *rig, struct fuzz_input *input)
{
    static const uint32_t sizes[] = {1526, 2048, 4096, 64, 300, 1526, 12, 0x2100};
    int n = free_slot(rig, RECEIVE);
    unsigned choice = (unsigned)fuzz_take(input, 1);
    if (n < 0)
        return;
    uint32_t bytes = sizes[choice % 8] + (choice >> 5);
    rig->offered[RECEIVE][n] = (struct offered){.bytes = bytes};
    offer(rig, RECEIVE, (unsigned)n, 0, bytes, choice);
}

/* Frames from the network. */

static void check_received(struct rig *rig, const uint8_t *frame, uint32_t length)
{
    uint32_t done = 0, id, written, skipped = header_bytes(rig), buffers = 0;
    uint8_t header[12] = {0};
    while (done < length) {
        EXPECT(driver_used(&rig->drivers[RECEIVE], &id, &written));
        unsigned n = take_first(rig, RECEIVE);
        struct offered *o = &rig->offered[RECEIVE][n];
        EXPECT(o->id == (int)id && written <= o->bytes);
        const uint8_t *there = guest_mem_source(&rig->slot.mem, slot_of(RECEIVE, n), written);
        uint32_t before = buffers == 0 ? skipped : 0;
        EXPECT(written >= before && written - before <= length - done);
        if (buffers++ == 0)
            memcpy(header, there, skipped);
        EXPECT(memcmp(there + before, frame + done, written - before) == 0);
        done += written - before;
        EXPECT(done == length || written == o->bytes);
        o->busy = false;
    }
    EXPECT(header[0] == (has(rig, F_GUEST_CSUM) ? 2 : 0) && header[1] == 0);
    EXPECT(skipped == 10 || little_get(header + 10, 2) == buffers);
    EXPECT(buffers == 1 || has(rig, F_MRG_RXBUF));
}

static void receive(struct rig *rig, struct fuzz_input *input)
{
    uint8_t frame[FRAME_BYTES];
    unsigned to = (unsigned)fuzz_take(input, 1);
    uint32_t length = take_length(input);
    if (length < NET_HEADER_BYTES)
        length = NET_HEADER_BYTES;
    fill(frame, length, (unsigned)fuzz_take(input, 1));
    candidate(to % CANDIDATES, frame);
    int vlan = -1;
    frame[12] = 8;
    if (to >= 0xc0 && length >= NET_HEADER_BYTES + 4) {
        memcpy(frame + 12, "\x81\x00\x30", 3);
        vlan = frame[15];
    }
    bool passing = rig->driven && model_passes(&rig->filter, to % CANDIDATES, vlan);
    uint64_t room = 0;
    for (unsigned i = 0; i < rig->count[RECEIVE]; i++) {
        room += rig->offered[RECEIVE][rig->order[RECEIVE][(rig->first[RECEIVE] + i) % QUEUE_SIZE]].bytes;
        if (!has(rig, F_MRG_RXBUF))
            break;
    }
    bool fits = room >= header_bytes(rig) + length;
    bool taken = rig->sink.receive(rig->sink.owner, frame, length);
    EXPECT(rig->sink.mtu(rig->sink.owner) >= NET_ETHERNET_MTU);
    if (rig->slot.wild)
        return;
    bool hopeless = room != 0 && !has(rig, F_MRG_RXBUF);
    EXPECT(taken == (!passing || fits || hopeless));
    if (passing && fits)
        check_received(rig, frame, length);
    uint32_t id, written;
    EXPECT(!rig->driven || !driver_used(&rig->drivers[RECEIVE], &id, &written));
}

/* Commands. */

static void send_command(struct rig *rig, struct fuzz_input *input)
{
    uint8_t data[2 + 4 + 65 * NET_ADDRESS_BYTES + 4 + CANDIDATES * NET_ADDRESS_BYTES];
    int n = free_slot(rig, CONTROL);
    unsigned choice = (unsigned)fuzz_take(input, 1);
    size_t length;
    if (n < 0)
        return;
    data[0] = choice >= 0xf0 ? (uint8_t)choice : choice % 3;
    data[1] = (choice >> 2) % 7;
    uint8_t answer = model_command(&rig->filter, input, data[0], data[1], data + 2, &length);
    struct offered *o = &rig->offered[CONTROL][n];
    *o = (struct offered){.length = (uint32_t)length + 2, .answer = answer};
    guest_mem_write(&rig->slot.mem, slot_of(CONTROL, (unsigned)n), data, length + 2);
    if (!offer(rig, CONTROL, (unsigned)n, (uint32_t)length + 2, 1, (unsigned)fuzz_take(input, 2)))
        rig->slot.wild = true; /* the model has it already */
    kick(rig, CONTROL);
}

static void step(struct rig *rig, struct fuzz_input *input)
{
    unsigned choice = (unsigned)fuzz_take(input, 1);
    if (choice == 0xff)
        slot_go_wild(&rig->slot, input, RINGS, QUEUES * RINGS_BYTES);
    else if (choice >= 0xfa || !rig->driven)
        drive(rig, input);
    else if (choice >= 0xe0)
        send_command(rig, input);
    else if (choice >= 0xd0)
        kick(rig, TRANSMIT);
    else if (choice >= 0xc8)
        kick(rig, RECEIVE);
    else if (choice >= 0x80)
        offer_room(rig, input);
    else if (choice >= 0x40)
        receive(rig, input);
    else
        transmit(rig, input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .left = size};
    struct rig *rig = calloc(1, sizeof *rig);
    EXPECT(rig != NULL);
    set_up(rig, &input);
    while (input.left != 0)
        step(rig, &input);
    for (unsigned i = 0; i < QUEUES && rig->driven; i++)
        kick(rig, i);
    tear_down(rig);
    free(rig);
    return 0;
}
