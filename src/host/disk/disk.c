/* SPDX-License-Identifier: MIT */
/* The machine's side of a disk: its life, submission and completion. */
#include "host/disk/disk.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "host/disk/disk_image.h"
#include "host/disk/disk_impl.h"

static void release_all(struct disk *disk)
{
    for (unsigned i = 0; i < DISK_REQUESTS; i++)
        disk->unused[DISK_REQUESTS - 1 - i] = &disk->requests[i];
    disk->unused_count = DISK_REQUESTS;
}

static void fill_disk(struct disk *disk, const struct disk_options *options, const struct disk_image *image,
                      const struct disk_timing *timing)
{
    disk->options = *options;
    disk->timing = *timing;
    disk->size_bytes = image->size_bytes;
    disk->read_only = image->read_only;
    disk->image = *image;
    pthread_mutex_init(&disk->lock, NULL);
    pthread_cond_init(&disk->work, NULL);
    pthread_cond_init(&disk->finished, NULL);
    for (unsigned i = 0; i < DISK_REQUESTS; i++)
        disk->requests[i].bytes = disk->data + i * DISK_DATA_BYTES;
    release_all(disk);
}

static void free_disk(struct disk *disk)
{
    pthread_cond_destroy(&disk->finished);
    pthread_cond_destroy(&disk->work);
    pthread_mutex_destroy(&disk->lock);
    close(disk->event_fd);
    free(disk->data);
    free(disk);
}

struct disk *disk_create(const struct disk_options *options, struct disk_image *image, const struct disk_timing *timing,
                         struct error *err)
{
    struct disk *disk = calloc(1, sizeof *disk);
    if (disk == NULL)
        goto no_disk;
    disk->data = calloc(DISK_REQUESTS, DISK_DATA_BYTES);
    if (disk->data == NULL)
        goto no_data;
    disk->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (disk->event_fd < 0)
        goto no_event;
    fill_disk(disk, options, image, timing);
    if (disk_worker_start(disk, err)) {
        image->format = NULL;
        return disk;
    }
    free_disk(disk);
    return NULL;
no_event:
    free(disk->data);
no_data:
    free(disk);
no_disk:
    error_set(err, "disk '%s': %s", options->path, strerror(errno));
    return NULL;
}

struct disk *disk_open(const struct disk_options *options, const struct disk_timing *timing, struct error *err)
{
    struct disk_image image;
    struct disk *disk = NULL;
    if (!disk_image_open(options, &image, err))
        return NULL;
    if (image.format->start(image.state, disk_calls_host(), err))
        disk = disk_create(options, &image, timing, err);
    disk_image_close(&image);
    return disk;
}

bool disk_finish(struct disk *disk, struct error *err)
{
    if (disk->stop)
        return true;
    disk_worker_join(disk);
    int error = disk->image.format != NULL ? disk->image.format->close(disk->image.state) : 0;
    disk->image.format = NULL;
    if (error != 0)
        return error_set(err, "disk '%s': the host could not make it stable (%s): what the guest wrote may be lost",
                         disk->options.path, strerror(error));
    if (disk->lost_error != 0)
        return error_set(err, "disk '%s': ended while it waited for the host (%s): what it still held is not written",
                         disk->options.path, strerror(disk->lost_error));
    return true;
}

void disk_destroy(struct disk *disk)
{
    if (disk == NULL)
        return;
    disk_finish(disk, NULL);
    free_disk(disk);
}

bool disk_close(struct disk *disk, struct error *err)
{
    bool ok = disk == NULL || disk_finish(disk, err);
    disk_destroy(disk);
    return ok;
}

void disk_set_journal(struct disk *disk, struct journal *journal, unsigned number)
{
    disk->journal = journal;
    disk->number = number;
}

uint64_t disk_size_bytes(const struct disk *disk)
{
    return disk->size_bytes;
}

bool disk_is_read_only(const struct disk *disk)
{
    return disk->read_only;
}

enum disk_cache disk_cache_mode(const struct disk *disk)
{
    return disk->options.cache;
}

const char *disk_serial(const struct disk *disk)
{
    return disk->options.serial;
}

const char *disk_path(const struct disk *disk)
{
    return disk->options.path;
}

const struct disk_image *disk_image(const struct disk *disk)
{
    return &disk->image;
}

struct disk_request *disk_request_get(struct disk *disk)
{
    return disk->unused_count != 0 ? disk->unused[--disk->unused_count] : NULL;
}

void disk_release(struct disk *disk, struct disk_request *request)
{
    disk->unused[disk->unused_count++] = request;
}

static bool is_virtual(const struct disk *disk)
{
    return disk->timing.latency_ticks != 0;
}

static uint64_t ticks_now(const struct disk *disk)
{
    return disk->timing.time.now(disk->timing.time.owner);
}

static bool disk_replays(const struct disk *disk)
{
    return disk->journal != NULL && journal_replays(disk->journal);
}

static void ask(struct disk *disk)
{
    if (disk->journal != NULL)
        journal_ask(disk->journal);
}

