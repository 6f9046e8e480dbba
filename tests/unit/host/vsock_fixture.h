/* SPDX-License-Identifier: MIT */
/* The host's side of vsock with a guest of packets, and processes at the other ends. Include cmocka.h first. */
#ifndef MICROVM_TESTS_UNIT_HOST_VSOCK_FIXTURE_H
#define MICROVM_TESTS_UNIT_HOST_VSOCK_FIXTURE_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "host/vsock/vsock.h"

#define CID 5u
#define PORT 1024u /* of the guest's end */
#define GUEST_WINDOW 4096u
#define BIG (1u << 20)

struct rig {
    char folder[64];
    struct vsock_options options;
    struct vsock_host *host;
    struct vsock_backend backend;
    struct wait_set set;
    struct error err;
    size_t room;   /* of each buffer of the guest; */
    unsigned free; /* and how many it has */
    /* What it got. */
    struct vsock_header headers[64];
    unsigned count, seen;
    uint8_t data[BIG];
    size_t data_bytes;
    uint32_t taken; /* of the data, as it tells the host */
    int server;     /* listens at PATH_80 */
};

/* The guest. */

static inline size_t guest_room(void *owner)
{
    const struct rig *rig = owner;
    return rig->free != 0 ? rig->room : 0;
}

static inline void guest_receive(void *owner, const uint8_t *packet, size_t length)
{
    struct rig *rig = owner;
    struct vsock_header header = vsock_header_get(packet);
    assert_true(length <= guest_room(rig));
    assert_int_equal(length, VSOCK_HEADER_BYTES + header.length);
    assert_int_equal(header.target_cid, CID);
    rig->free--;
    assert_true(rig->count < 64);
    rig->headers[rig->count++] = header;
    memcpy(rig->data + rig->data_bytes, packet + VSOCK_HEADER_BYTES, header.length);
    rig->data_bytes += header.length;
}

static inline void lose_connections(void *owner)
{
    (void)owner;
}

static inline void send_packet(struct rig *rig, const struct vsock_header *header, const void *data)
{
    uint8_t packet[VSOCK_PACKET_LIMIT];
    vsock_header_put(packet, header);
    if (header->length != 0)
        memcpy(packet + VSOCK_HEADER_BYTES, data, header->length);
    assert_true(rig->backend.send(rig->backend.owner, packet, VSOCK_HEADER_BYTES + header->length));
}

static inline struct vsock_header header_to(const struct rig *rig, uint32_t host_port, enum vsock_op op)
{
    return (struct vsock_header){.source_cid = CID,
                                 .target_cid = VSOCK_CID_HOST,
                                 .source_port = PORT,
                                 .target_port = host_port,
                                 .type = VSOCK_STREAM,
                                 .op = (uint16_t)op,
                                 .window = GUEST_WINDOW,
                                 .taken = rig->taken};
}

static inline void say(struct rig *rig, uint32_t host_port, enum vsock_op op, uint32_t flags)
{
    struct vsock_header header = header_to(rig, host_port, op);
    header.flags = flags;
    send_packet(rig, &header, NULL);
}

static inline void say_data(struct rig *rig, uint32_t host_port, const void *data, uint32_t length)
{
    struct vsock_header header = header_to(rig, host_port, VSOCK_OP_RW);
    header.length = length;
    send_packet(rig, &header, data);
}

/* The event loop. */

static inline void go_round(struct rig *rig)
{
    uint64_t timeout = UINT64_MAX;
    wait_set_clear(&rig->set);
    vsock_host_watch(rig->host, &rig->set, &timeout);
    wait_set_look(&rig->set);
    vsock_host_serve(rig->host, &rig->set);
    vsock_host_poll(rig->host);
}

/* True if a sleep would end at once. */
static inline bool is_awake(struct rig *rig)
{
    uint64_t timeout = UINT64_MAX;
    wait_set_clear(&rig->set);
    vsock_host_watch(rig->host, &rig->set, &timeout);
    return wait_set_look(&rig->set) || timeout == 0;
}

