/* SPDX-License-Identifier: MIT */
/* The machine's screens, and the keyboard and the pointer before them. */
#include "api/vm.h"

#include "machine/input_devices.h"
#include "machine/screen.h"

#define FIRST_BUTTON 0x110u /* BTN_LEFT */
#define BUTTONS 0x10u

const uint32_t *microvm_screen(struct microvm *vm, unsigned screen, uint32_t *width, uint32_t *height)
{
    *width = *height = 0;
    if (!vm_is_loaded(vm))
        return NULL;
    struct screen *screens = screen_of(machine_peripherals(vm->machine));
    if (screens == NULL) {
        error_set(&vm->error, "the machine has no screen: \"gpu\" or \"framebuffer\" in config.devices gives it one");
        return NULL;
    }
    struct display *display = screen_now(screens, screen, &vm->error);
    const uint32_t *pixels = display != NULL ? display_pixels(display, &vm->error) : NULL;
    if (pixels != NULL)
        display_size(display, width, height);
    return pixels;
}

/* Whose queue takes what is done there. */
static struct input_devices *input_of(struct microvm *vm)
{
    if (!vm_is_loaded(vm))
        return NULL;
    struct input_devices *devices = input_devices_of(machine_peripherals(vm->machine));
    if (devices == NULL)
        error_set(&vm->error,
                  "the machine has no keyboard and no pointer: \"input=keyboard,tablet\" in config.devices gives "
                  "it both, as a screen does");
    return devices;
}

bool microvm_key(struct microvm *vm, unsigned code, bool down)
{
    struct input_devices *devices = input_of(vm);
    if (devices == NULL)
        return false;
    if (code == 0 || code >= INPUT_CODES)
        return error_set(&vm->error, "there is no key %u: codes are those of linux/input-event-codes.h", code);
    bool button = code >= FIRST_BUTTON && code < FIRST_BUTTON + BUTTONS;
    const struct input_event event = {.kind = button ? INPUT_BUTTON : INPUT_KEY, .code = (uint16_t)code, .value = down};
    input_queue_put(input_devices_queue(devices), &event);
    return true;
}

bool microvm_point(struct microvm *vm, uint32_t x, uint32_t y)
{
    struct input_devices *devices = input_of(vm);
    if (devices == NULL)
        return false;
    if (x > INPUT_POINTER_MAX || y > INPUT_POINTER_MAX)
        return error_set(&vm->error, "the pointer cannot be at %u, %u: both are 0 to %d", x, y, INPUT_POINTER_MAX);
    const struct input_event event = {.kind = INPUT_POINTER, .x = x, .y = y};
    input_queue_put(input_devices_queue(devices), &event);
    return true;
}
