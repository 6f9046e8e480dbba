/* SPDX-License-Identifier: MIT */
/* What a saved machine has of a share: answers that the guest has not been told of, and its fids. */
#include <stdlib.h>
#include <string.h>

#include "base/little_endian.h"
#include "share/p9_server.h"
#include "share/share_impl.h"

#define WORD_BYTES 4u
#define OFFSET_BYTES 8u
/* No guest has so much at hand. */
#define FIDS_BYTES_MAX (UINT64_C(1) << 30)

static const struct state_field fields[] = {
    STATE_NOT(struct share, config, "made with the machine"),
    STATE_NOT(struct share, process, "the host's"),
    STATE_NOT(struct share, client, "wiring"),
    STATE_NOT(struct share, may_spin, "the host's"),
    STATE_NOT(struct share, moment_ns, "the host's"),
    STATE_NOT(struct share, sent, "the host's"),
    STATE_NOT(struct share, taken, "the host's"),
    STATE_NOT(struct share, submitted, "the device before it saves what is in flight"),
    STATE_NOT(struct share, delivered, "the device before it saves what is in flight"),
    STATE_NOT(struct share, order, "the device before it saves what is in flight"),
    STATE_NOT(struct share, flights, "the device before it saves what is in flight"),
    STATE_NOT(struct share, copy, "counts within an answer alone"),
    STATE_NOT(struct share, has_warning, "the user's, not the guest's"),
    STATE_NOT(struct share, fids, "counts within saving alone"),
    STATE_NOT(struct share, fids_bytes, "counts within saving alone"),
    STATE_END,
};

static const struct state_table saved = {.fields = fields, .bytes = sizeof(struct share)};

/* Fids. */

static void drop_fids(struct share *share)
{
    free(share->fids);
    share->fids = NULL;
    share->fids_bytes = 0;
}

static bool fetch_piece(struct share *share, size_t *done)
{
    uint32_t got;
    little_put(share->process.ring->bytes[RING_OWN_SLOT], OFFSET_BYTES, *done);
    const uint8_t *bytes = share_ask(share, RING_FETCH, OFFSET_BYTES, &got);
    if (bytes == NULL || got == 0 || got > share->fids_bytes - *done)
        return false;
    memcpy(share->fids + *done, bytes, got);
    *done += got;
    return true;
}

/* Without a process there are none. */
static void fetch_fids(struct share *share)
{
    uint32_t got;
    drop_fids(share);
    const uint8_t *bytes = share_is_served(share) ? share_ask(share, RING_SAVE, 0, &got) : NULL;
    uint64_t count = bytes != NULL && got == OFFSET_BYTES ? little_get(bytes, OFFSET_BYTES) : 0;
    if (count == 0 || count > FIDS_BYTES_MAX)
        return;
    share->fids = malloc(count);
    share->fids_bytes = share->fids != NULL ? count : 0;
    for (size_t done = 0; done < share->fids_bytes;)
        if (!fetch_piece(share, &done))
            drop_fids(share);
}

static void supply_fids(struct share *share, const uint8_t *bytes, size_t count)
{
    uint32_t got;
    for (size_t done = 0; done < count && share_is_served(share);) {
        uint8_t *request = share->process.ring->bytes[RING_OWN_SLOT];
        size_t piece = count - done < P9_MESSAGE_BYTES / 2 ? count - done : P9_MESSAGE_BYTES / 2;
        little_put(request, OFFSET_BYTES, done);
        memcpy(request + OFFSET_BYTES, bytes + done, piece);
        share_ask(share, RING_SUPPLY, (uint32_t)(OFFSET_BYTES + piece), &got);
        done += piece;
    }
    if (share_is_served(share))
        share_ask(share, RING_LOAD, 0, &got);
}

/* Answers. The oldest requests that the process has answered are those in flight: it is waited for. */

static const uint8_t *answer_of(const struct share *share, unsigned n, uint32_t *count)
{
    unsigned place = share_flight(share, n);
    const struct share_place *flight = &share->flights[place];
    *count = flight->result_bytes;
    if (!flight->is_live)
        return flight->result;
    uint32_t bytes = share->process.fd >= 0 ? share->process.ring->slots[place].answer_bytes : 0;
    *count = bytes <= flight->room ? bytes : 0;
    return *count != 0 ? share->process.ring->bytes[place] + flight->answer_at : NULL;
}

