/* SPDX-License-Identifier: MIT */
#include "snapshot/compression.h"

enum container_compression container_best_compression(void)
{
    return compression_zstd() != NULL ? CONTAINER_ZSTD : CONTAINER_ZLIB;
}

const struct compression *compression_row(enum container_compression kind)
{
    switch (kind) {
    case CONTAINER_ZLIB: return compression_zlib();
    case CONTAINER_ZSTD: return compression_zstd();
    default: return NULL;
    }
}

const char *compression_name(enum container_compression kind)
{
    static const char *const names[CONTAINER_COMPRESSIONS] = {"plain", "zlib", "zstd"};
    return names[kind];
}
