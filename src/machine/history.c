/* SPDX-License-Identifier: MIT */
#include "machine/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/lazy_memory.h"
#include "machine/kept_pages.h"
#include "machine/machine_state.h"
#include "machine/saved.h"

/* Steps between two checkpoints: as few as a replay makes in some ten milliseconds, and more where the guest writes to so many
 * pages that keeping them would cost more than a few percent of the time. */
#define INTERVAL_LEAST (UINT64_C(1) << 23)
#define INTERVAL_MOST (UINT64_C(1) << 27)
/* A replay of more steps than the first takes a checkpoint the second before its end: steps back from there are short. */
#define FAR (INTERVAL_LEAST / 2)
#define NEAR (INTERVAL_LEAST / 8)
/* In steps: what a page that is kept costs, and a checkpoint besides; their share of the time is one in COST_SHARE. */
#define PAGE_COST 400
#define CHECKPOINT_COST 100000
#define COST_SHARE 25
/* About so much of the limit, or so many bytes, come in from outside between two checkpoints at most. */
#define CROWD_SHARE 4
#define CROWD_LEAST (UINT64_C(1) << 20)
/* Two checkpoints are merged if they are closer together than this part of their age. */
#define AGE_SHARE 8

/* Where a checkpoint was taken, and what the machine was then. */
struct mark {
    uint64_t step;
    uint64_t digest;
};

struct checkpoint {
    uint64_t step;
    uint64_t occasion;
    uint64_t position; /* in the journal */
    size_t mark;
    uint8_t *parts;          /* the objects of the machine's parts, one after the other; and their blobs behind them */
    size_t bytes;            /* of parts */
    struct kept_pages pages; /* written between this checkpoint and the next */
};

struct history {
    struct machine *m;
    uint64_t limit_bytes;
    struct ram_keeper keeper;
    struct page_pool *pool;
    uint8_t *marked_pages; /* for kept_pages_merge */
    struct state_part part[MACHINE_MAX_PARTS];
    unsigned part_count;
    size_t parts_bytes;             /* of a checkpoint */
    struct checkpoint *checkpoints; /* the oldest first */
    size_t count, capacity;
    struct mark *marks;
    size_t mark_count, mark_capacity, mark_next; /* the next that a replay will come to */
    uint64_t extra;                              /* the step of a checkpoint that the run had not */
    bool gave_up;                                /* pages were written that nobody kept */
    bool astray;
};

static size_t object_bytes(const struct state_part *part)
{
    return (state_object_bytes(part->table, part->object) + 15) & ~(size_t)15;
}

uint64_t history_digest(const struct machine *m)
{
    uint64_t digest = digest_mix(digest_mix(0, m->steps), clock_ticks(&m->clock, m->steps));
    for (unsigned i = 0; i < m->hart_count; i++)
        digest = digest_hart(digest, &m->harts[i]);
    return digest;
}

/* Memory. */

static uint64_t bytes_in_use(const struct history *h)
{
    uint64_t lists = 0;
    for (size_t i = 0; i < h->count; i++)
        lists += h->checkpoints[i].pages.capacity * sizeof(struct kept_page) + h->checkpoints[i].bytes;
    return page_pool_bytes(h->pool) + lists + journal_bytes(h->m->journal);
}

static uint64_t crowd_bytes(const struct history *h)
{
    uint64_t bytes = h->limit_bytes / CROWD_SHARE;
    return bytes > CROWD_LEAST ? bytes : CROWD_LEAST;
}

static struct checkpoint *newest(const struct history *h)
{
    return &h->checkpoints[h->count - 1];
}

/* What the harts' stores must tell again. Translations for stores must go, too. */
static void release_pages(struct history *h, const struct kept_pages *pages)
{
    for (uint32_t i = 0; i < pages->count; i++)
        ram_release_page(&h->m->ram, pages->pages[i].number);
}

static void drop_checkpoint(struct history *h, size_t n)
{
    struct checkpoint *c = &h->checkpoints[n];
    kept_pages_clear(&c->pages, h->pool);
    free(c->parts);
    memmove(c, c + 1, (--h->count - n) * sizeof *c);
}

