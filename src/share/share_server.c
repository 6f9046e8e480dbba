/* SPDX-License-Identifier: MIT */
#include "share/share_server.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "base/little_endian.h"
#include "share/p9_server.h"
#include "share/ring.h"
#include "share/sandbox.h"

/* How long it looks for the next request before it sleeps: about what a guest needs to ask again. */
#define LINGER_NS UINT64_C(200000)
#define OFFSET_BYTES 8u

struct server {
    struct ring *ring;
    struct p9_server *p9;
    uint64_t linger_ns;
    uint8_t *saved; /* fids as bytes, on their way out or in */
    size_t saved_bytes;
};

/* Fids as bytes. */

static void drop_saved(struct server *s)
{
    free(s->saved);
    s->saved = NULL;
    s->saved_bytes = 0;
}

static uint32_t save(struct server *s, uint8_t *answer)
{
    drop_saved(s);
    if (!p9_server_save(s->p9, &s->saved, &s->saved_bytes))
        return 0;
    little_put(answer, OFFSET_BYTES, s->saved_bytes);
    return OFFSET_BYTES;
}

static uint32_t fetch(const struct server *s, const uint8_t *request, uint32_t count, uint8_t *answer, uint32_t room)
{
    uint64_t at = count == OFFSET_BYTES ? little_get(request, OFFSET_BYTES) : s->saved_bytes;
    if (at >= s->saved_bytes)
        return 0;
    uint32_t left = s->saved_bytes - at < room ? (uint32_t)(s->saved_bytes - at) : room;
    memcpy(answer, s->saved + at, left);
    return left;
}

static uint32_t supply(struct server *s, const uint8_t *request, uint32_t count)
{
    if (count < OFFSET_BYTES)
        return 0;
    if (little_get(request, OFFSET_BYTES) == 0)
        drop_saved(s);
    uint8_t *bytes = realloc(s->saved, s->saved_bytes + count);
    if (bytes == NULL)
        return 0;
    memcpy(bytes + s->saved_bytes, request + OFFSET_BYTES, count - OFFSET_BYTES);
    s->saved = bytes;
    s->saved_bytes += count - OFFSET_BYTES;
    return 0;
}

static uint32_t load(struct server *s, uint8_t *answer)
{
    answer[0] = p9_server_load(s->p9, s->saved, s->saved_bytes);
    drop_saved(s);
    return 1;
}

/* Requests. */

static uint32_t answer(struct server *s, uint32_t kind, const uint8_t *request, uint32_t count, uint8_t *reply,
                       uint32_t room)
{
    switch (kind) {
    case RING_GUEST:
        if (count < P9_HEADER_BYTES || room < P9_ERROR_BYTES)
            return 0;
        return (uint32_t)p9_server_answer(s->p9, request, count, reply, room);
    case RING_SAVE: return save(s, reply);
    case RING_FETCH: return fetch(s, request, count, reply, room);
    case RING_SUPPLY: return supply(s, request, count);
    case RING_LOAD: return load(s, reply);
    default: return 0;
    }
}

static void perform(struct server *s, uint32_t n)
{
    unsigned number = s->ring->order[n % RING_ORDERS] % RING_SLOTS;
    struct ring_slot *slot = &s->ring->slots[number];
    uint8_t *bytes = s->ring->bytes[number];
    uint32_t count = slot->request_bytes < P9_MESSAGE_BYTES ? slot->request_bytes : P9_MESSAGE_BYTES;
    uint32_t at = ring_answer_at(count), room = slot->room;
    if (room > RING_SLOT_BYTES - at)
        room = RING_SLOT_BYTES - at;
    slot->answer_bytes = room < OFFSET_BYTES ? 0 : answer(s, slot->request, bytes, count, bytes + at, room);
}

/* False: the machine has ended. */
static bool sleep_until_woken(struct server *s, uint32_t seen)
{
    struct pollfd socket = {.fd = RING_SOCKET_FD, .events = POLLIN};
    atomic_store(&s->ring->server_sleeps, 1);
    if (atomic_load(&s->ring->submitted) == seen)
        poll(&socket, 1, -1);
    atomic_store(&s->ring->server_sleeps, 0);
    return ring_drain(RING_SOCKET_FD);
}

static void serve(struct server *s)
{
    uint32_t n = 0;
    for (;;) {
        if (!ring_spin(&s->ring->submitted, n, s->linger_ns, true)) {
            if (!sleep_until_woken(s, n))
                return;
            continue;
        }
        perform(s, n++);
        atomic_store(&s->ring->performed, n);
        ring_wake(&s->ring->machine_sleeps, RING_SOCKET_FD);
    }
}

/* Beginning. */

static struct ring *map_ring(void)
{
    struct stat info;
    if (fstat(RING_MEMORY_FD, &info) != 0 || info.st_size != (off_t)sizeof(struct ring))
        return NULL;
    void *ring = mmap(NULL, sizeof(struct ring), PROT_READ | PROT_WRITE, MAP_SHARED, RING_MEMORY_FD, 0);
    return ring == MAP_FAILED ? NULL : ring;
}

static bool begin(struct server *s, bool writable, struct error *err)
{
    struct p9_limits limits = {.writable = writable};
    s->linger_ns = get_nprocs() > 1 ? LINGER_NS : 0; /* reads files */
    if (!sandbox_enter(RING_ROOT_FD, writable, &limits.files, err))
        return false;
    s->p9 = p9_server_create(RING_ROOT_FD, &limits);
    if (s->p9 == NULL)
        return error_set(err, "out of memory, or there is no /proc");
    return sandbox_close(err);
}

bool share_server_run(bool writable, struct error *err)
{
    struct server s = {.ring = map_ring()};
    struct error trouble = {""};
    if (s.ring == NULL || syscall(SYS_close_range, RING_FDS_END, ~0u, 0) != 0)
        return error_set(err, SHARE_SERVER_COMMAND ": run --share starts it when it is needed");
    bool ok = begin(&s, writable, &trouble);
    memcpy(s.ring->trouble, trouble.text, RING_TROUBLE_BYTES - 1);
    char word = ok ? RING_READY : RING_FAILED;
    if (send(RING_SOCKET_FD, &word, 1, MSG_NOSIGNAL) == 1 && ok)
        serve(&s);
    p9_server_destroy(s.p9);
    drop_saved(&s);
    munmap(s.ring, sizeof *s.ring);
    return true;
}
