/* SPDX-License-Identifier: MIT */
#include "pages.h"

#include "board.h"

/* A free page holds the address of the next one: the list needs no memory of its own. */
struct page {
    struct page *next;
};

extern char free_memory[];         /* kernel.ld: only its address means anything */

static struct page *free_pages;
static unsigned left;
static uint16_t users[(RAM_END - RAM) / PAGE_SIZE];

static uint16_t *users_of(const void *page)
{
    return &users[((uint64_t)page - RAM) / PAGE_SIZE];
}

void pages_init(void)
{
    for (uint64_t page = RAM_END; page > (uint64_t)free_memory; page -= PAGE_SIZE)
        page_free((void *)(page - PAGE_SIZE));
}

void *page_alloc(void)
{
    struct page *page = free_pages;
    if (!page)
        return NULL;
    free_pages = page->next;
    left--;
    *users_of(page) = 1;
    for (size_t i = 0; i < PAGE_SIZE / sizeof(uint64_t); i++)
        ((uint64_t *)page)[i] = 0;
    return page;
}

void page_share(void *page)
{
    ++*users_of(page);
}

int page_is_shared(const void *page)
{
    return *users_of(page) > 1;
}

void page_free(void *page)
{
    struct page *freed = page;
    if (*users_of(page) > 1) {
        --*users_of(page);
        return;
    }
    *users_of(page) = 0;
    freed->next = free_pages;
    free_pages = freed;
    left++;
}

unsigned pages_left(void)
{
    return left;
}
