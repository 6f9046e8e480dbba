/* SPDX-License-Identifier: MIT */
/* Linux kernel Images ("Boot image header in RISC-V Linux", version 0.2), with or without the EFI stub's PE header. */
#include "machine/boot_image.h"

#include <string.h>

#include "base/bits.h"

enum {
    OFFSET_TEXT_OFFSET = 8,
    OFFSET_IMAGE_SIZE = 16,
    OFFSET_FLAGS = 24,
    OFFSET_MAGIC = 0x30,
    OFFSET_MAGIC2 = 0x38,
    OFFSET_PE = 0x3c,
    HEADER_BYTES = 64,
    FLAG_BIG_ENDIAN = 1,
};
/* The kernel maps itself with 2 MiB pages. */
#define LOAD_ALIGNMENT (UINT64_C(2) << 20)

/* Of the PE/COFF format. */
enum {
    PE_SECTION_COUNT = 6,
    PE_OPTIONAL_BYTES = 20,
    PE_HEADER_BYTES = 24,
    PE_SECTION_BYTES = 40,
    PE_RAW_BYTES = 16,
    PE_RAW_OFFSET = 20,
};

static uint64_t little(const uint8_t *bytes, unsigned count)
{
    uint64_t value = 0;
    for (unsigned i = count; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

bool boot_linux_recognize(const uint8_t *bytes, uint64_t size)
{
    return size >= HEADER_BYTES &&
           (memcmp(bytes + OFFSET_MAGIC2, "RSC\005", 4) == 0 || memcmp(bytes + OFFSET_MAGIC, "RISCV\0\0\0", 8) == 0);
}

uint64_t boot_linux_text_offset(const uint8_t *bytes)
{
    return little(bytes + OFFSET_TEXT_OFFSET, 8);
}

/* The kernel never looks at its own PE header, but the sections in it tell whether the file is whole. */
static bool check_whole(const struct boot_image_input *input, struct error *err)
{
    uint64_t pe = little(input->bytes + OFFSET_PE, 4);
    if (!range_fits(pe, PE_HEADER_BYTES, input->size) || memcmp(input->bytes + pe, "PE\0", 4) != 0)
        return error_set(err, "is a damaged Linux Image: it has no PE header at %#llx", (unsigned long long)pe);
    uint64_t count = little(input->bytes + pe + PE_SECTION_COUNT, 2);
    uint64_t sections = pe + PE_HEADER_BYTES + little(input->bytes + pe + PE_OPTIONAL_BYTES, 2);
    if (!range_fits(sections, count * PE_SECTION_BYTES, input->size))
        return error_set(err, "is a truncated Linux Image: section headers at %#llx, but the file has %#llx bytes",
                         (unsigned long long)sections, (unsigned long long)input->size);
    for (uint64_t i = 0; i < count; i++) {
        const uint8_t *row = input->bytes + sections + i * PE_SECTION_BYTES;
        uint64_t end = little(row + PE_RAW_OFFSET, 4) + little(row + PE_RAW_BYTES, 4);
        if (end > input->size)
            return error_set(err, "is a truncated Linux Image: a section ends at %#llx, but the file has %#llx bytes",
                             (unsigned long long)end, (unsigned long long)input->size);
    }
    return true;
}

/* True if the header is one that this machine can follow; *base: where the first byte goes. */
static bool choose_base(const struct boot_image_input *input, uint64_t *base, struct error *err)
{
    uint64_t offset = boot_linux_text_offset(input->bytes);
    if (little(input->bytes + OFFSET_FLAGS, 8) & FLAG_BIG_ENDIAN)
        return error_set(err, "is a big-endian Linux Image; this machine is little-endian");
    *base = input->base_given ? input->base : input->ram_base + offset;
    if (!input->base_given && !range_fits(offset, input->size, input->ram_size))
        return error_set(err, "is a Linux Image of %#llx bytes for offset %#llx in RAM, which has %#llx bytes",
                         (unsigned long long)input->size, (unsigned long long)offset,
                         (unsigned long long)input->ram_size);
    if (is_aligned(*base, LOAD_ALIGNMENT))
        return true;
    return error_set(err, "is a Linux Image, which wants an address that is a multiple of 2 MiB, not %#llx",
                     (unsigned long long)*base);
}

bool boot_linux_parse(struct boot_image *image, const struct boot_image_input *input, struct error *err)
{
    uint64_t base = 0;
    image->format = BOOT_FORMAT_LINUX;
    if (!choose_base(input, &base, err))
        return false;
    if (memcmp(input->bytes, "MZ", 2) == 0 && !check_whole(input, err))
        return false;
    uint64_t image_size = little(input->bytes + OFFSET_IMAGE_SIZE, 8); /* BSS included; 0 in the oldest kernels */
    image->segment_count = 1;
    image->segments[0] = (struct boot_segment){
        .gpa = base,
        .gva = base,
        .mem_bytes = image_size > input->size ? image_size : input->size,
        .file_bytes = input->size,
        .bytes = input->bytes,
    };
    image->entry = base;
    return true;
}
