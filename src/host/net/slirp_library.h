/* SPDX-License-Identifier: MIT */
/* libslirp, the user-mode network, as a table of its functions: it is loaded only if a machine has a network, so that others
 * neither start later nor need it. Owns the handle. */
#ifndef MICROVM_HOST_NET_SLIRP_LIBRARY_H
#define MICROVM_HOST_NET_SLIRP_LIBRARY_H

#include <slirp/libslirp.h>

#include "base/error.h"

/* A GLib log handler. */
typedef void slirp_log(const char *domain, int level, const char *message, void *data);

struct slirp_library {
    void *handle;
    Slirp *(*new)(const SlirpConfig *config, const SlirpCb *callbacks, void *opaque);
    void (*cleanup)(Slirp *slirp);
    void (*pollfds_fill)(Slirp *slirp, uint32_t *timeout, SlirpAddPollCb add_poll, void *opaque);
    void (*pollfds_poll)(Slirp *slirp, int select_error, SlirpGetREventsCb get_revents, void *opaque);
    void (*input)(Slirp *slirp, const uint8_t *frame, int length);
    int (*add_hostfwd)(Slirp *slirp, int is_udp, struct in_addr host_addr, int host_port, struct in_addr guest_addr,
                       int guest_port);
    /* These are not in every version; NULL: not in this one. */
    int (*add_hostxfwd)(Slirp *slirp, const struct sockaddr *host, socklen_t host_size, const struct sockaddr *guest,
                        socklen_t guest_size, int flags);
    int (*add_exec)(Slirp *slirp, const char *command, struct in_addr *guest_addr, int guest_port);
    int (*add_unix)(Slirp *slirp, const char *path, struct in_addr *guest_addr, int guest_port);
    /* GLib's, through which libslirp tells of what it does not like; NULL: not found. */
    slirp_log *(*set_log_handler)(slirp_log *handler, void *data);
};

/* False: err names the package that is missing. */
bool slirp_library_open(struct slirp_library *library, struct error *err);
void slirp_library_close(struct slirp_library *library);

#endif
