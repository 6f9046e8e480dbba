/* SPDX-License-Identifier: MIT */
/* One stream of the sound card: its parameters, its life, and the buffer that is being played or filled. For snd.c alone. */
#ifndef MICROVM_VIRTIO_SND_STREAM_H
#define MICROVM_VIRTIO_SND_STREAM_H

#include "bus/sound_backend.h"
#include "bus/time_source.h"
#include "virtio/virtio.h"

enum snd_status { SND_OK = 0x8000, SND_BAD_MESSAGE, SND_NOT_SUPPORTED, SND_IO_ERROR };

/* VirtIO 1.3 5.14.6.6.1; released streams are as those whose parameters were just set. */
enum snd_stream_life { SND_NEW, SND_SET, SND_PREPARED, SND_RUNNING, SND_STOPPED, SND_LIVES };

/* The buffers that follow wait in their queue. Time is counted in frames from a moment on, so that no rounding adds up. */
struct snd_stream {
    struct virtio *v;
    struct sound_backend backend;
    struct time_source time;
    uint32_t direction; /* enum sound_direction: its queue follows from it */
    uint32_t life;      /* enum snd_stream_life */
    uint32_t sample;    /* enum sound_sample */
    uint32_t channels;  /* from here on as sound_format has it */
    uint32_t rate;      /* not 0 */
    uint32_t holds;     /* a buffer was taken, and is not given back yet */
    uint64_t base;      /* ticks: when the count began */
    uint64_t before;    /* frames counted up to the buffer's begin */
    uint32_t frames;    /* in the buffer */
    uint32_t done;      /* of them, those that the backend has heard of */
    uint64_t total;     /* frames since the driver came */
    uint64_t gaps;      /* times that it had no buffer while it ran */
    struct virtio_chain chain;
};

extern const struct state_field snd_stream_fields[];
bool snd_stream_is_legal(const struct snd_stream *stream, const struct guest_mem *mem);

unsigned snd_stream_queue(const struct snd_stream *stream);
struct sound_format snd_stream_format(const struct snd_stream *stream);

/* Take effect if the stream's life allows it; else SND_BAD_MESSAGE. */
enum snd_status snd_stream_prepare(struct snd_stream *stream);
enum snd_status snd_stream_start(struct snd_stream *stream);
enum snd_status snd_stream_stop(struct snd_stream *stream);
enum snd_status snd_stream_release(struct snd_stream *stream);
bool snd_stream_may_be_set(const struct snd_stream *stream);

/* There may be new buffers. */
void snd_stream_notify(struct snd_stream *stream);
/* The queue was stopped: what was taken from it is dead. */
void snd_stream_drop(struct snd_stream *stream);
void snd_stream_poll(struct snd_stream *stream);
uint64_t snd_stream_deadline(const struct snd_stream *stream);
/* The state was loaded. */
void snd_stream_resume(struct snd_stream *stream);

#endif
