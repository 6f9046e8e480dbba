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
    PTE_U = 16,                    /* by user mode, and by user mode alone */
    PTE_A = 64,                    /* accessed, */
    PTE_D = 128,                   /* dirty: we set both at once, for some harts want it so */
    PTE_OWN = 256,                 /* hardware ignores it; to us: the page ends with its process */
    PTE_COPY = 512,                /* likewise: to be copied when the process writes to it */
};

extern uint64_t *kernel_root;      /* the kernel's table */

/* Builds the kernel's table and switches paging on. */
void vm_init(void);

/* Makes size bytes of memory at pa appear at va; all three are multiples of the page size.
   Returns 0 if there is no page left for a table. */
int vm_map(uint64_t *root, uint64_t va, uint64_t pa, uint64_t size, unsigned rights);

/* Prints how a virtual address is translated. */
void vm_explain(uint64_t *root, uint64_t va);

/* Where a process has what: its entry of the root table stands for this GiB. */
#define USER 0x40000000ul          /* the program; user/user.ld links it for this address */
#define USER_PROGRAM_END 0x7fe00000ul
#define USER_STACK_TOP 0x7ffff000ul
#define USER_END 0x80000000ul

/* A table for a new process, with a stack alone, or NULL if there are no pages. */
uint64_t *vm_create_user(void);

/* A new page full of zeros at va. Returns where the kernel finds it, or NULL if there are no pages,
   or something is there already. */
void *vm_add_page(uint64_t *root, uint64_t va, unsigned rights);

/* A table like another one, with the same pages, each to be copied when one of the two writes to
   it. NULL if there are no pages for the tables. */
uint64_t *vm_copy_user(uint64_t *root);

/* The process with this table may not write at va. Returns 1 if it may now, for it has a copy. */
int vm_copy_on_write(uint64_t *root, uint64_t va);

/* Stores into a page of a process that is being made. */
void vm_fill(uint64_t *root, uint64_t va, const void *from, uint64_t count);

/* Gives back the table and all that belongs to it alone. */
void vm_free_user(uint64_t *root);

/* From now on this table is in force. */
void vm_switch(const uint64_t *root);

/* Copies count bytes that the process with this table has at from. Returns 0 if it may not read
   them all itself. */
int vm_copy_in(uint64_t *root, void *to, uint64_t from, uint64_t count);

#endif
