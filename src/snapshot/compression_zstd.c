/* SPDX-License-Identifier: MIT */
#include "snapshot/compression.h"

#include <stdlib.h>
#include <zstd.h>

#define LEVEL 1 /* people wait for snapshots */

struct contexts {
    ZSTD_CCtx *packing;
    ZSTD_DCtx *unpacking;
};

static void zstd_destroy(void *state)
{
    struct contexts *contexts = state;
    if (contexts == NULL)
        return;
    ZSTD_freeCCtx(contexts->packing);
    ZSTD_freeDCtx(contexts->unpacking);
    free(contexts);
}

static void *zstd_create(void)
{
    struct contexts *contexts = calloc(1, sizeof *contexts);
    if (contexts == NULL)
        return NULL;
    contexts->packing = ZSTD_createCCtx();
    contexts->unpacking = ZSTD_createDCtx();
    if (contexts->packing != NULL && contexts->unpacking != NULL)
        return contexts;
    zstd_destroy(contexts);
    return NULL;
}

static size_t zstd_pack(void *state, const uint8_t *from, size_t count, uint8_t *to)
{
    struct contexts *contexts = state;
    size_t packed = ZSTD_compressCCtx(contexts->packing, to, count - 1, from, count, LEVEL);
    return ZSTD_isError(packed) ? 0 : packed;
}

static bool zstd_unpack(void *state, const uint8_t *from, size_t count, uint8_t *to, size_t wanted)
{
    struct contexts *contexts = state;
    return ZSTD_decompressDCtx(contexts->unpacking, to, wanted, from, count) == wanted;
}

const struct compression *compression_zstd(void)
{
    static const struct compression row = {"zstd", zstd_create, zstd_destroy, zstd_pack, zstd_unpack};
    return &row;
}
