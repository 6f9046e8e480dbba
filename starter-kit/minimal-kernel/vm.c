/* SPDX-License-Identifier: MIT */
/* Memory: an allocator of 4 KiB pages, and the Sv39 page tables made of them. */
#include "kernel.h"

/* A page-table entry is a physical page number from bit 10 on, and these bits. Accessed and dirty
   are set at once: some machines fault instead of setting them. */
enum { V = 1, R = 2, W = 4, X = 8, U = 16, A = 64, D = 128 };

/* Placed by kernel.ld; only their addresses mean anything. */
extern char text_start[], text_end[], user_start[], user_end[], heap_start[], heap_end[];

static char *next_page = heap_start;
static uint64_t *kernel_root;
struct news *news;

/* The next page of the heap, all zero. Nothing is ever given back: that part is yours. */
static void *page_alloc(void)
{
    uint64_t *page = (uint64_t *)next_page;
    next_page += PAGE_SIZE;        /* beyond heap_end nothing is mapped: the kernel panics */
    for (size_t i = 0; i < PAGE_SIZE / sizeof *page; i++)
        page[i] = 0;
    return page;
}

/* A virtual address is 9 + 9 + 9 bits of index into three levels of tables, and 12 of offset.
   Returns the entry of the last level; tables that are missing on the way are created. The kernel
   reaches a table at its physical address, because it maps all RAM to itself. */
static uint64_t *walk(uint64_t *table, uint64_t va)
{
    for (int level = 2; level > 0; level--) {
        uint64_t *pte = &table[va >> (12 + 9 * level) & 511];
        if (!(*pte & V))
            *pte = (uint64_t)page_alloc() >> 12 << 10 | V;
        table = (uint64_t *)(*pte >> 10 << 12);
    }
    return &table[va >> 12 & 511];
}

static void map(uint64_t *root, uint64_t va, const void *start, const void *end, int rights)
{
    for (uint64_t pa = (uint64_t)start; pa < (uint64_t)end; pa += PAGE_SIZE, va += PAGE_SIZE)
        *walk(root, va) = pa >> 12 << 10 | rights | A | D | V;
}

void vm_switch(const uint64_t *root)
{
    csr_write(satp, 8ul << 60 | (uint64_t)root >> 12); /* mode 8: Sv39 */
    asm volatile("sfence.vma" : : : "memory");         /* forget the old translations */
}

void vm_init(void)
{
    printf("[mm] heap: %p - %p (%d pages)\n", heap_start, heap_end,
           (int)((heap_end - heap_start) / PAGE_SIZE));
    kernel_root = page_alloc();
    kernel_root[0] = R | W | A | D | V; /* devices: a leaf at the top level is a page of 1 GiB */
    map(kernel_root, (uint64_t)text_start, text_start, text_end, R | X); /* never written, */
    map(kernel_root, (uint64_t)text_end, text_end, heap_end, R | W);     /* never executed */
    news = page_alloc();
    vm_switch(kernel_root);
    printf("[mm] enabling Sv39 paging, satp=%p\n", (void *)csr_read(satp));
}

/* A new address space. Of the root's entries of 1 GiB, the kernel's are those of devices (0) and
   RAM (2): a trap needs them, but without U the task cannot touch them. The task owns entry 1. */
uint64_t *vm_create_user(void)
{
    uint64_t *root = page_alloc();
    char *stack = page_alloc();
    root[0] = kernel_root[0];
    root[2] = kernel_root[2];
    map(root, USER_TEXT, user_start, user_end, U | R | X);
    map(root, USER_NEWS, news, news + 1, U | R);
    map(root, USER_STACK_TOP - PAGE_SIZE, stack, stack + PAGE_SIZE, U | R | W);
    return root;
}

/* Where the kernel finds a byte that a task names; NULL if the task itself may not read it, for a
   system call must not show it the memory of others. */
const char *vm_user_byte(uint64_t *root, uint64_t address)
{
    if (address < USER_TEXT || address >= USER_STACK_TOP)
        return NULL;
    uint64_t pte = *walk(root, address);
    return pte & U && pte & R ? (const char *)((pte >> 10 << 12) + address % PAGE_SIZE) : NULL;
}
