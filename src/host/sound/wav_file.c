/* SPDX-License-Identifier: MIT */
/* A file's header tells how many bytes of samples follow; it is written again behind each piece of them. */
#include "host/sound/wav_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/little_endian.h"
#include "host/file_calls.h"

/* "RIFF", length of the rest, "WAVE"; "fmt ", 16, the format; "data", length; samples. */
enum {
    RIFF_BYTES = 12,
    CHUNK_BYTES = 8,
    FORMAT_BYTES = 16,
    HEADER_BYTES = RIFF_BYTES + CHUNK_BYTES + FORMAT_BYTES + CHUNK_BYTES
};
enum { TAG_PCM = 1, TAG_FLOAT = 3, TAG_EXTENSIBLE = 0xfffe };
/* Of the extensible form: where its tag stands in the chunk. */
enum { EXTENSIBLE_TAG_AT = 24, EXTENSIBLE_BYTES = 40 };
/* Longer files say that they are so long. */
#define LENGTH_LIMIT UINT64_C(0xffffff00)

struct wav_writer {
    int fd;
    bool failed;
    struct sound_format format;
    uint64_t bytes; /* of samples */
};

struct wav_reader {
    int fd;
    uint32_t frame_bytes;
    uint64_t at, begin, end; /* of the samples in the file */
};

/* Writing. */

static void make_header(const struct wav_writer *w, uint8_t header[HEADER_BYTES])
{
    uint32_t frame = sound_frame_bytes(&w->format),
             length = (uint32_t)(w->bytes < LENGTH_LIMIT ? w->bytes : LENGTH_LIMIT);
    uint8_t *format = header + RIFF_BYTES + CHUNK_BYTES;
    static const char start[16] = "RIFF....WAVEfmt ", data[4] = "data";
    memcpy(header, start, sizeof start);
    little_put(header + 4, 4, length + HEADER_BYTES - CHUNK_BYTES);
    little_put(header + 16, 4, FORMAT_BYTES);
    little_put(format, 2, w->format.sample == SOUND_FLOAT ? TAG_FLOAT : TAG_PCM);
    little_put(format + 2, 2, w->format.channels);
    little_put(format + 4, 4, w->format.rate);
    little_put(format + 8, 4, (uint64_t)w->format.rate * frame);
    little_put(format + 12, 2, frame);
    little_put(format + 14, 2, 8 * frame / w->format.channels);
    memcpy(format + FORMAT_BYTES, data, sizeof data);
    little_put(format + FORMAT_BYTES + 4, 4, length);
}

static bool write_header(const struct wav_writer *w)
{
    uint8_t header[HEADER_BYTES];
    make_header(w, header);
    return file_write_all(file_calls_host(), w->fd, header, sizeof header, 0);
}

struct wav_writer *wav_writer_open(const char *path, const struct sound_format *format, struct error *err)
{
    struct wav_writer *w = calloc(1, sizeof *w);
    if (w == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    w->format = *format;
    w->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (w->fd >= 0 && write_header(w))
        return w;
    error_set(err, "cannot write '%.200s': %s", path, strerror(errno));
    wav_writer_close(w);
    return NULL;
}

bool wav_writer_append(struct wav_writer *w, const uint8_t *bytes, size_t count, struct error *err)
{
    if (w->failed)
        return true;
    if (file_write_all(file_calls_host(), w->fd, bytes, count, HEADER_BYTES + w->bytes)) {
        w->bytes += count;
        if (write_header(w))
            return true;
    }
    w->failed = true;
    return error_set(err, "the sound is lost from here on: %s", strerror(errno));
}

void wav_writer_close(struct wav_writer *w)
{
    if (w == NULL)
        return;
    if (w->fd >= 0)
        close(w->fd);
    free(w);
}

/* Reading. */

/* A format that the cards have. */
static bool take_format(const uint8_t *bytes, size_t count, struct sound_format *format)
{
    static const struct {
        uint16_t tag, bits;
        enum sound_sample sample;
    } rows[] = {
        {TAG_PCM, 8, SOUND_U8}, {TAG_PCM, 16, SOUND_S16}, {TAG_PCM, 32, SOUND_S32}, {TAG_FLOAT, 32, SOUND_FLOAT}};
    uint64_t tag = little_get(bytes, 2), bits = little_get(bytes + 14, 2);
    if (tag == TAG_EXTENSIBLE && count >= EXTENSIBLE_BYTES)
        tag = little_get(bytes + EXTENSIBLE_TAG_AT, 2);
    format->channels = (uint32_t)little_get(bytes + 2, 2);
    format->rate = (uint32_t)little_get(bytes + 4, 4);
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].tag == tag && rows[i].bits == bits) {
            format->sample = rows[i].sample;
            return format->channels >= 1 && format->channels <= SOUND_CHANNELS && format->rate != 0;
        }
    return false;
}

