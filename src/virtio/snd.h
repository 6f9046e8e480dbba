/* SPDX-License-Identifier: MIT */
/* The VirtIO sound card (VirtIO 1.3 5.14) with one output and one input stream. Buffers are consumed at the stream's rate in guest
 * time. */
#ifndef MICROVM_VIRTIO_SND_H
#define MICROVM_VIRTIO_SND_H

#include "bus/sound_backend.h"
#include "bus/time_source.h"
#include "virtio/virtio.h"

struct virtio_snd;

/* Whether streams can have the rate. */
bool virtio_snd_has_rate(uint32_t rate);

/* All is copied. input: the one format that there is to record, or NULL: any. NULL: out of memory. */
struct virtio_snd *virtio_snd_create(const struct sound_backend *backend, const struct time_source *time,
                                     const struct sound_format *input);
void virtio_snd_destroy(struct virtio_snd *snd);
struct virtio_device virtio_snd_device(struct virtio_snd *snd);

/* Completes what is due; cheap if nothing is. To be called between slices. */
void virtio_snd_poll(struct virtio_snd *snd);
/* In ticks: when that has something to do; UINT64_MAX: not before the guest does something. */
uint64_t virtio_snd_deadline(const struct virtio_snd *snd);

/* For those who look on. */
struct virtio_snd_look {
    bool prepared, running;
    struct sound_format format; /* if prepared or running */
    uint64_t frames;            /* played or recorded since the guest's driver came */
    uint64_t gaps;              /* times that it had to wait for buffers while it ran */
};
struct virtio_snd_look virtio_snd_look(const struct virtio_snd *snd, enum sound_direction direction);

#endif
