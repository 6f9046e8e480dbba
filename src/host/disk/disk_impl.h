/* SPDX-License-Identifier: MIT */
/* What the parts of a disk share; for src/host/disk*.c alone. Says which thread owns which field. */
#ifndef MICROVM_HOST_DISK_DISK_IMPL_H
#define MICROVM_HOST_DISK_DISK_IMPL_H

#include <pthread.h>
#include <stdatomic.h>

#include "host/disk/disk.h"

/* What is told apart in warnings. */
enum disk_trouble { DISK_TROUBLE_READ, DISK_TROUBLE_WRITE, DISK_TROUBLE_FLUSH, DISK_TROUBLES };

struct disk_warning {
    int error; /* errno of the first time, 0: none yet */
    uint64_t offset;
    bool told;
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

    struct disk_image image; /* the worker's alone while it runs and has work; closed: without a format */
    pthread_t worker;

    pthread_mutex_t lock; /* over submitted, stop, held to waiting, and performed together with event_fd's state */
    pthread_cond_t work;
    pthread_cond_t finished;
    bool stop;
    bool drop;              /* what is held is given up: it counts as performed, and has failed */
    bool waiting;           /* what was loaded as not performed has to wait for the next poll */
    _Atomic bool held;      /* the next request has failed and waits for disk_retry */
    _Atomic unsigned holds; /* how often that has happened */
    int held_error;         /* errno of the last time */
    int lost_error;         /* of the first request that was still held when stop was set; 0: none */
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
    unsigned holds_told;
    uint64_t at_hand_bytes; /* read by the machine's thread since the last poll */
};

/* Performs the request and sets its error. */
void disk_store_perform(const struct disk_image *image, struct disk_request *request);

/* The thread: performs what is submitted until stop is set and nothing is left. */
void *disk_worker_run(void *disk);
/* The next request is performed; under the lock. */
void disk_worker_say_performed(struct disk *disk);
/* Blocks until request number n (from 0) is performed; false: it is held, or one before it. */
bool disk_worker_wait(struct disk *disk, uint64_t n);
/* Gives up what is held; all is performed then. */
void disk_worker_drop(struct disk *disk);
/* Requests from number n on were not performed, although they count as if; they wait for disk_worker_go_on. */
void disk_worker_take_back(struct disk *disk, uint64_t n);
void disk_worker_go_on(struct disk *disk);
bool disk_worker_start(struct disk *disk, struct error *err);
void disk_worker_join(struct disk *disk);

#endif
