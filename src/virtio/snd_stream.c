/* SPDX-License-Identifier: MIT */
#include "virtio/snd_stream.h"

#include <string.h>

#include "base/little_endian.h"

enum { FIRST_DATA_QUEUE = 2 };

/* Of messages with samples: struct virtio_snd_pcm_xfer before them, struct virtio_snd_pcm_status behind them. */
#define HEADER_BYTES 4u
#define STATUS_BYTES 8u
/* A buffer may name the same memory many times over; one that is longer than this is no music. */
#define BUFFER_LIMIT (UINT64_C(4) << 20)
#define PIECE_BYTES 4096u

unsigned snd_stream_queue(const struct snd_stream *s)
{
    return FIRST_DATA_QUEUE + s->direction;
}

struct sound_format snd_stream_format(const struct snd_stream *s)
{
    return (struct sound_format){(enum sound_sample)s->sample, s->channels, s->rate};
}

static uint32_t frame_bytes(const struct snd_stream *s)
{
    struct sound_format format = snd_stream_format(s);
    return sound_frame_bytes(&format);
}

static uint64_t now(const struct snd_stream *s)
{
    return s->time.now(s->time.owner);
}

/* The tick at which so many frames from the base on are over. Counts are far from where this overflows. */
static uint64_t tick_of(const struct snd_stream *s, uint64_t frames)
{
    return s->base + frames / s->rate * TIMEBASE_HZ + (frames % s->rate * TIMEBASE_HZ + s->rate - 1) / s->rate;
}

static uint64_t frames_at(const struct snd_stream *s, uint64_t tick)
{
    uint64_t ticks = tick - s->base;
    return ticks / TIMEBASE_HZ * s->rate + ticks % TIMEBASE_HZ * s->rate / TIMEBASE_HZ;
}

/* The buffer's samples, from the done-th frame up to another. */

static void play(struct snd_stream *s, uint32_t up_to)
{
    uint8_t bytes[PIECE_BYTES];
    uint64_t size = frame_bytes(s), most = PIECE_BYTES / size;
    while (s->done < up_to) {
        uint64_t frames = up_to - s->done < most ? up_to - s->done : most;
        virtio_chain_read(virtio_memory(s->v), &s->chain, HEADER_BYTES + s->done * size, bytes, frames * size);
        s->backend.play(s->backend.owner, bytes, (size_t)(frames * size));
        s->done += (uint32_t)frames;
        s->total += frames;
    }
}

static void record(struct snd_stream *s, uint32_t up_to)
{
    uint8_t bytes[PIECE_BYTES];
    struct sound_format format = snd_stream_format(s);
    uint64_t size = frame_bytes(s), most = PIECE_BYTES / size;
    while (s->done < up_to) {
        uint64_t frames = up_to - s->done < most ? up_to - s->done : most;
        size_t got = s->backend.capture(s->backend.owner, bytes, (size_t)(frames * size));
        memset(bytes + got, sound_silence(&format), (size_t)(frames * size) - got);
        virtio_chain_write(virtio_memory(s->v), &s->chain, s->done * size, bytes, frames * size);
        s->done += (uint32_t)frames;
        s->total += frames;
    }
}

static void sound(struct snd_stream *s, uint32_t up_to)
{
    if (s->direction == SOUND_OUTPUT)
        play(s, up_to);
    else
        record(s, up_to);
}

/* Buffers. */

/* Bytes of samples in the chain. */
static uint64_t payload(const struct snd_stream *s)
{
    return s->direction == SOUND_OUTPUT ? s->chain.readable_bytes - HEADER_BYTES
                                        : s->chain.writable_bytes - STATUS_BYTES;
}

void snd_stream_drop(struct snd_stream *s)
{
    s->holds = 0;
    s->chain.readable = s->chain.writable = 0;
    s->chain.readable_bytes = s->chain.writable_bytes = 0;
}

/* The used length of a recorded buffer is what was written: a driver that gets less than it asked for takes the rest as not
 * recorded. The status stands at the end of the buffer all the same. */
