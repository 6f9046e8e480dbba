/* SPDX-License-Identifier: MIT */
/* The disk's thread and the hand-over of requests to it and back. */
#include "host/disk/disk_impl.h"

#include <errno.h>
#include <sys/eventfd.h>

#include "host/thread.h"

/* event_fd changes with what it tells of under the lock, so that the machine's thread, which empties it under the lock too,
 * never finds one without the other. */
static void wake_machine(struct disk *disk)
{
    if (disk->timing.latency_ticks == 0)
        eventfd_write(disk->event_fd, 1); /* fails only when the counter is full, and then it is readable */
}

void disk_worker_say_performed(struct disk *disk)
{
    atomic_store(&disk->performed, disk->performed + 1);
    pthread_cond_signal(&disk->finished);
    wake_machine(disk);
}

/* What is lost already does not come back by waiting. */
static bool is_lost(const struct disk *disk, const struct disk_request *request)
{
    const struct disk_image *image = &disk->image;
    return request->operation != DISK_READ && image->format->is_lost != NULL && image->format->is_lost(image->state);
}

static bool is_to_hold(const struct disk *disk, const struct disk_request *request)
{
    int error = request->error;
    if (error == 0 || is_lost(disk, request))
        return false;
    switch (disk->options.on_error) {
    case DISK_ON_ERROR_REPORT: return false;
    case DISK_ON_ERROR_ENOSPC: return error == ENOSPC || error == EDQUOT;
    case DISK_ON_ERROR_PAUSE: return error != EROFS;
    }
    return false;
}

/* Until somebody wants it performed again, or given up. */
static void hold(struct disk *disk, const struct disk_request *request)
{
    disk->held_error = request->error;
    atomic_store(&disk->held, true);
    atomic_store(&disk->holds, disk->holds + 1);
    pthread_cond_signal(&disk->finished);
    wake_machine(disk);
    while (disk->held && !disk->stop && !disk->drop)
        pthread_cond_wait(&disk->work, &disk->lock);
    atomic_store(&disk->held, false);
}

static void perform_unlocked(struct disk *disk, struct disk_request *request)
{
    pthread_mutex_unlock(&disk->lock);
    disk_store_perform(&disk->image, request);
    pthread_mutex_lock(&disk->lock);
}

/* When the disk is closed a request that was held is tried once more, and those behind it once. */
static void perform(struct disk *disk, struct disk_request *request)
{
    bool was_held = false;
    request->error = EIO;
    if (!disk->drop)
        perform_unlocked(disk, request);
    while (is_to_hold(disk, request) && !disk->drop && !(disk->stop && was_held)) {
        if (!disk->stop)
            hold(disk, request);
        was_held = true;
        if (!disk->drop)
            perform_unlocked(disk, request);
    }
    if (was_held && disk->stop && disk->lost_error == 0)
        disk->lost_error = request->error;
}

static bool has_work(const struct disk *disk)
{
    return disk->performed != disk->submitted && (!disk->waiting || disk->stop);
}

void *disk_worker_run(void *argument)
{
    struct disk *disk = argument;
    pthread_mutex_lock(&disk->lock);
    for (;;) {
        while (!has_work(disk) && !disk->stop)
            pthread_cond_wait(&disk->work, &disk->lock);
        if (!has_work(disk))
            break;
        perform(disk, disk->ring[disk->performed % DISK_REQUESTS]);
        disk_worker_say_performed(disk);
    }
    pthread_mutex_unlock(&disk->lock);
    return NULL;
}

bool disk_worker_wait(struct disk *disk, uint64_t n)
{
    if (atomic_load(&disk->performed) > n)
        return true;
    pthread_mutex_lock(&disk->lock);
    while (disk->performed <= n && !disk->held && !disk->waiting)
        pthread_cond_wait(&disk->finished, &disk->lock);
    pthread_mutex_unlock(&disk->lock);
    return atomic_load(&disk->performed) > n;
}

void disk_worker_drop(struct disk *disk)
{
    pthread_mutex_lock(&disk->lock);
    disk->drop = true;
    disk->waiting = false;
    pthread_cond_signal(&disk->work);
    while (disk->performed != disk->submitted)
        pthread_cond_wait(&disk->finished, &disk->lock);
    disk->drop = false;
    pthread_mutex_unlock(&disk->lock);
}

void disk_worker_take_back(struct disk *disk, uint64_t n)
{
    pthread_mutex_lock(&disk->lock);
    disk->waiting = true;
    atomic_store(&disk->performed, n);
    pthread_mutex_unlock(&disk->lock);
}

void disk_worker_go_on(struct disk *disk)
{
    pthread_mutex_lock(&disk->lock);
    disk->waiting = false;
    atomic_store(&disk->held, false);
    pthread_cond_signal(&disk->work);
    pthread_mutex_unlock(&disk->lock);
}

bool disk_worker_start(struct disk *disk, struct error *err)
{
    return thread_start(&disk->worker, disk_worker_run, disk, err) ||
           error_prefix(err, "disk '%s'", disk->options.path);
}

void disk_worker_join(struct disk *disk)
{
    pthread_mutex_lock(&disk->lock);
    disk->stop = true;
    pthread_cond_signal(&disk->work);
    pthread_mutex_unlock(&disk->lock);
    pthread_join(disk->worker, NULL);
}
