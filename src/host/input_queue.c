/* SPDX-License-Identifier: MIT */
/* Whoever presses something reserves the place of its release: that is how releases always fit. A resize of each screen and the
 * end have places of their own, and overtake all else: a guest that takes no keys must not keep the user from closing the window. */
#include "host/input_queue.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define CAPACITY 1024u
/* The end, and a resize of each screen. */
#define URGENT (1u + INPUT_SCREENS)
/* From so many events on that wait, a pointer's way is shortened to its end. */
#define CROWD 64u

struct input_queue {
    pthread_mutex_t lock;
    int ready; /* eventfds, readable while count, or urgent, is not 0 */
    int urgent_ready;
    atomic_uint count;  /* both changed under the lock */
    atomic_uint urgent; /* a bit for each of urgent_events that waits */
    unsigned first;     /* of the ring */
    unsigned held;      /* codes that are pressed */
    atomic_uint leds;
    bool pressed[INPUT_CODES]; /* by what was put, not by what was taken */
    struct input_event ring[CAPACITY];
    struct input_event urgent_events[URGENT];
};

struct input_queue *input_queue_create(void)
{
    struct input_queue *queue = calloc(1, sizeof *queue);
    if (queue == NULL)
        return NULL;
    pthread_mutex_init(&queue->lock, NULL);
    queue->ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    queue->urgent_ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (queue->ready >= 0 && queue->urgent_ready >= 0)
        return queue;
    input_queue_destroy(queue);
    return NULL;
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

void input_queue_destroy(struct input_queue *queue)
{
    if (queue == NULL)
        return;
    pthread_mutex_destroy(&queue->lock);
    close_if_open(queue->ready);
    close_if_open(queue->urgent_ready);
    free(queue);
}

static unsigned waiting(const struct input_queue *queue)
{
    return atomic_load_explicit(&queue->count, memory_order_relaxed);
}

static struct input_event *place(struct input_queue *queue, unsigned n)
{
    return &queue->ring[(queue->first + n) % CAPACITY];
}

/* Of what is to be put, with its release. */
static bool has_room(const struct input_queue *queue, unsigned places)
{
    return waiting(queue) + queue->held + places <= CAPACITY;
}

static void append(struct input_queue *queue, const struct input_event *event)
{
    unsigned count = waiting(queue);
    *place(queue, count) = *event;
    atomic_store_explicit(&queue->count, count + 1, memory_order_relaxed);
    if (count == 0)
        eventfd_write(queue->ready, 1);
}

static void put_key(struct input_queue *queue, const struct input_event *event)
{
    if (event->code >= INPUT_CODES || event->value < 0 || event->value > 2)
        return;
    bool *pressed = &queue->pressed[event->code];
    bool press = event->value == 1 && !*pressed && has_room(queue, 2);
    bool release = event->value == 0 && *pressed;
    bool repeat = event->value == 2 && *pressed && has_room(queue, 1);
    if (press)
        queue->held++;
    if (release)
        queue->held--;
    if (press || release)
        *pressed = press;
    if (press || release || repeat)
        append(queue, event);
}

/* The last event that waits, if it is of this kind and screen. */
static struct input_event *last_alike(struct input_queue *queue, const struct input_event *event)
{
    unsigned count = waiting(queue);
    struct input_event *last = count != 0 ? place(queue, count - 1) : NULL;
    bool alike =
        last != NULL && last->kind == event->kind && last->screen == event->screen && last->code == event->code;
    return alike ? last : NULL;
}

static void put_motion(struct input_queue *queue, const struct input_event *event)
{
    struct input_event *last = last_alike(queue, event);
    if (event->x > INPUT_POINTER_MAX || event->y > INPUT_POINTER_MAX)
        return;
    if (last != NULL && waiting(queue) >= CROWD)
        *last = *event;
    else if (has_room(queue, 1))
        append(queue, event);
}

static void put_wheel(struct input_queue *queue, const struct input_event *event)
{
    if (event->code <= 1 && event->value != 0 && has_room(queue, 1))
        append(queue, event);
}

static void put_urgent(struct input_queue *queue, const struct input_event *event)
{
    unsigned at = event->kind == INPUT_CLOSE ? 0 : 1u + event->screen, before = atomic_load(&queue->urgent);
    queue->urgent_events[at] = *event;
    atomic_store(&queue->urgent, before | 1u << at);
    if (before == 0)
        eventfd_write(queue->urgent_ready, 1);
}

void input_queue_put(struct input_queue *queue, const struct input_event *event)
{
    static void (*const rows[])(struct input_queue * queue, const struct input_event *event) = {
        [INPUT_KEY] = put_key,     [INPUT_POINTER] = put_motion, [INPUT_BUTTON] = put_key,
        [INPUT_WHEEL] = put_wheel, [INPUT_RESIZE] = put_urgent,  [INPUT_CLOSE] = put_urgent,
    };
    if (event->screen >= INPUT_SCREENS)
        return;
    pthread_mutex_lock(&queue->lock);
    rows[event->kind](queue, event);
    pthread_mutex_unlock(&queue->lock);
}

/* Buttons of pointers and of pads lie here among the keys' codes. */
static enum input_kind kind_of_code(unsigned code)
{
    return code >= 0x100 && code < 0x160 ? INPUT_BUTTON : INPUT_KEY;
}

void input_queue_release_all(struct input_queue *queue)
{
    pthread_mutex_lock(&queue->lock);
    for (unsigned code = 0; code < INPUT_CODES; code++)
        if (queue->pressed[code])
            put_key(queue, &(struct input_event){.kind = kind_of_code(code), .code = (uint16_t)code});
    pthread_mutex_unlock(&queue->lock);
}

/* Nothing is left of what made the eventfd readable. */
static void clear(int fd)
{
    eventfd_t ignored;
    eventfd_read(fd, &ignored);
}

bool input_queue_take(struct input_queue *queue, struct input_event *event)
{
    if (waiting(queue) == 0)
        return false;
    pthread_mutex_lock(&queue->lock);
    *event = *place(queue, 0);
    queue->first = (queue->first + 1) % CAPACITY;
    unsigned left = waiting(queue) - 1;
    atomic_store_explicit(&queue->count, left, memory_order_relaxed);
    if (left == 0)
        clear(queue->ready);
    pthread_mutex_unlock(&queue->lock);
    return true;
}

bool input_queue_take_urgent(struct input_queue *queue, struct input_event *event)
{
    if (atomic_load_explicit(&queue->urgent, memory_order_relaxed) == 0)
        return false;
    pthread_mutex_lock(&queue->lock);
    unsigned urgent = atomic_load(&queue->urgent), at = 0;
    while ((urgent >> at & 1) == 0)
        at++;
    *event = queue->urgent_events[at];
    urgent &= ~(1u << at);
    atomic_store(&queue->urgent, urgent);
    if (urgent == 0)
        clear(queue->urgent_ready);
    pthread_mutex_unlock(&queue->lock);
    return true;
}

int input_queue_fd(const struct input_queue *queue)
{
    return queue->ready;
}

int input_queue_urgent_fd(const struct input_queue *queue)
{
    return queue->urgent_ready;
}

unsigned input_queue_leds(const struct input_queue *queue)
{
    return atomic_load(&queue->leds);
}

void input_queue_set_leds(struct input_queue *queue, unsigned leds)
{
    atomic_store(&queue->leds, leds);
}