/* What stands where the reader is, which stays there. */
static bool read_part(const struct wav_reader *r, uint8_t *bytes, size_t count)
{
    return file_read_all(file_calls_host(), r->fd, bytes, count, r->at);
}

/* Goes from chunk to chunk up to the samples; a format must have come before them. */
static bool find_samples(struct wav_reader *r, const char *path, struct sound_format *format, struct error *err)
{
    uint8_t head[RIFF_BYTES], bytes[EXTENSIBLE_BYTES] = {0};
    bool known = false;
    if (!read_part(r, head, sizeof head) || memcmp(head, "RIFF", 4) != 0 || memcmp(head + 8, "WAVE", 4) != 0)
        return error_set(err, "'%.200s' is no WAV file", path);
    for (r->at = RIFF_BYTES; read_part(r, head, CHUNK_BYTES);) {
        uint64_t length = little_get(head + 4, 4);
        r->at += CHUNK_BYTES;
        if (memcmp(head, "data", 4) == 0) {
            r->begin = r->at;
            r->end = r->at + length;
            return known ||
                   error_set(
                       err,
                       "'%.200s' has samples of a kind that the card has not: it takes 8, 16 and 32 bits and float, "
                       "mono and stereo",
                       path);
        }
        if (memcmp(head, "fmt ", 4) == 0 && length >= FORMAT_BYTES) {
            size_t count = length < sizeof bytes ? (size_t)length : sizeof bytes;
            known = read_part(r, bytes, count) && take_format(bytes, count, format);
        }
        r->at += length + length % 2;
    }
    return error_set(err, "'%.200s' has no samples", path);
}

struct wav_reader *wav_reader_open(const char *path, struct sound_format *format, struct error *err)
{
    struct wav_reader *r = calloc(1, sizeof *r);
    if (r == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    r->fd = open(path, O_RDONLY | O_CLOEXEC);
    bool found = r->fd >= 0 ? find_samples(r, path, format, err)
                            : error_set(err, "cannot read '%.200s': %s", path, strerror(errno));
    if (found) {
        r->frame_bytes = sound_frame_bytes(format);
        return r;
    }
    wav_reader_close(r);
    return NULL;
}

void wav_reader_go_to(struct wav_reader *r, uint64_t at)
{
    uint64_t length = r->end - r->begin;
    r->at = at < length ? r->begin + at - at % r->frame_bytes : r->end;
}

size_t wav_reader_read(struct wav_reader *r, uint8_t *bytes, size_t count)
{
    uint64_t left = r->end - r->at;
    size_t done = file_read_some(file_calls_host(), r->fd, bytes, left < count ? (size_t)left : count, r->at);
    done -= done % r->frame_bytes;
    r->at += done;
    return done;
}

void wav_reader_close(struct wav_reader *r)
{
    if (r == NULL)
        return;
    if (r->fd >= 0)
        close(r->fd);
    free(r);
}
