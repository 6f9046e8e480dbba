/* SPDX-License-Identifier: MIT */
#include "initrd.h"

#include "board.h"
#include "console.h"
#include "fdt.h"
#include "pages.h"
#include "text.h"
#include "vm.h"

/* A file is a header, its name, and its content; the next one begins at a multiple of 4. The header
   is text: "070701", then 13 numbers of 8 hexadecimal digits. */
enum { HEADER = 110, SIZE = 6 + 8 * 6, NAME_SIZE = 6 + 8 * 11 };

static const char *start;
static uint64_t bytes;

int initrd_init(const char *fdt)
{
    uint64_t end = fdt_number(fdt, "chosen", "linux,initrd-end");
    start = (const char *)fdt_number(fdt, "chosen", "linux,initrd-start");
    bytes = end - (uint64_t)start;
    return (uint64_t)start >= RAM_END && end > (uint64_t)start; /* below it are our own pages */
}

void initrd_map(void)
{
    uint64_t first = (uint64_t)start / PAGE_SIZE * PAGE_SIZE;
    uint64_t size = ((uint64_t)start + bytes - first + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
    vm_map(kernel_root, first, first, size, PTE_R);
}

static uint64_t number(const char *digits)
{
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) {
        unsigned digit = digits[i] <= '9' ? digits[i] - '0' : (digits[i] | 0x20) - 'a' + 10;
        value = value << 4 | (digit & 15);
    }
    return value;
}

static uint64_t aligned(uint64_t at)
{
    return (at + 3) & ~3ul;
}

struct file {
    const char *name, *content;
    uint64_t size;
};

/* The file whose header is at `at`; at goes on to the next. Returns 0 behind the last. */
static int next_file(uint64_t *at, struct file *f)
{
    if (*at + HEADER > bytes)
        return 0;
    uint64_t name_size = number(start + *at + NAME_SIZE);
    uint64_t content = aligned(*at + HEADER + name_size);
    f->size = number(start + *at + SIZE);
    if (name_size == 0 || content > bytes || f->size > bytes - content)
        return 0;
    f->name = start + *at + HEADER;
    f->content = start + content;
    *at = aligned(content + f->size);
    return f->name[name_size - 1] == 0 && !text_equal(f->name, "TRAILER!!!");
}

const char *initrd_find(const char *name, uint64_t *size)
{
    struct file f;
    for (uint64_t at = 0; next_file(&at, &f);)
        if (text_equal(f.name, name)) {
            *size = f.size;
            return f.content;
        }
    return NULL;
}

void initrd_list(void)
{
    struct file f;
    for (uint64_t at = 0; next_file(&at, &f);)
        printf("  %lu %s\n", f.size, f.name);
}
