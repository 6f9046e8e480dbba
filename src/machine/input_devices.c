/* SPDX-License-Identifier: MIT */
/* People's events are taken from the queue while the driver takes them from here; a group that it has no buffers for is held, and all else
 * waits in the queue. What is typed by a script waits in the machine itself, with its times: so it is the same in a replay, and goes
 * into snapshots. */
#include "machine/input_devices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "machine/screen.h"
#include "virtio/input.h"

/* An event of the journal beside enum input_kind's. */
#define TYPED ((uint64_t)INPUT_CLOSE + 1)
enum { WORD_KIND, WORD_SCREEN, WORD_CODE, WORD_VALUE, WORD_X, WORD_Y, WORDS };

/* Events that one look at the queue takes at most. */
#define TAKE_LIMIT 1024u
#define US_TICKS (TIMEBASE_HZ / 1000000u)

enum { KEYBOARD, TABLET, DEVICES };

/* Events that happened at once, for one of the devices. */
struct group {
    uint32_t count;
    uint32_t device;
    struct virtio_input_event events[VIRTIO_INPUT_GROUP];
};

struct input_devices {
    struct peripherals_parts parts;
    struct peripherals *peripherals;
    struct input_queue *queue;
    struct virtio_input *device[DEVICES]; /* NULL: not there */

    struct group held; /* the driver has no buffers for it; count 0: nothing is held */
    uint64_t due;      /* in ticks: when the next of those that are typed is done */
    uint32_t typed_first, typed_count;
    struct key_action typed[TYPING_ACTIONS];
    struct typing inbox; /* what the user has typed since the last round */
};

/* Groups, on their way to the driver. */

static bool is_stalled(const struct input_devices *d)
{
    return d->held.count != 0;
}

static bool listens(const struct input_devices *d, unsigned device)
{
    return d->device[device] != NULL && virtio_input_is_listening(d->device[device]);
}

static void send_held(struct input_devices *d)
{
    if (is_stalled(d) && virtio_input_send(d->device[d->held.device], d->held.events, d->held.count))
        d->held.count = 0;
}

/* Nothing may be held. */
static void send_group(struct input_devices *d, const struct group *group)
{
    if (d->device[group->device] == NULL)
        return;
    d->held = *group;
    send_held(d);
}

static void send_one(struct input_devices *d, unsigned device, uint16_t type, uint16_t code, uint32_t value)
{
    struct group group = {.count = 1, .device = device, .events = {{type, code, value}}};
    send_group(d, &group);
}

/* What is typed by a script. */

static bool is_typing(const struct input_devices *d)
{
    return d->typed_first != d->typed_count;
}

static bool may_type(const struct input_devices *d)
{
    return is_typing(d) && !is_stalled(d) && listens(d, KEYBOARD);
}

static uint64_t now(const struct input_devices *d)
{
    return d->parts.time.now(d->parts.time.owner);
}

static void tell_deadline(const struct input_devices *d)
{
    d->parts.time.deadline_changed(d->parts.time.owner);
}

/* The first of a request does not wait for what is over. */
static void append_typed(struct input_devices *d, const struct key_action *action)
{
    if (!is_typing(d)) {
        d->typed_first = d->typed_count = 0;
        uint64_t rest = d->due + action->after_us * US_TICKS;
        d->due = rest > now(d) ? rest : now(d);
        tell_deadline(d);
    }
    if (d->typed_count == TYPING_ACTIONS) {
        d->typed_count -= d->typed_first;
        memmove(d->typed, d->typed + d->typed_first, d->typed_count * sizeof d->typed[0]);
        d->typed_first = 0;
    }
    if (d->typed_count < TYPING_ACTIONS)
        d->typed[d->typed_count++] = *action;
}

static void type_due(struct input_devices *d)
{
    if (!may_type(d) || now(d) < d->due)
        return;
    while (may_type(d) && now(d) >= d->due) {
        const struct key_action *action = &d->typed[d->typed_first++];
        send_one(d, KEYBOARD, INPUT_EV_KEY, action->code, action->pressed);
        d->due = now(d) + (is_typing(d) ? d->typed[d->typed_first].after_us * US_TICKS : 0);
    }
    tell_deadline(d);
}

static unsigned typed_waiting(const struct input_devices *d)
{
    return d->typed_count - d->typed_first + (unsigned)d->inbox.count;
}

