/* SPDX-License-Identifier: MIT */
/* Where a network's lines for the user go: ports that were chosen, peers that come and go, and a few of what a library says. */
#ifndef MICROVM_HOST_NET_NET_MESSAGE_H
#define MICROVM_HOST_NET_NET_MESSAGE_H

#include <stddef.h>

struct net_message {
    void *owner;
    void (*say)(void *owner, const char *line); /* NULL: nobody listens */
};

static inline void net_message_say(const struct net_message *message, const char *line)
{
    if (message->say != NULL)
        message->say(message->owner, line);
}

#endif