static void drop_all(struct history *h)
{
    while (h->count != 0)
        drop_checkpoint(h, h->count - 1);
}

static void drop_oldest(struct history *h)
{
    drop_checkpoint(h, 0);
    journal_forget(h->m->journal, h->checkpoints[0].position);
}

/* The pages written between the n-th checkpoint and the next then count from the one before. */
static void merge_into_older(struct history *h, size_t n)
{
    struct checkpoint *older = &h->checkpoints[n - 1], *c = &h->checkpoints[n];
    if (kept_pages_merge(&older->pages, &c->pages, h->pool, h->marked_pages))
        drop_checkpoint(h, n);
}

static void thin_out(struct history *h)
{
    for (size_t i = h->count - 1; i > 1; i--) {
        const struct checkpoint *c = &h->checkpoints[i - 1];
        uint64_t age = h->m->steps - c->step;
        if (c[1].step - c[-1].step < age / AGE_SHARE)
            merge_into_older(h, i - 1);
    }
    while (h->count > 1 && bytes_in_use(h) > h->limit_bytes)
        drop_oldest(h);
    /* What comes in until the next checkpoint will want it again. */
    uint64_t used = bytes_in_use(h), most = h->limit_bytes + crowd_bytes(h);
    journal_trim_memory(h->m->journal, used < most ? most - used : 0);
}

/* A page is about to be written for the first time since the newest checkpoint. */
static bool keep(void *owner, uint32_t page, const uint8_t *bytes)
{
    struct history *h = owner;
    if (h->gave_up)
        return false;
    while (!kept_pages_add(&newest(h)->pages, h->pool, page, bytes)) {
        if (h->count == 1) {
            release_pages(h, &newest(h)->pages);
            drop_all(h);
            h->gave_up = true;
            return false;
        }
        drop_oldest(h);
    }
    return true;
}

/* Checkpoints. */

/* What is outside comes from the journal, in a replay. */
static bool has_blob(const struct state_part *part)
{
    return part->blob != NULL && !part->blob->outside;
}

static size_t blobs_bytes(const struct history *h)
{
    size_t bytes = 0;
    for (unsigned i = 0; i < h->part_count; i++)
        if (has_blob(&h->part[i]))
            bytes += sizeof(size_t) + h->part[i].blob->bytes(h->part[i].object);
    return bytes;
}

static void save_blobs(const struct history *h, uint8_t *bytes)
{
    for (unsigned i = 0; i < h->part_count; i++) {
        if (!has_blob(&h->part[i]))
            continue;
        size_t count = h->part[i].blob->bytes(h->part[i].object);
        memcpy(bytes, &count, sizeof count);
        h->part[i].blob->save(h->part[i].object, bytes + sizeof count);
        bytes += sizeof count + count;
    }
}

static void load_blobs(const struct history *h, const uint8_t *bytes)
{
    struct error ignored; /* they are this machine's own */
    for (unsigned i = 0; i < h->part_count; i++) {
        size_t count;
        if (!has_blob(&h->part[i]))
            continue;
        memcpy(&count, bytes, sizeof count);
        h->part[i].blob->load(h->part[i].object, bytes + sizeof count, count, &ignored);
        bytes += sizeof count + count;
    }
}

static void save_parts(const struct history *h, uint8_t *bytes)
{
    for (unsigned i = 0; i < h->part_count; i++) {
        state_copy(h->part[i].table, bytes, h->part[i].object);
        bytes += object_bytes(&h->part[i]);
    }
    save_blobs(h, bytes);
}

static void load_parts(const struct history *h, const uint8_t *bytes)
{
    for (unsigned i = 0; i < h->part_count; i++) {
        state_copy(h->part[i].table, h->part[i].object, bytes);
        bytes += object_bytes(&h->part[i]);
    }
    load_blobs(h, bytes);
}

static bool grow(void **array, size_t *capacity, size_t count, size_t size)
{
    if (count < *capacity)
        return true;
    size_t wanted = *capacity == 0 ? 64 : 2 * *capacity;
    void *grown = realloc(*array, wanted * size);
    if (grown == NULL)
        return false;
    *array = grown;
    *capacity = wanted;
    return true;
}

