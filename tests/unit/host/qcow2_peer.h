/* SPDX-License-Identifier: MIT */
/* A qcow2 image in a folder of its own, what a guest should find on it, and QEMU's tools as the other opinion. */
#ifndef MICROVM_TESTS_UNIT_HOST_QCOW2_PEER_H
#define MICROVM_TESTS_UNIT_HOST_QCOW2_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "host/disk/disk.h"

#define PEER_SECTOR 512u
#define PEER_MOST_BYTES (UINT64_C(1) << 24)
#define PEER_MOST_REQUEST (UINT64_C(1) << 18)

struct peer {
    char folder[64], path[128];
    uint64_t random;
    uint64_t bytes;          /* the disk's size */
    uint8_t *model, *seen;   /* of so many bytes */
    struct disk_image image; /* no format: not open */
    const char *last;        /* the last kind of change, for messages */
};

/* False: there is no qemu-img, or no qemu-io. */
bool peer_has_tools(void);

void peer_create(struct peer *peer, uint64_t seed);
void peer_destroy(struct peer *peer);

/* A command of the shell, in the folder; it must succeed. */
void peer_run(struct peer *peer, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Its exit status. */
int peer_status(struct peer *peer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Makes image.qcow2 by qemu-img with these options of its own; its contents become the model. */
void peer_make(struct peer *peer, uint64_t bytes, const char *options);
/* The model is what QEMU finds in the image. */
void peer_take_model(struct peer *peer);

void peer_open(struct peer *peer, const char *options);
void peer_close(struct peer *peer);
/* Everything reads as the model says. */
void peer_compare(struct peer *peer);
/* qemu-img check has nothing to say, and QEMU reads what the model says. */
void peer_check(struct peer *peer);

/* One random request, with its effect on the model. */
void peer_change(struct peer *peer);
/* A random command for qemu-io, into text. */
void peer_qemu_command(struct peer *peer, char *text, size_t size);

#endif
