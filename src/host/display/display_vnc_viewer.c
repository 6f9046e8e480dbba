/* SPDX-License-Identifier: MIT */
/* One viewer: its picture and its connection, on a thread of its own. */
#include "host/display/display_vnc_impl.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "host/host_time.h"

#define SIDE DISPLAY_CURSOR_SIDE
#define ARROW_HEIGHT 17u
#define ARROW_WIDTH 9u
/* A new size, and what is in it. */
#define UPDATES 2u
/* Bits of a word 0x00RRGGBB. */
enum { RED_SHIFT = 16, GREEN_SHIFT = 8, BLUE_SHIFT = 0 };

/* Cursors: libvncserver frees them. */

static rfbCursorPtr new_cursor(const uint32_t *pixels, unsigned width, unsigned height, unsigned stride)
{
    size_t row = (width + 7) / 8;
    rfbCursorPtr c = calloc(1, sizeof *c);
    unsigned char *mask = calloc(row, height);
    uint32_t *image = calloc((size_t)width * height, sizeof *image);
    if (c == NULL || mask == NULL || image == NULL) {
        free(c);
        free(mask);
        free(image);
        return NULL;
    }
    for (unsigned y = 0; y < height; y++)
        for (unsigned x = 0; x < width; x++) {
            uint32_t pixel = pixels[y * stride + x];
            image[y * width + x] = pixel & 0xffffff;
            if (pixel >> 31 != 0) /* half opaque, and more */
                mask[y * row + x / 8] |= (unsigned char)(0x80 >> x % 8);
        }
    *c = (rfbCursor){.cleanup = TRUE,
                     .cleanupSource = TRUE,
                     .cleanupMask = TRUE,
                     .cleanupRichSource = TRUE,
                     .mask = mask,
                     .richSource = (unsigned char *)image,
                     .width = (unsigned short)width,
                     .height = (unsigned short)height};
    return c;
}

/* Shown until the guest has made a cursor. */
static rfbCursorPtr new_arrow(void)
{
    uint32_t pixels[ARROW_HEIGHT * ARROW_WIDTH];
    for (unsigned y = 0; y < ARROW_HEIGHT; y++)
        for (unsigned x = 0; x < ARROW_WIDTH; x++) {
            bool inside = x <= y && x + y < ARROW_HEIGHT, edge = x == 0 || x == y || x + y == ARROW_HEIGHT - 1;
            pixels[y * ARROW_WIDTH + x] = !inside ? 0 : edge ? 0xff000000 : 0xffffffff;
        }
    return new_cursor(pixels, ARROW_WIDTH, ARROW_HEIGHT, ARROW_WIDTH);
}

static void show_cursor(struct vnc_viewer *w)
{
    const struct viewer_picture *p = w->viewer.picture;
    rfbCursorPtr c = p->has_cursor ? new_cursor(p->cursor, SIDE, SIDE, SIDE) : NULL;
    if (c != NULL) {
        c->xhot = (unsigned short)(p->hot_x < SIDE ? p->hot_x : 0);
        c->yhot = (unsigned short)(p->hot_y < SIDE ? p->hot_y : 0);
    }
    w->view->vnc.SetCursor(w->screen, c);
}

/* The picture. */

static void set_format(rfbScreenInfoPtr screen)
{
    screen->serverFormat.redShift = RED_SHIFT;
    screen->serverFormat.greenShift = GREEN_SHIFT;
    screen->serverFormat.blueShift = BLUE_SHIFT;
}

/* libvncserver reads the picture itself, on this thread. */
static void show_picture(struct vnc_viewer *w)
{
    const struct viewer_picture *p = w->viewer.picture;
    w->view->vnc.NewFramebuffer(w->screen, (char *)p->pixels, (int)p->width, (int)p->height, 8, 3, 4);
    set_format(w->screen);
    if (w->client != NULL)
        w->screen->setTranslateFunction(w->client);
}

static void mark(const struct vnc_viewer *w, const struct display_rect *r)
{
    if (r->width != 0)
        w->view->vnc.MarkRectAsModified(w->screen, (int)r->x, (int)r->y, (int)(r->x + r->width),
                                        (int)(r->y + r->height));
}

