/* SPDX-License-Identifier: MIT */
#include "host/disk/nbd_link.h"

#include <errno.h>
#include <stddef.h>

/* How long a server may say nothing: until it is connected, and until a request is done, which may be a flush of much. */
#define CONNECT_MS 10000
#define SILENCE_MS 120000

static bool library_failed(const struct nbd_link *link, const char *uri, struct error *err)
{
    const char *why = link->library->get_error();
    return error_set(err, "disk '%.200s': %s", uri, why != NULL ? why : "libnbd gives no reason");
}

static bool connect_in_time(struct nbd_link *link, const char *uri, struct error *err)
{
    const struct nbd_library *nbd = link->library;
    if (nbd->aio_connect_uri(link->handle, uri) != 0)
        return library_failed(link, uri, err);
    while (nbd->aio_is_connecting(link->handle) == 1) {
        int happened = nbd->poll(link->handle, CONNECT_MS);
        if (happened == 0)
            return error_set(err, "disk '%.200s': its server says nothing for %d seconds", uri, CONNECT_MS / 1000);
        if (happened < 0)
            return library_failed(link, uri, err);
    }
    return nbd->aio_is_ready(link->handle) == 1 || library_failed(link, uri, err);
}

static bool ask_export(struct nbd_link *link, const char *uri, struct nbd_export *export, struct error *err)
{
    const struct nbd_library *nbd = link->library;
    int64_t size = nbd->get_size(link->handle);
    if (size < 0)
        return library_failed(link, uri, err);
    *export = (struct nbd_export){
        .size_bytes = (uint64_t)size,
        .read_only = nbd->is_read_only(link->handle) != 0,
        .can_flush = nbd->can_flush(link->handle) == 1,
        .can_fua = nbd->can_fua(link->handle) == 1,
        .can_trim = nbd->can_trim(link->handle) == 1,
        .can_zero = nbd->can_zero(link->handle) == 1,
    };
    return true;
}

/* A server that wants larger blocks than 512 bytes says so unless it was asked for its sizes: then it takes them, or refuses. */
bool nbd_link_open(struct nbd_link *link, const char *uri, struct nbd_export *export, struct error *err)
{
    const struct nbd_library *nbd = link->library;
    link->handle = nbd->create();
    if (link->handle == NULL)
        return library_failed(link, uri, err);
    bool set =
        nbd->set_request_block_size(link->handle, false) == 0 && nbd->set_uri_allow_local_file(link->handle, true) == 0;
    if (set ? connect_in_time(link, uri, err) && ask_export(link, uri, export, err) : library_failed(link, uri, err))
        return true;
    nbd_link_close(link);
    return false;
}

static int64_t submit(const struct nbd_link *link, const struct nbd_command *c)
{
    const struct nbd_library *nbd = link->library;
    switch (c->verb) {
    case NBD_READ: return nbd->aio_pread(link->handle, c->bytes, (size_t)c->count, c->offset, NBD_NULL_COMPLETION, 0);
    case NBD_WRITE: return nbd->aio_pwrite(link->handle, c->bytes, (size_t)c->count, c->offset, NBD_NULL_COMPLETION, 0);
    case NBD_WRITE_STABLE:
        return nbd->aio_pwrite(link->handle, c->bytes, (size_t)c->count, c->offset, NBD_NULL_COMPLETION,
                               LIBNBD_CMD_FLAG_FUA);
    case NBD_FLUSH: return nbd->aio_flush(link->handle, NBD_NULL_COMPLETION, 0);
    case NBD_TRIM: return nbd->aio_trim(link->handle, c->count, c->offset, NBD_NULL_COMPLETION, 0);
    case NBD_ZERO: return nbd->aio_zero(link->handle, c->count, c->offset, NBD_NULL_COMPLETION, 0);
    case NBD_ZERO_KEPT:
        return nbd->aio_zero(link->handle, c->count, c->offset, NBD_NULL_COMPLETION, LIBNBD_CMD_FLAG_NO_HOLE);
    }
    return -1;
}

static int library_errno(const struct nbd_link *link)
{
    int error = link->library->get_errno();
    return error != 0 ? error : EIO;
}

/* errno, 0: the command is done. */
static int wait_for(const struct nbd_link *link, uint64_t cookie)
{
    for (;;) {
        int completed = link->library->aio_command_completed(link->handle, cookie);
        if (completed != 0)
            return completed > 0 ? 0 : library_errno(link);
        int happened = link->library->poll(link->handle, SILENCE_MS);
        if (happened == 0)
            return ETIMEDOUT;
        if (happened < 0 && link->library->aio_command_completed(link->handle, cookie) == 0)
            return library_errno(link);
    }
}

int nbd_link_run(struct nbd_link *link, const struct nbd_command *command)
{
    const struct nbd_library *nbd = link->library;
    int64_t cookie = submit(link, command);
    int error = cookie < 0 ? library_errno(link) : wait_for(link, (uint64_t)cookie);
    bool broken = error == ETIMEDOUT || nbd->aio_is_dead(link->handle) != 0 || nbd->aio_is_closed(link->handle) != 0;
    if (error != 0 && broken)
        nbd_link_close(link);
    return error;
}

void nbd_link_close(struct nbd_link *link)
{
    if (link->handle == NULL)
        return;
    if (link->library->aio_is_ready(link->handle) == 1)
        link->library->aio_disconnect(link->handle, 0);
    link->library->close(link->handle);
    link->handle = NULL;
}
