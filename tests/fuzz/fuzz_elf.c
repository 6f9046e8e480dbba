/* SPDX-License-Identifier: MIT */
/* ELF files: whatever is accepted has its segments within RAM, apart from each other and within the file, starts in one
 * of them, and has symbols that can be looked up. The first byte chooses the size of RAM and the base. */
#include <string.h>

#include "fuzz.h"
#include "machine/boot_image.h"

#define RAM_BASE UINT64_C(0x80000000)

static void check_segments(const struct boot_image *image, const struct boot_image_input *input)
{
    bool starts = false;
    EXPECT(image->segment_count > 0 && image->segment_count <= BOOT_MAX_SEGMENTS);
    for (unsigned i = 0; i < image->segment_count; i++) {
        const struct boot_segment *s = &image->segments[i];
        EXPECT(s->mem_bytes > 0 && s->file_bytes <= s->mem_bytes);
        EXPECT(s->gpa >= input->ram_base && s->gpa - input->ram_base < input->ram_size);
        EXPECT(s->mem_bytes <= input->ram_size - (s->gpa - input->ram_base));
        EXPECT(i == 0 || s[-1].gpa + s[-1].mem_bytes <= s->gpa);
        EXPECT(s->bytes >= input->bytes && (size_t)(s->bytes - input->bytes) <= input->size);
        EXPECT(s->file_bytes <= input->size - (size_t)(s->bytes - input->bytes));
        starts |= image->entry - s->gpa < s->mem_bytes;
    }
    EXPECT(starts);
}

static void check_symbols(const struct boot_image *image)
{
    struct boot_functions functions;
    uint64_t value = 0;
    boot_symtab_find(&image->symtab, "tohost", &value);
    EXPECT(boot_functions_create(&functions, &image->symtab));
    for (size_t i = 0; i < functions.count; i++) {
        EXPECT(i == 0 || functions.list[i - 1].addr <= functions.list[i].addr);
        const struct boot_function *found = boot_functions_at(&functions, functions.list[i].addr);
        EXPECT(found == NULL || (found->addr == functions.list[i].addr && strlen(found->name) > 0));
    }
    boot_functions_destroy(&functions);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct boot_image image;
    struct error err = {""};
    if (size < 2)
        return 0;
    struct boot_image_input input = {
        .bytes = data + 1,
        .size = size - 1,
        .ram_base = RAM_BASE,
        .ram_size = UINT64_C(4096) << (data[0] & 31),
        .base = RAM_BASE + (data[0] & 32 ? UINT64_C(2) << 20 : 0),
        .base_given = (data[0] & 64) != 0,
    };
    if (!boot_image_parse(&image, &input, &err)) {
        EXPECT(err.text[0] != '\0' && strchr(err.text, '\n') == NULL);
        return 0;
    }
    EXPECT(boot_image_glance(input.bytes, input.size < 4096 ? input.size : 4096, &err));
    check_segments(&image, &input);
    check_symbols(&image);
    return 0;
}