static void give_back(struct snd_stream *s, enum snd_status status)
{
    uint8_t bytes[STATUS_BYTES] = {0};
    uint64_t at = s->chain.writable_bytes - STATUS_BYTES, recorded = s->direction == SOUND_INPUT ? s->done : 0;
    little_put(bytes, 4, status);
    virtio_chain_write(virtio_memory(s->v), &s->chain, at, bytes, sizeof bytes);
    virtio_push(s->v, &s->chain.token, (uint32_t)(recorded * frame_bytes(s) + sizeof bytes));
    snd_stream_drop(s);
}

static bool is_for_this_stream(const struct snd_stream *s)
{
    uint8_t id[HEADER_BYTES];
    virtio_chain_read(virtio_memory(s->v), &s->chain, 0, id, sizeof id);
    return little_get(id, sizeof id) == s->direction;
}

/* Takes the next buffer of the queue. False: there is none, or none that can be followed to its end. */
static bool take(struct snd_stream *s)
{
    if (!virtio_pop(s->v, snd_stream_queue(s), &s->chain)) {
        snd_stream_drop(s);
        return false;
    }
    if (s->chain.readable_bytes < HEADER_BYTES || s->chain.writable_bytes < STATUS_BYTES) {
        snd_stream_drop(s);
        virtio_fail(s->v, "a buffer of samples lacks its header or has no room for its status");
        return false;
    }
    s->holds = 1;
    s->done = 0;
    s->frames = 0;
    return true;
}

/* The next buffer that can be played or filled; others are given back on the way. */
static bool take_good(struct snd_stream *s)
{
    while (take(s)) {
        bool good = is_for_this_stream(s) && payload(s) <= BUFFER_LIMIT && payload(s) >= frame_bytes(s);
        if (good) {
            s->frames = (uint32_t)(payload(s) / frame_bytes(s));
            return true;
        }
        bool empty = is_for_this_stream(s) && payload(s) == 0;
        give_back(s, empty ? SND_OK : SND_IO_ERROR);
    }
    return false;
}

static void tell_deadline(const struct snd_stream *s)
{
    s->time.deadline_changed(s->time.owner);
}

/* Of a stream that runs and holds no buffer. */
static void go_on_from_now(struct snd_stream *s)
{
    s->base = now(s);
    s->before = 0;
    if (take_good(s))
        tell_deadline(s);
    virtio_signal(s->v, snd_stream_queue(s));
}

static void complete(struct snd_stream *s)
{
    sound(s, s->frames);
    s->before += s->frames;
    give_back(s, SND_OK);
    if (!take_good(s))
        s->gaps++;
}

uint64_t snd_stream_deadline(const struct snd_stream *s)
{
    return s->life == SND_RUNNING && s->holds ? tick_of(s, s->before + s->frames) : UINT64_MAX;
}

void snd_stream_poll(struct snd_stream *s)
{
    if (snd_stream_deadline(s) > now(s))
        return;
    while (snd_stream_deadline(s) <= now(s))
        complete(s);
    virtio_signal(s->v, snd_stream_queue(s));
    tell_deadline(s);
}

/* Buffers of a stream that is not prepared have no right to be there. */
static void refuse_all(struct snd_stream *s, enum snd_status status)
{
    if (s->holds)
        give_back(s, status);
    while (take(s))
        give_back(s, status);
    virtio_signal(s->v, snd_stream_queue(s));
}

void snd_stream_notify(struct snd_stream *s)
{
    if (s->life == SND_NEW || s->life == SND_SET)
        refuse_all(s, SND_IO_ERROR);
    else if (s->life == SND_RUNNING && !s->holds)
        go_on_from_now(s);
}

/* Life. */

bool snd_stream_may_be_set(const struct snd_stream *s)
{
    return s->life == SND_NEW || s->life == SND_SET || s->life == SND_PREPARED;
}

enum snd_status snd_stream_prepare(struct snd_stream *s)
{
    if (s->life != SND_SET && s->life != SND_PREPARED)
        return SND_BAD_MESSAGE;
    s->life = SND_PREPARED;
    return SND_OK;
}

