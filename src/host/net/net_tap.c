/* SPDX-License-Identifier: MIT */
/* A cable that is a tap interface of the host. Frames go with the header that VirtIO has too, so that sums and the cutting of
 * segments are left to whoever is last. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/if_tun.h>
#include <linux/virtio_net.h>

#include "base/compiler.h"
#include "host/net/net_inbox.h"
#include "host/net/net_link.h"

_Static_assert(sizeof(struct virtio_net_hdr) == 10, "as the tap gives and takes it");
_Static_assert(NET_INTERFACE_BYTES == IFNAMSIZ, "as the system has it");

struct net_tap {
    int fd;
    bool gone;         /* the interface was deleted */
    int place;         /* in the present wait set */
    unsigned offloads; /* what the guest was last known to do itself */
    struct net_inbox inbox;
};

/* To the interface, which takes what it is given or loses it. */
static bool tap_send_offloaded(void *owner, const struct net_offload *offload, uint8_t *frame, size_t length)
{
    const struct net_tap *tap = owner;
    struct virtio_net_hdr header = {
        .flags = offload->flags,
        .gso_type = offload->gso,
        .hdr_len = offload->header_bytes,
        .gso_size = offload->gso_size,
        .csum_start = offload->csum_start,
        .csum_offset = offload->csum_offset,
    };
    struct iovec pieces[] = {{&header, sizeof header}, {frame, length}};
    while (writev(tap->fd, pieces, ARRAY_SIZE(pieces)) < 0 && errno == EINTR)
        continue;
    return true;
}

static ssize_t read_frame(void *owner, struct net_offload *offload, uint8_t frame[NET_FRAME_LIMIT])
{
    struct net_tap *tap = owner;
    struct virtio_net_hdr header;
    struct iovec pieces[] = {{&header, sizeof header}, {frame, NET_FRAME_LIMIT}};
    ssize_t got = readv(tap->fd, pieces, ARRAY_SIZE(pieces));
    if (got < (ssize_t)sizeof header) {
        tap->gone |= got < 0 && errno != EAGAIN && errno != EINTR;
        return -1;
    }
    *offload = (struct net_offload){
        .flags = header.flags,
        .gso = header.gso_type,
        .header_bytes = header.hdr_len,
        .gso_size = header.gso_size,
        .csum_start = header.csum_start,
        .csum_offset = header.csum_offset,
    };
    return got - (ssize_t)sizeof header;
}

static void pump(void *owner)
{
    struct net_tap *tap = owner;
    if (!tap->gone)
        net_inbox_pump(&tap->inbox, read_frame, tap);
}

/* The event loop. */

/* The interface leaves undone what the guest's driver has agreed to do. */
static void tell_offloads(struct net_tap *tap)
{
    static const struct {
        unsigned guest, host;
    } rows[] = {{NET_GUEST_CSUM, TUN_F_CSUM}, {NET_GUEST_TSO4, TUN_F_TSO4}, {NET_GUEST_TSO6, TUN_F_TSO6}};
    const struct net_sink *sink = &tap->inbox.sink;
    unsigned offloads = sink->offloads != NULL ? sink->offloads(sink->owner) : 0, host = 0;
    if (offloads == tap->offloads)
        return;
    tap->offloads = offloads;
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
        host |= (offloads & rows[i].guest) != 0 ? rows[i].host : 0;
    ioctl(tap->fd, TUNSETOFFLOAD, host);
}

static void tap_watch(void *owner, struct wait_set *set, uint64_t *timeout_ns)
{
    struct net_tap *tap = owner;
    tap->place = wait_set_add(set, net_inbox_waits(&tap->inbox) || tap->gone ? -1 : tap->fd, POLLIN);
    net_inbox_watch(&tap->inbox, timeout_ns);
}

static void tap_serve(void *owner, const struct wait_set *set)
{
    struct net_tap *tap = owner;
    (void)set;
    tell_offloads(tap);
    pump(tap);
}

static void tap_poll(void *owner)
{
    struct net_tap *tap = owner;
    if (net_inbox_is_due(&tap->inbox))
        pump(tap);
}

static bool tap_is_up(void *owner)
{
    return !((struct net_tap *)owner)->gone;
}

/* Making and ending. */

static void tap_connect(void *owner, const struct net_sink *sink)
{
    ((struct net_tap *)owner)->inbox.sink = *sink;
}

static void tap_destroy(void *owner)
{
    struct net_tap *tap = owner;
    if (tap->fd >= 0)
        close(tap->fd);
    free(tap);
}

static bool refused(const char *name, int reason, struct error *err)
{
    if (reason == EPERM || reason == EACCES)
        return error_set(
            err,
            "no right to use the interface '%s' (%s): somebody who has it makes it once, by ip tuntap add dev "
            "%s mode tap user USER && ip link set %s up",
            name, strerror(reason), name, name);
    if (reason == EBUSY)
        return error_set(err, "the interface '%s' is in use by another process", name);
    if (reason == EINVAL)
        return error_set(err, "the interface '%s' is there and is no tap interface with one queue", name);
    return error_set(err, "cannot use the interface '%s': %s", name, strerror(reason));
}

static bool open_interface(struct net_tap *tap, const char *name, struct error *err)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR};
    int header_bytes = sizeof(struct virtio_net_hdr), on = 1;
    memcpy(request.ifr_name, name, NET_INTERFACE_BYTES);
    tap->fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (tap->fd < 0 && errno != EACCES && errno != EPERM)
        return error_set(err, "cannot open /dev/net/tun: %s", strerror(errno));
    if (tap->fd < 0 || ioctl(tap->fd, TUNSETIFF, &request) != 0)
        return refused(name, errno, err);
    if (ioctl(tap->fd, TUNSETVNETHDRSZ, &header_bytes) != 0 || ioctl(tap->fd, TUNSETVNETLE, &on) != 0 ||
        ioctl(tap->fd, TUNSETOFFLOAD, 0) != 0)
        return refused(name, errno, err);
    return true;
}

bool net_tap_create(const struct net_options *options, const struct net_message *message, struct net_link *link,
                    struct error *err)
{
    (void)message;
    struct net_tap *tap = calloc(1, sizeof *tap);
    if (tap == NULL)
        return error_set(err, "out of memory");
    if (!open_interface(tap, options->interface, err)) {
        tap_destroy(tap);
        return false;
    }
    *link = (struct net_link){
        .owner = tap,
        .backend = {.owner = tap, .send_offloaded = tap_send_offloaded, .has_room = pump},
        .events = {.owner = tap, .watch = tap_watch, .serve = tap_serve, .poll = tap_poll},
        .takes_long = true,
        .is_up = tap_is_up,
        .connect = tap_connect,
        .destroy = tap_destroy,
    };
    return true;
}
