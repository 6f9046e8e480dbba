/* SPDX-License-Identifier: MIT */
#include "host/qcow2_story.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "base/splitmix.h"
#include "host/disk/disk_image.h"

#define SECTOR 512u

enum op_kind { OP_WRITE, OP_ZERO, OP_UNMAP, OP_DISCARD, OP_FLUSH, OP_KINDS };

struct story *story_create(uint64_t seed)
{
    struct story *story = mmap(NULL, sizeof *story, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(story, MAP_FAILED);
    story->random = seed;
    return story;
}

void story_destroy(struct story *story)
{
    munmap(story, sizeof *story);
}

/* The mark of a sector that is whole. */
static uint32_t mark_of(const uint8_t *sector)
{
    uint32_t mark;
    memcpy(&mark, sector, sizeof mark);
    for (unsigned i = 0; i < SECTOR; i += sizeof mark)
        if (memcmp(sector + i, &mark, sizeof mark) != 0)
            fail_msg("a sector is torn");
    return mark;
}

static void fill(uint8_t *bytes, uint32_t sectors, uint32_t mark)
{
    for (size_t i = 0; i < (size_t)sectors * SECTOR; i += sizeof mark)
        memcpy(bytes + i, &mark, sizeof mark);
}

static struct story_op draw(struct story *story)
{
    static const unsigned kinds[] = {OP_WRITE, OP_WRITE, OP_WRITE, OP_WRITE,   OP_WRITE,
                                     OP_ZERO,  OP_UNMAP, OP_FLUSH, OP_DISCARD, OP_WRITE};
    uint32_t unit = splitmix_below(&story->random, 2) == 0 ? 1 : 8;
    struct story_op op = {.kind = kinds[splitmix_below(&story->random, 10)],
                          .first = (uint32_t)splitmix_below(&story->random, STORY_SECTORS) / unit * unit,
                          .mark = ++story->marks,
                          .begun = story->clock,
                          .done = UINT64_MAX};
    uint32_t most = splitmix_below(&story->random, 4) == 0 ? STORY_OP_SECTORS / unit : 4;
    op.sectors = unit * (1 + (uint32_t)splitmix_below(&story->random, most));
    op.sectors = op.sectors < STORY_SECTORS - op.first ? op.sectors : STORY_SECTORS - op.first;
    return op;
}

static void note_discard(struct story_op *op, const struct disk_image *image)
{
    static uint8_t bytes[STORY_OP_SECTORS * SECTOR];
    assert_int_equal(image->format->read(image->state, bytes, op->sectors * SECTOR, op->first * (uint64_t)SECTOR), 0);
    for (uint32_t i = 0; i < op->sectors; i++)
        op->zeroed[i] = mark_of(bytes + (size_t)i * SECTOR) == 0;
}

static int perform(const struct story_op *op, const struct disk_image *image)
{
    static uint8_t bytes[STORY_OP_SECTORS * SECTOR];
    uint64_t offset = op->first * (uint64_t)SECTOR, length = op->sectors * (uint64_t)SECTOR;
    switch (op->kind) {
    case OP_WRITE:
        fill(bytes, op->sectors, op->mark);
        return image->format->write(image->state, bytes, (size_t)length, offset);
    case OP_DISCARD: return image->format->discard(image->state, offset, length);
    case OP_FLUSH: return image->format->flush(image->state);
    default: return image->format->write_zeroes(image->state, offset, length, op->kind == OP_UNMAP);
    }
}

void story_go_on(struct story *story, const struct disk_image *image, unsigned count)
{
    for (unsigned i = 0; i < count && story->count < STORY_OPS; i++) {
        struct story_op *op = &story->ops[story->count];
        *op = draw(story);
        story->count++;
        assert_int_equal(perform(op, image), 0);
        if (op->kind == OP_DISCARD)
            note_discard(op, image);
        op->done = story->clock;
    }
}

/* What a request makes of a sector. */
static uint32_t effect(const struct story_op *op, uint32_t sector, uint32_t before)
{
    if (op->kind == OP_FLUSH || sector < op->first || sector >= op->first + op->sectors)
        return before;
    if (op->kind == OP_DISCARD)
        return op->zeroed[sector - op->first] ? 0 : before;
    return op->kind == OP_WRITE ? op->mark : 0;
}

/* The requests before this one were made stable by then. */
static unsigned stable_ops(const struct story *story, uint64_t end)
{
    unsigned count = 0;
    for (unsigned i = 0; i < story->count; i++)
        if (story->ops[i].kind == OP_FLUSH && story->ops[i].done <= end && story->ops[i].done != UINT64_MAX)
            count = i + 1;
    return count;
}

static bool may_be(const struct story *story, uint32_t sector, unsigned stable, uint64_t end, uint32_t found)
{
    uint32_t mark = story->before[sector];
    for (unsigned i = 0; i < stable; i++)
        mark = effect(&story->ops[i], sector, mark);
    bool fits = mark == found;
    for (unsigned i = stable; i < story->count && story->ops[i].begun <= end; i++) {
        const struct story_op *op = &story->ops[i];
        bool hit = op->kind != OP_FLUSH && sector >= op->first && sector < op->first + op->sectors;
        fits |= hit && found == (op->kind == OP_WRITE ? op->mark : 0);
    }
    return fits;
}

void story_expect(const struct story *story, const struct disk_image *image, uint64_t end, uint32_t *found)
{
    static uint8_t bytes[STORY_BYTES];
    unsigned stable = stable_ops(story, end);
    assert_int_equal(image->format->read(image->state, bytes, STORY_BYTES, 0), 0);
    for (uint32_t i = 0; i < STORY_SECTORS; i++) {
        uint32_t mark = mark_of(bytes + (size_t)i * SECTOR);
        if (!may_be(story, i, stable, end, mark))
            fail_msg("sector %u has mark %u, which is neither flushed nor later; before: %u", i, mark,
                     story->before[i]);
        if (found != NULL)
            found[i] = mark;
    }
}

void story_begin_anew(struct story *story, const uint32_t *found)
{
    memcpy(story->before, found, sizeof story->before);
    story->count = 0;
}

struct disk_image story_open(const char *path, const struct disk_calls *calls)
{
    char text[256];
    struct disk_options options;
    struct disk_image image;
    struct error err = {""};
    snprintf(text, sizeof text, "%s,format=qcow2", path);
    if (!disk_options_parse(text, &options, &err) || !disk_image_open(&options, &image, &err) ||
        !image.format->start(image.state, calls, &err))
        fail_msg("%s", err.text);
    assert_int_equal(image.size_bytes, STORY_BYTES);
    return image;
}
