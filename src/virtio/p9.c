/* SPDX-License-Identifier: MIT */
#include "virtio/p9.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/little_endian.h"

#define F_MOUNT_TAG UINT64_C(1)
#define QUEUE 0
/* A driver of Linux has room for so many descriptors of one request. */
#define QUEUE_SIZE 128
#define CONFIG_TAG_BYTES 0
#define CONFIG_TAG 2
#define TAG_AT 5u

struct p9_request {
    bool busy;
    uint16_t tag;
    struct virtio_chain chain;
};

struct virtio_p9 {
    struct share *share;
    struct virtio *v;
    struct p9_request requests[RING_GUEST_SLOTS];
};

static void answer(struct virtio_p9 *p9, struct p9_request *request, const uint8_t *bytes, uint32_t count)
{
    uint8_t error[P9_ERROR_BYTES];
    request->busy = false;
    if (!virtio_alive(p9->v, &request->chain.token))
        return;
    if (count == 0) {
        count = (uint32_t)p9_put_error(error, request->tag, EIO);
        bytes = error;
    }
    uint64_t written = virtio_chain_write(virtio_memory(p9->v), &request->chain, 0, bytes, count);
    virtio_push(p9->v, &request->chain.token, (uint32_t)written);
}

static void on_answer(void *owner, unsigned place, const uint8_t *bytes, uint32_t count)
{
    struct virtio_p9 *p9 = owner;
    answer(p9, &p9->requests[place], bytes, count);
}

/* The lowest place, so that a replay finds the same. */
static struct p9_request *unused_request(struct virtio_p9 *p9, unsigned *place)
{
    for (*place = 0; *place < RING_GUEST_SLOTS; ++*place)
        if (!p9->requests[*place].busy)
            return &p9->requests[*place];
    return NULL;
}

static void submit(struct virtio_p9 *p9, struct p9_request *request, unsigned place)
{
    const struct virtio_chain *chain = &request->chain;
    uint8_t header[P9_HEADER_BYTES];
    uint64_t room = chain->writable_bytes < P9_MESSAGE_BYTES ? chain->writable_bytes : P9_MESSAGE_BYTES;
    virtio_chain_read(virtio_memory(p9->v), chain, 0, header, sizeof header);
    request->tag = (uint16_t)little_get(header + TAG_AT, 2);
    if (chain->readable_bytes > P9_MESSAGE_BYTES) {
        answer(p9, request, NULL, 0);
        return;
    }
    uint8_t *bytes = share_request(p9->share, place);
    if (bytes != NULL)
        virtio_chain_read(virtio_memory(p9->v), chain, 0, bytes, chain->readable_bytes);
    share_submit(p9->share, place, (uint32_t)chain->readable_bytes, (uint32_t)room);
}

static bool take_request(struct virtio_p9 *p9)
{
    unsigned place;
    struct p9_request *request = unused_request(p9, &place);
    if (request == NULL || !virtio_pop(p9->v, QUEUE, &request->chain))
        return false;
    if (request->chain.readable_bytes < P9_HEADER_BYTES || request->chain.writable_bytes < P9_ERROR_BYTES) {
        virtio_fail(p9->v, "a request is shorter than the header of a message, or has no room for an answer");
        return false;
    }
    request->busy = true;
    submit(p9, request, place);
    return true;
}

/* Most answers come so soon that the guest need not be interrupted in anything else. */
static void take_requests(struct virtio_p9 *p9)
{
    while (take_request(p9)) {
        while (take_request(p9))
            continue;
        share_wait(p9->share);
    }
    virtio_signal(p9->v, QUEUE);
}

void virtio_p9_poll(struct virtio_p9 *p9)
{
    unsigned before = share_in_flight(p9->share);
    if (p9->v == NULL || before == 0)
        return;
    share_poll(p9->share);
    if (share_in_flight(p9->share) != before)
        take_requests(p9);
}

static void p9_attach(void *state, struct virtio *v)
{
    ((struct virtio_p9 *)state)->v = v;
}

static uint64_t p9_features(void *state)
{
    (void)state;
    return F_MOUNT_TAG;
}

static uint16_t p9_queue_size(void *state, unsigned queue)
{
    (void)state;
    return queue == QUEUE ? QUEUE_SIZE : 0;
}

static void p9_config(void *state, uint8_t bytes[VIRTIO_CONFIG_BYTES])
{
    const struct virtio_p9 *p9 = state;
    const char *tag = share_tag(p9->share);
    little_put(bytes + CONFIG_TAG_BYTES, 2, strlen(tag));
    memcpy(bytes + CONFIG_TAG, tag, strlen(tag));
}

static void p9_notify(void *state, unsigned queue)
{
    (void)queue;
    take_requests(state);
}

/* Requests in flight come back from the share and are dropped then. */
static void p9_reset(void *state)
{
    (void)state;
}

static const struct state_field p9_fields[] = {
    STATE_NOT(struct virtio_p9, share, "wiring"),
    STATE_NOT(struct virtio_p9, v, "wiring"),
    STATE_NOT(struct virtio_p9, requests, "those in flight follow the rows"),
    STATE_END,
};

static const struct state_table p9_saved = {.fields = p9_fields, .bytes = sizeof(struct virtio_p9)};

