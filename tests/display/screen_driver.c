/* SPDX-License-Identifier: MIT */
/* A machine's screen without a machine, for the tests of windows and VNC: what a guest would draw is asked for on standard input, what
 * a person does is told on standard output.
 * Usage: screen_driver DISPLAY[...] (as --display takes it)
 * Commands, a line each: size W H (0 0: off), draw X Y W H COLOUR (hexadecimal), stripes, cursor X Y, no-cursor, leds BITS,
 * save FILE, end. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/display/display_sdl.h"
#include "host/display/display_vnc.h"
#include "host/display/viewer.h"

#define VIEWERS_MAX 4

struct driver {
    struct display *display;
    struct input_queue *queue;
    struct sdl_view *windows[VIEWERS_MAX];
    struct vnc_view *servers[VIEWERS_MAX];
};

static void say(void *owner, const char *line)
{
    (void)owner;
    printf("said: %s\n", line);
    fflush(stdout);
}

static void tell_close(void *owner)
{
    say(owner, "close");
}

static bool open_viewer(struct driver *d, unsigned i, const char *text, struct error *err)
{
    struct display_options options;
    const struct viewer_parts parts = {&d->display, 1, d->queue, NULL, say, tell_close};
    if (!display_options_parse(text, &options, err))
        return false;
    if (options.kind == DISPLAY_SDL)
        d->windows[i] = sdl_view_open(&options, &parts, err);
    if (options.kind == DISPLAY_VNC)
        d->servers[i] = vnc_view_open(&options, &parts, err);
    if (d->servers[i] != NULL)
        printf("listens: %s\n", vnc_view_address(d->servers[i]));
    return options.kind == DISPLAY_NONE || d->windows[i] != NULL || d->servers[i] != NULL;
}

static void fill(struct display *display, const struct display_rect *rect, uint32_t colour)
{
    size_t stride;
    uint32_t *pixels = display_begin_drawing(display, rect, &stride);
    for (uint32_t y = 0; y < rect->height; y++)
        for (uint32_t x = 0; x < rect->width; x++)
            pixels[y * stride + x] = colour;
    display_end_drawing(display);
}

/* No two neighbours are alike, so that any scaling or shift shows. */
static void draw_stripes(struct display *display)
{
    struct display_rect all = {0, 0, 0, 0};
    size_t stride;
    display_size(display, &all.width, &all.height);
    uint32_t *pixels = display_begin_drawing(display, &all, &stride);
    for (uint32_t y = 0; y < all.height; y++)
        for (uint32_t x = 0; x < all.width; x++)
            pixels[y * stride + x] = (x * 40503 + y * 2654435761u) & 0xffffff;
    display_end_drawing(display);
}

static void set_cursor(struct display *display, int x, int y)
{
    uint32_t image[DISPLAY_CURSOR_SIDE * DISPLAY_CURSOR_SIDE];
    for (uint32_t i = 0; i < DISPLAY_CURSOR_SIDE * DISPLAY_CURSOR_SIDE; i++)
        image[i] = i % DISPLAY_CURSOR_SIDE < 16 && i / DISPLAY_CURSOR_SIDE < 16 ? 0xff00ff00 : 0;
    display_set_cursor(display, image, 2, 3);
    display_move_cursor(display, x, y);
}

/* False: the end. */
static bool obey(struct driver *d, const char *line)
{
    struct display_rect r;
    unsigned colour, width, height;
    int x, y;
    char path[256];
    struct error err = {.text = ""};
    if (sscanf(line, "size %u %u", &width, &height) == 2)
        display_set_size(d->display, width, height);
    else if (sscanf(line, "draw %u %u %u %u %x", &r.x, &r.y, &r.width, &r.height, &colour) == 5)
        fill(d->display, &r, colour);
    else if (sscanf(line, "cursor %d %d", &x, &y) == 2)
        set_cursor(d->display, x, y);
    else if (sscanf(line, "leds %x", &colour) == 1)
        input_queue_set_leds(d->queue, colour);
    else if (sscanf(line, "save %255s", path) == 1)
        display_save_png(d->display, path, false, &err);
    else if (strncmp(line, "stripes", 7) == 0)
        draw_stripes(d->display);
    else if (strncmp(line, "no-cursor", 9) == 0)
        display_set_cursor(d->display, NULL, 0, 0);
    else
        return false;
    printf("done: %s%s\n", line, err.text);
    return true;
}

static void tell_events(struct driver *d)
{
    static const char *const names[] = {"key", "pointer", "button", "wheel", "resize", "close"};
    struct input_event e;
    while (input_queue_take_urgent(d->queue, &e) || input_queue_take(d->queue, &e))
        printf("%s screen %u code %u value %d at %u %u\n", names[e.kind], e.screen, e.code, e.value, e.x, e.y);
}

static void run(struct driver *d)
{
    char line[512];
    size_t count = 0;
    for (;;) {
        struct pollfd fds[] = {{.fd = 0, .events = POLLIN},
                               {.fd = input_queue_fd(d->queue), .events = POLLIN},
                               {.fd = input_queue_urgent_fd(d->queue), .events = POLLIN}};
        fflush(stdout);
        if (poll(fds, 3, -1) < 0)
            return;
        tell_events(d);
        if (fds[0].revents == 0)
            continue;
        if (count + 1 == sizeof line || read(0, line + count, 1) != 1)
            return;
        if (line[count++] != '\n')
            continue;
        line[count - 1] = '\0';
        count = 0;
        if (!obey(d, line))
            return;
    }
}

int main(int argc, char **argv)
{
    struct driver d = {.display = display_create(0), .queue = input_queue_create()};
    struct error err;
    int status = 0;
    for (int i = 1; i < argc && i <= VIEWERS_MAX && status == 0; i++) {
        if (!open_viewer(&d, (unsigned)i - 1, argv[i], &err)) {
            printf("error: %s\n", err.text);
            status = 1;
        }
    }
    if (status == 0) {
        printf("ready\n");
        run(&d);
    }
    for (unsigned i = 0; i < VIEWERS_MAX; i++) {
        sdl_view_close(d.windows[i]);
        vnc_view_close(d.servers[i]);
    }
    input_queue_destroy(d.queue);
    display_destroy(d.display);
    return status;
}
