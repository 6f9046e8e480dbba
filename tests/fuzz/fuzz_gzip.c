/* SPDX-License-Identifier: MIT */
/* gzip'd files: unpacking ends within its limit or with one line. */
#include <string.h>

#include "fuzz.h"
#include "machine/boot_file.h"

#define LIMIT_BYTES 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct boot_file_limit limit = {.bytes = LIMIT_BYTES, .advice = "too much"};
    struct boot_file file = {.bytes = data, .size = size};
    struct error err = {""};
    if (!boot_file_is_gzip(&file))
        return 0;
    if (!boot_file_gunzip(&file, &limit, &err)) {
        EXPECT(err.text[0] != '\0' && strchr(err.text, '\n') == NULL && file.bytes == data);
        return 0;
    }
    EXPECT(file.size > 0 && file.size <= LIMIT_BYTES && file.mapped >= file.size);
    volatile uint8_t sum = 0;
    for (uint64_t i = 0; i < file.size; i++)
        sum += file.bytes[i];
    boot_file_release(&file);
    return 0;
}
