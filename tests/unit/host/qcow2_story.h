/* SPDX-License-Identifier: MIT */
/* Random requests to an image, told in memory that outlives the process, and what may be found on the image if the story
 * ends in the middle: what a completed flush covers, and of what came later all, nothing or something of each. */
#ifndef MICROVM_TESTS_UNIT_HOST_QCOW2_STORY_H
#define MICROVM_TESTS_UNIT_HOST_QCOW2_STORY_H

#include <stdbool.h>
#include <stdint.h>

#include "host/disk/disk.h"

#define STORY_SECTORS 6000u
#define STORY_BYTES (STORY_SECTORS * UINT64_C(512))
#define STORY_OPS 400u
#define STORY_OP_SECTORS 256u

struct story_op {
    unsigned kind;
    uint32_t first, sectors, mark;
    uint64_t begun, done;          /* by the story's clock; done is UINT64_MAX until then */
    bool zeroed[STORY_OP_SECTORS]; /* of a discard, once it is done */
};

/* Each sector is full of the mark of the request that wrote it, or of zeros. */
struct story {
    uint64_t random, clock;
    uint32_t marks; /* so many were given away */
    uint32_t before[STORY_SECTORS];
    struct story_op ops[STORY_OPS];
    unsigned count;
};

struct story *story_create(uint64_t seed);
void story_destroy(struct story *story);

/* count more requests, told before they begin and when they are done. */
void story_go_on(struct story *story, const struct disk_image *image, unsigned count);

/* What is found is what a story may have left that ended at that time: else the test fails. found: of STORY_SECTORS, may be
 * NULL. */
void story_expect(const struct story *story, const struct disk_image *image, uint64_t end, uint32_t *found);
/* What is there now is where the story begins anew. */
void story_begin_anew(struct story *story, const uint32_t *found);

/* Opens image.qcow2 of the folder, with calls. */
struct disk_image story_open(const char *path, const struct disk_calls *calls);

#endif
