/* SPDX-License-Identifier: MIT */
#include "share/p9_wire.h"

#include <string.h>

#include "base/little_endian.h"

const uint8_t *p9_get_bytes(struct p9_in *in, size_t count)
{
    if (in->bad || count > in->left) {
        in->bad = true;
        return NULL;
    }
    const uint8_t *bytes = in->bytes;
    in->bytes += count;
    in->left -= count;
    return bytes;
}

uint64_t p9_get(struct p9_in *in, unsigned size)
{
    const uint8_t *bytes = p9_get_bytes(in, size);
    return bytes != NULL ? little_get(bytes, size) : 0;
}

bool p9_get_string(struct p9_in *in, char *text, size_t size)
{
    size_t length = (size_t)p9_get(in, 2);
    const uint8_t *bytes = p9_get_bytes(in, length);
    text[0] = '\0';
    if (bytes == NULL || length >= size || memchr(bytes, '\0', length) != NULL)
        return false;
    memcpy(text, bytes, length);
    text[length] = '\0';
    return true;
}

void p9_put(struct p9_out *out, unsigned size, uint64_t value)
{
    out->full |= size > out->room - out->used;
    if (out->full)
        return;
    little_put(out->bytes + out->used, size, value);
    out->used += size;
}

void p9_put_string(struct p9_out *out, const char *text, size_t length)
{
    p9_put(out, 2, length);
    out->full |= length > out->room - out->used;
    if (out->full)
        return;
    memcpy(out->bytes + out->used, text, length);
    out->used += length;
}

size_t p9_put_error(uint8_t *bytes, uint16_t tag, int error)
{
    little_put(bytes, 4, P9_ERROR_BYTES);
    little_put(bytes + 4, 1, P9_ERROR_TYPE);
    little_put(bytes + 5, 2, tag);
    little_put(bytes + P9_HEADER_BYTES, 4, (uint32_t)error);
    return P9_ERROR_BYTES;
}