/* A read in the place of a worker that rests, which costs less than to wake it. Under the lock, with nothing else submitted. */
static bool perform_at_hand(struct disk *disk, struct disk_request *request)
{
    if (request->operation != DISK_READ || request->length > DISK_AT_HAND_BYTES - disk->at_hand_bytes ||
        disk_image_read_at_hand(&disk->image, request->bytes, (size_t)request->length, request->offset) != 0)
        return false;
    disk->at_hand_bytes += request->length;
    request->error = 0;
    return true;
}

static void hand_over(struct disk *disk, struct disk_request *request)
{
    bool rests = disk->performed == disk->submitted;
    disk->ring[disk->submitted % DISK_REQUESTS] = request;
    disk->submitted++;
    if (disk_replays(disk))
        atomic_store(&disk->performed, disk->submitted);
    else if (rests && perform_at_hand(disk, request))
        disk_worker_say_performed(disk);
    else
        pthread_cond_signal(&disk->work);
}

void disk_submit(struct disk *disk, struct disk_request *request)
{
    if (is_virtual(disk))
        request->due = ticks_now(disk) + disk->timing.latency_ticks;
    pthread_mutex_lock(&disk->lock);
    hand_over(disk, request);
    pthread_mutex_unlock(&disk->lock);
    if (is_virtual(disk))
        disk->timing.time.deadline_changed(disk->timing.time.owner);
}

static void note_trouble(struct disk *disk, const struct disk_request *request)
{
    enum disk_trouble kind = request->operation == DISK_READ    ? DISK_TROUBLE_READ
                             : request->operation == DISK_FLUSH ? DISK_TROUBLE_FLUSH
                                                                : DISK_TROUBLE_WRITE;
    if (request->error != 0 && disk->warnings[kind].error == 0)
        disk->warnings[kind] = (struct disk_warning){.error = request->error, .offset = request->offset};
}

static void deliver(struct disk *disk)
{
    struct disk_request *request = disk->ring[disk->delivered % DISK_REQUESTS];
    disk->delivered++;
    note_trouble(disk, request);
    request->done(request->owner, request);
}

/* In the place of an error: it was due under the virtual clock, but held. */
#define NOT_YET UINT64_C(4096)

/* Under the virtual clock it goes without saying that a request was performed. */
static void record(struct disk *disk, const struct disk_request *request)
{
    bool has_data = request->operation == DISK_READ && request->error == 0;
    uint64_t error = (uint64_t)request->error;
    if (disk->journal == NULL || (is_virtual(disk) && error == 0 && !has_data))
        return;
    journal_put_behind_words(disk->journal, JOURNAL_DISK, disk->number, &error, 1, request->bytes,
                             has_data ? (size_t)request->length : 0);
}

/* False: it was not performed yet. */
static bool repeat(struct disk *disk, struct disk_request *request)
{
    struct journal_event event;
    uint64_t error;
    bool needed = request->operation == DISK_READ;
    request->error = 0;
    if (!journal_take(disk->journal, JOURNAL_DISK, disk->number, &event)) {
        if (is_virtual(disk) && needed)
            journal_lose(disk->journal);
        return is_virtual(disk);
    }
    size_t at = journal_event_words(&event, &error, 1), count = event.count - at;
    if (at != 0 && error == NOT_YET && count == 0 && is_virtual(disk))
        return false;
    if (at == 0 || error > INT_MAX || count != (needed && error == 0 ? request->length : 0)) {
        journal_lose(disk->journal);
        return false;
    }
    request->error = (int)error;
    if (count > 0)
        memcpy(request->bytes, event.bytes + at, count);
    return true;
}

/* How many are performed, with event_fd emptied in the same moment. */
static uint64_t take_performed(struct disk *disk)
{
    eventfd_t count;
    pthread_mutex_lock(&disk->lock);
    eventfd_read(disk->event_fd, &count); /* fails if it is empty */
    uint64_t performed = disk->performed;
    pthread_mutex_unlock(&disk->lock);
    return performed;
}

/* What was loaded as not performed: the machine runs, and in the present. */
static void go_on(struct disk *disk)
{
    if (disk->waiting && !disk_replays(disk))
        disk_worker_go_on(disk);
}

static void repeat_wall(struct disk *disk)
{
    while (disk->delivered != disk->submitted && repeat(disk, disk->ring[disk->delivered % DISK_REQUESTS]))
        deliver(disk);
}

static void poll_wall(struct disk *disk)
{
    if (disk->delivered == disk->submitted)
        return;
    ask(disk);
    if (disk_replays(disk)) {
        repeat_wall(disk);
        return;
    }
    if (atomic_load(&disk->performed) == disk->delivered)
        return;
    uint64_t end = take_performed(disk);
    while (disk->delivered != end) {
        record(disk, disk->ring[disk->delivered % DISK_REQUESTS]);
        deliver(disk);
    }
}

static void record_not_yet(struct disk *disk)
{
    uint64_t error = NOT_YET;
    if (disk->journal != NULL)
        journal_put_behind_words(disk->journal, JOURNAL_DISK, disk->number, &error, 1, NULL, 0);
}

