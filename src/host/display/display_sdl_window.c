/* SPDX-License-Identifier: MIT */
/* One window: what is in it, how large it is, and what its title says. */
#include "host/display/display_sdl_impl.h"

#include <stdio.h>

#define ZOOM_STEP_PERCENT 25u
#define ZOOM_MIN_PERCENT 25u
#define ZOOM_MAX_PERCENT 1600u
#define PERCENT 100u
/* The least that a guest is asked for. */
#define WISH_MIN 64u

static const struct sdl_video *sdl_of(const struct sdl_window *w)
{
    return &w->view->sdl;
}

static int zoomed(const struct sdl_window *w, uint32_t pixels)
{
    return (int)((uint64_t)pixels * w->zoom_percent / PERCENT);
}

void sdl_window_set_title(struct sdl_window *w)
{
    char name[64] = "microvm", title[128];
    if (w->view->count > 1)
        snprintf(name, sizeof name, "microvm screen %u", w->number);
    snprintf(title, sizeof title, "%s%s", name, w->view->grabbed ? " - Ctrl-Alt-G lets the keyboard go" : "");
    sdl_of(w)->SetWindowTitle(w->window, title);
}

bool sdl_window_open(struct sdl_window *w, struct error *err)
{
    const struct sdl_video *sdl = sdl_of(w);
    const struct viewer_picture *p = w->viewer.picture;
    uint32_t flags = SDL_WINDOW_RESIZABLE;
    if (w->view->options.full_screen && w->number == 0)
        flags |= SDL_WINDOW_FULLSCREEN_DESKTOP;
    w->window = sdl->CreateWindow("microvm", SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, zoomed(w, p->width),
                                  zoomed(w, p->height), flags);
    if (w->window != NULL)
        w->renderer = sdl->CreateRenderer(w->window, -1, 0);
    if (w->renderer == NULL)
        return error_set(err, "no window can be opened (SDL says: %s)", sdl->GetError());
    sdl_window_set_title(w);
    return true;
}

void sdl_window_close(struct sdl_window *w)
{
    const struct sdl_video *sdl = sdl_of(w);
    if (w->cursor != NULL)
        sdl->FreeCursor(w->cursor);
    if (w->texture != NULL)
        sdl->DestroyTexture(w->texture);
    if (w->renderer != NULL)
        sdl->DestroyRenderer(w->renderer);
    if (w->window != NULL)
        sdl->DestroyWindow(w->window);
    w->cursor = NULL;
    w->texture = NULL;
    w->renderer = NULL;
    w->window = NULL;
}

/* As large as may be with the picture's proportions; with scale=N in whole numbers, if the window is not too small even for 1. */
SDL_Rect sdl_window_place(const struct sdl_window *w)
{
    int width, height;
    const struct viewer_picture *p = w->viewer.picture;
    if (sdl_of(w)->GetRendererOutputSize(w->renderer, &width, &height) != 0)
        sdl_of(w)->GetWindowSize(w->window, &width, &height);
    SDL_Rect place = {.w = width, .h = (int)((int64_t)width * p->height / p->width)};
    if (place.h > height) {
        place.h = height;
        place.w = (int)((int64_t)height * p->width / p->height);
    }
    int whole = place.w / (int)p->width < place.h / (int)p->height ? place.w / (int)p->width : place.h / (int)p->height;
    if (w->view->options.scale != 0 && whole >= 1) {
        place.w = whole * (int)p->width;
        place.h = whole * (int)p->height;
    }
    place.x = (width - place.w) / 2;
    place.y = (height - place.h) / 2;
    return place;
}

static bool is_arranged(const struct sdl_window *w)
{
    return (sdl_of(w)->GetWindowFlags(w->window) & (SDL_WINDOW_FULLSCREEN_DESKTOP | SDL_WINDOW_MAXIMIZED)) != 0;
}

/* The window takes the picture's size. */
static void fit_window(struct sdl_window *w)
{
    if (is_arranged(w))
        return;
    w->resize_due_ns = VIEWER_NEVER;
    sdl_of(w)->SetWindowSize(w->window, zoomed(w, w->viewer.picture->width), zoomed(w, w->viewer.picture->height));
}

/* Whether the guest has done as it was asked, so that the window has the right size already. */
static bool is_what_was_asked(const struct sdl_window *w)
{
    return w->viewer.picture->width == w->told_width && w->viewer.picture->height == w->told_height;
}

/* A guest that switches its screen off and on finds the window as the user has it. */
static void follow_size(struct sdl_window *w)
{
    const struct viewer_picture *p = w->viewer.picture;
    if (p->off || (p->width == w->last_width && p->height == w->last_height))
        return;
    w->last_width = p->width;
    w->last_height = p->height;
    if (!is_what_was_asked(w))
        fit_window(w);
}

static bool make_texture(struct sdl_window *w)
{
    const struct sdl_video *sdl = sdl_of(w);
    const struct viewer_picture *p = w->viewer.picture;
    if (w->texture != NULL && w->texture_width == p->width && w->texture_height == p->height)
        return true;
    if (w->texture != NULL)
        sdl->DestroyTexture(w->texture);
    w->texture = sdl->CreateTexture(w->renderer, SDL_PIXELFORMAT_RGB888, SDL_TEXTUREACCESS_STREAMING, (int)p->width,
                                    (int)p->height);
    w->texture_width = p->width;
    w->texture_height = p->height;
    return w->texture != NULL;
}

