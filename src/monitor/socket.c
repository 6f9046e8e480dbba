/* SPDX-License-Identifier: MIT */
#include "monitor/socket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/listener.h"
#include "monitor/impl.h"

/* Answers that a client has not taken; the longest answer is far shorter. */
#define OUTPUT_BYTES (1u << 20)

struct monitor_socket {
    struct monitor *monitor;
    struct listener *listener;
    struct control_listener control;
    struct monitor_out out;
    bool in_command;
    bool held;
};

static void send_text(void *owner, const char *text, size_t bytes)
{
    const struct monitor_socket *s = owner;
    listener_send(s->listener, text, bytes);
}

static void prompt(const struct monitor_socket *s)
{
    send_text((void *)s, MONITOR_PROMPT, strlen(MONITOR_PROMPT));
}

static void on_connect(void *owner)
{
    struct monitor_socket *s = owner;
    s->held = false;
    prompt(s);
}

static void hold(struct monitor_socket *s)
{
    s->held = true;
    listener_hold(s->listener, true);
}

static size_t on_bytes(void *owner, const uint8_t *bytes, size_t count)
{
    struct monitor_socket *s = owner;
    char line[MONITOR_LINE_BYTES + 1];
    const uint8_t *end = memchr(bytes, '\n', count);
    if (end == NULL)
        return 0;
    size_t length = (size_t)(end - bytes);
    snprintf(line, sizeof line, "%.*s", (int)(length < sizeof line ? length : sizeof line), (const char *)bytes);
    s->in_command = true;
    monitor_execute(s->monitor, line, &s->out);
    s->in_command = false;
    if (monitor_is_stepping(s->monitor))
        hold(s); /* the prompt, and the next line's turn, come with the pause */
    else
        prompt(s);
    return length + 1;
}

static void on_pause(void *owner, const struct pause *pause)
{
    struct monitor_socket *s = owner;
    struct monitor_request r = {.monitor = s->monitor, .out = &s->out};
    if (!listener_is_connected(s->listener) || (s->in_command && monitor_is_traveling(s->monitor)))
        return;
    if (!s->in_command && !s->held)
        send_text(s, "\n", 1);
    monitor_say_pause(&r, pause);
    if (!s->in_command)
        prompt(s);
    listener_hold(s->listener, false);
    s->held = false;
}

struct monitor_socket *monitor_socket_create(struct monitor *monitor, struct machine *machine, const char *path,
                                             struct error *err)
{
    struct monitor_socket *s = calloc(1, sizeof *s);
    if (s == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    struct listener_config config = {
        .path = path,
        .refusal = "another client is connected to this monitor, and there is room for one\n",
        .input_bytes = 2 * MONITOR_LINE_BYTES,
        .output_bytes = OUTPUT_BYTES,
        .owner = s,
        .connected = on_connect,
        .received = on_bytes,
    };
    s->monitor = monitor;
    s->out = (struct monitor_out){s, send_text, true};
    s->control = (struct control_listener){.owner = s, .paused = on_pause};
    s->listener = listener_open(&config, err);
    if (s->listener == NULL) {
        free(s);
        return NULL;
    }
    if (machine_add_source(machine, listener_source(s->listener)) && machine_add_listener(machine, &s->control))
        return s;
    error_set(err, "the machine has too many listeners for a monitor's socket");
    monitor_socket_destroy(s);
    return NULL;
}

void monitor_socket_destroy(struct monitor_socket *s)
{
    if (s == NULL)
        return;
    listener_close(s->listener);
    free(s);
}
