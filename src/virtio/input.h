/* SPDX-License-Identifier: MIT */
/* The VirtIO input device (VirtIO 1.3 5.8) as a keyboard or as a tablet: groups of events reach the guest whole, each with a report
 * behind it, or not yet. Owns nothing that waits. */
#ifndef MICROVM_VIRTIO_INPUT_H
#define MICROVM_VIRTIO_INPUT_H

#include "virtio/virtio.h"

/* Types of events, and codes, as in Linux' input-event-codes.h. */
enum {
    INPUT_EV_SYN = 0,
    INPUT_EV_KEY = 1,
    INPUT_EV_REL = 2,
    INPUT_EV_ABS = 3,
    INPUT_EV_LED = 0x11,
    INPUT_EV_REP = 0x14
};
enum { INPUT_ABS_X = 0, INPUT_ABS_Y = 1, INPUT_REL_HWHEEL = 6, INPUT_REL_WHEEL = 8 };
/* Of both axes; the least is 0. */
#define VIRTIO_INPUT_AXIS_MAX 32767u
/* Events in a group, without the report. */
#define VIRTIO_INPUT_GROUP 8u

struct virtio_input_event {
    uint16_t type;
    uint16_t code;
    uint32_t value;
};

/* What a device of the kind tells of itself. */
struct virtio_input_model;
extern const struct virtio_input_model virtio_input_keyboard;
extern const struct virtio_input_model virtio_input_tablet;

/* Whether devices of the model have such events. */
bool virtio_input_has(const struct virtio_input_model *model, unsigned type, unsigned code);

/* Where the guest's wishes go; called also when they are but what they were. */
struct virtio_input_backend {
    void *owner;
    void (*set_leds)(void *owner, unsigned leds); /* bit n: LED number n */
    void (*has_room)(void *owner);                /* a driver came, or went, or gave buffers */
};

struct virtio_input;

/* backend is copied. NULL: out of memory. */
struct virtio_input *virtio_input_create(const struct virtio_input_model *model,
                                         const struct virtio_input_backend *backend);
void virtio_input_destroy(struct virtio_input *input);
struct virtio_device virtio_input_device(struct virtio_input *input);

/* Whether a driver wants events. */
bool virtio_input_is_listening(const struct virtio_input *input);

/* Up to VIRTIO_INPUT_GROUP events that happened at once; those that the model lacks are left out. False: the driver has not given
 * buffers for all of them yet, and has got none. Without a driver they are lost. */
bool virtio_input_send(struct virtio_input *input, const struct virtio_input_event *events, unsigned count);

#endif
