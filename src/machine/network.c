/* SPDX-License-Identifier: MIT */
#include "machine/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "host/net/net_options.h"
#include "machine/network_card.h"

struct network {
    struct network_card *cards[MACHINE_MAX_CARDS]; /* NULL: not made yet */
};

/* The first card has a slot of its own. */
static unsigned card_slot(unsigned card)
{
    return card == 0 ? VIRTIO_SLOT_NET : VIRTIO_SLOT_NET_FURTHER + card - 1;
}

static bool parse(const struct machine_config *config, unsigned card, struct net_options *options, struct error *err)
{
    return net_options_parse(config->nets[card], card, options, err) ||
           error_prefix(err, "--net '%.100s'", config->nets[card]);
}

bool network_card_identity(const struct machine_config *config, unsigned card, struct card_identity *identity,
                           struct error *err)
{
    struct net_options options;
    if (!parse(config, card, &options, err))
        return false;
    memcpy(identity->address, options.address, sizeof identity->address);
    identity->mtu = options.mtu;
    return true;
}

/* Two cards of one address would take each other's frames. */
static bool check_address(const struct machine_config *config, const struct card_identity *identities, unsigned card,
                          struct error *err)
{
    for (unsigned i = 0; i < card; i++)
        if (memcmp(identities[i].address, identities[card].address, NET_ADDRESS_BYTES) == 0)
            return error_set(err, "--net '%.100s': another card has the same address: give mac=", config->nets[card]);
    return true;
}

static bool network_slots(const struct machine_config *config, uint64_t *slots, struct error *err)
{
    struct card_identity identities[MACHINE_MAX_CARDS];
    for (unsigned i = 0; i < config->net_count; i++) {
        if (!network_card_identity(config, i, &identities[i], err) || !check_address(config, identities, i, err))
            return false;
        *slots |= BIT(card_slot(i));
    }
    return true;
}

static void network_destroy(void *owner)
{
    struct network *network = owner;
    for (unsigned i = 0; i < MACHINE_MAX_CARDS; i++)
        network_card_destroy(network->cards[i]);
    free(network);
}

/* FILE is the first card's capture, FILE.1 the second's and so on. NULL: out of memory. */
static char *capture_path(const char *file, unsigned card)
{
    size_t size = strlen(file) + 16;
    char *path = malloc(size);
    if (path != NULL)
        snprintf(path, size, card == 0 ? "%s" : "%s.%u", file, card);
    return path;
}

static struct network_card *create_card(const struct peripherals_parts *parts, unsigned card, struct error *err)
{
    const char *pcap = parts->config->pcap;
    char *path = pcap != NULL ? capture_path(pcap, card) : NULL;
    struct net_options options;
    struct network_card_parts card_parts = {
        .number = card,
        .options = &options,
        .pcap = path,
        .time = parts->time,
        .message = parts->message,
        .journal = parts->journal,
    };
    struct network_card *made = NULL;
    if (pcap != NULL && path == NULL)
        error_set(err, "out of memory");
    else if (parse(parts->config, card, &options, err))
        made = network_card_create(&card_parts, err);
    free(path);
    return made;
}

static bool add_card(struct peripherals *p, struct network *network, unsigned card, struct error *err)
{
    network->cards[card] = create_card(peripherals_parts(p), card, err);
    if (network->cards[card] == NULL)
        return false;
    struct peripheral events = {.owner = network->cards[card], .events = network_card_events(network->cards[card])};
    return peripherals_add(p, &events, err) &&
           peripherals_plug(p, card_slot(card), network_card_device(network->cards[card]), err);
}

static bool network_create(struct peripherals *p, struct error *err)
{
    const struct machine_config *config = peripherals_parts(p)->config;
    if (config->net_count == 0)
        return config->pcap == NULL ||
               error_set(err, "--pcap '%s': there is no network to watch; add --net user", config->pcap);
    struct network *network = calloc(1, sizeof *network);
    if (network == NULL)
        return error_set(err, "out of memory");
    if (!peripherals_add(
            p, &(struct peripheral){.kind = &network_peripheral, .owner = network, .destroy = network_destroy}, err))
        return false;
    for (unsigned i = 0; i < config->net_count; i++)
        if (!add_card(p, network, i, err))
            return false;
    return true;
}

static bool network_recorded(const struct machine_config *config, unsigned n, char *text, size_t size)
{
    struct card_identity identity;
    if (n >= config->net_count || !network_card_identity(config, n, &identity, NULL))
        return false;
    card_identity_option(&identity, text, size);
    return true;
}

static bool network_replay(struct machine_config *config, const char *text, struct error *err)
{
    if (config->net_count == MACHINE_MAX_CARDS)
        return error_set(err, "there are more than %u network cards", MACHINE_MAX_CARDS);
    config->nets[config->net_count++] = text;
    return true;
}

void card_identity_option(const struct card_identity *identity, char *text, size_t size)
{
    const uint8_t *a = identity->address;
    snprintf(text, size, "unplugged,mac=%02x:%02x:%02x:%02x:%02x:%02x,mtu=%u", a[0], a[1], a[2], a[3], a[4], a[5],
             identity->mtu);
}

const struct peripheral_kind network_peripheral = {
    .name = "network",
    .option = "--net",
    .places = BIT(VIRTIO_SLOT_NET) | BITS(VIRTIO_SLOT_NET_FURTHER + MACHINE_MAX_CARDS - 2, VIRTIO_SLOT_NET_FURTHER),
    .slots = network_slots,
    .create = network_create,
    .recorded = network_recorded,
    .replay = network_replay,
};
