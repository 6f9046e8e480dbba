/* SPDX-License-Identifier: MIT */
#include "elf.h"

#include <stddef.h>

#include "pages.h"
#include "text.h"
#include "vm.h"

enum { MACHINE_RISCV = 243, SEGMENT_LOAD = 1 };
enum { SEGMENT_X = 1, SEGMENT_W = 2, SEGMENT_R = 4 };

struct header {
    uint8_t magic[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, segments, sections;
    uint32_t flags;
    uint16_t size, segment_size, segment_count, section_size, section_count, names;
};

struct segment {
    uint32_t type, flags;
    uint64_t offset, va, pa, file_size, memory_size, alignment;
};

static int is_program(const struct header *h, uint64_t size)
{
    static const uint8_t magic[6] = {0x7f, 'E', 'L', 'F', 2, 1}; /* 64 bits, little-endian */
    for (int i = 0; i < 6; i++)
        if (h->magic[i] != magic[i])
            return 0;
    return h->machine == MACHINE_RISCV && h->segment_size == sizeof(struct segment) &&
           h->segments <= size && h->segment_count * sizeof(struct segment) <= size - h->segments;
}

/* Nothing but the file may be read, and nothing but the place for programs be filled. */
static int fits(const struct segment *s, uint64_t size)
{
    return s->offset <= size && s->file_size <= size - s->offset &&
           s->file_size <= s->memory_size && s->va >= USER && s->va < USER_PROGRAM_END &&
           s->memory_size <= USER_PROGRAM_END - s->va;
}

static unsigned rights_of(const struct segment *s)
{
    return (s->flags & SEGMENT_R ? PTE_R : 0) | (s->flags & SEGMENT_W ? PTE_W | PTE_R : 0) |
           (s->flags & SEGMENT_X ? PTE_X : 0);
}

/* Page by page. What the file does not have stays zero: that is the BSS. */
static int load(uint64_t *root, const struct segment *s, const char *content)
{
    uint64_t end = s->va + s->memory_size, file_end = s->va + s->file_size;
    for (uint64_t va = s->va / PAGE_SIZE * PAGE_SIZE; va < end; va += PAGE_SIZE) {
        char *page = vm_add_page(root, va, rights_of(s));
        if (!page)
            return 0;
        uint64_t from = va < s->va ? s->va : va;
        uint64_t to = va + PAGE_SIZE < file_end ? va + PAGE_SIZE : file_end;
        if (from < to)
            copy(page + from % PAGE_SIZE, content + (from - s->va), to - from);
    }
    return 1;
}

uint64_t elf_load(uint64_t *root, const char *file, uint64_t size)
{
    struct header header;
    if (size < sizeof header)
        return 0;
    copy(&header, file, sizeof header); /* it may lie askew in the archive */
    if (!is_program(&header, size))
        return 0;
    for (int i = 0; i < header.segment_count; i++) {
        struct segment s;
        copy(&s, file + header.segments + i * sizeof s, sizeof s);
        if (s.type != SEGMENT_LOAD || s.memory_size == 0)
            continue;
        if (!fits(&s, size) || !load(root, &s, file + s.offset))
            return 0;
    }
    asm volatile("fence.i" : : : "memory"); /* what was stored is going to be executed */
    return header.entry;
}
