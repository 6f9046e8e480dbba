/* SPDX-License-Identifier: MIT */
#include "host/disk/qcow2_impl.h"

#include <zstd.h>

/* Memory that a frame may ask for: 16 MiB, eight times the largest cluster. */
#define WINDOW_LOG 24

bool qcow2_zstd_is_there(void)
{
    return true;
}

/* Frames in a row, until there is a cluster; what lies behind them is of no interest. */
static bool unpack(ZSTD_DCtx *context, const uint8_t *from, size_t count, uint8_t *to, size_t wanted)
{
    ZSTD_inBuffer in = {from, count, 0};
    ZSTD_outBuffer out = {to, wanted, 0};
    while (out.pos < wanted) {
        size_t in_before = in.pos, out_before = out.pos;
        if (ZSTD_isError(ZSTD_decompressStream(context, &out, &in)))
            return false;
        if (in.pos == in_before && out.pos == out_before)
            return false;
    }
    return true;
}

bool qcow2_zstd_unpack(const uint8_t *from, size_t count, uint8_t *to, size_t wanted)
{
    ZSTD_DCtx *context = ZSTD_createDCtx();
    bool whole = context != NULL && !ZSTD_isError(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, WINDOW_LOG)) &&
                 unpack(context, from, count, to, wanted);
    ZSTD_freeDCtx(context);
    return whole;
}
