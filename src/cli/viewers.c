/* SPDX-License-Identifier: MIT */
#include "cli/viewers.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "host/display/display_sdl.h"
#include "host/display/display_vnc.h"
#include "machine/control.h"
#include "machine/input_devices.h"
#include "machine/inspect.h"
#include "machine/screen.h"

#define LINE_BYTES 256

struct viewers {
    struct machine *machine;
    struct console *console;
    struct display *displays[VIRTIO_GPU_HEADS];
    struct viewer_parts parts;
    struct input_queue *own_queue; /* of a machine that is not typed at: what it is told goes nowhere */
    struct sdl_view *windows[VIEWERS_MAX];
    struct vnc_view *servers[VIEWERS_MAX];
    struct event_source source;
    int news_fd; /* an eventfd: there is something below */
    pthread_mutex_t lock;
    char line[LINE_BYTES]; /* for the user; empty: none */
    bool closed;           /* the user has closed a window */
};

/* On any thread. */

static void tell(struct viewers *v, const char *line, bool closed)
{
    pthread_mutex_lock(&v->lock);
    if (line != NULL)
        snprintf(v->line, sizeof v->line, "%s", line);
    v->closed |= closed;
    eventfd_write(v->news_fd, 1);
    pthread_mutex_unlock(&v->lock);
}

static void on_line(void *owner, const char *line)
{
    tell(owner, line, false);
}

static void on_close(void *owner)
{
    tell(owner, NULL, true);
}

/* On the machine's thread, while it is paused, too. */

static void watch(void *owner, struct wait_set *set, uint64_t *timeout_ns)
{
    const struct viewers *v = owner;
    (void)timeout_ns;
    wait_set_add(set, v->news_fd, POLLIN);
}

static void serve(void *owner, const struct wait_set *set)
{
    struct viewers *v = owner;
    char line[LINE_BYTES];
    eventfd_t ignored;
    (void)set;
    if (eventfd_read(v->news_fd, &ignored) != 0)
        return;
    pthread_mutex_lock(&v->lock);
    bool closed = v->closed;
    snprintf(line, sizeof line, "%s", v->line);
    v->line[0] = '\0';
    pthread_mutex_unlock(&v->lock);
    if (line[0] != '\0')
        console_message(v->console, line);
    if (closed)
        machine_end(v->machine, CONTROL_QUIT);
}

/* In a replay keys come from the recording. */
static bool find_parts(struct viewers *v, struct error *err)
{
    struct peripherals *peripherals = machine_peripherals(v->machine);
    struct screen *screen = screen_of(peripherals);
    struct input_devices *devices = input_devices_of(peripherals);
    if (screen == NULL)
        return error_set(err, "the machine has no screen");
    for (unsigned i = 0; i < screen_count(screen); i++)
        v->displays[i] = screen_display(screen, i);
    if (devices == NULL)
        v->own_queue = input_queue_create();
    v->parts = (struct viewer_parts){
        .displays = v->displays,
        .count = screen_count(screen),
        .queue = devices != NULL ? input_devices_queue(devices) : v->own_queue,
        .owner = v,
        .say = on_line,
        .close = on_close,
    };
    return v->parts.queue != NULL || error_set(err, "out of memory or descriptors");
}

static bool open_viewer(struct viewers *v, unsigned i, const char *text, struct error *err)
{
    struct display_options options;
    char line[LINE_BYTES];
    if (!display_options_parse(text, &options, err))
        return false;
    if (options.kind == DISPLAY_SDL)
        v->windows[i] = sdl_view_open(&options, &v->parts, err);
    if (options.kind == DISPLAY_VNC)
        v->servers[i] = vnc_view_open(&options, &v->parts, err);
    if (v->servers[i] != NULL) {
        snprintf(line, sizeof line, "the screen is shown by VNC at %.200s", vnc_view_address(v->servers[i]));
        console_message(v->console, line);
    }
    return v->windows[i] != NULL || v->servers[i] != NULL;
}

static bool open_all(struct viewers *v, const char *const *texts, unsigned count, struct error *err)
{
    if (!find_parts(v, err))
        return false;
    for (unsigned i = 0; i < count; i++)
        if (!open_viewer(v, i, texts[i], err))
            return false;
    v->source = (struct event_source){.owner = v, .watch = watch, .serve = serve};
    const struct screen *screen = screen_of(machine_peripherals(v->machine));
    return (machine_add_source(v->machine, &v->source) && machine_add_source(v->machine, screen_viewing(screen))) ||
           error_set(err, "the machine has too many listeners for a viewer");
}

struct viewers *viewers_create(const char *const *texts, unsigned count, struct machine *machine,
                               struct console *console, struct error *err)
{
    struct viewers *v = calloc(1, sizeof *v);
    if (v == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    v->machine = machine;
    v->console = console;
    v->news_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&v->lock, NULL);
    if (v->news_fd < 0)
        error_set(err, "no descriptor for --display");
    else if (open_all(v, texts, count, err))
        return v;
    else
        error_prefix(err, "--display");
    viewers_destroy(v);
    return NULL;
}

void viewers_destroy(struct viewers *v)
{
    if (v == NULL)
        return;
    for (unsigned i = 0; i < VIEWERS_MAX; i++) {
        sdl_view_close(v->windows[i]);
        vnc_view_close(v->servers[i]);
    }
    input_queue_destroy(v->own_queue);
    if (v->news_fd >= 0)
        close(v->news_fd);
    pthread_mutex_destroy(&v->lock);
    free(v);
}