/* False: it is held, and comes later than it was due. */
static bool finish_virtual(struct disk *disk)
{
    struct disk_request *request = disk->ring[disk->delivered % DISK_REQUESTS];
    ask(disk);
    if (disk_replays(disk)) {
        bool done = repeat(disk, request);
        if (!done && !journal_is_lost(disk->journal))
            return false;
        if (!done)
            request->error = EIO;
    } else if (!disk_worker_wait(disk, disk->delivered)) {
        record_not_yet(disk);
        return false;
    } else {
        record(disk, request);
    }
    deliver(disk);
    return true;
}

/* When the oldest request completes: as it was submitted, unless the guest has put its clock back since. */
static uint64_t due_tick(const struct disk *disk, uint64_t now)
{
    uint64_t due = disk->ring[disk->delivered % DISK_REQUESTS]->due;
    uint64_t latest = now + disk->timing.latency_ticks;
    return due > latest ? latest : due;
}

static void poll_virtual(struct disk *disk)
{
    for (uint64_t end = disk->submitted; disk->delivered != end;) {
        uint64_t now = ticks_now(disk);
        uint64_t due = due_tick(disk, now);
        if (due > now) {
            disk->ring[disk->delivered % DISK_REQUESTS]->due = due;
            return;
        }
        if (!finish_virtual(disk))
            return;
    }
}

void disk_poll(struct disk *disk)
{
    disk->at_hand_bytes = 0;
    go_on(disk);
    if (is_virtual(disk))
        poll_virtual(disk);
    else
        poll_wall(disk);
}

void disk_settle(struct disk *disk)
{
    if (disk->submitted != 0)
        disk_worker_wait(disk, disk->submitted - 1);
}

unsigned disk_in_flight(const struct disk *disk)
{
    return (unsigned)(disk->submitted - disk->delivered);
}

struct disk_request *disk_flight(const struct disk *disk, unsigned n)
{
    return disk->ring[(disk->delivered + n) % DISK_REQUESTS];
}

void disk_forget(struct disk *disk)
{
    disk_settle(disk);
    disk_worker_drop(disk);
    disk->delivered = take_performed(disk);
    release_all(disk);
}

void disk_resume(struct disk *disk, struct disk_request *request)
{
    request->error = EIO;
    pthread_mutex_lock(&disk->lock);
    disk->ring[disk->submitted % DISK_REQUESTS] = request;
    disk->submitted++;
    disk_worker_say_performed(disk);
    pthread_mutex_unlock(&disk->lock);
}

uint64_t disk_next_deadline(const struct disk *disk)
{
    if (!is_virtual(disk) || disk->delivered == disk->submitted)
        return UINT64_MAX;
    return due_tick(disk, ticks_now(disk));
}

int disk_event_fd(const struct disk *disk)
{
    return disk->event_fd;
}

bool disk_take_warning(struct disk *disk, struct error *warning)
{
    static const char *const verbs[DISK_TROUBLES] = {"read", "write", "flush"};
    for (unsigned kind = 0; kind < DISK_TROUBLES; kind++) {
        struct disk_warning *w = &disk->warnings[kind];
        if (w->error == 0 || w->told)
            continue;
        w->told = true;
        error_set(warning, "disk '%s': a %s at byte %" PRIu64 " failed: %s; the guest got an I/O error",
                  disk->options.path, verbs[kind], w->offset, strerror(w->error));
        return true;
    }
    return false;
}

bool disk_is_held(const struct disk *disk)
{
    return atomic_load(&disk->held);
}

void disk_retry(struct disk *disk)
{
    if (disk_is_held(disk))
        disk_worker_go_on(disk);
}

/* event_fd has said what there was to say: nothing is performed before the next try. */
static struct disk_request *held_request(struct disk *disk)
{
    eventfd_t count;
    pthread_mutex_lock(&disk->lock);
    struct disk_request *request = disk->held ? disk->ring[disk->performed % DISK_REQUESTS] : NULL;
    if (request != NULL && disk->performed == disk->delivered)
        eventfd_read(disk->event_fd, &count);
    pthread_mutex_unlock(&disk->lock);
    return request;
}

bool disk_take_hold(struct disk *disk, struct error *line)
{
    static const char *const verbs[] = {
        [DISK_READ] = "read",
        [DISK_WRITE] = "write",
        [DISK_FLUSH] = "flush",
        [DISK_DISCARD] = "discard",
        [DISK_WRITE_ZEROES] = "write of zeros",
    };
    if (atomic_load(&disk->holds) == disk->holds_told)
        return false;
    const struct disk_request *request = held_request(disk);
    if (request == NULL)
        return false;
    disk->holds_told = disk->holds;
    error_set(line,
              "disk '%s': a %s of %" PRIu64 " bytes at byte %" PRIu64
              " failed: %s; the machine waits until the host can do it, and nothing "
              "is lost",
              disk->options.path, verbs[request->operation], request->length, request->offset,
              strerror(disk->held_error));
    return true;
}