static uint64_t next_interval(const struct history *h)
{
    uint64_t pages = h->count != 0 ? newest(h)->pages.count : 0;
    uint64_t steps = COST_SHARE * (CHECKPOINT_COST + pages * PAGE_COST);
    return steps < INTERVAL_LEAST ? INTERVAL_LEAST : steps > INTERVAL_MOST ? INTERVAL_MOST : steps;
}

/* Live, the next checkpoint is to come after the interval; in a replay, where it came. */
static void set_due(struct history *h, uint64_t interval)
{
    struct machine *m = h->m;
    bool again = h->mark_next < h->mark_count;
    uint64_t due = again ? h->marks[h->mark_next].step : m->quiet ? UINT64_MAX : m->steps + interval;
    m->history_due = due < h->extra ? due : h->extra;
}

static bool mark(struct history *h)
{
    struct mark now = {h->m->steps, history_digest(h->m)};
    if (h->mark_next < h->mark_count) {
        const struct mark *then = &h->marks[h->mark_next];
        h->astray |= then->step != now.step || then->digest != now.digest;
    } else if (grow((void **)&h->marks, &h->mark_capacity, h->mark_count, sizeof *h->marks)) {
        h->marks[h->mark_count++] = now;
    } else {
        return false;
    }
    h->mark_next++;
    return true;
}

/* Whether the run had no checkpoint here. */
static bool is_extra(const struct history *h)
{
    const struct machine *m = h->m;
    return m->steps >= h->extra && (h->mark_next < h->mark_count ? m->steps < h->marks[h->mark_next].step : m->quiet);
}

static bool add_checkpoint(struct history *h)
{
    const struct journal *journal = h->m->journal;
    size_t bytes = h->parts_bytes + blobs_bytes(h);
    uint8_t *parts = calloc(1, bytes);
    if (parts == NULL || !grow((void **)&h->checkpoints, &h->capacity, h->count, sizeof *h->checkpoints) ||
        (!is_extra(h) && !mark(h))) {
        free(parts);
        return false;
    }
    save_parts(h, parts);
    h->checkpoints[h->count++] = (struct checkpoint){
        .step = h->m->steps,
        .occasion = journal->occasion,
        .position = journal_position(journal),
        .mark = h->mark_next - 1,
        .parts = parts,
        .bytes = bytes,
    };
    return true;
}

void history_round(struct history *h)
{
    uint64_t interval = next_interval(h);
    if (h->count != 0)
        release_pages(h, &newest(h)->pages);
    machine_forget_translations(h->m);
    h->gave_up = !add_checkpoint(h);
    if (h->gave_up)
        drop_all(h);
    else
        thin_out(h);
    if (h->m->steps >= h->extra)
        h->extra = UINT64_MAX;
    set_due(h, interval);
    journal_crowd_after(h->m->journal, crowd_bytes(h));
}

void history_hurry(struct history *h)
{
    struct machine *m = h->m;
    if (!m->quiet && m->steps + 1 < m->history_due)
        m->history_due = m->steps + 1;
}

void history_restart(struct history *h)
{
    if (h->count != 0)
        release_pages(h, &newest(h)->pages);
    drop_all(h);
    journal_forget(h->m->journal, journal_position(h->m->journal));
    h->mark_count = h->mark_next = 0;
    h->extra = UINT64_MAX;
    h->gave_up = true;
    h->m->history_due = 0;
}

uint64_t history_first(const struct history *h)
{
    return h->count != 0 ? h->checkpoints[0].step : UINT64_MAX;
}

