/* SPDX-License-Identifier: MIT */
/* The guest selects what it wants to know (VirtIO 1.3 5.8.4), and reads the answer, which is made of the model's tables. Each event
 * takes a buffer; those of a group that do not suffice go back untaken. */
#include "virtio/input.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "base/little_endian.h"

enum { EVENT_QUEUE, STATUS_QUEUE, QUEUES };
enum { CONFIG_SELECT = 0, CONFIG_SUBSEL = 1, CONFIG_SIZE = 2, CONFIG_ANSWER = 8, CONFIG_BYTES = 136 };
#define ANSWER_BYTES (CONFIG_BYTES - CONFIG_ANSWER)

/* What can be selected. */
enum { ID_NAME = 0x01, ID_SERIAL = 0x02, ID_DEVIDS = 0x03, EV_BITS = 0x11, ABS_INFO = 0x12 };

#define QUEUE_SIZE 64
#define EVENT_BYTES 8u
/* Of one buffer of the status queue; drivers put one event into each. */
#define STATUS_EVENTS 64u
#define LEDS 3u

/* Linux' BUS_VIRTUAL; whose VirtIO devices are. */
#define BUS 6u
#define VENDOR 0x1af4u
#define VERSION 1u

struct code_set {
    uint8_t type;
    uint16_t count;
    const uint16_t *codes;
};

struct virtio_input_model {
    const char *name;
    const char *serial;
    uint16_t product;
    struct code_set sets[4];
};

static const uint16_t keys[] = {
#define KEY(name, code, text) code,
#include "virtio/input_keys.def"
#undef KEY
};
static const uint16_t leds[LEDS] = {0, 1, 2}; /* Num, Caps, Scroll Lock */
static const uint16_t repeat[] = {0, 1};      /* delay, period: Linux repeats by itself */
static const uint16_t buttons[] = {0x110, 0x111, 0x112, 0x113,
                                   0x114, 0x115, 0x116}; /* left, right, middle, side, ... */
static const uint16_t wheels[] = {INPUT_REL_HWHEEL, INPUT_REL_WHEEL};
static const uint16_t axes[] = {INPUT_ABS_X, INPUT_ABS_Y};

#define SET(kind, list)                                                                                                \
    {                                                                                                                  \
        .type = (kind), .count = ARRAY_SIZE(list), .codes = (list)                                                     \
    }

const struct virtio_input_model virtio_input_keyboard = {
    .name = "microvm keyboard",
    .serial = "keyboard-0",
    .product = 1,
    .sets = {SET(INPUT_EV_KEY, keys), SET(INPUT_EV_LED, leds), SET(INPUT_EV_REP, repeat)},
};

const struct virtio_input_model virtio_input_tablet = {
    .name = "microvm tablet",
    .serial = "tablet-0",
    .product = 2,
    .sets = {SET(INPUT_EV_KEY, buttons), SET(INPUT_EV_REL, wheels), SET(INPUT_EV_ABS, axes)},
};

struct virtio_input {
    struct virtio *v;
    const struct virtio_input_model *model;
    struct virtio_input_backend backend;
    uint8_t select, subsel;
    uint8_t leds; /* as the guest has set them */
    bool listening;
    struct virtio_chain chain;
};

/* What it tells of itself. */

static const struct code_set *find_set(const struct virtio_input_model *model, unsigned type)
{
    for (unsigned i = 0; i < ARRAY_SIZE(model->sets) && model->sets[i].count != 0; i++)
        if (model->sets[i].type == type)
            return &model->sets[i];
    return NULL;
}

bool virtio_input_has(const struct virtio_input_model *model, unsigned type, unsigned code)
{
    const struct code_set *set = find_set(model, type);
    for (unsigned i = 0; set != NULL && i < set->count; i++)
        if (set->codes[i] == code)
            return true;
    return false;
}

static unsigned answer_text(const char *text, uint8_t *answer)
{
    unsigned length = 0;
    for (; text[length] != '\0'; length++)
        answer[length] = (uint8_t)text[length];
    return length;
}

static unsigned answer_ids(const struct virtio_input_model *model, uint8_t *answer)
{
    const uint16_t ids[] = {BUS, VENDOR, model->product, VERSION};
    for (unsigned i = 0; i < ARRAY_SIZE(ids); i++)
        little_put(answer + 2 * i, 2, ids[i]);
    return 2 * ARRAY_SIZE(ids);
}

