/* SPDX-License-Identifier: MIT */
#include "host/write_parts.h"

#include <errno.h>
#include <stdint.h>

/* Drops what is written; how many parts are left behind *parts. */
static int advance(struct iovec **parts, int count, size_t written)
{
    for (; count > 0 && written >= (*parts)->iov_len; (*parts)++, count--)
        written -= (*parts)->iov_len;
    if (count > 0) {
        (*parts)->iov_base = (uint8_t *)(*parts)->iov_base + written;
        (*parts)->iov_len -= written;
    }
    return count;
}

bool write_parts(int fd, struct iovec *parts, int count, size_t *done)
{
    *done = 0;
    while (count > 0) {
        ssize_t written = writev(fd, parts, count);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        *done += (size_t)written;
        count = advance(&parts, count, (size_t)written);
    }
    return true;
}
