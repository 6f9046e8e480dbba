/* SPDX-License-Identifier: MIT */
/* The server: who may come in, and where each viewer's thread begins and ends. libvncserver itself listens nowhere. */
#include "host/display/display_vnc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/display/display_vnc_impl.h"
#include "host/loopback.h"
#include "host/thread.h"

/* On the machine's thread. */
static void on_change(void *owner)
{
    struct vnc_viewer *w = owner;
    atomic_store(&w->viewer.has_news, true);
    eventfd_write(w->news_fd, 1); /* fails only when the counter is full, and then it is readable */
}

static bool attach(struct vnc_viewer *w)
{
    struct vnc_view *v = w->view;
    if (!viewer_gate_enter(&v->gate))
        return false;
    w->viewer.attached = display_attach(v->gate.parts.displays[0], on_change, w);
    viewer_gate_leave(&v->gate);
    return w->viewer.attached != NULL;
}

/* What it holds, it lets go; its place is free once its thread has been joined. */
static void leave(struct vnc_viewer *w)
{
    struct vnc_view *v = w->view;
    pthread_mutex_lock(&v->gate.lock);
    if (!atomic_load(&v->gate.shut)) {
        display_detach(w->viewer.attached);
        w->viewer.attached = NULL;
        input_queue_release_all(v->gate.parts.queue);
    }
    close(w->fd);
    w->place = VNC_LEFT;
    pthread_mutex_unlock(&v->gate.lock);
}

static void *run_viewer(void *argument)
{
    struct vnc_viewer *w = argument;
    int fd = fcntl(w->fd, F_DUPFD_CLOEXEC, 0); /* libvncserver closes this one when it likes */
    if (fd >= 0 && fd < FD_SETSIZE && attach(w))
        vnc_viewer_serve(w, fd);
    else if (fd >= 0)
        close(fd);
    leave(w);
    return NULL;
}

static enum vnc_place place_of(struct vnc_viewer *w)
{
    pthread_mutex_lock(&w->view->gate.lock);
    enum vnc_place place = w->place;
    pthread_mutex_unlock(&w->view->gate.lock);
    return place;
}

static struct vnc_viewer *free_place(struct vnc_view *v)
{
    for (unsigned i = 0; i < VNC_VIEWERS_MAX; i++) {
        struct vnc_viewer *w = &v->viewers[i];
        enum vnc_place place = place_of(w);
        if (place == VNC_LEFT)
            pthread_join(w->thread, NULL);
        if (place != VNC_TAKEN)
            return w;
    }
    return NULL;
}

static void welcome(struct vnc_view *v, int fd)
{
    struct vnc_viewer *w = free_place(v);
    if (w == NULL) {
        close(fd);
        return;
    }
    pthread_mutex_lock(&v->gate.lock);
    w->fd = fd;
    w->place = VNC_TAKEN;
    if (!thread_start(&w->thread, run_viewer, w, NULL)) {
        w->place = VNC_FREE;
        close(fd);
    }
    pthread_mutex_unlock(&v->gate.lock);
}

