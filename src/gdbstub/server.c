/* SPDX-License-Identifier: MIT */
#include "gdbstub/server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gdbstub/frame.h"
#include "host/listener.h"
#include "machine/inspect.h"

#define INPUT_BYTES 4096
/* Room for what a long command of the monitor prints. */
#define OUTPUT_BYTES (1 << 20)
#define PATH_BYTES 256
#define PORT_MOST 65535
#define REFUSAL "E.another debugger is connected to this machine already"

struct gdb_server {
    struct gdb_server_config config;
    struct listener *listener;
    struct gdb_session *session; /* NULL: nobody is connected */
    struct control_listener control;
    char folder[PATH_BYTES]; /* made for the socket; empty: none */
    char path[PATH_BYTES];
    char refusal[sizeof REFUSAL + GDB_FRAME_BYTES + 1];
};

static bool is_port(const char *where)
{
    return where[0] != '\0' && where[strspn(where, "0123456789")] == '\0';
}

bool gdb_server_check(const char *where, struct error *err)
{
    const char *colon = strrchr(where, ':');
    if (is_port(where))
        return (strlen(where) <= 5 && atoi(where) <= PORT_MOST) ||
               error_set(err, "'%.200s' is no port: they end at %d", where, PORT_MOST);
    if (strchr(where, '/') == NULL && colon != NULL && is_port(colon + 1))
        return error_set(err, "'%.200s': give the port alone, it is always one of 127.0.0.1", where);
    return true;
}

/* A debugger. */

static void send_bytes(void *owner, const void *bytes, size_t count)
{
    struct gdb_server *server = owner;
    listener_send(server->listener, bytes, count);
}

static void on_connected(void *owner)
{
    struct gdb_server *server = owner;
    struct gdb_session_parts parts = {server->config.machine, server->config.commands, server->config.execute, server,
                                      send_bytes};
    server->session = gdb_session_create(&parts);
    if (server->session == NULL)
        listener_drop(server->listener);
}

/* One packet at a time, so that whoever does not take the answers has no more of them made. */
static size_t on_received(void *owner, const uint8_t *bytes, size_t count)
{
    struct gdb_server *server = owner;
    for (size_t i = 0; i < count; i++)
        if (gdb_session_take(server->session, bytes[i]))
            return i + 1;
    return count;
}

static void on_disconnected(void *owner)
{
    struct gdb_server *server = owner;
    if (server->session == NULL)
        return;
    gdb_session_lost(server->session);
    gdb_session_destroy(server->session);
    server->session = NULL;
}

/* The machine. */

static void on_paused(void *owner, const struct pause *pause)
{
    struct gdb_server *server = owner;
    if (server->session != NULL)
        gdb_session_paused(server->session, pause);
}

static void on_ended(void *owner, const struct stop *stop)
{
    struct gdb_server *server = owner;
    if (server->session != NULL)
        gdb_session_ended(server->session, stop);
}

/* Its socket. */

/* A folder that is the user's alone, where such things belong. */
static bool make_folder(struct gdb_server *server, struct error *err)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    struct stat info;
    bool usable = runtime != NULL && runtime[0] == '/' && stat(runtime, &info) == 0 && S_ISDIR(info.st_mode);
    char folder[PATH_BYTES];
    int length = snprintf(folder, sizeof folder, "%s/microvm-XXXXXX", usable ? runtime : "/tmp");
    if (length >= (int)sizeof folder || mkdtemp(folder) == NULL)
        return error_set(err, "cannot make a folder for GDB's socket in %.200s: %s", usable ? runtime : "/tmp",
                         strerror(errno));
    memcpy(server->folder, folder, sizeof folder);
    return true;
}

static bool choose_path(struct gdb_server *server, struct listener_config *config, struct error *err)
{
    const char *where = server->config.where;
    config->path = where;
    if (where != NULL && is_port(where)) {
        config->path = NULL;
        config->port = (uint16_t)atoi(where);
    } else if (where == NULL) {
        if (!make_folder(server, err))
            return false;
        snprintf(server->path, sizeof server->path, "%.240s/gdb", server->folder);
        config->path = server->path;
    }
    return true;
}

/* What a further debugger reads as the answer to its first packet. */
static const char *make_refusal(struct gdb_server *server)
{
    server->refusal[0] = '+';
    size_t length = gdb_frame_make(REFUSAL, strlen(REFUSAL), server->refusal + 1);
    server->refusal[1 + length] = '\0';
    return server->refusal;
}

static bool open_listener(struct gdb_server *server, struct error *err)
{
    struct listener_config config = {
        .refusal = make_refusal(server),
        .input_bytes = INPUT_BYTES,
        .output_bytes = OUTPUT_BYTES,
        .owner = server,
        .connected = on_connected,
        .received = on_received,
        .disconnected = on_disconnected,
    };
    if (!choose_path(server, &config, err))
        return false;
    server->listener = listener_open(&config, err);
    return server->listener != NULL;
}

static void say_where(const struct gdb_server *server)
{
    char line[2 * PATH_BYTES];
    const char *address = listener_address(server->listener);
    snprintf(line, sizeof line, "%s: target remote %s",
             server->config.runs ? "GDB can connect" : "the machine waits for GDB",
             strncmp(address, "unix:", 5) == 0 ? address + 5 : address);
    machine_say(server->config.machine, line);
}

struct gdb_server *gdb_server_create(const struct gdb_server_config *config, struct error *err)
{
    struct gdb_server *server = calloc(1, sizeof *server);
    if (server == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    server->config = *config;
    server->control = (struct control_listener){.owner = server, .paused = on_paused, .ended = on_ended};
    if (open_listener(server, err)) {
        if (machine_add_listener(config->machine, &server->control) &&
            machine_add_source(config->machine, listener_source(server->listener))) {
            if (!config->runs)
                machine_pause(config->machine);
            say_where(server);
            return server;
        }
        error_set(err, "too much controls the machine already");
    }
    gdb_server_destroy(server);
    return NULL;
}

void gdb_server_destroy(struct gdb_server *server)
{
    if (server == NULL)
        return;
    listener_close(server->listener);
    if (server->folder[0] != '\0')
        rmdir(server->folder);
    gdb_session_destroy(server->session);
    free(server);
}