static const struct state_field request_fields[] = {
    STATE_NOT(struct p9_request, busy, "it is"),
    STATE(struct p9_request, tag, UINT16_MAX, "the message's"),
    STATE_INNER(struct p9_request, chain, virtio_chain_fields, "the guest's buffer"),
    STATE_END,
};

static const struct state_table request_saved = {.fields = request_fields, .bytes = sizeof(struct p9_request)};

/* Requests in flight: for each its place, how long its rows are, and these. */
#define FLIGHT_BYTES 8

static const struct p9_request *flight(const struct virtio_p9 *p9, unsigned n)
{
    return &p9->requests[share_flight(p9->share, n)];
}

static size_t flight_bytes(const void *object)
{
    const struct virtio_p9 *p9 = object;
    size_t bytes = 0;
    for (unsigned i = 0; i < share_in_flight(p9->share); i++)
        bytes += FLIGHT_BYTES + state_saved_bytes(&request_saved, flight(p9, i));
    return bytes;
}

static void flight_save(const void *object, uint8_t *bytes)
{
    const struct virtio_p9 *p9 = object;
    for (unsigned i = 0; i < share_in_flight(p9->share); i++) {
        size_t count = state_saved_bytes(&request_saved, flight(p9, i));
        little_put(bytes, 4, share_flight(p9->share, i));
        little_put(bytes + 4, 4, count);
        state_save(&request_saved, flight(p9, i), bytes + FLIGHT_BYTES);
        bytes += FLIGHT_BYTES + count;
    }
}

/* The rows of the request at `at`, or NULL: there are none. */
static const uint8_t *flight_at(const uint8_t *bytes, size_t count, size_t at, uint32_t *place, size_t *length)
{
    *length = 0;
    if (count - at < FLIGHT_BYTES)
        return NULL;
    *place = (uint32_t)little_get(bytes + at, 4);
    *length = (size_t)little_get(bytes + at + 4, 4);
    return *length <= count - at - FLIGHT_BYTES ? bytes + at + FLIGHT_BYTES : NULL;
}

static bool request_is_legal(const struct p9_request *request, const struct guest_mem *mem)
{
    return virtio_chain_is_legal(&request->chain, mem) && request->chain.token.queue == QUEUE &&
           request->chain.writable_bytes >= P9_ERROR_BYTES;
}

static bool flight_check_all(const struct virtio_p9 *p9, struct p9_request *request, const uint8_t *bytes, size_t count,
                             struct error *err)
{
    uint32_t place, seen = 0;
    for (size_t at = 0, length; at < count; at += FLIGHT_BYTES + length) {
        const uint8_t *rows = flight_at(bytes, count, at, &place, &length);
        if (rows == NULL || place >= RING_GUEST_SLOTS || (seen >> place & 1) != 0)
            return error_set(err, "saved state: no request of a share at byte %zu", at);
        seen |= UINT32_C(1) << place;
        if (!state_load(&request_saved, request, rows, length, err))
            return false;
        if (!request_is_legal(request, virtio_memory(p9->v)))
            return error_set(err, "saved state: a request of a share is not legal");
    }
    return true;
}

static bool flight_check(const void *object, const uint8_t *bytes, size_t count, struct error *err)
{
    struct p9_request *request = calloc(1, sizeof *request);
    if (request == NULL)
        return error_set(err, "out of memory");
    bool ok = flight_check_all(object, request, bytes, count, err);
    free(request);
    return ok;
}

static bool flight_load(void *object, const uint8_t *bytes, size_t count, struct error *err)
{
    struct virtio_p9 *p9 = object;
    share_forget(p9->share);
    for (unsigned i = 0; i < RING_GUEST_SLOTS; i++)
        p9->requests[i].busy = false;
    for (size_t at = 0, length; at < count; at += FLIGHT_BYTES + length) {
        uint32_t place;
        const uint8_t *rows = flight_at(bytes, count, at, &place, &length);
        if (!state_load(&request_saved, &p9->requests[place], rows, length, err))
            return false;
        p9->requests[place].busy = true;
        share_resume(p9->share, place);
    }
    return true;
}

static const struct state_blob p9_flight = {
    .meaning = "the requests in flight, oldest first: the place (4 bytes), the length of its rows (4 bytes), its rows",
    .bytes = flight_bytes,
    .save = flight_save,
    .check = flight_check,
    .load = flight_load,
};

static const struct virtio_class p9_class = {
    .name = "virtio-9p",
    .device_id = 9,
    .config_bytes = CONFIG_TAG + SHARE_TAG_SIZE - 1,
    .attach = p9_attach,
    .features = p9_features,
    .queue_size = p9_queue_size,
    .config = p9_config,
    .notify = p9_notify,
    .reset = p9_reset,
    .saved = &p9_saved,
    .blob = &p9_flight,
};

struct virtio_p9 *virtio_p9_create(struct share *share)
{
    struct virtio_p9 *p9 = calloc(1, sizeof *p9);
    if (p9 == NULL)
        return NULL;
    struct share_client client = {p9, on_answer};
    p9->share = share;
    share_set_client(share, &client);
    return p9;
}

void virtio_p9_destroy(struct virtio_p9 *p9)
{
    free(p9);
}

struct virtio_device virtio_p9_device(struct virtio_p9 *p9)
{
    return (struct virtio_device){.class = &p9_class, .state = p9};
}