/* Up to the byte of the highest bit. */
static unsigned answer_bits(const struct virtio_input_model *model, unsigned type, uint8_t *answer)
{
    const struct code_set *set = find_set(model, type);
    unsigned size = 0;
    for (unsigned i = 0; set != NULL && i < set->count; i++) {
        unsigned byte = set->codes[i] / 8u;
        answer[byte] |= (uint8_t)BIT(set->codes[i] % 8u);
        size = byte + 1 > size ? byte + 1 : size;
    }
    return size;
}

/* Least, greatest, and three numbers that a tablet without noise leaves at 0. */
static unsigned answer_axis(const struct virtio_input_model *model, unsigned axis, uint8_t *answer)
{
    if (!virtio_input_has(model, INPUT_EV_ABS, axis))
        return 0;
    little_put(answer + 4, 4, VIRTIO_INPUT_AXIS_MAX);
    return 20;
}

static unsigned make_answer(const struct virtio_input *input, uint8_t answer[ANSWER_BYTES])
{
    const struct virtio_input_model *model = input->model;
    if (input->select == EV_BITS)
        return answer_bits(model, input->subsel, answer);
    if (input->select == ABS_INFO)
        return answer_axis(model, input->subsel, answer);
    if (input->subsel != 0)
        return 0;
    switch (input->select) {
    case ID_NAME: return answer_text(model->name, answer);
    case ID_SERIAL: return answer_text(model->serial, answer);
    case ID_DEVIDS: return answer_ids(model, answer);
    default: return 0;
    }
}

static void input_config(void *state, uint8_t bytes[VIRTIO_CONFIG_BYTES])
{
    const struct virtio_input *input = state;
    bytes[CONFIG_SELECT] = input->select;
    bytes[CONFIG_SUBSEL] = input->subsel;
    bytes[CONFIG_SIZE] = (uint8_t)make_answer(input, bytes + CONFIG_ANSWER);
}

static void input_config_write(void *state, uint32_t offset, uint32_t value)
{
    struct virtio_input *input = state;
    if (offset != 0)
        return;
    input->select = (uint8_t)value;
    input->subsel = (uint8_t)(value >> 8);
}

/* Events. */

static bool put_event(struct virtio_input *input, const struct virtio_input_event *event)
{
    uint8_t bytes[EVENT_BYTES];
    if (!virtio_pop(input->v, EVENT_QUEUE, &input->chain))
        return false;
    if (input->chain.writable_bytes < sizeof bytes) {
        virtio_fail(input->v, "a buffer for events is shorter than an event");
        return false;
    }
    little_put(bytes, 2, event->type);
    little_put(bytes + 2, 2, event->code);
    little_put(bytes + 4, 4, event->value);
    virtio_chain_write(virtio_memory(input->v), &input->chain, 0, bytes, sizeof bytes);
    return true;
}

static bool send_group(struct virtio_input *input, const struct virtio_input_event *events, unsigned count)
{
    struct virtio_token taken[VIRTIO_INPUT_GROUP + 1];
    unsigned done = 0;
    while (done < count && put_event(input, &events[done]))
        taken[done++] = input->chain.token;
    bool whole = done == count;
    for (unsigned i = 0; whole && i < count; i++)
        virtio_push(input->v, &taken[i], EVENT_BYTES);
    while (!whole && done > 0)
        virtio_unpop(input->v, &taken[--done]);
    virtio_signal(input->v, EVENT_QUEUE);
    return whole;
}

bool virtio_input_is_listening(const struct virtio_input *input)
{
    return input->listening;
}

bool virtio_input_send(struct virtio_input *input, const struct virtio_input_event *events, unsigned count)
{
    struct virtio_input_event group[VIRTIO_INPUT_GROUP + 1];
    unsigned kept = 0;
    for (unsigned i = 0; i < count && kept < VIRTIO_INPUT_GROUP; i++)
        if (virtio_input_has(input->model, events[i].type, events[i].code))
            group[kept++] = events[i];
    if (!input->listening || kept == 0)
        return true;
    group[kept++] = (struct virtio_input_event){.type = INPUT_EV_SYN};
    return send_group(input, group, kept);
}

/* The guest's wishes. */

