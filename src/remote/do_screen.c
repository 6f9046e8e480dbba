/* SPDX-License-Identifier: MIT */
/* Methods about the machine's screens. */
#include <stdlib.h>
#include <string.h>

#include "machine/inspect.h"
#include "machine/screen.h"
#include "remote/call.h"
#include "remote/table.h"

/* Of a picture: in hexadecimal it must fit what may wait for a client. */
#define PICTURE_BYTES ((size_t)1 << 20)

struct picture {
    uint8_t *bytes;
    size_t count;
};

static bool add_bytes(void *owner, const void *bytes, size_t count, struct error *err)
{
    struct picture *picture = owner;
    if (count > PICTURE_BYTES - picture->count)
        return error_set(err, "the picture is larger than %zu bytes; the monitor's screendump writes it to a file",
                         PICTURE_BYTES);
    memcpy(picture->bytes + picture->count, bytes, count);
    picture->count += count;
    return true;
}

bool remote_do_screendump(struct remote_call *call)
{
    struct error err;
    uint32_t width, height;
    struct screen *screen = screen_of(machine_peripherals(call->parts->machine));
    struct display *display = screen_now(screen, (unsigned)remote_count(call, "screen", 0), &err);
    if (display == NULL)
        return remote_fail(call, REMOTE_FAILED, "%s", err.text);
    struct picture picture = {malloc(PICTURE_BYTES), 0};
    struct png_sink sink = {&picture, add_bytes};
    bool ok = picture.bytes != NULL ? display_write_png(display, true, &sink, &err) : error_set(&err, "out of memory");
    if (ok) {
        display_size(display, &width, &height);
        json_object_set_new(call->result, "width", json_integer(width));
        json_object_set_new(call->result, "height", json_integer(height));
        json_object_set_new(call->result, "png", remote_json_bytes(picture.bytes, picture.count));
    }
    free(picture.bytes);
    return ok || remote_fail(call, REMOTE_FAILED, "%s", err.text);
}
