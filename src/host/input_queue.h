/* SPDX-License-Identifier: MIT */
/* What a person does at the machine's keyboard, pointer and screens, on its way from the thread that noticed it (a window, VNC) or
 * the monitor to the machine's thread. Owns the queue, which is bounded: what does not fit is dropped, but never the release of a key that was
 * pressed. */
#ifndef MICROVM_HOST_INPUT_QUEUE_H
#define MICROVM_HOST_INPUT_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

enum input_kind {
    INPUT_KEY,     /* code: as Linux' input-event-codes.h (KEY_A is 30); value: 1 pressed, 0 released, 2 repeated */
    INPUT_POINTER, /* where the pointer is: x, y from 0 to INPUT_POINTER_MAX over the screen's width and height */
    INPUT_BUTTON,  /* code: BTN_LEFT (0x110), ...; value: 1 pressed, 0 released */
    INPUT_WHEEL,   /* value: steps away from the user; code 0: vertical, 1: horizontal */
    INPUT_RESIZE,  /* the user wants the screen to have another size: x, y in pixels */
    INPUT_CLOSE    /* the user has closed the window: the machine is to end as by Ctrl-A x */
};
#define INPUT_POINTER_MAX 32767
/* Codes of keys and buttons, and screens, are below these. */
#define INPUT_CODES 0x300u
#define INPUT_SCREENS 16u

struct input_event {
    enum input_kind kind;
    uint8_t screen; /* its number */
    uint16_t code;
    int32_t value;
    uint32_t x, y;
};

struct input_queue;

/* NULL: out of memory or descriptors. */
struct input_queue *input_queue_create(void);
/* Accepts NULL. Nobody may put anything any more. */
void input_queue_destroy(struct input_queue *queue);

/* On any thread. A press of what is pressed, a release of what is not, and numbers that there are not are no events. Where many
 * events wait, the pointer's way is shortened; of resizes the last for each screen counts. */
void input_queue_put(struct input_queue *queue, const struct input_event *event);
/* Lets go of all that is pressed: for a viewer that loses sight of the keyboard. */
void input_queue_release_all(struct input_queue *queue);
/* Bits of the keyboard's LEDs as the guest has set them (bit LED_NUML 0, LED_CAPSL 1, LED_SCROLLL 2). */
unsigned input_queue_leds(const struct input_queue *queue);

/* On the machine's thread. Where nothing waits, asking costs next to nothing. */

/* Of the ends and resizes, which overtake all else. */
bool input_queue_take_urgent(struct input_queue *queue, struct input_event *event);
/* Of the others. */
bool input_queue_take(struct input_queue *queue, struct input_event *event);
/* Readable while there is something to take. */
int input_queue_urgent_fd(const struct input_queue *queue);
int input_queue_fd(const struct input_queue *queue);
void input_queue_set_leds(struct input_queue *queue, unsigned leds);

#endif