static void set_leds(struct virtio_input *input, unsigned wanted)
{
    input->leds = (uint8_t)wanted;
    input->backend.set_leds(input->backend.owner, wanted);
}

/* How often to repeat is a wish, too, but nobody here repeats. */
static void take_wish(struct virtio_input *input, const uint8_t bytes[EVENT_BYTES])
{
    uint64_t type = little_get(bytes, 2), code = little_get(bytes + 2, 2);
    uint8_t bit = code < LEDS ? (uint8_t)BIT(code) : 0;
    if (type == INPUT_EV_LED && virtio_input_has(input->model, INPUT_EV_LED, (unsigned)code))
        set_leds(input, little_get(bytes + 4, 4) != 0 ? input->leds | bit : input->leds & ~bit);
}

static void take_wishes(struct virtio_input *input)
{
    uint8_t bytes[EVENT_BYTES];
    while (virtio_pop(input->v, STATUS_QUEUE, &input->chain)) {
        for (uint64_t at = 0; at < STATUS_EVENTS * EVENT_BYTES; at += EVENT_BYTES)
            if (virtio_chain_read(virtio_memory(input->v), &input->chain, at, bytes, sizeof bytes) == sizeof bytes)
                take_wish(input, bytes);
        virtio_push(input->v, &input->chain.token, 0);
    }
    virtio_signal(input->v, STATUS_QUEUE);
}

static void input_notify(void *state, unsigned queue)
{
    struct virtio_input *input = state;
    if (queue == STATUS_QUEUE) {
        take_wishes(input);
        return;
    }
    input->listening = true;
    input->backend.has_room(input->backend.owner);
}

static void stop_listening(struct virtio_input *input)
{
    input->listening = false;
    input->backend.has_room(input->backend.owner);
}

static void input_stop_queue(void *state, unsigned queue)
{
    if (queue == EVENT_QUEUE)
        stop_listening(state);
}

/* The rest. */

static void input_attach(void *state, struct virtio *v)
{
    ((struct virtio_input *)state)->v = v;
}

static uint64_t input_features(void *state)
{
    (void)state;
    return 0;
}

static uint16_t input_queue_size(void *state, unsigned queue)
{
    (void)state;
    return queue < QUEUES ? QUEUE_SIZE : 0;
}

static void input_reset(void *state)
{
    struct virtio_input *input = state;
    input->select = input->subsel = 0;
    stop_listening(input);
    set_leds(input, 0);
}

static const struct state_field input_fields[] = {
    STATE_NOT(struct virtio_input, v, "wiring"),
    STATE_NOT(struct virtio_input, model, "made with the machine"),
    STATE_NOT(struct virtio_input, backend, "wiring"),
    STATE(struct virtio_input, select, STATE_ANY, "what the driver wants to know"),
    STATE(struct virtio_input, subsel, STATE_ANY, "and of which type or axis"),
    STATE(struct virtio_input, leds, BIT(LEDS) - 1, "that are lit, as bits"),
    STATE(struct virtio_input, listening, 1, "the driver runs the queue of events"),
    STATE_NOT(struct virtio_input, chain, "counts within an event alone"),
    STATE_END,
};

static void input_loaded(void *object)
{
    const struct virtio_input *input = object;
    input->backend.set_leds(input->backend.owner, input->leds);
}

static const struct state_table input_saved = {
    .fields = input_fields,
    .bytes = sizeof(struct virtio_input),
    .loaded = input_loaded,
};

static const struct virtio_class input_class = {
    .name = "virtio-input",
    .device_id = 18,
    .config_bytes = CONFIG_BYTES,
    .attach = input_attach,
    .features = input_features,
    .queue_size = input_queue_size,
    .config = input_config,
    .config_write = input_config_write,
    .notify = input_notify,
    .stop_queue = input_stop_queue,
    .reset = input_reset,
    .saved = &input_saved,
};

struct virtio_input *virtio_input_create(const struct virtio_input_model *model,
                                         const struct virtio_input_backend *backend)
{
    struct virtio_input *input = calloc(1, sizeof *input);
    if (input == NULL)
        return NULL;
    input->model = model;
    input->backend = *backend;
    return input;
}

void virtio_input_destroy(struct virtio_input *input)
{
    free(input);
}

struct virtio_device virtio_input_device(struct virtio_input *input)
{
    return (struct virtio_device){.class = &input_class, .state = input};
}
