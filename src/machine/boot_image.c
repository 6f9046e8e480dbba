/* SPDX-License-Identifier: MIT */
#include "machine/boot_image.h"

#include <limits.h>
#include <stdlib.h>

#include "base/bits.h"

static int by_gpa(const void *left, const void *right)
{
    const struct boot_segment *a = left, *b = right;
    return (a->gpa > b->gpa) - (a->gpa < b->gpa);
}

static uint64_t last_byte(const struct boot_segment *segment)
{
    return segment->gpa + segment->mem_bytes - 1;
}

static bool check_within_ram(const struct boot_segment *segment, const struct boot_image_input *input,
                             struct error *err)
{
    if (range_fits(segment->gpa - input->ram_base, segment->mem_bytes, input->ram_size))
        return true;
    unsigned long long first = segment->gpa, bytes = segment->mem_bytes, ram = input->ram_base;
    unsigned long long last = bytes - 1 > ULLONG_MAX - first ? ULLONG_MAX : first + bytes - 1;
    const char *remedy = "link or load it at an address in RAM";
    if (first >= ram && first - ram < input->ram_size)
        remedy = "give the machine more with --memory";
    if (first < ram && last >= ram)
        remedy = "link it with -Wl,-n, so that the segment does not begin below RAM";
    return error_set(err, "wants %#llx to %#llx, outside RAM at %#llx to %#llx; %s", first, last, ram,
                     ram + (unsigned long long)input->ram_size - 1, remedy);
}

static bool check_segments(struct boot_image *image, const struct boot_image_input *input, struct error *err)
{
    struct boot_segment *list = image->segments;
    qsort(list, image->segment_count, sizeof *list, by_gpa);
    for (unsigned i = 0; i < image->segment_count; i++)
        if (!check_within_ram(&list[i], input, err))
            return false;
    for (unsigned i = 1; i < image->segment_count; i++)
        if (list[i].gpa <= last_byte(&list[i - 1]))
            return error_set(err, "has overlapping segments at %#llx to %#llx and %#llx to %#llx",
                             (unsigned long long)list[i - 1].gpa, (unsigned long long)last_byte(&list[i - 1]),
                             (unsigned long long)list[i].gpa, (unsigned long long)last_byte(&list[i]));
    return true;
}

static bool parse_any(struct boot_image *image, const struct boot_image_input *input, struct error *err)
{
    if (boot_elf_recognize(input->bytes, input->size))
        return boot_elf_parse(image, input, err);
    if (boot_linux_recognize(input->bytes, input->size))
        return boot_linux_parse(image, input, err);
    return boot_raw_parse(image, input, err);
}

bool boot_image_glance(const uint8_t *bytes, uint64_t size, struct error *err)
{
    bool gzip = size >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
    if (gzip || boot_linux_recognize(bytes, size))
        return true;
    return boot_elf_recognize(bytes, size) ? boot_elf_glance(bytes, size, err) : boot_raw_glance(bytes, size, err);
}

bool boot_image_parse(struct boot_image *image, const struct boot_image_input *input, struct error *err)
{
    image->segment_count = 0;
    image->symtab = (struct boot_symtab){.count = 0};
    if (input->size == 0)
        return error_set(err, "is empty");
    return parse_any(image, input, err) && check_segments(image, input, err);
}

void boot_image_range(const struct boot_image *image, uint64_t *base, uint64_t *size)
{
    *base = image->segments[0].gpa;
    *size = last_byte(&image->segments[image->segment_count - 1]) - *base + 1;
}

uint64_t boot_image_translate(const struct boot_image *image, uint64_t gva)
{
    for (unsigned i = 0; i < image->segment_count; i++) {
        const struct boot_segment *segment = &image->segments[i];
        if (gva - segment->gva < segment->mem_bytes)
            return segment->gpa + (gva - segment->gva);
    }
    return gva;
}

bool boot_image_as_linked(const struct boot_image *image, uint64_t addr, uint64_t *gva)
{
    for (unsigned i = 0; i < image->segment_count; i++) {
        const struct boot_segment *segment = &image->segments[i];
        if (addr - segment->gva >= segment->mem_bytes)
            continue;
        *gva = addr;
        return true;
    }
    for (unsigned i = 0; i < image->segment_count; i++) {
        const struct boot_segment *segment = &image->segments[i];
        if (addr - segment->gpa >= segment->mem_bytes)
            continue;
        *gva = segment->gva + (addr - segment->gpa);
        return true;
    }
    return false;
}
