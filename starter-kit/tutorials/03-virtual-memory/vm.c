/* SPDX-License-Identifier: MIT */
#include "vm.h"

#include "board.h"
#include "console.h"
#include "csr.h"
#include "pages.h"

extern char text_end[];            /* kernel.ld */

uint64_t *kernel_root;

static uint64_t entry_for(uint64_t pa, unsigned rights)
{
    return pa / PAGE_SIZE << 10 | rights | PTE_V;
}

static uint64_t address_in(uint64_t entry)
{
    return (entry >> 10) * PAGE_SIZE;
}

/* A table has 512 entries; 9 bits of the address choose one at each level. */
static unsigned index_at(int level, uint64_t va)
{
    return va >> (12 + 9 * level) & 511;
}

/* The entry of the last level for va. Tables that are missing on the way are made. */
static uint64_t *last_entry(uint64_t *table, uint64_t va)
{
    for (int level = 2; level > 0; level--) {
        uint64_t *entry = &table[index_at(level, va)];
        if (!(*entry & PTE_V)) {
            void *next = page_alloc();
            if (!next)
                return NULL;
            *entry = entry_for((uint64_t)next, 0);
        }
        table = (uint64_t *)address_in(*entry);
    }
    return &table[index_at(0, va)];
}

int vm_map(uint64_t *root, uint64_t va, uint64_t pa, uint64_t size, unsigned rights)
{
    for (uint64_t done = 0; done < size; done += PAGE_SIZE) {
        uint64_t *entry = last_entry(root, va + done);
        if (!entry)
            return 0;
        *entry = entry_for(pa + done, rights | PTE_A | PTE_D);
    }
    asm volatile("sfence.vma" : : : "memory"); /* forget what was known of these addresses */
    return 1;
}

void vm_init(void)
{
    uint64_t text = (uint64_t)text_end - RAM;
    kernel_root = page_alloc();
    vm_map(kernel_root, FINISHER, FINISHER, PAGE_SIZE, PTE_R | PTE_W);
    vm_map(kernel_root, UART, UART, PAGE_SIZE, PTE_R | PTE_W);
    vm_map(kernel_root, RAM, RAM, text, PTE_R | PTE_X);
    vm_map(kernel_root, RAM + text, RAM + text, RAM_END - RAM - text, PTE_R | PTE_W);
    csr_write(satp, SATP_SV39 | (uint64_t)kernel_root / PAGE_SIZE);
    asm volatile("sfence.vma" : : : "memory");
}

void vm_explain(uint64_t *root, uint64_t va)
{
    if ((uint64_t)((int64_t)(va << 25) >> 25) != va) {
        printf("  0x%lx: its bits 63 to 38 are not all the same\n", va);
        return;
    }
    for (int level = 2; level >= 0; level--) {
        uint64_t entry = root[index_at(level, va)];
        printf("  level %d: entry %u of the table at %p is 0x%lx", level, index_at(level, va),
               (void *)root, entry);
        if (!(entry & PTE_V)) {
            printf(": not valid\n");
            return;
        }
        if (entry & (PTE_R | PTE_W | PTE_X)) {
            printf(": page 0x%lx, %c%c%c\n", address_in(entry), entry & PTE_R ? 'r' : '-',
                   entry & PTE_W ? 'w' : '-', entry & PTE_X ? 'x' : '-');
            return;
        }
        printf(": next table\n");
        root = (uint64_t *)address_in(entry);
    }
}

int vm_grow_heap(uint64_t va)
{
    if (va < HEAP || va >= HEAP_END)
        return 0;
    void *page = page_alloc();
    return page && vm_map(kernel_root, va & -PAGE_SIZE, (uint64_t)page, PAGE_SIZE, PTE_R | PTE_W);
}
