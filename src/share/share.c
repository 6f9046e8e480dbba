/* SPDX-License-Identifier: MIT */
#include "share/share.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "base/bits.h"
#include "host/host_time.h"
#include "share/share_impl.h"

/* How long the guest's next request may be about: then it stops to look at something else. */
#define MOMENT_NS UINT64_C(100000)
#define LEAST_MOMENT_NS UINT64_C(4000)
#define SPIN_NS UINT64_C(50000)

struct share *share_create(const struct share_config *config, struct error *err)
{
    struct share *share = calloc(1, sizeof *share);
    if (share == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    share->config = *config;
    share->process = (struct share_process){.pid = -1, .fd = -1};
    share->may_spin = get_nprocs() > 1;
    share->moment_ns = MOMENT_NS;
    share->copy = malloc(P9_MESSAGE_BYTES);
    bool ok = share->copy != NULL || error_set(err, "out of memory");
    if (ok && !journal_replays(config->journal) && config->program[0] != '\0')
        ok = share_process_start(&share->process, &config->options, config->program, err);
    if (ok)
        return share;
    share_destroy(share);
    return NULL;
}

void share_destroy(struct share *share)
{
    if (share == NULL)
        return;
    share_process_end(&share->process);
    for (unsigned i = 0; i < RING_GUEST_SLOTS; i++)
        free(share->flights[i].result);
    free(share->copy);
    free(share->fids);
    free(share);
}

const char *share_tag(const struct share *share)
{
    return share->config.options.tag;
}

void share_set_client(struct share *share, const struct share_client *client)
{
    share->client = *client;
}

/* The process. */

/* It has ended, or does not keep to the rules. */
static void give_up(struct share *share)
{
    share->has_warning = share->process.fd >= 0;
    share_process_kill(&share->process);
    share_process_end(&share->process);
}

bool share_is_served(const struct share *share)
{
    return share->process.fd >= 0 && !journal_replays(share->config.journal);
}

/* How many requests it has performed since it was asked last; never more than it was given. */
static uint32_t performed(struct share *share)
{
    if (share->process.fd < 0)
        return 0;
    uint32_t done = atomic_load(&share->process.ring->performed) - share->taken;
    if (done <= share->sent - share->taken)
        return done;
    give_up(share);
    return 0;
}

static uint32_t outstanding(struct share *share)
{
    uint32_t done = performed(share);
    return share->process.fd >= 0 ? share->sent - share->taken - done : 0;
}

static void sleep_for_answer(struct share *share)
{
    struct ring *ring = share->process.ring;
    struct pollfd socket = {.fd = share->process.fd, .events = POLLIN};
    atomic_store(&ring->machine_sleeps, 1);
    if (outstanding(share) != 0)
        poll(&socket, 1, -1);
    if (share->process.fd < 0)
        return;
    atomic_store(&ring->machine_sleeps, 0);
    if (!ring_drain(share->process.fd) && outstanding(share) != 0)
        give_up(share);
}

/* Until it has performed all, or it has ended. */
static void wait_for_all(struct share *share)
{
    while (outstanding(share) != 0) {
        _Atomic uint32_t *counter = &share->process.ring->performed;
        if (!ring_spin(counter, atomic_load(counter), SPIN_NS, false))
            sleep_for_answer(share);
    }
}

/* Where that was in vain, as the host is busy or the disk slow, the next moment is shorter. */
static void wait_a_moment(struct share *share)
{
    uint64_t now = host_now_ns(), end = now + share->moment_ns;
    for (; now < end && outstanding(share) != 0; now = host_now_ns()) {
        _Atomic uint32_t *counter = &share->process.ring->performed;
        ring_spin(counter, atomic_load(counter), end - now, false);
    }
    if (outstanding(share) == 0)
        share->moment_ns = share->moment_ns < MOMENT_NS / 2 ? 2 * share->moment_ns : MOMENT_NS;
    else if (share->moment_ns > LEAST_MOMENT_NS)
        share->moment_ns /= 2;
}

static void hand_over(struct share *share, unsigned slot, uint32_t kind, uint32_t count, uint32_t room)
{
    struct ring *ring = share->process.ring;
    ring->slots[slot] = (struct ring_slot){.request = kind, .request_bytes = count, .room = room};
    ring->order[share->sent % RING_ORDERS] = (uint8_t)slot;
    share->sent++;
    atomic_store(&ring->submitted, share->sent);
    ring_wake(&ring->server_sleeps, share->process.fd);
}

const uint8_t *share_ask(struct share *share, uint32_t kind, uint32_t count, uint32_t *answer_bytes)
{
    const struct ring *ring = share->process.ring;
    *answer_bytes = 0;
    hand_over(share, RING_OWN_SLOT, kind, count, RING_SLOT_BYTES);
    wait_for_all(share);
    if (share->process.fd < 0)
        return NULL;
    share->taken = share->sent;
    uint32_t bytes = ring->slots[RING_OWN_SLOT].answer_bytes, at = ring_answer_at(count);
    *answer_bytes = bytes <= RING_SLOT_BYTES - at ? bytes : 0;
    return ring->bytes[RING_OWN_SLOT] + at;
}

/* Requests of the guest. */

uint8_t *share_request(struct share *share, unsigned place)
{
    return share_is_served(share) ? share->process.ring->bytes[place] : NULL;
}

static struct share_place *put_in_flight(struct share *share, unsigned place)
{
    share->order[share->submitted++ % RING_GUEST_SLOTS] = (uint8_t)place;
    free(share->flights[place].result);
    share->flights[place] = (struct share_place){.room = 0};
    return &share->flights[place];
}

void share_submit(struct share *share, unsigned place, uint32_t count, uint32_t room)
{
    struct share_place *flight = put_in_flight(share, place);
    uint32_t at = ring_answer_at(count);
    uint32_t most = RING_SLOT_BYTES - at < P9_MESSAGE_BYTES ? RING_SLOT_BYTES - at : P9_MESSAGE_BYTES;
    flight->room = room < most ? room : most;
    flight->answer_at = at;
    flight->is_live = share_is_served(share);
    if (flight->is_live)
        hand_over(share, place, RING_GUEST, count, flight->room);
}

/* Answers. */

static void deliver(struct share *share, const uint8_t *bytes, uint32_t count)
{
    unsigned place = share->order[share->delivered++ % RING_GUEST_SLOTS];
    share->client.answer(share->client.owner, place, bytes, count);
}

/* What is recorded is what the guest gets, so that it is copied before. */
static const uint8_t *live_answer(struct share *share, unsigned place, uint32_t *count)
{
    const struct share_place *flight = &share->flights[place];
    *count = 0;
    if (share->process.fd < 0)
        return NULL;
    const struct ring *ring = share->process.ring;
    uint32_t bytes = ring->slots[place].answer_bytes;
    const uint8_t *answer = ring->bytes[place] + flight->answer_at;
    share->taken++;
    if (bytes < P9_HEADER_BYTES || bytes > flight->room)
        return NULL;
    *count = bytes;
    if (!share->config.journal->records)
        return answer;
    memcpy(share->copy, answer, bytes);
    return share->copy;
}

static void deliver_live(struct share *share)
{
    unsigned place = share->order[share->delivered % RING_GUEST_SLOTS];
    const struct share_place *flight = &share->flights[place];
    uint64_t word = place;
    uint32_t count = flight->result_bytes;
    const uint8_t *bytes = flight->is_live ? live_answer(share, place, &count) : flight->result;
    journal_put_behind_words(share->config.journal, JOURNAL_SHARE, share->config.number, &word, 1, bytes, count);
    deliver(share, bytes, count);
}

static bool is_answered(struct share *share)
{
    const struct share_place *flight = &share->flights[share->order[share->delivered % RING_GUEST_SLOTS]];
    return !flight->is_live || performed(share) != 0 || share->process.fd < 0;
}

/* False: it was not answered yet, then. */
static bool repeat(struct share *share)
{
    struct journal_event event;
    uint64_t place;
    struct journal *journal = share->config.journal;
    if (!journal_take(journal, JOURNAL_SHARE, share->config.number, &event))
        return false;
    size_t at = journal_event_words(&event, &place, 1);
    if (at == 0 || place != share->order[share->delivered % RING_GUEST_SLOTS] || event.count > UINT32_MAX) {
        journal_lose(journal);
        return false;
    }
    deliver(share, event.bytes + at, (uint32_t)(event.count - at));
    return true;
}

static void collect(struct share *share)
{
    bool replays = journal_replays(share->config.journal);
    while (share->delivered != share->submitted) {
        if (!replays && !is_answered(share))
            return;
        if (!replays)
            deliver_live(share);
        else if (!repeat(share))
            return;
    }
}

void share_poll(struct share *share)
{
    if (share->delivered == share->submitted)
        return;
    journal_ask(share->config.journal);
    collect(share);
}

void share_wait(struct share *share)
{
    if (share->delivered == share->submitted)
        return;
    journal_ask(share->config.journal);
    if (share_is_served(share) && share->config.at_once)
        wait_for_all(share);
    else if (share_is_served(share) && share->may_spin)
        wait_a_moment(share);
    collect(share);
}

unsigned share_in_flight(const struct share *share)
{
    return share->submitted - share->delivered;
}

unsigned share_flight(const struct share *share, unsigned n)
{
    return share->order[(share->delivered + n) % RING_GUEST_SLOTS];
}

void share_settle(struct share *share)
{
    wait_for_all(share);
}

void share_forget(struct share *share)
{
    wait_for_all(share);
    share->taken = share->sent;
    share->delivered = share->submitted;
}

void share_resume(struct share *share, unsigned place)
{
    put_in_flight(share, place);
}

/* For the event loop. */

void share_watch(struct share *share, struct wait_set *set, uint64_t *timeout_ns)
{
    if (share->process.fd < 0)
        return;
    wait_set_add(set, share->process.fd, POLLIN);
    atomic_store(&share->process.ring->machine_sleeps, 1);
    if (performed(share) != 0)
        *timeout_ns = 0;
}

void share_serve(struct share *share)
{
    if (share->process.fd >= 0 && !ring_drain(share->process.fd))
        give_up(share);
}

bool share_take_warning(struct share *share, struct error *warning)
{
    if (!share->has_warning)
        return false;
    share->has_warning = false;
    error_set(warning, "share '%s': the process that serves it has ended; the guest gets I/O errors from now on",
              share->config.options.path);
    return true;
}
