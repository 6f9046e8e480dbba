/* SPDX-License-Identifier: MIT */
/* What explanations ask of the kernel's file: where its code lies, and for which addresses it was linked. */
#include <elf.h>
#include <string.h>

#include "base/bits.h"
#include "machine/boot.h"
#include "machine/boot_files.h"

bool boot_elf_code(const uint8_t *bytes, uint64_t size, unsigned n, uint64_t *gva, uint64_t *code_bytes,
                   const uint8_t **code)
{
    Elf64_Ehdr header;
    memcpy(&header, bytes, sizeof header);
    if (header.e_shentsize != sizeof(Elf64_Shdr) ||
        !range_fits(header.e_shoff, (uint64_t)header.e_shnum * sizeof(Elf64_Shdr), size))
        return false;
    for (unsigned i = 0; i < header.e_shnum; i++) {
        Elf64_Shdr section;
        memcpy(&section, bytes + header.e_shoff + i * sizeof section, sizeof section);
        bool is_code =
            section.sh_type == SHT_PROGBITS && (section.sh_flags & SHF_EXECINSTR) && !(section.sh_flags & SHF_WRITE);
        if (!is_code || !range_fits(section.sh_offset, section.sh_size, size) || n-- > 0)
            continue;
        *gva = section.sh_addr;
        *code_bytes = section.sh_size;
        *code = bytes + section.sh_offset;
        return true;
    }
    return false;
}

bool boot_is_linked(const struct boot_plan *plan)
{
    const struct boot_image *image = plan->files != NULL ? &plan->files->kernel.image : NULL;
    return image != NULL && image->format == BOOT_FORMAT_ELF && image->segment_count > 0;
}

bool boot_text(const struct boot_plan *plan, unsigned n, struct boot_text *text)
{
    if (!boot_is_linked(plan))
        return false;
    const struct boot_program *kernel = &plan->files->kernel;
    uint64_t gva;
    if (!boot_elf_code(kernel->file.bytes, kernel->file.size, n, &gva, &text->size, &text->bytes))
        return false;
    text->gpa = boot_image_translate(&kernel->image, gva);
    return true;
}

bool boot_linked_at(const struct boot_plan *plan, uint64_t addr, uint64_t *at)
{
    if (plan->files == NULL)
        return false;
    const struct boot_image *image = &plan->files->kernel.image;
    for (unsigned i = 0; i < image->segment_count; i++)
        if (addr - image->segments[i].gpa < image->segments[i].mem_bytes)
            return false;
    for (unsigned i = 0; i < image->segment_count; i++) {
        const struct boot_segment *segment = &image->segments[i];
        if (segment->gva == segment->gpa || addr - segment->gva >= segment->mem_bytes)
            continue;
        *at = segment->gpa + (addr - segment->gva);
        return true;
    }
    return false;
}