bool input_devices_type(struct input_devices *d, const struct typing *typing, struct error *err)
{
    if (d->device[KEYBOARD] == NULL)
        return error_set(err, "the machine has no keyboard: give it a screen, or run it with --input keyboard");
    if (typing->count > TYPING_ACTIONS - typed_waiting(d))
        return error_set(err, "the guest has not taken %u presses and releases yet: there is no room for %zu more",
                         typed_waiting(d), typing->count);
    memcpy(d->inbox.actions + d->inbox.count, typing->actions, typing->count * sizeof typing->actions[0]);
    d->inbox.count += typing->count;
    return true;
}

/* What comes from outside. */

static void apply_pointer(struct input_devices *d, const uint64_t words[WORDS])
{
    struct group group = {.count = 2,
                          .device = TABLET,
                          .events = {{INPUT_EV_ABS, INPUT_ABS_X, (uint32_t)words[WORD_X]},
                                     {INPUT_EV_ABS, INPUT_ABS_Y, (uint32_t)words[WORD_Y]}}};
    send_group(d, &group);
}

static void apply_typed(struct input_devices *d, const uint64_t words[WORDS])
{
    struct key_action action = {
        .after_us = (uint32_t)words[WORD_X], .code = (uint16_t)words[WORD_CODE], .pressed = words[WORD_VALUE] != 0};
    append_typed(d, &action);
}

static void apply_resize(struct input_devices *d, const uint64_t words[WORDS])
{
    struct screen *screen = screen_of(d->peripherals);
    if (screen != NULL)
        screen_resize(screen, (unsigned)words[WORD_SCREEN], (uint32_t)words[WORD_X], (uint32_t)words[WORD_Y]);
}

/* Guests that want repeats make them themselves (VirtIO 1.3 5.8.4's EV_REP). */
static void apply(struct input_devices *d, const uint64_t words[WORDS])
{
    uint16_t code = (uint16_t)words[WORD_CODE];
    uint32_t value = (uint32_t)words[WORD_VALUE];
    if (words[WORD_KIND] == TYPED)
        apply_typed(d, words);
    else if (words[WORD_KIND] == INPUT_RESIZE)
        apply_resize(d, words);
    if (is_stalled(d))
        return; /* in no journal that was recorded */
    if (words[WORD_KIND] == INPUT_KEY && value <= 1)
        send_one(d, KEYBOARD, INPUT_EV_KEY, code, value);
    else if (words[WORD_KIND] == INPUT_BUTTON && value <= 1)
        send_one(d, TABLET, INPUT_EV_KEY, code, value);
    else if (words[WORD_KIND] == INPUT_POINTER)
        apply_pointer(d, words);
    else if (words[WORD_KIND] == INPUT_WHEEL)
        send_one(d, TABLET, INPUT_EV_REL, code == 0 ? INPUT_REL_WHEEL : INPUT_REL_HWHEEL, value);
}

static void accept(struct input_devices *d, const uint64_t words[WORDS])
{
    journal_put_words(d->parts.journal, JOURNAL_INPUT, 0, words, WORDS);
    apply(d, words);
}

static void accept_event(struct input_devices *d, const struct input_event *event)
{
    const uint64_t words[WORDS] = {event->kind, event->screen, event->code, (uint32_t)event->value, event->x, event->y};
    accept(d, words);
}

static void accept_urgent(struct input_devices *d)
{
    struct input_event event;
    while (input_queue_take_urgent(d->queue, &event)) {
        if (event.kind == INPUT_CLOSE)
            d->parts.quit.ask(d->parts.quit.owner);
        else
            accept_event(d, &event);
    }
}

static void accept_typed(struct input_devices *d)
{
    for (unsigned i = 0; i < d->inbox.count; i++) {
        const struct key_action *action = &d->inbox.actions[i];
        const uint64_t words[WORDS] = {TYPED, 0, action->code, action->pressed, action->after_us, 0};
        accept(d, words);
    }
    d->inbox.count = 0;
}

static void accept_all(struct input_devices *d)
{
    struct input_event event;
    accept_urgent(d);
    accept_typed(d);
    for (unsigned i = 0; i < TAKE_LIMIT && !is_stalled(d) && input_queue_take(d->queue, &event); i++)
        accept_event(d, &event);
}

static void repeat_all(struct input_devices *d)
{
    uint64_t words[WORDS];
    while (journal_take_words(d->parts.journal, JOURNAL_INPUT, 0, words, WORDS))
        apply(d, words);
}

/* The event loop's side. */

static void input_poll(void *owner)
{
    struct input_devices *d = owner;
    send_held(d);
    journal_ask(d->parts.journal);
    if (journal_replays(d->parts.journal))
        repeat_all(d);
    else
        accept_all(d);
    type_due(d);
}

