/* SPDX-License-Identifier: MIT */
/* What a viewer does. VNC tells characters, not keys: they are typed as on a keyboard of the US layout, with Shift pressed or let go
 * for the moment where the viewer's own keyboard has it otherwise. */
#include "host/display/display_vnc_impl.h"

#include <linux/input-event-codes.h>

#define WHEEL_UP 3u /* numbers of the buttons that are none */
#define WHEEL_RIGHT 6u
#define BUTTONS 8u
/* As viewers have the LEDs, and as Linux does. */
enum { RFB_SCROLL = 1, RFB_NUM = 2, RFB_CAPS = 4 };
enum { LED_BIT_NUM = 1u << LED_NUML, LED_BIT_CAPS = 1u << LED_CAPSL, LED_BIT_SCROLL = 1u << LED_SCROLLL };
/* The least size that a guest is asked for. */
#define WISH_MIN 64

enum shift { PLAIN, SHIFT, ANY };

struct stroke {
    uint16_t code;
    enum shift shift;
};

static unsigned leds_of(struct vnc_view *v)
{
    if (!viewer_gate_enter(&v->gate))
        return 0;
    unsigned leds = input_queue_leds(v->gate.parts.queue);
    viewer_gate_leave(&v->gate);
    return leds;
}

static struct stroke find_keysym(uint32_t keysym)
{
    static const struct {
        uint32_t keysym;
        struct stroke stroke;
    } rows[] = {
#define KEYSYM(value, key, shift) {value, {KEY_##key, shift}},
#define LETTER(letter, key)
#define KEYPAD(value, key, with_num, other)
#include "host/display/keycode_rfb.def"
#undef KEYSYM
#undef LETTER
#undef KEYPAD
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].keysym == keysym)
            return rows[i].stroke;
    return (struct stroke){0, ANY};
}

static struct stroke find_letter(uint32_t keysym, bool caps)
{
    static const uint16_t codes[] = {
#define KEYSYM(value, key, shift)
#define LETTER(letter, key) [(letter) - 'a'] = KEY_##key,
#define KEYPAD(value, key, with_num, other)
#include "host/display/keycode_rfb.def"
#undef KEYSYM
#undef LETTER
#undef KEYPAD
    };
    bool large = keysym >= 'A' && keysym <= 'Z';
    if (!large && (keysym < 'a' || keysym > 'z'))
        return (struct stroke){0, ANY};
    return (struct stroke){codes[keysym - (large ? 'A' : 'a')], large != caps ? SHIFT : PLAIN};
}

