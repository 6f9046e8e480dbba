/* SPDX-License-Identifier: MIT */
/* A guest's graphics card by the kernel's own calls, without a library:
 *   kms N MODE   waits until connector N (from 0) prefers a mode of this name, and shows a pattern there until standard input ends: the
 *                pixel at x, y is 0x00XXYYNN, of their lowest 8 bits */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <drm/drm.h>
#include <drm/drm_mode.h>

#define MANY 16

static void check(int result, const char *what)
{
    if (result >= 0)
        return;
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

struct card {
    int fd;
    uint32_t crtcs[MANY], connectors[MANY], encoders[MANY], buffers[MANY];
};

static void look(struct card *card, unsigned number)
{
    struct drm_mode_card_res all = {.fb_id_ptr = (uintptr_t)card->buffers,
                                    .crtc_id_ptr = (uintptr_t)card->crtcs,
                                    .connector_id_ptr = (uintptr_t)card->connectors,
                                    .encoder_id_ptr = (uintptr_t)card->encoders,
                                    .count_fbs = MANY,
                                    .count_crtcs = MANY,
                                    .count_connectors = MANY,
                                    .count_encoders = MANY};
    card->fd = open("/dev/dri/card0", O_RDWR);
    check(card->fd, "/dev/dri/card0");
    check(ioctl(card->fd, DRM_IOCTL_MODE_GETRESOURCES, &all), "GETRESOURCES");
    errno = ENODEV;
    check(number < all.count_connectors && number < all.count_crtcs ? 0 : -1, "connector");
}

/* The mode that the connector prefers: the first. The kernel asks the card anew when no mode is asked for. */
static struct drm_mode_modeinfo preferred(const struct card *card, unsigned number)
{
    static struct drm_mode_modeinfo modes[256];
    struct drm_mode_get_connector connector = {.connector_id = card->connectors[number]};
    check(ioctl(card->fd, DRM_IOCTL_MODE_GETCONNECTOR, &connector), "GETCONNECTOR");
    errno = ENODEV;
    check(connector.connection == 1 && connector.count_modes > 0 && connector.count_modes <= 256 ? 0 : -1, "monitor");
    connector = (struct drm_mode_get_connector){.connector_id = card->connectors[number],
                                                .modes_ptr = (uintptr_t)modes,
                                                .count_modes = connector.count_modes};
    check(ioctl(card->fd, DRM_IOCTL_MODE_GETCONNECTOR, &connector), "GETCONNECTOR");
    return modes[0];
}

static struct drm_mode_modeinfo wait_for_mode(const struct card *card, unsigned number, const char *name)
{
    struct drm_mode_modeinfo mode = preferred(card, number);
    for (; strcmp(mode.name, name) != 0; mode = preferred(card, number))
        usleep(100000);
    return mode;
}

static void draw(uint8_t *pixels, const struct drm_mode_create_dumb *dumb, unsigned number)
{
    for (uint32_t y = 0; y < dumb->height; y++)
        for (uint32_t x = 0; x < dumb->width; x++)
            ((uint32_t *)(pixels + (size_t)y * dumb->pitch))[x] = (x & 0xff) << 16 | (y & 0xff) << 8 | number;
}

/* The number of a buffer of this size, with the pattern in it. */
static uint32_t make_buffer(const struct card *card, const struct drm_mode_modeinfo *mode, unsigned number)
{
    struct drm_mode_create_dumb dumb = {.width = mode->hdisplay, .height = mode->vdisplay, .bpp = 32};
    check(ioctl(card->fd, DRM_IOCTL_MODE_CREATE_DUMB, &dumb), "CREATE_DUMB");
    struct drm_mode_map_dumb map = {.handle = dumb.handle};
    check(ioctl(card->fd, DRM_IOCTL_MODE_MAP_DUMB, &map), "MAP_DUMB");
    uint8_t *pixels = mmap(NULL, dumb.size, PROT_READ | PROT_WRITE, MAP_SHARED, card->fd, (off_t)map.offset);
    check(pixels == MAP_FAILED ? -1 : 0, "mmap");
    draw(pixels, &dumb, number);
    struct drm_mode_fb_cmd buffer = {.width = dumb.width,
                                     .height = dumb.height,
                                     .pitch = dumb.pitch,
                                     .bpp = 32,
                                     .depth = 24,
                                     .handle = dumb.handle};
    check(ioctl(card->fd, DRM_IOCTL_MODE_ADDFB, &buffer), "ADDFB");
    return buffer.fb_id;
}

int main(int count, char **words)
{
    struct card card;
    if (count != 3)
        return 2;
    unsigned number = (unsigned)atoi(words[1]);
    look(&card, number);
    struct drm_mode_modeinfo mode = wait_for_mode(&card, number, words[2]);
    struct drm_mode_crtc crtc = {.crtc_id = card.crtcs[number],
                                 .fb_id = make_buffer(&card, &mode, number),
                                 .set_connectors_ptr = (uintptr_t)&card.connectors[number],
                                 .count_connectors = 1,
                                 .mode = mode,
                                 .mode_valid = 1};
    check(ioctl(card.fd, DRM_IOCTL_MODE_SETCRTC, &crtc), "SETCRTC");
    printf("connector %u shows %s\n", number, mode.name);
    fflush(stdout);
    while (getchar() != EOF)
        ;
    return 0;
}
