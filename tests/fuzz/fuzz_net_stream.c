/* SPDX-License-Identifier: MIT */
/* What a peer sends on a stream, in pieces of any size, to a guest that has room or not: each frame arrives once and in order, merged
 * or not, up to the first length that is none. Merged ones are cut again, and must be the frames that were sent. */
#include <string.h>

#include "base/big_endian.h"
#include "bus/net_offload.h"
#include "bus/net_packet.h"
#include "fuzz.h"
#include "host/net/frame_stream.h"
#include "host/net/net_inbox.h"

#define SENT_BYTES (1u << 18)
#define MAX_SENT 512u
#define FLOWS 4u

struct sent {
    size_t place, length;
};

struct rig {
    struct net_inbox inbox;
    struct frame_stream stream;
    uint8_t bytes[SENT_BYTES]; /* all that the peer sends */
    size_t count, delivered;
    struct sent sent[MAX_SENT]; /* the frames among them that are long enough */
    unsigned sent_count, received;
    bool broken; /* nothing that is sent from now on counts */
    bool shut;
    unsigned offloads;
    uint32_t next[FLOWS]; /* sequence numbers */
    uint8_t frame[NET_FRAME_LIMIT];
};

/* The guest. */

static void check_one(struct rig *rig, const uint8_t *frame, size_t length, bool cut)
{
    EXPECT(rig->received < rig->sent_count);
    const struct sent *sent = &rig->sent[rig->received++];
    const uint8_t *expected = rig->bytes + sent->place;
    EXPECT(length == sent->length);
    if (!cut) {
        EXPECT(memcmp(frame, expected, length) == 0);
        return;
    }
    /* IPv4's identification is counted anew, and with it the sum. */
    bool ipv6 = big_get16(frame + 12) == NET_TYPE_IPV6;
    size_t ip = NET_HEADER_BYTES;
    EXPECT(memcmp(frame, expected, ip + IPV4_ID) == 0);
    if (ipv6)
        EXPECT(memcmp(frame, expected, length) == 0);
    EXPECT(memcmp(frame + ip + IPV4_FRAGMENT, expected + ip + IPV4_FRAGMENT, IPV4_SUM - IPV4_FRAGMENT) == 0);
    EXPECT(memcmp(frame + ip + IPV4_SOURCE, expected + ip + IPV4_SOURCE, length - ip - IPV4_SOURCE) == 0);
}

static bool take_cut(void *owner, const uint8_t *segment, size_t length)
{
    check_one(owner, segment, length, true);
    return true;
}

static bool receive_offloaded(void *owner, const struct net_offload *offload, const uint8_t *frame, size_t length)
{
    struct rig *rig = owner;
    EXPECT(length >= NET_HEADER_BYTES && length <= NET_FRAME_LIMIT && net_offload_is_legal(offload, length));
    if (rig->shut)
        return false;
    if (offload->gso == NET_GSO_NONE) {
        EXPECT((offload->flags & NET_NEEDS_CSUM) == 0);
        check_one(rig, frame, length, false);
        return true;
    }
    EXPECT((rig->offloads & (offload->gso == NET_GSO_TCPV4 ? NET_GUEST_TSO4 : NET_GUEST_TSO6)) != 0);
    memcpy(rig->frame, frame, length);
    EXPECT(net_offload_cut(offload, rig->frame, length, take_cut, rig));
    return true;
}

static unsigned offloads(void *owner)
{
    return ((struct rig *)owner)->offloads;
}

static bool is_open(void *owner)
{
    return !((struct rig *)owner)->shut;
}

/* The peer. */

static void append_frame(struct rig *rig, const uint8_t *frame, size_t length)
{
    if (rig->count + FRAME_STREAM_PREFIX + length > SENT_BYTES || rig->sent_count == MAX_SENT)
        return;
    frame_stream_prefix(length, rig->bytes + rig->count);
    memcpy(rig->bytes + rig->count + FRAME_STREAM_PREFIX, frame, length);
    if (!rig->broken && length >= NET_HEADER_BYTES)
        rig->sent[rig->sent_count++] = (struct sent){rig->count + FRAME_STREAM_PREFIX, length};
    rig->count += FRAME_STREAM_PREFIX + length;
}

static void append_any(struct rig *rig, struct fuzz_input *input)
{
    uint8_t *frame = rig->frame;
    size_t length = (size_t)fuzz_take(input, 2) >> (fuzz_take(input, 1) & 15);
    unsigned seed = (unsigned)fuzz_take(input, 1);
    for (size_t i = 0; i < length; i++)
        frame[i] = (uint8_t)(i < 64 ? fuzz_take(input, 1) : seed + i);
    append_frame(rig, frame, length);
}

