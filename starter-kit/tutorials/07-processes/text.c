/* SPDX-License-Identifier: MIT */
#include "text.h"

uint64_t text_length(const char *text)
{
    uint64_t length = 0;
    while (text[length])
        length++;
    return length;
}

int text_equal(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return *a == *b;
}

void copy(void *to, const void *from, uint64_t size)
{
    for (uint64_t i = 0; i < size; i++)
        ((char *)to)[i] = ((const char *)from)[i];
}