static inline struct vsock_header next_header(struct rig *rig, enum vsock_op op)
{
    for (unsigned i = 0; i < 4 && rig->seen == rig->count; i++)
        go_round(rig);
    assert_true(rig->seen < rig->count);
    struct vsock_header header = rig->headers[rig->seen++];
    assert_int_equal(header.op, op);
    return header;
}

static inline void expect_nothing(struct rig *rig)
{
    for (unsigned i = 0; i < 4; i++)
        go_round(rig);
    assert_int_equal(rig->seen, rig->count);
}

/* The host's processes. */

static inline struct sockaddr_un address_of(const struct rig *rig, const char *suffix)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%.80s%s", rig->options.path, suffix);
    return address;
}

static inline int dial(const struct rig *rig)
{
    struct sockaddr_un address = address_of(rig, "");
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static inline int serve(struct rig *rig)
{
    struct sockaddr_un address = address_of(rig, "_80");
    rig->server = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(rig->server, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(rig->server, 4), 0);
    return rig->server;
}

static inline void put(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static inline void expect_text(int fd, const char *text)
{
    char got[64] = {0};
    ssize_t count = recv(fd, got, sizeof got - 1, MSG_DONTWAIT);
    assert_int_equal(count, strlen(text));
    assert_string_equal(got, text);
}

static inline void expect_end(int fd)
{
    char byte;
    assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), 0);
}

static inline void expect_quiet(int fd)
{
    char byte;
    assert_int_equal(recv(fd, &byte, 1, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
}

static inline int set_up(void **state)
{
    struct rig *rig = test_calloc(1, sizeof *rig);
    strcpy(rig->folder, "/tmp/microvm-vsock-XXXXXX");
    assert_non_null(mkdtemp(rig->folder));
    rig->options.cid = CID;
    snprintf(rig->options.path, sizeof rig->options.path, "%s/v", rig->folder);
    rig->room = 4096;
    rig->free = 32;
    rig->server = -1;
    rig->host = vsock_host_create(&rig->options, &rig->err);
    assert_non_null(rig->host);
    struct vsock_sink sink = {rig, guest_room, guest_receive, lose_connections};
    vsock_host_connect(rig->host, &sink);
    rig->backend = vsock_host_backend(rig->host);
    rig->backend.set_listening(rig->backend.owner, true);
    *state = rig;
    return 0;
}

static inline int tear_down(void **state)
{
    struct rig *rig = *state;
    vsock_host_destroy(rig->host);
    wait_set_destroy(&rig->set);
    if (rig->server >= 0)
        close(rig->server);
    unlink(address_of(rig, "_80").sun_path);
    assert_int_equal(rmdir(rig->folder), 0); /* the socket is gone */
    test_free(rig);
    return 0;
}

/* A connection that the guest has begun, to PATH_80; the host's end. */
static inline int connect_out(struct rig *rig)
{
    int listener = serve(rig);
    say(rig, 80, VSOCK_OP_REQUEST, 0);
    struct vsock_header answer = next_header(rig, VSOCK_OP_RESPONSE);
    assert_int_equal(answer.source_cid, VSOCK_CID_HOST);
    assert_int_equal(answer.source_port, 80);
    assert_int_equal(answer.target_port, PORT);
    assert_int_equal(answer.window, VSOCK_WINDOW_BYTES);
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    assert_true(fd >= 0);
    return fd;
}

/* A connection that a client of the host has begun. */
static inline int connect_in(struct rig *rig, uint32_t *host_port)
{
    char line[64];
    int fd = dial(rig);
    put(fd, "CONNECT 1024\nhello");
    struct vsock_header request = next_header(rig, VSOCK_OP_REQUEST);
    assert_int_equal(request.target_port, PORT);
    *host_port = request.source_port;
    expect_quiet(fd);
    say(rig, *host_port, VSOCK_OP_RESPONSE, 0);
    snprintf(line, sizeof line, "OK %u\n", *host_port);
    expect_text(fd, line);
    return fd;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
