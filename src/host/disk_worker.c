/* SPDX-License-Identifier: MIT */
/* The disk's thread and the hand-over of requests to it and back. */
#include "host/disk_impl.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

/* performed and event_fd change together under the lock, so that the machine's thread, which empties event_fd under the
 * lock too, never finds one without the other. */
void disk_worker_say_performed(struct disk *disk)
{
    atomic_store(&disk->performed, disk->performed + 1);
    pthread_cond_signal(&disk->finished);
    uint64_t one = 1;
    ssize_t written = disk->timing.latency_ticks == 0 ? write(disk->event_fd, &one, sizeof one) : 0;
    (void)written; /* fails only when the counter is full, and then it is readable */
}

void *disk_worker_run(void *argument)
{
    struct disk *disk = argument;
    pthread_mutex_lock(&disk->lock);
    for (;;) {
        while (disk->performed == disk->submitted && !disk->stop)
            pthread_cond_wait(&disk->work, &disk->lock);
        if (disk->performed == disk->submitted)
            break;
        struct disk_request *request = disk->ring[disk->performed % DISK_REQUESTS];
        pthread_mutex_unlock(&disk->lock);
        disk_store_perform(&disk->store, request);
        pthread_mutex_lock(&disk->lock);
        disk_worker_say_performed(disk);
    }
    pthread_mutex_unlock(&disk->lock);
    return NULL;
}

void disk_worker_wait(struct disk *disk, uint64_t n)
{
    if (atomic_load(&disk->performed) > n)
        return;
    pthread_mutex_lock(&disk->lock);
    while (disk->performed <= n)
        pthread_cond_wait(&disk->finished, &disk->lock);
    pthread_mutex_unlock(&disk->lock);
}

/* The thread takes no signals: they are for the console, and a blocked SIGXFSZ makes a write beyond the limit for files an
 * error (EFBIG) instead of the end. */
bool disk_worker_start(struct disk *disk, struct error *err)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int result = pthread_create(&disk->worker, NULL, disk_worker_run, disk);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (result != 0)
        return error_set(err, "disk '%s': cannot start a thread: %s", disk->options.path, strerror(result));
    return true;
}

void disk_worker_join(struct disk *disk)
{
    pthread_mutex_lock(&disk->lock);
    disk->stop = true;
    pthread_cond_signal(&disk->work);
    pthread_mutex_unlock(&disk->lock);
    pthread_join(disk->worker, NULL);
}