/* A queue that is not taken from does not end sleeps. */
static void input_watch(void *owner, struct wait_set *set, uint64_t *timeout_ns)
{
    const struct input_devices *d = owner;
    (void)timeout_ns;
    wait_set_add(set, input_queue_urgent_fd(d->queue), POLLIN);
    if (!is_stalled(d))
        wait_set_add(set, input_queue_fd(d->queue), POLLIN);
}

static uint64_t input_deadline(void *owner)
{
    const struct input_devices *d = owner;
    return may_type(d) ? d->due : UINT64_MAX;
}

/* The devices' side. */

static void set_leds(void *owner, unsigned leds)
{
    const struct input_devices *d = owner;
    input_queue_set_leds(d->queue, leds);
}

static void ignore_leds(void *owner, unsigned leds)
{
    (void)owner;
    (void)leds;
}

static void has_room(void *owner)
{
    const struct input_devices *d = owner;
    if (is_stalled(d) || is_typing(d))
        tell_deadline(d);
}

/* State. */

static const struct state_field event_fields[] = {
    STATE(struct virtio_input_event, type, STATE_ANY, "as Linux numbers them"),
    STATE(struct virtio_input_event, code, STATE_ANY, "likewise"),
    STATE(struct virtio_input_event, value, STATE_ANY, "likewise"),
    STATE_END,
};

static const struct state_field group_fields[] = {
    STATE(struct group, count, VIRTIO_INPUT_GROUP, "events; 0: no group"),
    STATE(struct group, device, DEVICES - 1, "for which: keyboard, tablet"),
    STATE_FIRST(struct group, events, event_fields, count, "that happened at once"),
    STATE_END,
};

static const struct state_field action_fields[] = {
    STATE(struct key_action, after_us, STATE_ANY, "microseconds behind what came before"),
    STATE(struct key_action, code, STATE_ANY, "of the key"),
    STATE(struct key_action, pressed, 1, "or released"),
    STATE(struct key_action, unused, 0, "0"),
    STATE_END,
};

static const struct state_field input_fields[] = {
    STATE_NOT(struct input_devices, parts, "wiring"),
    STATE_NOT(struct input_devices, peripherals, "wiring"),
    STATE_NOT(struct input_devices, queue, "the host's"),
    STATE_NOT(struct input_devices, device, "they have parts of their own"),
    STATE_INNER(struct input_devices, held, group_fields, "waits for buffers"),
    STATE(struct input_devices, due, STATE_ANY, "in ticks: when the next key that is typed goes down or up"),
    STATE(struct input_devices, typed_first, TYPING_ACTIONS, "of those that are typed, the next"),
    STATE(struct input_devices, typed_count, TYPING_ACTIONS, "of them, with those that are done"),
    STATE_FIRST(struct input_devices, typed, action_fields, typed_count, "what is typed"),
    STATE_NOT(struct input_devices, inbox, "stands behind the rows"),
    STATE_END,
};

static bool input_check(const void *object)
{
    const struct input_devices *d = object;
    return d->typed_first <= d->typed_count && (d->held.count == 0 || d->device[d->held.device] != NULL);
}

static const struct state_table input_saved = {
    .fields = input_fields,
    .bytes = sizeof(struct input_devices),
    .check = input_check,
};

/* What has been asked for since the last round: no guest has seen any of it. */
static size_t inbox_bytes(const void *object)
{
    return typing_saved_bytes(&((const struct input_devices *)object)->inbox);
}

static void inbox_save(const void *object, uint8_t *bytes)
{
    typing_save(&((const struct input_devices *)object)->inbox, bytes);
}

static bool inbox_check(const void *object, const uint8_t *bytes, size_t count, struct error *err)
{
    (void)object;
    return typing_check(bytes, count, err);
}

static bool inbox_load(void *object, const uint8_t *bytes, size_t count, struct error *err)
{
    struct input_devices *d = object;
    return typing_check(bytes, count, err) && typing_load(&d->inbox, bytes, count);
}

static const struct state_blob inbox = {
    .meaning = "what was asked to be typed since the last round: microseconds behind what came before (4 bytes), the "
               "key's code (2), "
               "1 if it goes down (1), 0 (1)",
    .outside = true,
    .bytes = inbox_bytes,
    .save = inbox_save,
    .check = inbox_check,
    .load = inbox_load,
};

/* Making. */