static bool is_unused(const struct share *share)
{
    return share_in_flight(share) == 0 && share->fids_bytes == 0;
}

static size_t blob_bytes(const void *object)
{
    struct share *share = (struct share *)(uintptr_t)object;
    size_t bytes = WORD_BYTES;
    share_settle(share);
    fetch_fids(share);
    if (is_unused(share))
        return 0;
    for (unsigned n = 0; n < share_in_flight(share); n++) {
        uint32_t count;
        answer_of(share, n, &count);
        bytes += WORD_BYTES + count;
    }
    return bytes + share->fids_bytes;
}

static void blob_save(const void *object, uint8_t *bytes)
{
    struct share *share = (struct share *)(uintptr_t)object;
    if (is_unused(share))
        return;
    little_put(bytes, WORD_BYTES, share_in_flight(share));
    bytes += WORD_BYTES;
    for (unsigned n = 0; n < share_in_flight(share); n++) {
        uint32_t count;
        const uint8_t *answer = answer_of(share, n, &count);
        little_put(bytes, WORD_BYTES, count);
        if (count != 0)
            memcpy(bytes + WORD_BYTES, answer, count);
        bytes += WORD_BYTES + count;
    }
    if (share->fids_bytes != 0)
        memcpy(bytes, share->fids, share->fids_bytes);
    drop_fids(share);
}

/* The answer at *at, which goes on behind it; NULL: there is none. */
static const uint8_t *next_answer(const uint8_t *bytes, size_t count, size_t *at, uint32_t *length)
{
    if (count - *at < WORD_BYTES)
        return NULL;
    *length = (uint32_t)little_get(bytes + *at, WORD_BYTES);
    if (*length > P9_MESSAGE_BYTES || *length > count - *at - WORD_BYTES)
        return NULL;
    const uint8_t *answer = bytes + *at + WORD_BYTES;
    *at += WORD_BYTES + *length;
    return answer;
}

static bool blob_check(const void *object, const uint8_t *bytes, size_t count, struct error *err)
{
    uint32_t length;
    size_t at = WORD_BYTES;
    (void)object;
    if (count == 0)
        return true;
    if (count < WORD_BYTES || little_get(bytes, WORD_BYTES) > RING_GUEST_SLOTS)
        return error_set(err, "saved state: no number of a share's answers");
    for (uint64_t n = little_get(bytes, WORD_BYTES); n > 0; n--)
        if (next_answer(bytes, count, &at, &length) == NULL)
            return error_set(err, "saved state: no answer of a share at byte %zu", at);
    return at == count || p9_server_check(bytes + at, count - at, err);
}

static bool blob_load(void *object, const uint8_t *bytes, size_t count, struct error *err)
{
    struct share *share = object;
    uint32_t length;
    size_t at = count != 0 ? WORD_BYTES : 0;
    uint64_t answers = count != 0 ? little_get(bytes, WORD_BYTES) : 0;
    for (unsigned n = 0; n < answers; n++) {
        const uint8_t *answer = next_answer(bytes, count, &at, &length);
        struct share_place *flight = n < share_in_flight(share) ? &share->flights[share_flight(share, n)] : NULL;
        if (flight == NULL || length == 0)
            continue;
        flight->result = malloc(length);
        if (flight->result == NULL)
            return error_set(err, "out of memory");
        memcpy(flight->result, answer, length);
        flight->result_bytes = length;
    }
    supply_fids(share, bytes + at, count - at);
    return true;
}

static const struct state_blob blob = {
    .meaning =
        "nothing before the guest's first message; then how many requests are in flight (4 bytes); for each, the "
        "oldest first, the length of its answer (4 bytes) and "
        "the answer; then the fids: the agreed length of messages (4 bytes), and for each fid its number (4 bytes), "
        "whether it is open (1 byte), the flags (4 bytes), the kind of file (4 bytes), the number of its file system "
        "and "
        "its own there (8 bytes each), and its path in the folder behind the path's length (2 bytes; 0xffff: it has "
        "none "
        "any more)",
    .outside = true,
    .bytes = blob_bytes,
    .save = blob_save,
    .check = blob_check,
    .load = blob_load,
};

struct state_part share_part(struct share *share)
{
    return (struct state_part){.name = "share", .object = share, .table = &saved, .blob = &blob};
}
