/* SPDX-License-Identifier: MIT */
/* Commands about the machine's screens. */
#include <inttypes.h>
#include <stdlib.h>

#include "machine/screen.h"
#include "monitor/impl.h"
#include "virtio/gpu_format.h"

static struct screen *screens(const struct monitor_request *r)
{
    return screen_of(machine_peripherals(r->monitor->parts.machine));
}

static void say_card(const struct monitor_request *r, const struct virtio_gpu *gpu, unsigned number)
{
    struct virtio_gpu_look look;
    virtio_gpu_look(gpu, number, &look);
    const struct gpu_head *head = look.head;
    monitor_say(r, "  the user wants %ux%u\n", head->width, head->height);
    if (look.resource != NULL)
        monitor_say(r, "  shows picture %u (%ux%u, %s) from %u,%u on\n", head->resource, look.resource->width,
                    look.resource->height, gpu_format_find(look.resource->format)->name, head->rect.x, head->rect.y);
    if (head->cursor.shown)
        monitor_say(r, "  cursor at %d,%d, its point %u,%u from there\n", (int32_t)head->cursor.x,
                    (int32_t)head->cursor.y, head->cursor.hot_x, head->cursor.hot_y);
}

static void say_screen(const struct monitor_request *r, const struct screen *screen, unsigned number)
{
    const struct display *display = screen_display(screen, number);
    uint32_t width, height;
    display_size(display, &width, &height);
    monitor_say(r, "screen %u: ", number);
    if (width == 0)
        monitor_say(r, "off");
    else
        monitor_say(r, "%ux%u", width, height);
    monitor_say(r, "%s%s\n", display_has_source(display) ? ", a framebuffer in memory" : "",
                display_is_watched(display) ? ", looked at" : "");
    if (screen_gpu(screen) != NULL)
        say_card(r, screen_gpu(screen), number);
}

bool monitor_do_info_display(struct monitor_request *r)
{
    struct screen *screen = screens(r);
    struct virtio_gpu_look look;
    struct error err;
    if (screen_now(screen, 0, &err) == NULL)
        return monitor_fail(r, "%s", err.text);
    for (unsigned i = 0; i < screen_count(screen); i++)
        say_screen(r, screen, i);
    if (screen_gpu(screen) == NULL)
        return true;
    virtio_gpu_look(screen_gpu(screen), 0, &look);
    monitor_say(r, "the card holds %u pictures in %" PRIu64 " KiB\n", look.resources, look.bytes >> 10);
    return true;
}

static bool take_number(const struct monitor_request *r, unsigned *number)
{
    char *end;
    const char *word = r->words[1];
    unsigned long value = strtoul(word, &end, 10);
    if (word[0] < '0' || word[0] > '9' || *end != '\0' || value > UINT32_MAX)
        return monitor_fail(r, "screendump: '%.40s' is no screen's number", word);
    *number = (unsigned)value;
    return true;
}

/* Debuggers and the control socket's clients write no files here; the latter have a method that gives them the picture. */
bool monitor_do_screendump(struct monitor_request *r)
{
    unsigned number = 0;
    struct error err;
    if (!r->out->names_files)
        return monitor_fail(r, "screendump: files are named on the console and at the socket of --monitor alone");
    if (r->count > 1 && !take_number(r, &number))
        return false;
    struct display *display = screen_now(screens(r), number, &err);
    if (display == NULL || !display_save_png(display, r->words[0], true, &err))
        return monitor_fail(r, "%s", err.text);
    return true;
}