/* What a buffer had left when the stream was stopped is what comes first. */
enum snd_status snd_stream_start(struct snd_stream *s)
{
    struct sound_format format = snd_stream_format(s);
    if (s->life != SND_PREPARED && s->life != SND_STOPPED)
        return SND_BAD_MESSAGE;
    s->life = SND_RUNNING;
    s->backend.start(s->backend.owner, (enum sound_direction)s->direction, &format);
    if (s->holds) {
        s->before = 0;
        s->base = 0;
        s->base = now(s) - tick_of(s, s->done);
        tell_deadline(s);
    } else {
        go_on_from_now(s);
    }
    return SND_OK;
}

/* What was played or recorded of the buffer up to now counts; the rest waits. */
enum snd_status snd_stream_stop(struct snd_stream *s)
{
    if (s->life != SND_RUNNING)
        return SND_BAD_MESSAGE;
    snd_stream_poll(s);
    if (s->holds) {
        uint64_t over = frames_at(s, now(s)), reached = over > s->before ? over - s->before : 0;
        sound(s, reached < s->frames ? (uint32_t)reached : s->frames);
    }
    s->life = SND_STOPPED;
    s->backend.stop(s->backend.owner, (enum sound_direction)s->direction);
    tell_deadline(s);
    return SND_OK;
}

/* All buffers go back before the request is answered (VirtIO 1.3 5.14.6.6.5.1). */
enum snd_status snd_stream_release(struct snd_stream *s)
{
    if (s->life != SND_PREPARED && s->life != SND_STOPPED)
        return SND_BAD_MESSAGE;
    s->life = SND_SET;
    refuse_all(s, SND_OK);
    return SND_OK;
}

void snd_stream_resume(struct snd_stream *s)
{
    struct sound_format format = snd_stream_format(s);
    if (s->life == SND_RUNNING)
        s->backend.start(s->backend.owner, (enum sound_direction)s->direction, &format);
    tell_deadline(s);
}

/* State. */

const struct state_field snd_stream_fields[] = {
    STATE_NOT(struct snd_stream, v, "wiring"),
    STATE_NOT(struct snd_stream, backend, "wiring; what the host has heard is not the machine's"),
    STATE_NOT(struct snd_stream, time, "wiring"),
    STATE_NOT(struct snd_stream, direction, "made with the machine"),
    STATE(struct snd_stream, life, SND_LIVES - 1, "new, set, prepared, running, stopped"),
    STATE(struct snd_stream, sample, SOUND_SAMPLES - 1, "U8, S16, S32, FLOAT"),
    STATE(struct snd_stream, channels, SOUND_CHANNELS, "in a frame"),
    STATE(struct snd_stream, rate, STATE_ANY, "frames in a second"),
    STATE(struct snd_stream, holds, 1, "a buffer was taken, and is not given back yet"),
    STATE(struct snd_stream, base, STATE_ANY, "ticks: when frames began to be counted"),
    STATE(struct snd_stream, before, STATE_ANY, "frames counted up to the buffer's begin"),
    STATE(struct snd_stream, frames, STATE_ANY, "in the buffer"),
    STATE(struct snd_stream, done, STATE_ANY, "of them, those that were played or recorded"),
    STATE(struct snd_stream, total, STATE_ANY, "frames since the driver came"),
    STATE(struct snd_stream, gaps, STATE_ANY, "times that it had no buffer while it ran"),
    STATE_INNER(struct snd_stream, chain, virtio_chain_fields, "the buffer"),
    STATE_END,
};

static bool holds_legally(const struct snd_stream *s, const struct guest_mem *mem)
{
    return virtio_chain_is_legal(&s->chain, mem) && s->chain.token.queue == snd_stream_queue(s) &&
           s->chain.readable_bytes >= HEADER_BYTES && s->chain.writable_bytes >= STATUS_BYTES && s->frames != 0 &&
           s->done <= s->frames && (uint64_t)s->frames * frame_bytes(s) <= payload(s) && payload(s) <= BUFFER_LIMIT &&
           s->life >= SND_RUNNING;
}

bool snd_stream_is_legal(const struct snd_stream *s, const struct guest_mem *mem)
{
    if (s->channels == 0 || s->rate == 0)
        return false;
    return s->holds ? holds_legally(s, mem) : s->chain.readable + s->chain.writable == 0;
}
