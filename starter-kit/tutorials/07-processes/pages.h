/* SPDX-License-Identifier: MIT */
/* Physical memory: the RAM that the kernel does not fill itself, in pages. */
#ifndef PAGES_H
#define PAGES_H

#define PAGE_SIZE 4096ul

void pages_init(void);

/* A page full of zeros, or NULL if there is none left. */
void *page_alloc(void);
void page_free(void *page);

unsigned pages_left(void);

#endif
