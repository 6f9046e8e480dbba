/* SPDX-License-Identifier: MIT */
#include "host/disk/disk_image.h"

#include <errno.h>
#include <string.h>

#include "base/compiler.h"
#include "host/disk/disk_nbd.h"
#include "host/disk/disk_raw.h"
#include "host/disk/qcow2.h"

static const struct disk_format *const formats[] = {&disk_raw, &disk_qcow2};

const struct disk_format *disk_format_named(const char *name)
{
    for (unsigned i = 0; i < ARRAY_SIZE(formats); i++)
        if (strcmp(formats[i]->name, name) == 0)
            return formats[i];
    return NULL;
}

/* A server's disk, by its URI; what stands in the export is the guest's. */
bool disk_image_is_served(const char *path)
{
    static const char *const schemes[] = {"nbd://", "nbds://", "nbd+unix://", "nbds+unix://"};
    for (unsigned i = 0; i < ARRAY_SIZE(schemes); i++)
        if (strncmp(path, schemes[i], strlen(schemes[i])) == 0)
            return true;
    return false;
}

bool disk_image_open(const struct disk_options *options, struct disk_image *image, struct error *err)
{
    const struct disk_format *format = options->format != NULL ? options->format : &disk_raw;
    *image = (struct disk_image){0};
    if (disk_image_is_served(options->path) && format != &disk_raw)
        return error_set(err,
                         "disk '%.200s': format=%s is for files; give the guest a server's disk as it is, or have the "
                         "server read the format ('qemu-nbd -f %s')",
                         options->path, format->name, format->name);
    if (disk_image_is_served(options->path))
        return disk_nbd.open(options, image, err);
    return format->open(options, image, err);
}

int disk_image_read_at_hand(const struct disk_image *image, void *bytes, size_t count, uint64_t offset)
{
    return image->format->read_at_hand != NULL ? image->format->read_at_hand(image->state, bytes, count, offset) : EAGAIN;
}

void disk_image_close(struct disk_image *image)
{
    if (image->format != NULL)
        image->format->close(image->state);
    *image = (struct disk_image){0};
}
