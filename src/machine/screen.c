/* SPDX-License-Identifier: MIT */
/* What changes is drawn while somebody looks, and not more often than a screen shows it; without anybody it is when a picture
 * is taken. */
#include "machine/screen.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/bits.h"
#include "host/display/gpu_options.h"
#include "host/host_time.h"
#include "machine/framebuffer_source.h"
#include "machine/machine_state.h"

_Static_assert(GPU_MAX_HEADS == VIRTIO_GPU_HEADS && GPU_SIZE_LEAST == VIRTIO_GPU_SIZE_LEAST &&
                   GPU_SIZE_MOST == VIRTIO_GPU_SIZE_MOST,
               "the option takes what the card can have");

struct screen {
    struct display *displays[VIRTIO_GPU_HEADS];
    unsigned count;
    struct virtio_gpu *gpu; /* NULL: there is none */
    struct display_source source;
    struct framebuffer_source framebuffer;
    const uint64_t *steps; /* that the machine has made: without any a source has nothing new */
    uint64_t drawn_at;     /* so many, a source was drawn; UINT64_MAX: it was not */
    bool card_shows;       /* on screen 0 */
    unsigned due;          /* a bit for each screen that is to be drawn */
    uint64_t drawn_ns[VIRTIO_GPU_HEADS];
    int waker; /* -1: none */
    struct event_source viewing;
};

bool screen_gpu_wanted(const struct machine_config *config)
{
    return config->gpu != NULL;
}

bool screen_wanted(const struct machine_config *config)
{
    return screen_gpu_wanted(config) || config->framebuffer.width != 0;
}

static bool options_of(const struct machine_config *config, struct gpu_options *options, struct error *err)
{
    const char *text = config->gpu != NULL ? config->gpu : "";
    return gpu_options_parse(text, options, err) || error_prefix(err, "--gpu");
}

/* Drawing. */

static void draw(struct screen *screen, unsigned number)
{
    screen->due &= ~(unsigned)BIT(number);
    screen->drawn_ns[number] = host_now_ns();
    if (screen->gpu != NULL)
        virtio_gpu_draw(screen->gpu, number);
    if (display_has_source(screen->displays[number]))
        screen->drawn_at = *screen->steps;
    display_refresh(screen->displays[number]);
}

/* Until the time at which it is to be drawn; 0: it has come; UINT64_MAX: nobody looks, or there is nothing new. */
static uint64_t left_ns(const struct screen *screen, unsigned number)
{
    const struct display *display = screen->displays[number];
    bool source_has_news = display_has_source(display) && *screen->steps != screen->drawn_at;
    bool news = (screen->due & BIT(number)) != 0 || source_has_news;
    if (!news || !display_is_watched(display))
        return UINT64_MAX;
    uint64_t since = host_now_ns() - screen->drawn_ns[number];
    return since < DISPLAY_REFRESH_NS ? DISPLAY_REFRESH_NS - since : 0;
}

static void draw_in_time(struct screen *screen, unsigned number)
{
    if (left_ns(screen, number) == 0)
        draw(screen, number);
}

static void on_change(void *owner, unsigned number)
{
    struct screen *screen = owner;
    screen->due |= (unsigned)BIT(number);
    draw_in_time(screen, number);
}

static void watch(void *owner, struct wait_set *set, uint64_t *timeout_ns)
{
    const struct screen *screen = owner;
    wait_set_add(set, screen->waker, POLLIN);
    for (unsigned i = 0; i < screen->count; i++) {
        uint64_t left = left_ns(screen, i);
        if (left < *timeout_ns)
            *timeout_ns = left;
    }
}

/* One who has just come sees the picture as it is, also what somebody else than the guest has drawn. */
static void serve(void *owner, const struct wait_set *set)
{
    struct screen *screen = owner;
    eventfd_t attached;
    (void)set;
    bool somebody_came = eventfd_read(screen->waker, &attached) == 0;
    for (unsigned i = 0; i < screen->count; i++) {
        if (somebody_came)
            draw(screen, i);
        else
            draw_in_time(screen, i);
    }
}

/* The card, as long as the machine runs. */

static void watch_card(void *owner, struct wait_set *set, uint64_t *timeout_ns)
{
    const struct screen *screen = owner;
    (void)set;
    if (screen->gpu != NULL && virtio_gpu_has_more(screen->gpu))
        *timeout_ns = 0;
}

static void poll_card(void *owner)
{
    struct screen *screen = owner;
    if (screen->gpu != NULL)
        virtio_gpu_go_on(screen->gpu);
}

/* Who draws on screen 0. */

static void choose_source(struct screen *screen)
{
    bool shows = !screen->card_shows && screen->source.refresh != NULL;
    display_set_source(screen->displays[0], shows ? &screen->source : NULL);
    screen->drawn_at = UINT64_MAX;
    if (shows)
        on_change(screen, 0);
}

static void on_card(void *owner, unsigned head, bool shows)
{
    struct screen *screen = owner;
    if (head != 0)
        return;
    screen->card_shows = shows;
    choose_source(screen);
}

void screen_set_source(struct screen *screen, const struct display_source *source)
{
    screen->source = source != NULL ? *source : (struct display_source){.owner = NULL};
    choose_source(screen);
}

