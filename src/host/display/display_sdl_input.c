/* SPDX-License-Identifier: MIT */
/* What the user does in a window, and where it goes: to the guest, or to the window itself. */
#include "host/display/display_sdl_impl.h"

#include "host/host_time.h"

static uint16_t key_code(SDL_Scancode scancode)
{
    static const uint16_t codes[SDL_NUM_SCANCODES] = {
#define KEYCODE(sdl, code) [SDL_SCANCODE_##sdl] = KEY_##code,
#include "host/display/keycode_sdl.def"
#undef KEYCODE
    };
    return (unsigned)scancode < SDL_NUM_SCANCODES ? codes[scancode] : 0;
}

static struct sdl_window *window_of(struct sdl_view *v, Uint32 id)
{
    for (unsigned i = 0; i < v->count; i++)
        if (v->sdl.GetWindowID(v->windows[i].window) == id)
            return &v->windows[i];
    return NULL;
}

/* Keys and buttons; a release of what the guest does not know as pressed (its press was a command to the window) is none. */
static void press(struct sdl_window *w, uint16_t code, bool pressed)
{
    const struct input_event event = {
        .kind = code >= BTN_MOUSE && code <= BTN_TASK ? INPUT_BUTTON : INPUT_KEY,
        .screen = (uint8_t)w->number,
        .code = code,
        .value = pressed,
    };
    if (code != 0)
        viewer_gate_put(&w->view->gate, &event);
}

static void toggle_grab(struct sdl_view *v, struct sdl_window *w)
{
    v->grabbed = !v->grabbed;
    for (unsigned i = 0; i < v->count; i++) {
        bool grabs = v->grabbed && &v->windows[i] == w;
        v->sdl.SetWindowKeyboardGrab(v->windows[i].window, grabs ? SDL_TRUE : SDL_FALSE);
        v->sdl.SetWindowMouseGrab(v->windows[i].window, grabs ? SDL_TRUE : SDL_FALSE);
        sdl_window_set_title(&v->windows[i]);
    }
}

/* Ctrl-Alt and a key; the letters by what is printed on the keys. True: it was for the window. */
static bool is_command(struct sdl_window *w, const SDL_Keysym *key)
{
    if ((key->mod & KMOD_CTRL) == 0 || (key->mod & KMOD_ALT) == 0)
        return false;
    switch (key->sym) {
    case SDLK_g: toggle_grab(w->view, w); return true;
    case SDLK_f: sdl_window_toggle_full_screen(w); return true;
    case SDLK_PLUS:
    case SDLK_EQUALS:
    case SDLK_KP_PLUS: sdl_window_zoom(w, 1); return true;
    case SDLK_MINUS:
    case SDLK_KP_MINUS: sdl_window_zoom(w, -1); return true;
    case SDLK_0:
    case SDLK_KP_0: sdl_window_zoom(w, 0); return true;
    default: return false;
    }
}

/* Repeating is the guest's own affair. */
static void handle_key(struct sdl_window *w, const SDL_KeyboardEvent *event)
{
    bool pressed = event->type == SDL_KEYDOWN;
    if (event->repeat != 0 || (pressed && is_command(w, &event->keysym)))
        return;
    press(w, key_code(event->keysym.scancode), pressed);
}

static uint32_t pixel_of(int at, int first, int size, uint32_t pixels)
{
    if (at <= first || size <= 0)
        return 0;
    uint64_t pixel = (uint64_t)(at - first) * pixels / (uint64_t)size;
    return pixel < pixels ? (uint32_t)pixel : pixels - 1;
}

static void point(struct sdl_window *w, int x, int y)
{
    SDL_Rect place = sdl_window_place(w);
    uint32_t width = w->viewer.picture->width, height = w->viewer.picture->height;
    const struct input_event event = {
        .kind = INPUT_POINTER,
        .screen = (uint8_t)w->number,
        .x = viewer_pointer(pixel_of(x, place.x, place.w, width), width),
        .y = viewer_pointer(pixel_of(y, place.y, place.h, height), height),
    };
    viewer_gate_put(&w->view->gate, &event);
}

static void handle_button(struct sdl_window *w, const SDL_MouseButtonEvent *event)
{
    static const uint16_t codes[] = {
        [SDL_BUTTON_LEFT] = BTN_LEFT, [SDL_BUTTON_MIDDLE] = BTN_MIDDLE, [SDL_BUTTON_RIGHT] = BTN_RIGHT,
        [SDL_BUTTON_X1] = BTN_SIDE,   [SDL_BUTTON_X2] = BTN_EXTRA,
    };
    point(w, event->x, event->y);
    if (event->button < ARRAY_SIZE(codes))
        press(w, codes[event->button], event->type == SDL_MOUSEBUTTONDOWN);
}

static void turn_wheel(struct sdl_window *w, uint16_t axis, int steps)
{
    const struct input_event event = {.kind = INPUT_WHEEL, .screen = (uint8_t)w->number, .code = axis, .value = steps};
    if (steps != 0)
        viewer_gate_put(&w->view->gate, &event);
}

static void handle_wheel(struct sdl_window *w, const SDL_MouseWheelEvent *event)
{
    int sign = event->direction == SDL_MOUSEWHEEL_FLIPPED ? -1 : 1;
    turn_wheel(w, 0, sign * event->y);
    turn_wheel(w, 1, sign * event->x);
}

static void handle_window(struct sdl_window *w, const SDL_WindowEvent *event)
{
    switch (event->event) {
    case SDL_WINDOWEVENT_CLOSE: sdl_view_end_machine(w->view); break;
    case SDL_WINDOWEVENT_FOCUS_LOST: viewer_gate_release_all(&w->view->gate); break;
    case SDL_WINDOWEVENT_RESIZED: sdl_window_resized(w, host_now_ns()); break;
    case SDL_WINDOWEVENT_SHOWN:
    case SDL_WINDOWEVENT_EXPOSED:
    case SDL_WINDOWEVENT_RESTORED:
    case SDL_WINDOWEVENT_SIZE_CHANGED: sdl_window_refresh(w, false); break;
    default: break;
    }
}

static void refresh_all(struct sdl_view *v)
{
    for (unsigned i = 0; i < v->count; i++)
        sdl_window_refresh(&v->windows[i], true);
}

void sdl_input_handle(struct sdl_view *v, const SDL_Event *event)
{
    if (event->type == SDL_RENDER_TARGETS_RESET || event->type == SDL_RENDER_DEVICE_RESET) {
        refresh_all(v);
        return;
    }
    struct sdl_window *w = window_of(v, event->window.windowID); /* at the same place in all that are used here */
    if (w == NULL)
        return;
    switch (event->type) {
    case SDL_WINDOWEVENT: handle_window(w, &event->window); break;
    case SDL_KEYDOWN:
    case SDL_KEYUP: handle_key(w, &event->key); break;
    case SDL_MOUSEMOTION: point(w, event->motion.x, event->motion.y); break;
    case SDL_MOUSEBUTTONDOWN:
    case SDL_MOUSEBUTTONUP: handle_button(w, &event->button); break;
    case SDL_MOUSEWHEEL: handle_wheel(w, &event->wheel); break;
    default: break;
    }
}
