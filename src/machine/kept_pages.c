/* SPDX-License-Identifier: MIT */
#include "machine/kept_pages.h"

#include <stdlib.h>
#include <string.h>

#include "base/lazy_memory.h"

struct page_pool {
    uint8_t *bytes;        /* room for all places; memory is taken by those that were used */
    uint32_t *free_places; /* that were used and are not any more */
    uint32_t free_count;
    uint32_t used; /* places that were ever used: the first ones */
    uint32_t places;
};

struct page_pool *page_pool_create(uint64_t limit_bytes)
{
    struct page_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL)
        return NULL;
    uint64_t places = limit_bytes >> PAGE_SHIFT;
    pool->places = places < PAGE_OF_ZEROS ? (uint32_t)places : PAGE_OF_ZEROS - 1;
    pool->bytes = lazy_alloc((size_t)pool->places << PAGE_SHIFT);
    pool->free_places = lazy_alloc(pool->places * sizeof *pool->free_places);
    if (pool->bytes != NULL && pool->free_places != NULL)
        return pool;
    page_pool_destroy(pool);
    return NULL;
}

void page_pool_destroy(struct page_pool *pool)
{
    if (pool == NULL)
        return;
    lazy_free(pool->bytes, (size_t)pool->places << PAGE_SHIFT);
    lazy_free(pool->free_places, pool->places * sizeof *pool->free_places);
    free(pool);
}

uint64_t page_pool_bytes(const struct page_pool *pool)
{
    return (uint64_t)(pool->used - pool->free_count) << PAGE_SHIFT;
}

static uint8_t *at_place(const struct page_pool *pool, uint32_t place)
{
    return pool->bytes + ((size_t)place << PAGE_SHIFT);
}

/* PAGE_OF_ZEROS: it is full. */
static uint32_t take_place(struct page_pool *pool)
{
    if (pool->free_count != 0)
        return pool->free_places[--pool->free_count];
    return pool->used < pool->places ? pool->used++ : PAGE_OF_ZEROS;
}

static void give_back(struct page_pool *pool, const struct kept_page *page)
{
    if (page->place != PAGE_OF_ZEROS)
        pool->free_places[pool->free_count++] = page->place;
}

static bool is_zero(const uint8_t *bytes)
{
    uint64_t words[8];
    for (unsigned at = 0; at < PAGE_BYTES; at += sizeof words) {
        memcpy(words, bytes + at, sizeof words);
        if ((words[0] | words[1] | words[2] | words[3] | words[4] | words[5] | words[6] | words[7]) != 0)
            return false;
    }
    return true;
}

static bool make_room(struct kept_pages *kept, uint32_t more)
{
    if (kept->capacity - kept->count >= more)
        return true;
    uint32_t capacity = kept->capacity == 0 ? 64 : kept->capacity;
    while (capacity - kept->count < more)
        capacity *= 2;
    struct kept_page *pages = realloc(kept->pages, capacity * sizeof *pages);
    if (pages == NULL)
        return false;
    kept->pages = pages;
    kept->capacity = capacity;
    return true;
}

bool kept_pages_add(struct kept_pages *kept, struct page_pool *pool, uint32_t number, const uint8_t *bytes)
{
    struct kept_page page = {number, PAGE_OF_ZEROS};
    if (!make_room(kept, 1))
        return false;
    if (!is_zero(bytes)) {
        page.place = take_place(pool);
        if (page.place == PAGE_OF_ZEROS)
            return false;
        memcpy(at_place(pool, page.place), bytes, PAGE_BYTES);
    }
    kept->pages[kept->count++] = page;
    return true;
}

const uint8_t *kept_page_bytes(const struct page_pool *pool, const struct kept_page *page)
{
    return page->place == PAGE_OF_ZEROS ? NULL : at_place(pool, page->place);
}

bool kept_pages_merge(struct kept_pages *kept, struct kept_pages *newer, struct page_pool *pool, uint8_t *marks)
{
    uint32_t before = kept->count;
    if (!make_room(kept, newer->count))
        return false;
    for (uint32_t i = 0; i < before; i++)
        marks[kept->pages[i].number] = 1;
    for (uint32_t i = 0; i < newer->count; i++) {
        if (marks[newer->pages[i].number] != 0)
            give_back(pool, &newer->pages[i]);
        else
            kept->pages[kept->count++] = newer->pages[i];
    }
    for (uint32_t i = 0; i < before; i++)
        marks[kept->pages[i].number] = 0;
    newer->count = 0;
    kept_pages_clear(newer, pool);
    return true;
}

void kept_pages_clear(struct kept_pages *kept, struct page_pool *pool)
{
    for (uint32_t i = 0; i < kept->count; i++)
        give_back(pool, &kept->pages[i]);
    free(kept->pages);
    *kept = (struct kept_pages){0};
}
