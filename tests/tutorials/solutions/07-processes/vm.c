/* SPDX-License-Identifier: MIT */
#include "vm.h"

#include "board.h"
#include "console.h"
#include "csr.h"
#include "pages.h"
#include "text.h"

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

/* The entry of the last level for va. Tables that are missing on the way are made, if make is set. */
static uint64_t *last_entry(uint64_t *table, uint64_t va, int make)
{
    for (int level = 2; level > 0; level--) {
        uint64_t *entry = &table[index_at(level, va)];
        if (!(*entry & PTE_V)) {
            void *next = make ? page_alloc() : NULL;
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
        uint64_t *entry = last_entry(root, va + done, 1);
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
    vm_switch(kernel_root);
}

void vm_switch(const uint64_t *root)
{
    csr_write(satp, SATP_SV39 | (uint64_t)root / PAGE_SIZE);
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
            printf(": page 0x%lx, %c%c%c%c\n", address_in(entry), entry & PTE_R ? 'r' : '-',
                   entry & PTE_W ? 'w' : '-', entry & PTE_X ? 'x' : '-', entry & PTE_U ? 'u' : '-');
            return;
        }
        printf(": next table\n");
        root = (uint64_t *)address_in(entry);
    }
}

void *vm_add_page(uint64_t *root, uint64_t va, unsigned rights)
{
    uint64_t *entry = last_entry(root, va, 1);
    void *page = entry && !*entry ? page_alloc() : NULL;
    if (page)
        *entry = entry_for((uint64_t)page, rights | PTE_U | PTE_OWN | PTE_A | PTE_D);
    return page;
}

/* A trap finds the kernel where it always is: what is in its root table is in every root. */
static uint64_t *create_empty(void)
{
    uint64_t *root = page_alloc();
    if (root)
        copy(root, kernel_root, PAGE_SIZE);
    return root;
}

uint64_t *vm_create_user(void)
{
    uint64_t *root = create_empty();
    if (root && vm_add_page(root, USER_STACK_TOP - PAGE_SIZE, PTE_R | PTE_W))
        return root;
    if (root)
        vm_free_user(root);
    return NULL;
}

/* Shares the pages below an entry of a table; va is where they begin. */
static int share_pages(uint64_t *to, uint64_t *entry, int level, uint64_t va)
{
    void *at = (void *)address_in(*entry);
    if (!(*entry & PTE_V))
        return 1;
    if (*entry & (PTE_R | PTE_W | PTE_X)) {
        uint64_t *other = last_entry(to, va, 1);
        if (!other)
            return 0;
        if (*entry & PTE_W)
            *entry = (*entry & ~(uint64_t)PTE_W) | PTE_COPY;
        page_share(at);
        *other = *entry;
        return 1;
    }
    for (uint64_t i = 0; i < 512; i++)
        if (!share_pages(to, (uint64_t *)at + i, level - 1, va + (i << (12 + 9 * (level - 1)))))
            return 0;
    return 1;
}

uint64_t *vm_copy_user(uint64_t *root)
{
    uint64_t *copied = create_empty();
    int done = copied && share_pages(copied, &root[index_at(2, USER)], 2, USER);
    asm volatile("sfence.vma" : : : "memory"); /* the process itself may not write any more */
    if (!done && copied)
        vm_free_user(copied);
    return done ? copied : NULL;
}

int vm_copy_on_write(uint64_t *root, uint64_t va)
{
    uint64_t *entry = va >= USER && va < USER_END ? last_entry(root, va, 0) : NULL;
    if (!entry || (*entry & (PTE_V | PTE_COPY)) != (PTE_V | PTE_COPY))
        return 0;
    void *page = (void *)address_in(*entry);
    if (page_is_shared(page)) {
        void *own = page_alloc();
        if (!own)
            return 0;
        copy(own, page, PAGE_SIZE);
        page_free(page);
        page = own;
    }
    *entry = entry_for((uint64_t)page, (*entry & 0xff & ~PTE_V) | PTE_W | PTE_OWN);
    asm volatile("sfence.vma" : : : "memory");
    return 1;
}

void vm_fill(uint64_t *root, uint64_t va, const void *from, uint64_t count)
{
    copy((char *)address_in(*last_entry(root, va, 0)) + va % PAGE_SIZE, from, count);
}

static void free_table(uint64_t *table)
{
    for (int i = 0; i < 512; i++) {
        void *next = (void *)address_in(table[i]);
        if (!(table[i] & PTE_V))
            continue;
        if (!(table[i] & (PTE_R | PTE_W | PTE_X)))
            free_table(next);
        else if (table[i] & PTE_OWN)
            page_free(next);
    }
    page_free(table);
}

void vm_free_user(uint64_t *root)
{
    uint64_t entry = root[index_at(2, USER)];
    if (entry & PTE_V)
        free_table((uint64_t *)address_in(entry));
    page_free(root);
}

/* Where the kernel finds what the process sees at va; NULL if the process may not read it. */
static const char *user_byte(uint64_t *root, uint64_t va)
{
    if (va < USER || va >= USER_END)
        return NULL;
    const uint64_t *entry = last_entry(root, va, 0);
    if (!entry || (*entry & (PTE_V | PTE_R | PTE_U)) != (PTE_V | PTE_R | PTE_U))
        return NULL;
    return (const char *)(address_in(*entry) + va % PAGE_SIZE);
}

int vm_copy_in(uint64_t *root, void *to, uint64_t from, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        const char *byte = user_byte(root, from + i);
        if (!byte)
            return 0;
        ((char *)to)[i] = *byte;
    }
    return 1;
}
