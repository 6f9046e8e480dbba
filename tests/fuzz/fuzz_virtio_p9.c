/* SPDX-License-Identifier: MIT */
/* The 9P device, through either version of its transport: messages in buffers of all shapes, answers that come at once or late or never,
 * resets in between. This file stands for the share's process: the requests go to a server on a folder of this input. Each
 * buffer comes back once, with an answer to its own message; once the driver writes wildly, only safety is looked at. */
#include "base/bits.h"
#include "p9_message.h"
#include "share/p9_server.h"
#include "share_tree.h"
#include "virtio/p9.h"
#include "virtio_slot.h"

#define RAM_BASE UINT64_C(0x80000000)
#define RAM_BYTES UINT64_C(0x100000)
#define RINGS (RAM_BASE + 0x10000)
#define RINGS_BYTES 0x4000u
#define BUFFERS (RAM_BASE + 0x40000)
#define BUFFER_BYTES UINT64_C(0x3000) /* of a message, and as much for its answer */
#define TABLES (RAM_BASE + 0x38000)
#define QUEUE_SIZE 16u

/* A share whose answers are kept back until the input says so. */
struct share {
    struct p9_server *server;
    struct share_client client;
    uint8_t requests[RING_GUEST_SLOTS][P9_MESSAGE_BYTES];
    uint8_t answers[RING_GUEST_SLOTS][8192];
    uint32_t counts[RING_GUEST_SLOTS];
    unsigned order[RING_GUEST_SLOTS], first, count;
    bool late;
};

const char *share_tag(const struct share *share)
{
    return share->late ? "late" : "share";
}

void share_set_client(struct share *share, const struct share_client *client)
{
    share->client = *client;
}

uint8_t *share_request(struct share *share, unsigned place)
{
    EXPECT(place < RING_GUEST_SLOTS);
    return share->requests[place];
}

void share_submit(struct share *share, unsigned place, uint32_t count, uint32_t room)
{
    EXPECT(share->count < RING_GUEST_SLOTS && count >= P9_HEADER_BYTES && count <= P9_MESSAGE_BYTES &&
           room >= P9_ERROR_BYTES);
    for (unsigned i = 0; i < share->count; i++)
        EXPECT(share->order[(share->first + i) % RING_GUEST_SLOTS] != place);
    share->order[(share->first + share->count++) % RING_GUEST_SLOTS] = place;
    share->counts[place] = (uint32_t)p9_server_answer(share->server, share->requests[place], count,
                                                      share->answers[place], room < 8192 ? room : 8192);
}

static void answer_one(struct share *share, bool fails)
{
    unsigned place = share->order[share->first];
    share->first = (share->first + 1) % RING_GUEST_SLOTS;
    share->count--;
    share->client.answer(share->client.owner, place, share->answers[place], fails ? 0 : share->counts[place]);
}

void share_poll(struct share *share)
{
    while (share->count != 0)
        answer_one(share, false);
}

void share_wait(struct share *share)
{
    if (!share->late)
        share_poll(share);
}

unsigned share_in_flight(const struct share *share)
{
    return share->count;
}

unsigned share_flight(const struct share *share, unsigned n)
{
    return share->order[(share->first + n) % RING_GUEST_SLOTS];
}

void share_forget(struct share *share)
{
    share->count = 0;
}

void share_resume(struct share *share, unsigned place)
{
    EXPECT(place < RING_GUEST_SLOTS && share->count < RING_GUEST_SLOTS);
    share->order[(share->first + share->count++) % RING_GUEST_SLOTS] = place;
    share->counts[place] = 0;
}

/* The driver. */

struct rig {
    struct fuzz_slot slot;
    struct share_tree tree;
    struct share share;
    struct virtio_p9 *p9;
    struct driver driver;
    bool legacy, driven;
    int ids[QUEUE_SIZE]; /* of the buffer in this place, or -1 */
    uint8_t types[QUEUE_SIZE];
    uint16_t tags[QUEUE_SIZE];
    uint32_t rooms[QUEUE_SIZE];
};

static uint64_t place_of(unsigned n)
{
    return BUFFERS + n * 2 * BUFFER_BYTES;
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
    uint64_t features = high << 32 | low;
    struct virtq_config config = {.packed = (features & BIT(VIRTIO_F_RING_PACKED)) != 0,
                                  .event_idx = (features & BIT(VIRTIO_F_EVENT_IDX)) != 0,
                                  .indirect = true,
                                  .size = QUEUE_SIZE,
                                  .descriptor_area = RINGS,
                                  .driver_area = RINGS + 16 * QUEUE_SIZE,
                                  .device_area = RINGS + 0x1000};
    driver_start(&rig->driver, &rig->slot.mem, &config);
    slot_set(&rig->slot, 0x30, 0);
    slot_set(&rig->slot, 0x38, QUEUE_SIZE);
    if (rig->legacy) {
        slot_set(&rig->slot, 0x3c, 0x1000);
        slot_set(&rig->slot, 0x40, RINGS / 0x1000);
    } else {
        slot_ready_queue(&rig->slot, &config);
    }
    slot_set(&rig->slot, 0x70, rig->legacy ? 7 : 15);
    for (unsigned i = 0; i < QUEUE_SIZE; i++)
        rig->ids[i] = -1;
    rig->driven = true;
}

