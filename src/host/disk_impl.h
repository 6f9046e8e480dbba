/* SPDX-License-Identifier: MIT */
/* What the parts of a disk share; for src/host/disk*.c alone. Says which thread owns which field. */
#ifndef MICROVM_HOST_DISK_IMPL_H
#define MICROVM_HOST_DISK_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "host/disk.h"

/* What is told apart in warnings. */
enum disk_trouble { DISK_TROUBLE_READ, DISK_TROUBLE_WRITE, DISK_TROUBLE_FLUSH, DISK_TROUBLES };

struct disk_warning {
    int error; /* errno of the first time, 0: none yet */
    uint64_t offset;
    bool told;
};

/* The worker's alone while it runs: the file and what is known of it. */
struct disk_store {
    struct disk_file file;
    struct disk_calls calls;
    enum disk_cache cache;
    bool dirty; /* written since the last good sync */
    int sync_error; /* of the first sync that failed: what was written before it may be lost, so no sync can succeed again */
};

struct disk {
    /* Constant. */
    struct disk_options options;
    struct disk_timing timing;
    uint64_t size_bytes;
    bool read_only;
    int event_fd;
    struct journal *journal; /* NULL: nobody records */
    unsigned number;         /* there */

    struct disk_store store;
    pthread_t worker;

    pthread_mutex_t lock; /* over submitted, stop, and performed together with event_fd's state */
    pthread_cond_t work;
    pthread_cond_t finished;
    bool stop;
    /* ring[n % DISK_REQUESTS] is the n-th request; delivered <= performed <= submitted <= delivered + DISK_REQUESTS. A
     * request is the worker's from submission until it is performed. */
    struct disk_request *ring[DISK_REQUESTS];
    uint64_t submitted;
    _Atomic uint64_t performed;

    /* The machine's thread's alone. */
    uint64_t delivered;
    struct disk_request requests[DISK_REQUESTS];
    struct disk_request *unused[DISK_REQUESTS];
    unsigned unused_count;
    uint8_t *data; /* DISK_DATA_BYTES for each request; memory is taken when it is first used */
    struct disk_warning warnings[DISK_TROUBLES];
};

/* Performs the request and sets its error. */
void disk_store_perform(struct disk_store *store, struct disk_request *request);
/* errno, 0: all that was written is stable (or need not be). */
int disk_store_sync(struct disk_store *store);

/* The thread: performs what is submitted until stop is set and nothing is left. */
void *disk_worker_run(void *disk);
/* The next request is performed; under the lock. */
void disk_worker_say_performed(struct disk *disk);
/* Blocks until request number n (from 0) is performed. */
void disk_worker_wait(struct disk *disk, uint64_t n);
bool disk_worker_start(struct disk *disk, struct error *err);
void disk_worker_join(struct disk *disk);

#endif
