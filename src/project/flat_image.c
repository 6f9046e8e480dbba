/* SPDX-License-Identifier: MIT */
#include "project/flat_image.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"

/* The section's physical address, by the segment that holds its bytes. False: it is not for memory, or has no bytes. */
static bool place(const struct elf_view *elf, const Elf64_Shdr *section, uint64_t *address)
{
    Elf64_Phdr program;
    if ((section->sh_flags & SHF_ALLOC) == 0 || section->sh_type == SHT_NOBITS || section->sh_size == 0)
        return false;
    for (unsigned i = 0; elf_view_program(elf, i, &program); i++) {
        if (program.p_type != PT_LOAD || section->sh_offset < program.p_offset ||
            !range_fits(section->sh_offset - program.p_offset, section->sh_size, program.p_filesz))
            continue;
        *address = program.p_paddr + (section->sh_offset - program.p_offset);
        return true;
    }
    return false;
}

static bool measure(struct flat_image *image, const struct elf_view *elf, struct error *err)
{
    Elf64_Shdr section;
    uint64_t address, first = UINT64_MAX, last = 0;
    for (unsigned i = 0; elf_view_section(elf, i, &section); i++) {
        if (!place(elf, &section, &address))
            continue;
        if (!range_fits(section.sh_offset, section.sh_size, elf->size) || address + (section.sh_size - 1) < address)
            return error_set(err, "is truncated or damaged: section %u", i);
        first = address < first ? address : first;
        last = address + (section.sh_size - 1) > last ? address + (section.sh_size - 1) : last;
    }
    if (first > last)
        return error_set(err, "has nothing to load");
    if (last - first >= FLAT_IMAGE_MAX)
        return error_set(err, "reaches from %#llx to %#llx, too far for a flat image", (unsigned long long)first,
                         (unsigned long long)last);
    image->address = first;
    image->size = last - first + 1;
    return true;
}

bool flat_image_make(struct flat_image *image, const struct elf_view *elf, struct error *err)
{
    Elf64_Shdr section;
    uint64_t address;
    *image = (struct flat_image){0, 0, NULL};
    if (!measure(image, elf, err))
        return false;
    image->bytes = calloc(1, image->size);
    if (image->bytes == NULL)
        return error_set(err, "has no room in memory (%llu bytes)", (unsigned long long)image->size);
    for (unsigned i = 0; elf_view_section(elf, i, &section); i++)
        if (place(elf, &section, &address))
            memcpy(image->bytes + (address - image->address), elf->bytes + section.sh_offset, section.sh_size);
    return true;
}

void flat_image_destroy(struct flat_image *image)
{
    free(image->bytes);
    *image = (struct flat_image){0, 0, NULL};
}