/* RAM as it was at the newest checkpoint. */
static void put_pages_back(struct history *h)
{
    struct ram *ram = &h->m->ram;
    struct kept_pages *pages = &newest(h)->pages;
    for (uint32_t i = 0; i < pages->count; i++) {
        const uint8_t *bytes = kept_page_bytes(h->pool, &pages->pages[i]);
        uint64_t at = (uint64_t)pages->pages[i].number << PAGE_SHIFT;
        if (bytes != NULL)
            memcpy(ram->host + at, bytes, PAGE_BYTES);
        else
            memset(ram->host + at, 0, PAGE_BYTES);
        ram_wrote(ram, ram->base + at, PAGE_BYTES);
    }
    release_pages(h, pages);
    kept_pages_clear(pages, h->pool);
}

bool history_go_back(struct history *h, uint64_t step)
{
    if (h->count == 0 || h->checkpoints[0].step > step)
        return false;
    put_pages_back(h);
    while (newest(h)->step > step) {
        drop_checkpoint(h, h->count - 1);
        put_pages_back(h);
    }
    const struct checkpoint *c = newest(h);
    load_parts(h, c->parts);
    machine_went_back(h->m);
    journal_replay_from(h->m->journal, c->position, c->occasion);
    h->mark_next = c->mark + 1;
    h->extra = UINT64_MAX;
    set_due(h, INTERVAL_LEAST);
    return true;
}

void history_look_ahead(struct history *h, uint64_t step)
{
    if (step > h->m->steps && step - h->m->steps > FAR)
        h->extra = step - NEAR;
    set_due(h, INTERVAL_LEAST);
}

void history_go_on(struct history *h)
{
    h->extra = UINT64_MAX;
    set_due(h, next_interval(h));
}

static bool overlaps(const struct ram *ram, const struct kept_page *page, uint64_t pa, uint64_t length)
{
    uint64_t first = ram->base + ((uint64_t)page->number << PAGE_SHIFT);
    return pa < first + PAGE_BYTES && first < pa + length;
}

static bool has_written(const struct history *h, const struct kept_pages *pages, uint64_t pa, uint64_t length)
{
    for (uint32_t i = 0; i < pages->count; i++)
        if (overlaps(&h->m->ram, &pages->pages[i], pa, length))
            return true;
    return false;
}

uint64_t history_written_until(const struct history *h, uint64_t pa, uint64_t length, uint64_t end)
{
    for (size_t i = h->count; i-- > 0;) {
        const struct checkpoint *c = &h->checkpoints[i];
        if (c->step < end && has_written(h, &c->pages, pa, length))
            return i + 1 < h->count && c[1].step < end ? c[1].step : end;
    }
    return 0;
}

bool history_went_astray(const struct history *h)
{
    return h->astray;
}

void history_memory(const struct history *h, struct travel_memory *memory)
{
    *memory = (struct travel_memory){h->count, page_pool_bytes(h->pool), journal_bytes(h->m->journal), h->limit_bytes};
}

/* Its life. */

static bool fill(struct history *h)
{
    struct machine *m = h->m;
    h->pool = page_pool_create(h->limit_bytes);
    h->marked_pages = lazy_alloc(m->ram.size >> PAGE_SHIFT);
    h->part_count = machine_parts(m, h->part);
    for (unsigned i = 0; i < h->part_count; i++)
        h->parts_bytes += object_bytes(&h->part[i]);
    return h->pool != NULL && h->marked_pages != NULL;
}

struct history *history_create(struct machine *m, uint64_t limit_bytes, struct error *err)
{
    struct history *h = calloc(1, sizeof *h);
    if (h != NULL) {
        h->m = m;
        h->limit_bytes = limit_bytes;
        h->keeper = (struct ram_keeper){h, keep};
        h->gave_up = true; /* the image is loaded before the first checkpoint */
    }
    if (h == NULL || !fill(h)) {
        error_set(err, "out of memory for the history; try --history 0");
        history_destroy(h);
        return NULL;
    }
    m->ram.keeper = &h->keeper;
    journal_keep(m->journal, true);
    return h;
}

void history_destroy(struct history *h)
{
    if (h == NULL)
        return;
    drop_all(h);
    h->m->ram.keeper = NULL;
    free(h->checkpoints);
    free(h->marks);
    lazy_free(h->marked_pages, h->m->ram.size >> PAGE_SHIFT);
    page_pool_destroy(h->pool);
    free(h);
}
