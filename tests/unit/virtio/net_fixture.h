/* SPDX-License-Identifier: MIT */
/* A network card behind its transport, with a backend that keeps the latest frame. */
#ifndef MICROVM_TESTS_NET_FIXTURE_H
#define MICROVM_TESTS_NET_FIXTURE_H

#include <string.h>

#include "slot_fixture.h"
#include "virtio/net.h"

enum { CSUM = 0, GUEST_CSUM = 1, MTU = 3, MAC = 5, MRG_RXBUF = 15, CTRL_VQ = 17, CTRL_VLAN = 19, CTRL_MAC_ADDR = 23 };
enum { RECEIVE, TRANSMIT, CONTROL };
#define PLAIN (BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_F_INDIRECT_DESC))

static const uint8_t own_address[] = {0x52, 0x54, 0, 1, 2, 3};

struct rig {
    bool full; /* the backend takes no more after the next frame */
    struct virtio_net *net;
    struct net_sink sink;
    struct slot *slot;
    uint8_t sent[NET_FRAME_LIMIT];
    size_t sent_bytes;
    unsigned sent_count, room_count;
};

static inline bool on_send(void *owner, const uint8_t *frame, size_t length)
{
    struct rig *rig = owner;
    memcpy(rig->sent, frame, length);
    rig->sent_bytes = length;
    rig->sent_count++;
    return !rig->full;
}

static inline void on_room(void *owner)
{
    ((struct rig *)owner)->room_count++;
}

static inline void create(struct rig *rig, bool legacy)
{
    struct net_backend backend = {.owner = rig, .send = on_send, .has_room = on_room};
    rig->net = virtio_net_create(&backend, own_address, NET_JUMBO_MTU);
    rig->sink = virtio_net_sink(rig->net);
    rig->slot = slot_create(virtio_net_device(rig->net), legacy, 0);
}

static inline int set_up(void **state)
{
    struct rig *rig = test_calloc(1, sizeof *rig);
    create(rig, false);
    *state = rig;
    return 0;
}

static inline int tear_down(void **state)
{
    struct rig *rig = *state;
    slot_destroy(rig->slot);
    virtio_net_destroy(rig->net);
    test_free(rig);
    return 0;
}

static inline bool receive(struct rig *rig, const void *frame, size_t length)
{
    return rig->sink.receive(rig->sink.owner, frame, length);
}

/* A frame to the card, of bytes that count up. */
static inline void make_frame(uint8_t *frame, size_t length)
{
    for (size_t i = 0; i < length; i++)
        frame[i] = (uint8_t)i;
    memcpy(frame, own_address, sizeof own_address);
}

static inline void offer_room(struct rig *rig, unsigned place, uint32_t bytes)
{
    slot_offer(rig->slot, RECEIVE, (struct model_buffer){DATA + place, bytes, true});
}

static inline void expect_bytes(const struct rig *rig, uint64_t gpa, const void *bytes, size_t count)
{
    assert_memory_equal(guest_mem_source(&rig->slot->mem, gpa, count), bytes, count);
}

/* Header and frame at DATA, given to the card in one buffer. */
static inline void transmit(struct rig *rig, const uint8_t header[12], const void *frame, uint32_t length)
{
    guest_mem_write(&rig->slot->mem, DATA, header, 12);
    guest_mem_write(&rig->slot->mem, DATA + 12, frame, length);
    slot_offer(rig->slot, TRANSMIT, (struct model_buffer){DATA, 12 + length, false});
}

static inline uint8_t command(struct rig *rig, const char *data, uint32_t length)
{
    uint8_t answer = 0xee;
    struct model_buffer buffers[] = {{DATA, length, false}, {DATA + 0x8000, 1, true}};
    guest_mem_write(&rig->slot->mem, DATA, data, length);
    assert_true(driver_add(&rig->slot->drivers[CONTROL], buffers, 2, 0) >= 0);
    set(rig->slot, QUEUE_NOTIFY, CONTROL);
    guest_mem_read(&rig->slot->mem, DATA + 0x8000, &answer, 1);
    uint32_t written = 0;
    assert_true(slot_used(rig->slot, CONTROL, &written));
    assert_int_equal(written, 1);
    return answer;
}

#endif
