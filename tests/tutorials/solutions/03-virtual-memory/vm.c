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

void vm_unmap(uint64_t *root, uint64_t va, uint64_t size)
{
    for (uint64_t done = 0; done < size; done += PAGE_SIZE)
        *last_entry(root, va + done) = 0;
    asm volatile("sfence.vma" : : : "memory");
}

/* The same with pages of 2 MiB: leaves at level 1. */
#define MEGAPAGE (512 * PAGE_SIZE)

static void map_mega(uint64_t *root, uint64_t begin, uint64_t end, unsigned rights)
{
    uint64_t *table = (uint64_t *)address_in(root[index_at(2, begin)]);
    for (uint64_t va = begin; va < end; va += MEGAPAGE)
        table[index_at(1, va)] = entry_for(va, rights | PTE_A | PTE_D);
}

void vm_init(void)
{
    uint64_t text = (uint64_t)text_end - RAM;
    kernel_root = page_alloc();
    vm_map(kernel_root, FINISHER, FINISHER, PAGE_SIZE, PTE_R | PTE_W);
    vm_map(kernel_root, UART, UART, PAGE_SIZE, PTE_R | PTE_W);
    vm_map(kernel_root, RAM, RAM, text, PTE_R | PTE_X);
    vm_map(kernel_root, RAM + text, RAM + text, MEGAPAGE - text, PTE_R | PTE_W);
    map_mega(kernel_root, RAM + MEGAPAGE, RAM_END, PTE_R | PTE_W);
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

/* A stretch of addresses with the same rights, which grows until something else comes. */
struct stretch {
    uint64_t begin, end, rights;
};

static void print_stretch(const struct stretch *s)
{
    if (s->rights)
        printf("0x%lx-0x%lx %c%c%c\n", s->begin, s->end, s->rights & PTE_R ? 'r' : '-',
               s->rights & PTE_W ? 'w' : '-', s->rights & PTE_X ? 'x' : '-');
}

static void print_table(const uint64_t *table, int level, uint64_t va, struct stretch *s)
{
    for (int i = 0; i < 512; i++, va += PAGE_SIZE << 9 * level) {
        uint64_t rights = table[i] & PTE_V ? table[i] & (PTE_R | PTE_W | PTE_X) : 0;
        if (table[i] & PTE_V && !rights) {
            print_table((uint64_t *)address_in(table[i]), level - 1, va, s);
            continue;
        }
        if (rights != s->rights) {
            print_stretch(s);
            *s = (struct stretch){.begin = va, .rights = rights};
        }
        s->end = va + (PAGE_SIZE << 9 * level);
    }
}

void vm_print(uint64_t *root)
{
    struct stretch s = {0, 0, 0};
    print_table(root, 2, 0, &s);
    print_stretch(&s);
}

int vm_grow_heap(uint64_t va)
{
    if (va < HEAP || va >= HEAP_END)
        return 0;
    void *page = page_alloc();
    return page && vm_map(kernel_root, va & -PAGE_SIZE, (uint64_t)page, PAGE_SIZE, PTE_R | PTE_W);
}
