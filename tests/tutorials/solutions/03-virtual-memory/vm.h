/* SPDX-License-Identifier: MIT */
/* Virtual memory: page tables of Sv39. */
#ifndef VM_H
#define VM_H

#include <stdint.h>

/* The bits of a page-table entry; the number of a page follows from bit 10 on. */
enum {
    PTE_V = 1,                     /* valid: the rest means something */
    PTE_R = 2,                     /* may be read, */
    PTE_W = 4,                     /* written, */
    PTE_X = 8,                     /* executed */
    PTE_A = 64,                    /* accessed, */
    PTE_D = 128,                   /* dirty: we set both at once, for some harts want it so */
};

extern uint64_t *kernel_root;      /* the kernel's table */

/* Builds the kernel's table and switches paging on. */
void vm_init(void);

/* Makes size bytes of memory at pa appear at va; all three are multiples of the page size.
   Returns 0 if there is no page left for a table. */
int vm_map(uint64_t *root, uint64_t va, uint64_t pa, uint64_t size, unsigned rights);

/* Nothing is at these addresses any more. */
void vm_unmap(uint64_t *root, uint64_t va, uint64_t size);

/* Prints which addresses are mapped, and with which rights. */
void vm_print(uint64_t *root);

/* Prints how a virtual address is translated. */
void vm_explain(uint64_t *root, uint64_t va);

/* Called at a page fault: puts a page where the heap has none yet. Returns 0 if it cannot help. */
int vm_grow_heap(uint64_t va);

#define HEAP 0xc0000000ul          /* 1 GiB of addresses; pages come when they are touched */
#define HEAP_END 0x100000000ul

#endif
