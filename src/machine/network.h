/* SPDX-License-Identifier: MIT */
/* A machine's network cards, each with what it is connected to. */
#ifndef MICROVM_MACHINE_NETWORK_H
#define MICROVM_MACHINE_NETWORK_H

#include "bus/net_backend.h"
#include "machine/peripheral.h"

extern const struct peripheral_kind network_peripheral;

/* What a guest sees of a card, whatever it is connected to. */
struct card_identity {
    uint8_t address[NET_ADDRESS_BYTES];
    uint16_t mtu; /* at most NET_JUMBO_MTU */
};

/* Of the card-th card of the configuration. False: there can be no such card. */
bool network_card_identity(const struct machine_config *config, unsigned card, struct card_identity *identity,
                           struct error *err);

/* A --net that makes such a card, connected to nothing. */
void card_identity_option(const struct card_identity *identity, char *text, size_t size);

#endif