static void take_news(struct vnc_viewer *w)
{
    struct viewer_news news;
    if (!viewer_follow(&w->viewer, &news))
        return;
    if (news.resized)
        show_picture(w);
    else
        mark(w, &news.changed);
    if (news.cursor_changed)
        show_cursor(w);
}

/* The connection. */

static bool is_there(const struct vnc_viewer *w)
{
    return w->client != NULL && w->client->sock >= 0 && !atomic_load(&w->view->gate.shut);
}

/* libvncserver would also speak WebSocket, and with that to any page in the user's browser. */
static bool is_a_browser(rfbClientPtr client)
{
    return client->wsctx != NULL || client->sslctx != NULL;
}

static void greet(struct vnc_viewer *w, int fd)
{
    struct vnc_view *v = w->view;
    pthread_mutex_lock(&v->greet);
    w->client = v->vnc.NewClient(w->screen, fd);
    pthread_mutex_unlock(&v->greet);
}

static void read_message(struct vnc_viewer *w)
{
    struct vnc_view *v = w->view;
    bool first = w->client->state == RFB_PROTOCOL_VERSION;
    if (first)
        pthread_mutex_lock(&v->greet);
    v->vnc.ProcessClientMessage(w->client);
    if (first)
        pthread_mutex_unlock(&v->greet);
}

/* Milliseconds until the next picture is due; -1: nothing is. */
static int patience(const struct vnc_viewer *w)
{
    return viewer_patience(atomic_load(&w->viewer.has_news) ? w->viewer.frame_due_ns : VIEWER_NEVER, host_now_ns());
}

static void serve_once(struct vnc_viewer *w)
{
    eventfd_t count;
    struct pollfd fds[] = {{.fd = w->client->sock, .events = POLLIN}, {.fd = w->news_fd, .events = POLLIN}};
    if (poll(fds, ARRAY_SIZE(fds), patience(w)) < 0)
        return;
    if (fds[1].revents != 0)
        eventfd_read(w->news_fd, &count);
    if (fds[0].revents != 0)
        read_message(w);
    if (is_there(w) && atomic_load(&w->viewer.has_news) && host_now_ns() >= w->viewer.frame_due_ns) {
        take_news(w);
        w->viewer.frame_due_ns = host_now_ns() + DISPLAY_REFRESH_NS;
    }
    for (unsigned i = 0; i < UPDATES && is_there(w); i++)
        w->view->vnc.UpdateClient(w->client);
}

void vnc_viewer_serve(struct vnc_viewer *w, int fd)
{
    struct viewer_news news;
    memset(&w->input, 0, sizeof w->input);
    if (!viewer_follow(&w->viewer, &news)) {
        close(fd);
        return;
    }
    show_picture(w);
    if (news.cursor_changed)
        show_cursor(w);
    greet(w, fd);
    while (is_there(w) && !is_a_browser(w->client))
        serve_once(w);
    if (w->client != NULL)
        w->view->vnc.ClientConnectionGone(w->client);
    w->client = NULL;
}

bool vnc_viewer_prepare(struct vnc_viewer *w)
{
    struct vnc_view *v = w->view;
    w->news_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    w->screen = v->vnc.GetScreen(NULL, NULL, VIEWER_OFF_WIDTH, VIEWER_OFF_HEIGHT, 8, 3, 4);
    if (!viewer_prepare(&w->viewer, &v->gate) || w->news_fd < 0 || w->screen == NULL)
        return false;
    rfbScreenInfoPtr s = w->screen;
    s->screenData = w;
    s->desktopName = "microvm";
    s->alwaysShared = TRUE;
    s->deferUpdateTime = 0; /* the pace is set here */
    s->maxClientWait = VNC_PATIENCE_MS;
    s->cursor = new_arrow();
    s->kbdAddEvent = vnc_input_key;
    s->ptrAddEvent = vnc_input_pointer;
    s->setDesktopSizeHook = vnc_input_resize;
    s->getKeyboardLedStateHook = vnc_input_leds;
    if (v->passwords[0] != NULL) {
        s->authPasswdData = v->passwords;
        s->passwordCheck = v->vnc.CheckPasswordByList;
    }
    return s->cursor != NULL;
}

void vnc_viewer_dispose(struct vnc_viewer *w)
{
    if (w->screen != NULL)
        w->view->vnc.ScreenCleanup(w->screen);
    viewer_dispose(&w->viewer);
    if (w->news_fd >= 0)
        close(w->news_fd);
}
