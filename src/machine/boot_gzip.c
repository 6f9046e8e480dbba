/* SPDX-License-Identifier: MIT */
/* Unpacking of gzip'd files (RFC 1952) through zlib, with a bound on what may come out. */
#include "machine/boot_file.h"

#include <string.h>
#include <zlib.h>

#include "machine/boot_sink.h"

/* zlib counts in 32 bits. */
#define PIECE_BYTES (UINT64_C(1) << 24)
#define WINDOW_BITS_GZIP (15 + 16)

static bool begins_member(const uint8_t *bytes, uint64_t size)
{
    return size >= 3 && bytes[0] == 0x1f && bytes[1] == 0x8b && bytes[2] == Z_DEFLATED;
}

bool boot_file_is_gzip(const struct boot_file *file)
{
    return begins_member(file->bytes, file->size);
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Kernels shrink to a third: what seems to shrink to a sixteenth is a bomb, and not worth the memory and the time. */
#define MAX_RATIO 16
#define RATIO_FLOOR_BYTES (UINT64_C(64) << 20)

/* One call of inflate on the next piece; *used counts what has been taken from the file. */
static int inflate_piece(z_stream *z, const struct boot_file *file, uint64_t *used, struct boot_sink *sink)
{
    uint64_t in = smaller(file->size - *used, PIECE_BYTES);
    uint64_t out =
        smaller(boot_sink_room(sink), sink->size < BOOT_GLANCE_BYTES ? BOOT_GLANCE_BYTES - sink->size : PIECE_BYTES);
    z->next_in = (Bytef *)(uintptr_t)(file->bytes + *used);
    z->avail_in = (uInt)in;
    z->next_out = sink->bytes + sink->size;
    z->avail_out = (uInt)out;
    int result = inflate(z, Z_NO_FLUSH);
    *used += in - z->avail_in;
    sink->size += out - z->avail_out;
    return result;
}

/* The reason why inflate cannot go on. */
static bool failed(const z_stream *z, int result, bool at_end, const struct boot_sink *sink, struct error *err)
{
    if (result == Z_MEM_ERROR)
        return error_set(err, "cannot be unpacked: out of memory");
    if (result != Z_OK && result != Z_BUF_ERROR)
        return error_set(err, "is damaged gzip data (%s)", z->msg != NULL ? z->msg : "it wants a preset dictionary");
    if (boot_sink_room(sink) == 0)
        return boot_sink_overflow(sink, err);
    return at_end ? error_set(err, "is truncated gzip data") : error_set(err, "is damaged gzip data");
}

static bool plausible(const struct boot_file *file, const struct boot_sink *sink, bool first, struct error *err)
{
    if (sink->size > RATIO_FLOOR_BYTES && sink->size / MAX_RATIO > file->size)
        return error_set(err, "is gzip data that unpacks to more than %d times its size: damaged, or made to harm",
                         MAX_RATIO);
    return !first || sink->size < BOOT_GLANCE_BYTES || boot_sink_promising(sink, 0, err);
}

static bool inflate_all(z_stream *z, const struct boot_file *file, struct boot_sink *sink, struct error *err)
{
    uint64_t used = 0;
    for (;;) {
        uint64_t used_before = used, size_before = sink->size;
        int result = inflate_piece(z, file, &used, sink);
        bool moved = used != used_before || sink->size != size_before;
        if (!plausible(file, sink, size_before < BOOT_GLANCE_BYTES, err))
            return false;
        if (result == Z_OK && moved)
            continue;
        if (result != Z_STREAM_END)
            return failed(z, result, used == file->size, sink, err);
        if (!begins_member(file->bytes + used, file->size - used))
            return sink->size > 0 || error_set(err, "unpacks to nothing");
        inflateReset(z);
    }
}

bool boot_file_gunzip(struct boot_file *file, const struct boot_file_limit *limit, struct error *err)
{
    z_stream z = {.zalloc = Z_NULL};
    struct boot_sink sink;
    if (!boot_sink_open(&sink, limit, err))
        return false;
    if (inflateInit2(&z, WINDOW_BITS_GZIP) != Z_OK) {
        boot_sink_discard(&sink);
        return error_set(err, "cannot be unpacked: out of memory");
    }
    bool ok = inflate_all(&z, file, &sink, err);
    inflateEnd(&z);
    if (!ok) {
        boot_sink_discard(&sink);
        return false;
    }
    boot_file_release(file);
    boot_sink_finish(&sink, file);
    return true;
}
