/* SPDX-License-Identifier: MIT */
#include "board.h"
#include "console.h"
#include "csr.h"
#include "pages.h"
#include "trap.h"
#include "vm.h"

#define WINDOW 0x40000000ul        /* an address where there is nothing on this board */

/* One page, seen at two addresses. */
static volatile char *show_window(void)
{
    volatile char *page = page_alloc();
    vm_map(kernel_root, WINDOW, (uint64_t)page, PAGE_SIZE, PTE_R | PTE_W);
    vm_explain(kernel_root, WINDOW);
    *(volatile char *)WINDOW = 'M';
    printf("written at 0x%lx, read at %p: %c\n", WINDOW, (void *)page, *page);
    return page;
}

/* An array of 800 MB on a machine of 8 MiB: only what is used takes room. */
static void show_heap(void)
{
    volatile uint64_t *square = (uint64_t *)HEAP;
    for (uint64_t i = 1; i <= 100000000; i *= 10)
        square[i] = i * i;
    printf("the square of %lu is %lu; %u pages left\n", 1000000ul, square[1000000], pages_left());
}

void main(void)
{
    trap_init();
    pages_init();
    printf("supervisor mode, %u pages left\n", pages_left());
    vm_init();
    printf("paging is on: satp 0x%lx, %u pages left\n", csr_read(satp), pages_left());
    vm_print(kernel_root);
    page_free((void *)0x80000000);
    page_free((void *)0x80030001);
    void *twice = page_alloc();
    page_free(twice);
    page_free(twice);
    volatile char *page = show_window();
    show_heap();
    vm_unmap(kernel_root, WINDOW, PAGE_SIZE);
    page_free((void *)page);
    printf("window closed, %u pages left\n", pages_left());
    vm_explain(kernel_root, WINDOW);
    power_off(0);
}