static bool wanted_by(const struct machine_config *config, struct input_wanted *wanted, struct error *err)
{
    wanted->keyboard = wanted->tablet = screen_wanted(config);
    if (config->input == NULL || input_devices_parse(config->input, wanted, err))
        return true;
    return error_prefix(err, "--input");
}

static bool slots(const struct machine_config *config, uint64_t *slots, struct error *err)
{
    struct input_wanted wanted;
    if (!wanted_by(config, &wanted, err))
        return false;
    *slots |= (wanted.keyboard ? BIT(VIRTIO_SLOT_KEYBOARD) : 0) | (wanted.tablet ? BIT(VIRTIO_SLOT_TABLET) : 0);
    return true;
}

static void destroy(void *owner)
{
    struct input_devices *d = owner;
    for (unsigned i = 0; i < DEVICES; i++)
        virtio_input_destroy(d->device[i]);
    input_queue_destroy(d->queue);
    free(d);
}

static bool make_device(struct peripherals *p, struct input_devices *d, unsigned device, struct error *err)
{
    static const struct {
        const struct virtio_input_model *model;
        unsigned slot;
        void (*set_leds)(void *owner, unsigned leds);
    } rows[DEVICES] = {{&virtio_input_keyboard, VIRTIO_SLOT_KEYBOARD, set_leds},
                       {&virtio_input_tablet, VIRTIO_SLOT_TABLET, ignore_leds}};
    struct virtio_input_backend backend = {d, rows[device].set_leds, has_room};
    d->device[device] = virtio_input_create(rows[device].model, &backend);
    if (d->device[device] == NULL)
        return error_set(err, "out of memory");
    return peripherals_plug(p, rows[device].slot, virtio_input_device(d->device[device]), err);
}

static bool create(struct peripherals *p, struct error *err)
{
    struct input_wanted wanted;
    if (!wanted_by(peripherals_parts(p)->config, &wanted, err))
        return false;
    if (!wanted.keyboard && !wanted.tablet)
        return true;
    struct input_devices *d = calloc(1, sizeof *d);
    struct input_queue *queue = input_queue_create();
    if (d == NULL || queue == NULL) {
        free(d);
        input_queue_destroy(queue);
        return error_set(err, "out of memory or descriptors for the keyboard");
    }
    d->parts = *peripherals_parts(p);
    d->peripherals = p;
    d->queue = queue;
    struct peripheral made = {
        .kind = &input_peripheral,
        .owner = d,
        .events = {.owner = d, .watch = input_watch, .poll = input_poll, .deadline = input_deadline},
        .part = {.name = "input", .object = d, .table = &input_saved, .blob = &inbox},
        .destroy = destroy,
    };
    return peripherals_add(p, &made, err) && (!wanted.keyboard || make_device(p, d, KEYBOARD, err)) &&
           (!wanted.tablet || make_device(p, d, TABLET, err));
}

static bool recorded(const struct machine_config *config, unsigned n, char *text, size_t size)
{
    struct input_wanted wanted;
    if (n != 0 || !wanted_by(config, &wanted, NULL))
        return false;
    const char *comma = wanted.keyboard && wanted.tablet ? "," : "";
    snprintf(text, size, "%s%s%s", wanted.keyboard ? "keyboard" : "", comma, wanted.tablet ? "tablet" : "");
    return text[0] != '\0';
}

static bool replay(struct machine_config *config, const char *text, struct error *err)
{
    struct input_wanted ignored;
    config->input = text;
    return input_devices_parse(text, &ignored, err);
}

const struct peripheral_kind input_peripheral = {
    .name = "input",
    .option = "--input",
    .host_less = true,
    .places = BIT(VIRTIO_SLOT_KEYBOARD) | BIT(VIRTIO_SLOT_TABLET),
    .slots = slots,
    .create = create,
    .recorded = recorded,
    .replay = replay,
};

/* For others. */

struct input_devices *input_devices_of(const struct peripherals *peripherals)
{
    return peripherals_owner(peripherals, &input_peripheral);
}

struct input_queue *input_devices_queue(struct input_devices *d)
{
    return d->queue;
}

struct input_devices_look input_devices_look(const struct input_devices *d)
{
    return (struct input_devices_look){
        .has_keyboard = d->device[KEYBOARD] != NULL,
        .has_tablet = d->device[TABLET] != NULL,
        .keyboard_listens = listens(d, KEYBOARD),
        .tablet_listens = listens(d, TABLET),
        .stalled = is_stalled(d),
        .leds = input_queue_leds(d->queue),
        .typed = typed_waiting(d),
    };
}