static void upload(struct sdl_window *w, const struct display_rect *changed)
{
    const struct viewer_picture *p = w->viewer.picture;
    SDL_Rect rect = {(int)changed->x, (int)changed->y, (int)changed->width, (int)changed->height};
    if (changed->width == 0 || !make_texture(w))
        return;
    sdl_of(w)->UpdateTexture(w->texture, &rect, p->pixels + (size_t)changed->y * p->width + changed->x,
                             (int)(p->width * sizeof *p->pixels));
    w->stale = true;
}

/* The host's pointer takes the shape of the guest's; until then it is an arrow. */
static void show_cursor(struct sdl_window *w)
{
    const struct sdl_video *sdl = sdl_of(w);
    struct viewer_picture *p = w->viewer.picture;
    SDL_Cursor *cursor = NULL, *former = w->cursor;
    if (p->has_cursor) {
        SDL_Surface *image =
            sdl->CreateRGBSurfaceWithFormatFrom(p->cursor, DISPLAY_CURSOR_SIDE, DISPLAY_CURSOR_SIDE, 32,
                                                DISPLAY_CURSOR_SIDE * sizeof *p->cursor, SDL_PIXELFORMAT_ARGB8888);
        int hot_x = p->hot_x < DISPLAY_CURSOR_SIDE ? (int)p->hot_x : 0;
        int hot_y = p->hot_y < DISPLAY_CURSOR_SIDE ? (int)p->hot_y : 0;
        cursor = image != NULL ? sdl->CreateColorCursor(image, hot_x, hot_y) : NULL;
        sdl->FreeSurface(image);
    }
    w->cursor = cursor;
    sdl->SetCursor(cursor != NULL ? cursor : sdl->GetDefaultCursor());
    sdl->ShowCursor(p->has_cursor ? SDL_ENABLE : SDL_DISABLE);
    if (former != NULL)
        sdl->FreeCursor(former);
}

static void take_news(struct sdl_window *w)
{
    struct viewer_news news;
    if (!viewer_follow(&w->viewer, &news))
        return;
    upload(w, &news.changed);
    if (news.resized)
        follow_size(w);
    if (news.cursor_changed)
        show_cursor(w);
}

static void paint(struct sdl_window *w)
{
    const struct sdl_video *sdl = sdl_of(w);
    SDL_Rect place = sdl_window_place(w);
    bool whole = place.w % (int)w->viewer.picture->width == 0 && place.h % (int)w->viewer.picture->height == 0;
    w->stale = false;
    sdl->SetRenderDrawColor(w->renderer, 0, 0, 0, SDL_ALPHA_OPAQUE);
    sdl->RenderClear(w->renderer);
    if (w->texture != NULL) {
        sdl->SetTextureScaleMode(w->texture, whole ? SDL_ScaleModeNearest : SDL_ScaleModeLinear);
        sdl->RenderCopy(w->renderer, w->texture, NULL, &place);
    }
    sdl->RenderPresent(w->renderer);
}

void sdl_window_draw(struct sdl_window *w, uint64_t now)
{
    bool has_news = atomic_load(&w->viewer.has_news);
    if ((!has_news && !w->stale) || now < w->viewer.frame_due_ns)
        return;
    if (has_news)
        take_news(w);
    if (w->stale) {
        paint(w);
        w->viewer.frame_due_ns = now + DISPLAY_REFRESH_NS;
    }
}

void sdl_window_refresh(struct sdl_window *w, bool uploaded)
{
    const struct display_rect all = {0, 0, w->viewer.picture->width, w->viewer.picture->height};
    w->stale = true;
    if (!uploaded || w->texture == NULL)
        return;
    sdl_of(w)->DestroyTexture(w->texture);
    w->texture = NULL;
    upload(w, &all);
}

void sdl_window_toggle_full_screen(struct sdl_window *w)
{
    bool full = (sdl_of(w)->GetWindowFlags(w->window) & SDL_WINDOW_FULLSCREEN_DESKTOP) != 0;
    sdl_of(w)->SetWindowFullscreen(w->window, full ? 0 : SDL_WINDOW_FULLSCREEN_DESKTOP);
}

void sdl_window_zoom(struct sdl_window *w, int step)
{
    unsigned unit = w->view->options.scale != 0 ? PERCENT : ZOOM_STEP_PERCENT;
    unsigned least = w->view->options.scale != 0 ? PERCENT : ZOOM_MIN_PERCENT;
    if (step == 0)
        w->zoom_percent = PERCENT;
    else if (step > 0 && w->zoom_percent + unit <= ZOOM_MAX_PERCENT)
        w->zoom_percent += unit;
    else if (step < 0 && w->zoom_percent >= least + unit)
        w->zoom_percent -= unit;
    fit_window(w);
    w->stale = true;
}

void sdl_window_resized(struct sdl_window *w, uint64_t now)
{
    w->resize_due_ns = now + SDL_RESIZE_QUIET_NS;
    w->stale = true;
}

static uint32_t wish(int size, unsigned zoom_percent)
{
    uint32_t pixels = (uint32_t)size * PERCENT / zoom_percent;
    pixels = pixels > DISPLAY_LIMIT ? DISPLAY_LIMIT : pixels;
    return pixels < WISH_MIN ? WISH_MIN : pixels;
}

void sdl_window_tell_size(struct sdl_window *w, uint64_t now)
{
    int width, height;
    if (now < w->resize_due_ns)
        return;
    w->resize_due_ns = VIEWER_NEVER;
    sdl_of(w)->GetWindowSize(w->window, &width, &height);
    w->told_width = wish(width, w->zoom_percent);
    w->told_height = wish(height, w->zoom_percent);
    const struct input_event event = {
        .kind = INPUT_RESIZE, .screen = (uint8_t)w->number, .x = w->told_width, .y = w->told_height};
    viewer_gate_put(&w->view->gate, &event);
}