/* Message and room for its answer, in pieces or by a table. */
static void offer(struct rig *rig, struct fuzz_input *input)
{
    uint8_t bytes[P9_FUZZ_BYTES];
    struct model_buffer pieces[4];
    unsigned n = 0, count = 0;
    while (n < QUEUE_SIZE && rig->ids[n] >= 0)
        n++;
    if (n == QUEUE_SIZE)
        return;
    uint32_t out = (uint32_t)p9_fuzz_message(input, bytes), cut = (uint32_t)fuzz_take(input, 1);
    uint32_t room = P9_ERROR_BYTES + (uint32_t)fuzz_take(input, 2) % 0x2000;
    guest_mem_write(&rig->slot.mem, place_of(n), bytes, out);
    if (cut % out != 0)
        pieces[count++] = (struct model_buffer){place_of(n), cut % out, false};
    pieces[count++] = (struct model_buffer){place_of(n) + cut % out, out - cut % out, false};
    if (cut % room != 0)
        pieces[count++] = (struct model_buffer){place_of(n) + BUFFER_BYTES, cut % room, true};
    pieces[count++] = (struct model_buffer){place_of(n) + BUFFER_BYTES + cut % room, room - cut % room, true};
    uint16_t extra = 0;
    if (cut & 1) {
        pieces[0] = driver_table(&rig->driver, TABLES + 0x100 * n, pieces, count);
        count = 1;
        extra = MODEL_INDIRECT;
    }
    rig->ids[n] = driver_add(&rig->driver, pieces, count, extra);
    rig->types[n] = bytes[4];
    rig->tags[n] = (uint16_t)little_get(bytes + 5, 2);
    rig->rooms[n] = room;
}

static void take_used(struct rig *rig)
{
    uint32_t id, written;
    while (!rig->slot.wild && driver_used(&rig->driver, &id, &written)) {
        unsigned n = 0;
        while (n < QUEUE_SIZE && rig->ids[n] != (int)id)
            n++;
        EXPECT(n < QUEUE_SIZE);
        const uint8_t *answer = guest_mem_source(&rig->slot.mem, place_of(n) + BUFFER_BYTES, written);
        EXPECT(answer != NULL && written >= P9_HEADER_BYTES && written <= rig->rooms[n] &&
               little_get(answer, 4) == written);
        EXPECT(little_get(answer + 5, 2) == rig->tags[n]);
        EXPECT(answer[4] == (uint8_t)(rig->types[n] + 1) || answer[4] == P9_ERROR_TYPE);
        rig->ids[n] = -1;
    }
}

static void kick(struct rig *rig)
{
    slot_set(&rig->slot, 0x50, 0);
    take_used(rig);
}

/* A machine that is saved and loaded on the spot; what was answered meanwhile is lost, so that the requests fail. */
static void save_and_load(struct rig *rig)
{
    const struct state_part *part = virtio_mmio_device(rig->slot.mmio)->behind;
    struct error err;
    size_t count = state_part_bytes(part);
    uint8_t *bytes = malloc(count + 1);
    EXPECT(bytes != NULL);
    state_part_save(part, bytes);
    EXPECT(state_part_load(part, bytes, count, &err));
    free(bytes);
}

static void step(struct rig *rig, struct fuzz_input *input)
{
    unsigned choice = (unsigned)fuzz_take(input, 1);
    if (choice == 0xff)
        slot_go_wild(&rig->slot, input, RINGS, RINGS_BYTES);
    else if (choice >= 0xf8 || !rig->driven)
        drive(rig, input);
    else if (choice >= 0xf4)
        save_and_load(rig);
    else if (choice >= 0xe0)
        rig->share.late = choice & 1;
    else if (choice >= 0xc8 && rig->share.count != 0)
        answer_one(&rig->share, choice % 8 == 0);
    else if (choice >= 0xb0)
        virtio_p9_poll(rig->p9);
    else if (choice >= 0x80)
        kick(rig);
    else
        offer(rig, input);
    take_used(rig);
}

static void set_up(struct rig *rig, struct fuzz_input *input)
{
    struct p9_limits limits = {.writable = true, .files = 40};
    share_tree_create(&rig->tree);
    rig->share.server = p9_server_create(dup(rig->tree.shared), &limits);
    rig->p9 = virtio_p9_create(&rig->share);
    EXPECT(rig->share.server != NULL && rig->p9 != NULL && ram_create(&rig->slot.ram, RAM_BASE, RAM_BYTES, NULL));
    rig->slot.mem = (struct guest_mem){&rig->slot.ram};
    rig->legacy = fuzz_take(input, 1) & 1;
    struct virtio_mmio_config config = {
        .mem = rig->slot.mem, .legacy = rig->legacy, .device = virtio_p9_device(rig->p9)};
    rig->slot.mmio = virtio_mmio_create(&config);
    EXPECT(rig->slot.mmio != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .left = size};
    struct rig *rig = calloc(1, sizeof *rig);
    EXPECT(rig != NULL);
    set_up(rig, &input);
    while (input.left != 0)
        step(rig, &input);
    rig->share.late = false;
    virtio_p9_poll(rig->p9);
    if (rig->driven)
        kick(rig);
    for (unsigned n = 0; n < QUEUE_SIZE && rig->driven && !rig->slot.wild; n++)
        EXPECT(rig->ids[n] < 0);
    virtio_mmio_destroy(rig->slot.mmio);
    virtio_p9_destroy(rig->p9);
    p9_server_destroy(rig->share.server);
    ram_destroy(&rig->slot.ram);
    share_tree_destroy(&rig->tree);
    free(rig);
    return 0;
}
