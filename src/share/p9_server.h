/* SPDX-License-Identifier: MIT */
/* A server of 9P2000.L over one folder: one message in, one answer out. What a guest sends is an enemy's; what other
 * processes do to the folder meanwhile is, too (share/node.h). Knows nothing of processes and rings. */
#ifndef MICROVM_SHARE_P9_SERVER_H
#define MICROVM_SHARE_P9_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct p9_limits {
    bool writable;
    unsigned files; /* descriptors that the server may have open */
};

struct p9_server;

/* root: a descriptor of the folder, which the server takes over if it succeeds. NULL: out of memory, or there is no /proc. */
struct p9_server *p9_server_create(int root, const struct p9_limits *limits);
void p9_server_destroy(struct p9_server *server);

/* Answers a message of count bytes, P9_HEADER_BYTES at least. Returns the length of the answer, at most room, which is at least
 * P9_ERROR_BYTES; the two do not overlap. */
size_t p9_server_answer(struct p9_server *server, const uint8_t *message, size_t count, uint8_t *answer, size_t room);

/* What the guest has at hand: its fids by their paths below the folder. Saving gives bytes from malloc, none before
 * the first message. */
bool p9_server_save(struct p9_server *server, uint8_t **bytes, size_t *count);
/* Whether bytes could have been saved. */
bool p9_server_check(const uint8_t *bytes, size_t count, struct error *err);
/* Takes what was saved, here or in another process: fids that are there already stay; what is not found again is stale. False: it is
 * damaged, or there is no memory. */
bool p9_server_load(struct p9_server *server, const uint8_t *bytes, size_t count);

#endif
