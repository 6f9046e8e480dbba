/* SPDX-License-Identifier: MIT */
/* The graphics card itself, for its own files. */
#ifndef MICROVM_VIRTIO_GPU_IMPL_H
#define MICROVM_VIRTIO_GPU_IMPL_H

#include "virtio/gpu.h"

enum { VIRTIO_GPU_F_EDID = 1 };

/* The header of requests and responses, VirtIO 1.3 5.7.6.7. */
#define GPU_HEADER_BYTES 24u
#define GPU_REQUEST_BYTES 56u /* the longest, without a list behind it */
#define GPU_EDID_BYTES 1024u  /* that an answer has room for */
#define GPU_ANSWER_BYTES (GPU_HEADER_BYTES + 8u + GPU_EDID_BYTES)

enum gpu_response {
    GPU_UNFINISHED = 0, /* there is more to do than this turn has room for; no answer yet */
    GPU_OK_NODATA = 0x1100,
    GPU_OK_DISPLAY_INFO = 0x1101,
    GPU_OK_EDID = 0x1104,
    GPU_ERR_UNSPEC = 0x1200,
    GPU_ERR_OUT_OF_MEMORY = 0x1201,
    GPU_ERR_INVALID_SCANOUT_ID = 0x1202,
    GPU_ERR_INVALID_RESOURCE_ID = 0x1203,
    GPU_ERR_INVALID_PARAMETER = 0x1205
};

/* Bytes that a card copies between two turns of the harts, give or take a request; one costs so many at least. Everybody else waits
 * meanwhile: the other devices, the monitor, the user. A transfer that is longer goes on in the next turn, behind the rows that are
 * done. */
#define GPU_TURN_BYTES (UINT64_C(8) << 20)
#define GPU_REQUEST_COST (UINT64_C(64) << 10)

enum { GPU_CONTROL_QUEUE, GPU_CURSOR_QUEUE, GPU_QUEUES };

struct virtio_gpu {
    struct virtio *v;
    unsigned heads;
    struct gpu_head head[VIRTIO_GPU_HEADS];
    uint32_t events; /* that the driver has not cleared */
    uint64_t spent;            /* since the last turn, in bytes */
    bool has_more[GPU_QUEUES]; /* the queue is to be looked at in the next turn */
    uint32_t rows_done[GPU_QUEUES]; /* of the transfer that comes next in the queue */
    struct gpu_resources resources;
    struct virtio_chain chain;
    uint8_t request[GPU_REQUEST_BYTES];
    uint8_t answer[GPU_ANSWER_BYTES];
    uint32_t answer_bytes; /* behind the header */
};

/* Carries out the request in chain, or a part of it: the response's type; what belongs behind its header is in answer. */
enum gpu_response gpu_obey(struct virtio_gpu *gpu);

#endif
