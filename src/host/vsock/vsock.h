/* SPDX-License-Identifier: MIT */
/* Where a guest's vsock connections lead on the host: Unix sockets, in the way that Firecracker documents. Who connects to PATH and
 * writes "CONNECT PORT\n" reaches the guest's port, and first reads "OK PORT\n" with the host's; what the guest connects to at port
 * N of the host is the socket PATH_N, if somebody listens there. Owns the socket at PATH, all connections, and the bytes on
 * their way, which are bounded; no peer, however slow, makes the guest wait, but for what it sends to that one. */
#ifndef MICROVM_HOST_VSOCK_VSOCK_H
#define MICROVM_HOST_VSOCK_VSOCK_H

#include "base/error.h"
#include "bus/vsock_backend.h"
#include "host/event_source.h"

/* Connections at once, those that are being made or ended included. */
#define VSOCK_CONNECTIONS 512u

struct vsock_options {
    uint32_t cid;
    char path[4096];
};

/* Parses "path=PATH[,cid=N]"; a comma in the path is written twice. Without a path it is empty: nobody on the host. */
bool vsock_options_parse(const char *text, struct vsock_options *options, struct error *err);

struct vsock_host;

/* Makes the socket, of mode 0600; one that nobody listens on any more is replaced. NULL: err says why. */
struct vsock_host *vsock_host_create(const struct vsock_options *options, struct error *err);

/* Passes on the last bytes as far as peers take them within a second, and removes the socket. Accepts NULL. */
void vsock_host_destroy(struct vsock_host *host);

/* What the guest's device calls. Packets for the guest come from vsock_host_poll alone. */
struct vsock_backend vsock_host_backend(struct vsock_host *host);
/* Where they go; before, there is no guest. Copied. */
void vsock_host_connect(struct vsock_host *host, const struct vsock_sink *sink);

/* Gives the guest what there is for it. Cheap if there is nothing; to be called between slices. */
void vsock_host_poll(struct vsock_host *host);

/* An event_source's functions; owner is a struct vsock_host. What was found ready is passed on by the next vsock_host_poll. */
void vsock_host_watch(void *owner, struct wait_set *set, uint64_t *timeout_ns);
void vsock_host_serve(void *owner, const struct wait_set *set);

#endif