static struct stroke find_keypad(uint32_t keysym, bool num)
{
    static const struct {
        uint32_t keysym;
        uint16_t code;
        bool with_num;
        uint16_t other;
    } rows[] = {
#define KEYSYM(value, key, shift)
#define LETTER(letter, key)
#define KEYPAD(value, key, with_num, other) {value, KEY_##key, with_num, KEY_##other},
#include "host/display/keycode_rfb.def"
#undef KEYSYM
#undef LETTER
#undef KEYPAD
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
        if (rows[i].keysym == keysym)
            return (struct stroke){rows[i].with_num == num ? rows[i].code : rows[i].other, ANY};
    return (struct stroke){0, ANY};
}

static struct stroke find(uint32_t keysym, unsigned leds)
{
    struct stroke stroke = find_letter(keysym, (leds & LED_BIT_CAPS) != 0);
    if (stroke.code == 0)
        stroke = find_keypad(keysym, (leds & LED_BIT_NUM) != 0);
    return stroke.code != 0 ? stroke : find_keysym(keysym);
}

static void press(struct vnc_viewer *w, uint16_t code, bool pressed)
{
    const struct input_event event = {
        .kind = code >= BTN_MOUSE && code <= BTN_TASK ? INPUT_BUTTON : INPUT_KEY, .code = code, .value = pressed};
    viewer_gate_put(&w->view->gate, &event);
}

static void press_shifts(struct vnc_viewer *w, bool pressed)
{
    static const uint16_t codes[] = {KEY_LEFTSHIFT, KEY_RIGHTSHIFT};
    for (unsigned i = 0; i < ARRAY_SIZE(codes); i++)
        if (w->input.shifts[i])
            press(w, codes[i], pressed);
}

static void press_key(struct vnc_viewer *w, struct stroke stroke)
{
    bool shifted = w->input.shifts[0] || w->input.shifts[1];
    bool add = stroke.shift == SHIFT && !shifted, remove = stroke.shift == PLAIN && shifted;
    if (add)
        press(w, KEY_LEFTSHIFT, true);
    if (remove)
        press_shifts(w, false);
    press(w, stroke.code, true);
    if (add)
        press(w, KEY_LEFTSHIFT, false);
    if (remove)
        press_shifts(w, true);
}

/* The place of a key that is held, or a free one for keysym 0; NULL: there is none. */
static struct vnc_held *held(struct vnc_viewer *w, uint32_t keysym)
{
    for (unsigned i = 0; i < VNC_HELD_MAX; i++)
        if (w->input.held[i].keysym == keysym)
            return &w->input.held[i];
    return NULL;
}

static void note_shift(struct vnc_viewer *w, uint16_t code, bool down)
{
    if (code == KEY_LEFTSHIFT || code == KEY_RIGHTSHIFT)
        w->input.shifts[code == KEY_RIGHTSHIFT] = down;
}

/* What is let go is the key that was pressed, whatever its character has become since. */
void vnc_input_key(rfbBool down, rfbKeySym keysym, rfbClientPtr client)
{
    struct vnc_viewer *w = client->screen->screenData;
    struct vnc_held *place = held(w, (uint32_t)keysym);
    struct stroke stroke = find((uint32_t)keysym, leds_of(w->view));
    if (keysym == 0 || (stroke.code == 0 && place == NULL))
        return;
    if (!down) {
        uint16_t code = place != NULL ? place->code : stroke.code;
        note_shift(w, code, false);
        press(w, code, false);
        if (place != NULL)
            place->keysym = 0;
        return;
    }
    if (place != NULL)
        return; /* repeating is the guest's own affair */
    place = held(w, 0);
    if (place == NULL)
        return;
    *place = (struct vnc_held){(uint32_t)keysym, stroke.code};
    note_shift(w, stroke.code, true);
    press_key(w, stroke);
}

static void turn_wheel(struct vnc_viewer *w, unsigned button)
{
    bool horizontal = button >= WHEEL_UP + 2;
    const struct input_event event = {
        .kind = INPUT_WHEEL, .code = horizontal, .value = button == WHEEL_UP || button == WHEEL_RIGHT ? 1 : -1};
    viewer_gate_put(&w->view->gate, &event);
}

static void press_buttons(struct vnc_viewer *w, unsigned buttons)
{
    static const uint16_t codes[BUTTONS] = {BTN_LEFT, BTN_MIDDLE, BTN_RIGHT, 0, 0, 0, 0, BTN_SIDE};
    unsigned changed = buttons ^ (unsigned)w->input.buttons;
    for (unsigned i = 0; i < BUTTONS; i++) {
        bool pressed = (buttons >> i & 1) != 0;
        if ((changed >> i & 1) == 0)
            continue;
        if (codes[i] != 0)
            press(w, codes[i], pressed);
        else if (pressed)
            turn_wheel(w, i);
    }
    w->input.buttons = (int)buttons;
}

void vnc_input_pointer(int buttons, int x, int y, rfbClientPtr client)
{
    struct vnc_viewer *w = client->screen->screenData;
    const struct viewer_picture *p = w->viewer.picture;
    const struct input_event event = {
        .kind = INPUT_POINTER,
        .x = viewer_pointer(x > 0 ? (uint32_t)x : 0, p->width),
        .y = viewer_pointer(y > 0 ? (uint32_t)y : 0, p->height),
    };
    w->view->vnc.DefaultPtrAddEvent(buttons, x, y, client);
    viewer_gate_put(&w->view->gate, &event);
    press_buttons(w, (unsigned)buttons);
}

int vnc_input_resize(int width, int height, int screens, struct rfbExtDesktopScreen *layout, rfbClientPtr client)
{
    struct vnc_viewer *w = client->screen->screenData;
    (void)layout;
    client->newFBSizePending =
        TRUE; /* an answer at once, with the size as it is: the guest need not do as it is asked */
    if (screens != 1 || width < WISH_MIN || height < WISH_MIN || width > (int)DISPLAY_LIMIT ||
        height > (int)DISPLAY_LIMIT)
        return rfbExtDesktopSize_InvalidScreenLayout;
    const struct input_event event = {.kind = INPUT_RESIZE, .x = (uint32_t)width, .y = (uint32_t)height};
    viewer_gate_put(&w->view->gate, &event);
    client->newFBSizePending =
        TRUE; /* an answer at once, with the size as it is: the guest need not do as it is asked */
    return rfbExtDesktopSize_Success;
}

int vnc_input_leds(rfbScreenInfoPtr screen)
{
    const struct vnc_viewer *w = screen->screenData;
    unsigned leds = leds_of(w->view);
    return ((leds & LED_BIT_SCROLL) != 0 ? RFB_SCROLL : 0) | ((leds & LED_BIT_NUM) != 0 ? RFB_NUM : 0) |
           ((leds & LED_BIT_CAPS) != 0 ? RFB_CAPS : 0);
}