static void *run(void *argument)
{
    struct vnc_view *v = argument;
    struct pollfd fds[] = {{.fd = v->sock.fd, .events = POLLIN}, {.fd = v->stop_fd, .events = POLLIN}};
    while (!atomic_load(&v->gate.shut)) {
        if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
            break;
        int fd = (fds[0].revents & POLLIN) != 0 ? unix_socket_accept(&v->sock) : -1;
        if (fd >= 0)
            welcome(v, fd);
        else if (fds[0].revents != 0 && errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
            poll(fds + 1, 1, 100); /* no descriptor is left: somebody may give one back */
    }
    return NULL;
}

static bool listen_on_port(struct vnc_view *v, struct error *err)
{
    uint16_t port = v->options.has_port ? v->options.port : VNC_PORT;
    unsigned tries = v->options.has_port ? 1 : VNC_PORTS;
    do
        v->sock.fd = loopback_listen(&port, err);
    while (v->sock.fd < 0 && --tries != 0 && ++port != 0);
    snprintf(v->address, sizeof v->address, "127.0.0.1:%u", port);
    return v->sock.fd >= 0;
}

static bool open_socket(struct vnc_view *v, struct error *err)
{
    if (v->options.path[0] == '\0')
        return listen_on_port(v, err);
    snprintf(v->address, sizeof v->address, "unix:%s", v->options.path);
    return unix_socket_open(&v->sock, v->options.path, err);
}

static bool read_password(struct vnc_view *v, struct error *err)
{
    const char *path = v->options.password;
    if (path[0] == '\0')
        return true;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return error_set(err, "cannot read the password file '%.200s': %s", path, strerror(errno));
    bool ok = fgets(v->password, sizeof v->password, file) != NULL;
    fclose(file);
    v->password[strcspn(v->password, "\r\n")] = '\0';
    v->passwords[0] = v->password;
    return (ok && v->password[0] != '\0') || error_set(err, "the password file '%.200s' is empty", path);
}

static bool prepare(struct vnc_view *v, struct error *err)
{
    v->vnc.LogEnable(0);
    for (unsigned i = 0; i < VNC_VIEWERS_MAX; i++) {
        v->viewers[i].view = v;
        if (!vnc_viewer_prepare(&v->viewers[i]))
            return error_set(err, "out of memory for VNC");
    }
    return true;
}

struct vnc_view *vnc_view_open(const struct display_options *options, const struct viewer_parts *parts,
                               struct error *err)
{
    struct vnc_view *v = calloc(1, sizeof *v);
    if (v == NULL) {
        error_set(err, "out of memory for VNC");
        return NULL;
    }
    v->options = *options;
    viewer_gate_init(&v->gate, parts);
    v->sock.fd = -1;
    pthread_mutex_init(&v->greet, NULL);
    v->stop_fd = eventfd(0, EFD_CLOEXEC);
    if (v->stop_fd < 0)
        error_set(err, "no descriptor for VNC: %s", strerror(errno));
    else
        v->has_thread = vnc_library_open(&v->vnc, err) && read_password(v, err) && prepare(v, err) &&
                        open_socket(v, err) && thread_start(&v->thread, run, v, err);
    if (v->has_thread)
        return v;
    vnc_view_close(v);
    return NULL;
}

/* From here on nobody uses the parts, and every thread is on its way to its end. */
static void stop(struct vnc_view *v)
{
    eventfd_write(v->stop_fd, 1);
    pthread_mutex_lock(&v->gate.lock);
    atomic_store(&v->gate.shut, true);
    for (unsigned i = 0; i < VNC_VIEWERS_MAX; i++) {
        struct vnc_viewer *w = &v->viewers[i];
        if (w->place != VNC_TAKEN)
            continue;
        display_detach(w->viewer.attached);
        w->viewer.attached = NULL;
        shutdown(w->fd, SHUT_RDWR);
        eventfd_write(w->news_fd, 1);
    }
    pthread_mutex_unlock(&v->gate.lock);
}

static void close_socket(struct vnc_view *v)
{
    if (v->options.path[0] != '\0')
        unix_socket_close(&v->sock, v->options.path);
    else if (v->sock.fd >= 0)
        close(v->sock.fd);
}

void vnc_view_close(struct vnc_view *v)
{
    if (v == NULL)
        return;
    if (v->has_thread) {
        stop(v);
        pthread_join(v->thread, NULL);
    }
    close_socket(v);
    for (unsigned i = 0; i < VNC_VIEWERS_MAX; i++) {
        struct vnc_viewer *w = &v->viewers[i];
        if (w->view == NULL)
            continue; /* it was never prepared */
        if (place_of(w) != VNC_FREE)
            pthread_join(w->thread, NULL);
        vnc_viewer_dispose(w);
    }
    vnc_library_close(&v->vnc);
    if (v->stop_fd >= 0)
        close(v->stop_fd);
    pthread_mutex_destroy(&v->greet);
    viewer_gate_destroy(&v->gate);
    free(v);
}

const char *vnc_view_address(const struct vnc_view *v)
{
    return v->address;
}