/* A TCP segment, mostly the next of its flow, and mostly right. */
static void append_segment(struct rig *rig, struct fuzz_input *input)
{
    static const uint16_t sizes[] = {1448, 1448, 1448, 100, 1, 0, 48, 9000};
    unsigned choice = (unsigned)fuzz_take(input, 2), flow = choice % FLOWS, flip = (unsigned)fuzz_take(input, 1);
    bool ipv6 = (flow & 1) != 0;
    uint8_t *f = rig->frame, *ip = f + NET_HEADER_BYTES;
    size_t tcp = NET_HEADER_BYTES + (ipv6 ? (int)IPV6_BYTES : (int)IPV4_BYTES), bytes = sizes[choice >> 2 & 7];
    size_t length = tcp + TCP_BYTES + bytes;
    memset(f, (int)flow, tcp + TCP_BYTES);
    memset(f + tcp + TCP_BYTES, (int)(choice >> 8), bytes);
    big_put16(f + 12, ipv6 ? NET_TYPE_IPV6 : NET_TYPE_IPV4);
    big_put16(ip + (ipv6 ? (int)IPV6_LENGTH : (int)IPV4_LENGTH), (unsigned)(length - (ipv6 ? tcp : NET_HEADER_BYTES)));
    ip[0] = ipv6 ? 0x60 : 0x45;
    ip[ipv6 ? (int)IPV6_NEXT : (int)IPV4_PROTOCOL] = NET_PROTOCOL_TCP;
    if (!ipv6) {
        big_put16(ip + IPV4_FRAGMENT, 0);
        big_put16(ip + IPV4_SUM, 0);
        uint16_t sum = net_checksum(0, ip, IPV4_BYTES);
        memcpy(ip + IPV4_SUM, &sum, sizeof sum);
    }
    big_put32(f + tcp + TCP_SEQUENCE, rig->next[flow]);
    rig->next[flow] += (uint32_t)bytes;
    f[tcp + TCP_OFFSET] = TCP_BYTES << 2;
    f[tcp + TCP_FLAGS] = TCP_ACK | ((choice >> 5 & 7) == 0 ? TCP_PSH : 0);
    big_put16(f + tcp + TCP_SUM, 0);
    uint16_t sum = net_checksum(net_pseudo_sum(ip, ipv6, length - tcp), f + tcp, length - tcp);
    memcpy(f + tcp + TCP_SUM, &sum, sizeof sum);
    if (flip >= 0xe0)
        f[fuzz_take(input, 1) % length] ^= (uint8_t)fuzz_take(input, 1);
    append_frame(rig, f, length);
}

static void append_nonsense(struct rig *rig, struct fuzz_input *input)
{
    if (rig->count + FRAME_STREAM_PREFIX > SENT_BYTES)
        return;
    big_put32(rig->bytes + rig->count, NET_FRAME_LIMIT + 1 + ((uint32_t)fuzz_take(input, 2) << 15));
    rig->count += FRAME_STREAM_PREFIX;
    rig->broken = true;
}

/* Between them. */

static ssize_t read_frame(void *owner, struct net_offload *offload, uint8_t frame[NET_FRAME_LIMIT])
{
    struct rig *rig = owner;
    size_t length;
    const uint8_t *next = frame_stream_take(&rig->stream, &length);
    (void)offload;
    if (next == NULL)
        return -1;
    memcpy(frame, next, length);
    return (ssize_t)length;
}

static void deliver(struct rig *rig, size_t count)
{
    while (count != 0 && rig->delivered < rig->count) {
        uint8_t *place;
        size_t room = frame_stream_room(&rig->stream, &place), left = rig->count - rig->delivered;
        size_t piece = count < left ? count : left;
        if (room == 0)
            break;
        piece = piece < room ? piece : room;
        memcpy(place, rig->bytes + rig->delivered, piece);
        frame_stream_add(&rig->stream, piece);
        rig->delivered += piece;
        count -= piece;
        net_inbox_pump(&rig->inbox, read_frame, rig);
        EXPECT(rig->shut || frame_stream_room(&rig->stream, &place) != 0 || rig->stream.broken || rig->inbox.more);
    }
    net_inbox_pump(&rig->inbox, read_frame, rig);
}

static void step(struct rig *rig, struct fuzz_input *input)
{
    unsigned choice = (unsigned)fuzz_take(input, 1);
    if (choice < 0x80)
        append_segment(rig, input);
    else if (choice < 0xa0)
        append_any(rig, input);
    else if (choice < 0xf0)
        deliver(rig, (size_t)fuzz_take(input, 2) >> (choice & 7));
    else if (choice < 0xfe)
        rig->shut = !rig->shut;
    else
        append_nonsense(rig, input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .left = size};
    struct rig *rig = calloc(1, sizeof *rig);
    EXPECT(rig != NULL);
    rig->inbox.sink = (struct net_sink){
        .owner = rig, .receive_offloaded = receive_offloaded, .offloads = offloads, .is_open = is_open};
    rig->offloads = (unsigned)fuzz_take(&input, 1) & (NET_GUEST_CSUM | NET_GUEST_TSO4 | NET_GUEST_TSO6);
    while (input.left != 0)
        step(rig, &input);
    rig->shut = false;
    for (unsigned i = 0; i < 4 && !rig->stream.broken; i++)
        deliver(rig, SENT_BYTES);
    while (rig->inbox.more || net_inbox_waits(&rig->inbox))
        net_inbox_pump(&rig->inbox, read_frame, rig);
    EXPECT(rig->received == rig->sent_count || rig->stream.broken == rig->broken);
    EXPECT(rig->broken || rig->received == rig->sent_count);
    free(rig);
    return 0;
}
