/* SPDX-License-Identifier: MIT */
/* One request after the other against the image. */
#include "host/disk/disk_impl.h"

#include <errno.h>

static int change(const struct disk_image *image, const struct disk_request *request)
{
    if (image->read_only)
        return EROFS;
    if (request->operation == DISK_WRITE)
        return image->format->write(image->state, request->bytes, (size_t)request->length, request->offset);
    if (request->operation == DISK_DISCARD)
        return image->format->discard(image->state, request->offset, request->length);
    return image->format->write_zeroes(image->state, request->offset, request->length, request->may_unmap);
}

static int perform(const struct disk_image *image, const struct disk_request *request)
{
    if (request->operation == DISK_READ)
        return image->format->read(image->state, request->bytes, (size_t)request->length, request->offset);
    if (request->operation == DISK_FLUSH)
        return image->format->flush(image->state);
    if (request->operation == DISK_WRITE && request->durable && !image->read_only &&
        image->format->write_stable != NULL)
        return image->format->write_stable(image->state, request->bytes, (size_t)request->length, request->offset);
    int error = change(image, request);
    return error == 0 && request->durable ? image->format->flush(image->state) : error;
}

void disk_store_perform(const struct disk_image *image, struct disk_request *request)
{
    request->error = perform(image, request);
}