/* Making them. */

static void destroy(void *owner)
{
    struct screen *screen = owner;
    virtio_gpu_destroy(screen->gpu);
    for (unsigned i = 0; i < screen->count; i++)
        display_destroy(screen->displays[i]);
    if (screen->waker >= 0)
        close(screen->waker);
    free(screen);
}

static bool make_displays(struct screen *screen, unsigned count)
{
    for (; screen->count < count; screen->count++) {
        screen->displays[screen->count] = display_create(screen->count);
        if (screen->displays[screen->count] == NULL)
            return false;
        display_set_waker(screen->displays[screen->count], screen->waker);
    }
    return true;
}

static bool make_card(struct screen *screen, const struct gpu_options *options)
{
    struct virtio_gpu_options card = {
        .heads = options->heads,
        .width = options->width,
        .height = options->height,
        .owner = {screen, on_card, on_change},
    };
    for (unsigned i = 0; i < screen->count; i++)
        card.displays[i] = screen->displays[i];
    screen->gpu = virtio_gpu_create(&card);
    return screen->gpu != NULL;
}

static void make_framebuffer(struct screen *screen, const struct peripherals_parts *parts)
{
    if (parts->config->framebuffer.width == 0)
        return;
    screen->framebuffer = (struct framebuffer_source){parts->mem, parts->config->framebuffer};
    struct display_source source = framebuffer_source(&screen->framebuffer);
    screen_set_source(screen, &source);
}

static struct screen *screen_create(const struct peripherals_parts *parts, struct error *err)
{
    const struct machine_config *config = parts->config;
    struct gpu_options options;
    if (!options_of(config, &options, err))
        return NULL;
    bool has_card = screen_gpu_wanted(config);
    struct screen *screen = calloc(1, sizeof *screen);
    if (screen != NULL)
        screen->waker = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (screen != NULL && screen->waker >= 0 && make_displays(screen, has_card ? options.heads : 1) &&
        (!has_card || make_card(screen, &options))) {
        screen->steps = parts->steps;
        screen->drawn_at = UINT64_MAX;
        screen->viewing = (struct event_source){.owner = screen, .watch = watch, .serve = serve};
        make_framebuffer(screen, parts);
        return screen;
    }
    error_set(err, "out of memory or descriptors");
    if (screen != NULL)
        destroy(screen);
    return NULL;
}

static bool slots(const struct machine_config *config, uint64_t *slots, struct error *err)
{
    struct gpu_options options;
    if (screen_gpu_wanted(config))
        *slots |= BIT(VIRTIO_SLOT_GPU);
    return options_of(config, &options, err);
}

static bool create(struct peripherals *p, struct error *err)
{
    const struct machine_config *config = peripherals_parts(p)->config;
    if (!screen_wanted(config))
        return true;
    struct screen *screen = screen_create(peripherals_parts(p), err);
    if (screen == NULL)
        return false;
    struct peripheral made = {
        .kind = &screen_peripheral,
        .owner = screen,
        .events = {.owner = screen, .watch = watch_card, .poll = poll_card},
        .destroy = destroy,
    };
    return peripherals_add(p, &made, err) &&
           (screen->gpu == NULL || peripherals_plug(p, VIRTIO_SLOT_GPU, virtio_gpu_device(screen->gpu), err));
}

static bool recorded(const struct machine_config *config, unsigned n, char *text, size_t size)
{
    struct gpu_options options;
    if (n != 0 || !screen_gpu_wanted(config) || !options_of(config, &options, NULL))
        return false;
    gpu_options_describe(&options, text, size);
    return true;
}

static bool replay(struct machine_config *config, const char *text, struct error *err)
{
    struct gpu_options options;
    config->gpu = text;
    return options_of(config, &options, err);
}

const struct peripheral_kind screen_peripheral = {
    .name = "gpu",
    .option = "--gpu",
    .host_less = true,
    .places = BIT(VIRTIO_SLOT_GPU),
    .slots = slots,
    .create = create,
    .recorded = recorded,
    .replay = replay,
};

/* Using them. */

struct screen *screen_of(const struct peripherals *peripherals)
{
    return peripherals_owner(peripherals, &screen_peripheral);
}

unsigned screen_count(const struct screen *screen)
{
    return screen->count;
}

struct display *screen_display(const struct screen *screen, unsigned number)
{
    return screen->displays[number];
}

struct virtio_gpu *screen_gpu(const struct screen *screen)
{
    return screen->gpu;
}

const struct event_source *screen_viewing(const struct screen *screen)
{
    return &screen->viewing;
}

void screen_resize(struct screen *screen, unsigned number, uint32_t width, uint32_t height)
{
    if (screen->gpu != NULL)
        virtio_gpu_resize(screen->gpu, number, width, height);
}

struct display *screen_now(struct screen *screen, unsigned number, struct error *err)
{
    if (screen == NULL || number >= screen->count) {
        if (screen == NULL)
            error_set(err, "the machine has no screen; --gpu or --framebuffer gives it one");
        else
            error_set(err, "there is no screen %u; the last one is %u", number, screen->count - 1);
        return NULL;
    }
    draw(screen, number);
    return screen->displays[number];
}
