/* SPDX-License-Identifier: MIT */
/* In the place of disk_nbd.c where libnbd's header was not there to build with. */
#include "host/disk/disk_nbd.h"

static bool nbd_image_open(const struct disk_options *options, struct disk_image *image, struct error *err)
{
    (void)image;
    return error_set(err,
                     "disk '%.200s': this program was built without network block devices: Debian's package "
                     "libnbd-dev was missing",
                     options->path);
}

const struct disk_format disk_nbd = {.name = "nbd", .open = nbd_image_open};
