/* SPDX-License-Identifier: MIT */
/* The user-mode network with a guest that is a few frames. */
#ifndef MICROVM_TESTS_USERNET_FIXTURE_H
#define MICROVM_TESTS_USERNET_FIXTURE_H

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/net/usernet.h"

#define GUEST "\x0a\0\2\x0f"
#define ROUTER "\x0a\0\2\2"

struct rig {
    struct usernet *net;
    struct net_backend backend;
    struct wait_set set;
    bool shut; /* the guest has no buffers */
    uint32_t mtu;
    unsigned count; /* frames received */
    uint8_t frame[NET_FRAME_LIMIT];
    size_t length;
    char said[256];
};

static inline bool receive(void *owner, const uint8_t *frame, size_t length)
{
    struct rig *rig = owner;
    if (rig->shut)
        return false;
    rig->count++;
    memcpy(rig->frame, frame, length);
    rig->length = length;
    return true;
}

static inline bool is_open(void *owner)
{
    return !((struct rig *)owner)->shut;
}

static inline uint32_t mtu(void *owner)
{
    return ((struct rig *)owner)->mtu;
}

static inline void say(void *owner, const char *line)
{
    snprintf(((struct rig *)owner)->said, sizeof((struct rig *)owner)->said, "%s", line);
}

static inline struct usernet *create(struct rig *rig, const char *text, struct error *err)
{
    struct net_options options;
    struct net_message message = {rig, say};
    assert_true(net_options_parse(text, 0, &options, err));
    return usernet_create(&options, &message, err);
}

static inline struct rig *start(const char *text)
{
    struct rig *rig = test_calloc(1, sizeof *rig);
    struct error err = {""};
    struct net_sink sink = {.owner = rig, .receive = receive, .is_open = is_open, .mtu = mtu};
    rig->mtu = NET_JUMBO_MTU;
    rig->net = create(rig, text, &err);
    if (rig->net == NULL)
        fail_msg("%s", err.text);
    rig->backend = usernet_backend(rig->net);
    usernet_connect(rig->net, &sink);
    return rig;
}

static inline void end(struct rig *rig)
{
    usernet_destroy(rig->net);
    wait_set_destroy(&rig->set);
    test_free(rig);
}

/* One turn of the event loop, which sleeps as long as it may if told to. */
static inline void turn(struct rig *rig, bool sleeps)
{
    struct event_source events = usernet_events(rig->net);
    uint64_t timeout_ns = 10000000000u;
    wait_set_clear(&rig->set);
    events.watch(events.owner, &rig->set, &timeout_ns);
    struct timespec timeout = {(time_t)(timeout_ns / 1000000000u), (long)(timeout_ns % 1000000000u)};
    wait_set_sleep(&rig->set, sleeps ? &timeout : &(struct timespec){0}, NULL);
    events.serve(events.owner, &rig->set);
}

static inline unsigned get16(const uint8_t *bytes)
{
    return (unsigned)bytes[0] << 8 | bytes[1];
}

static inline void put16(uint8_t *bytes, unsigned value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

static inline uint32_t add_up(uint32_t sum, const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
    return sum;
}

static inline unsigned fold(uint32_t sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    return (~((sum & 0xffff) + (sum >> 16))) & 0xffff;
}

static inline void send_frame(struct rig *rig, const uint8_t *frame, size_t length)
{
    rig->backend.send(rig->backend.owner, frame, length);
}

/* Tells the router who has the guest's address. */
static inline void announce(struct rig *rig)
{
    static const uint8_t frame[] = "\xff\xff\xff\xff\xff\xff\x52\x54\0\x12\x34\x56\x08\x06\0\1\x08\0\6\4\0\1"
                                   "\x52\x54\0\x12\x34\x56" GUEST "\0\0\0\0\0\0" ROUTER;
    send_frame(rig, frame, sizeof frame - 1);
}

/* An IPv4 packet to the four bytes of `to`. */
static inline void send_packet_to(struct rig *rig, const char *to, uint8_t protocol, const uint8_t *payload,
                                  size_t length)
{
    uint8_t frame[2048] = "\x52\x55\x0a\0\2\2\x52\x54\0\x12\x34\x56\x08\0\x45";
    uint8_t *packet = frame + NET_HEADER_BYTES;
    put16(packet + 2, (unsigned)(20 + length));
    packet[8] = 64;
    packet[9] = protocol;
    memcpy(packet + 12, GUEST, 4);
    memcpy(packet + 16, to, 4);
    put16(packet + 10, fold(add_up(0, packet, 20)));
    memcpy(packet + 20, payload, length);
    send_frame(rig, frame, NET_HEADER_BYTES + 20 + length);
}

static inline void send_packet(struct rig *rig, uint8_t protocol, const uint8_t *payload, size_t length)
{
    send_packet_to(rig, ROUTER, protocol, payload, length);
}

static inline void send_udp(struct rig *rig, unsigned from, unsigned to, const char *text)
{
    uint8_t datagram[1024] = {0};
    size_t length = 8 + strlen(text);
    put16(datagram, from);
    put16(datagram + 2, to);
    put16(datagram + 4, (unsigned)length);
    memcpy(datagram + 8, text, strlen(text));
    send_packet(rig, 17, datagram, length);
}

static inline int open_udp(unsigned *port)
{
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof place;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&place, sizeof place), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&place, &size), 0);
    *port = ntohs(place.sin_port);
    return fd;
}

#endif
