/* SPDX-License-Identifier: MIT */
/* What a port of the VirtIO console leads to on the host: a listening Unix socket, or a file that takes the output. (The
 * terminal, a third kind, is the machine's own.) Owns the descriptors and the bytes on their way; no peer, however slow,
 * makes anybody wait. */
#ifndef MICROVM_HOST_PORT_H
#define MICROVM_HOST_PORT_H

#include "base/error.h"
#include "bus/port_backend.h"
#include "host/wait_set.h"

#define PORT_NAME_BYTES 64u
/* On their way to the peer, and from it. */
#define PORT_OUTPUT_BYTES (1u << 20)
#define PORT_INPUT_BYTES (1u << 16)

enum port_kind { PORT_TERMINAL, PORT_UNIX, PORT_FILE };

struct port_options {
    enum port_kind kind;
    char path[4096];            /* of the socket or file */
    char name[PORT_NAME_BYTES]; /* empty: a console */
};

/* Parses "console|unix:PATH|file:PATH[,name=NAME]"; a comma in a name is written twice. */
bool port_options_parse(const char *text, struct port_options *options, struct error *err);

struct host_port;

/* A socket is made with mode 0600, and one that nobody listens on any more is replaced; a file is made, or emptied. With
 * clients it is one at a time, one after the other. A console's output that nobody takes keeps its latest PORT_OUTPUT_BYTES,
 * as Linux waits for it with interrupts off; another port's waits in the guest. NULL: err says why. */
struct host_port *host_port_open(const struct port_options *options, struct error *err);

/* Passes on what is left, as far as the peer takes it within a second, and removes the socket. False: output to a file was
 * lost, err says why. Accepts NULL. */
bool host_port_close(struct host_port *port, struct error *err);

struct port_backend host_port_backend(struct host_port *port);

/* An event_source's functions; owner is a struct host_port. */
void host_port_watch(void *owner, struct wait_set *set, uint64_t *timeout_ns);
void host_port_serve(void *owner, const struct wait_set *set);
void host_port_poll(void *owner);

/* True, with a line for the user, when a file has refused output for the first time. */
bool host_port_take_warning(struct host_port *port, struct error *warning);

#endif
