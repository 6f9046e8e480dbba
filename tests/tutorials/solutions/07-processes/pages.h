/* SPDX-License-Identifier: MIT */
/* Physical memory: the RAM that the kernel does not fill itself, in pages. */
#ifndef PAGES_H
#define PAGES_H

#define PAGE_SIZE 4096ul

void pages_init(void);

/* A page full of zeros, or NULL if there is none left. */
void *page_alloc(void);

/* One more who uses the page, and one less: with the last it is free. */
void page_share(void *page);
void page_free(void *page);

/* Whether more than one uses it. */
int page_is_shared(const void *page);

unsigned pages_left(void);

#endif
