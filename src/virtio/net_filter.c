/* SPDX-License-Identifier: MIT */
#include "virtio/net_filter.h"

#include <string.h>

#include "base/compiler.h"
#include "base/little_endian.h"
#include "virtio/virtio.h"

enum { CLASS_RX = 0, CLASS_MAC = 1, CLASS_VLAN = 2 };
enum { MAC_TABLE_SET = 0, MAC_ADDRESS_SET = 1 };
enum { VLAN_ADD = 0, VLAN_DELETE = 1 };

#define TYPE_VLAN 0x8100
#define VLAN_MASK 0xfffu

static bool is_group(const uint8_t *address)
{
    return (address[0] & 1) != 0;
}

static bool is_broadcast(const uint8_t *address)
{
    static const uint8_t all[NET_ADDRESS_BYTES] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    return memcmp(address, all, sizeof all) == 0;
}

void net_filter_reset(struct net_filter *filter, const uint8_t address[NET_ADDRESS_BYTES])
{
    uint8_t copy[NET_ADDRESS_BYTES];
    memcpy(copy, address, sizeof copy);
    *filter = (struct net_filter){0};
    memcpy(filter->address, copy, sizeof copy);
    filter->modes[NET_FILTER_PROMISCUOUS] = true;
}

static bool table_has(const struct net_filter_table *table, const uint8_t *address)
{
    for (unsigned i = 0; i < table->count; i++)
        if (memcmp(table->addresses[i], address, NET_ADDRESS_BYTES) == 0)
            return true;
    return table->overflowed;
}

static bool vlan_passes(const struct net_filter *filter, const uint8_t *frame, size_t length)
{
    if (!filter->filters_vlans || length < NET_HEADER_BYTES + 4 || (frame[12] << 8 | frame[13]) != TYPE_VLAN)
        return true;
    unsigned vlan = ((unsigned)frame[14] << 8 | frame[15]) & VLAN_MASK;
    return (filter->vlans[vlan / 8] >> vlan % 8 & 1) != 0;
}

bool net_filter_passes(const struct net_filter *filter, const uint8_t *frame, size_t length)
{
    const bool *modes = filter->modes;
    if (!vlan_passes(filter, frame, length))
        return false;
    if (modes[NET_FILTER_PROMISCUOUS])
        return true;
    if (is_broadcast(frame))
        return !modes[NET_FILTER_NO_BROADCAST];
    if (is_group(frame))
        return !modes[NET_FILTER_NO_MULTICAST] &&
               (modes[NET_FILTER_ALL_MULTICAST] || table_has(&filter->multicast, frame));
    if (modes[NET_FILTER_NO_UNICAST])
        return false;
    return modes[NET_FILTER_ALL_UNICAST] || memcmp(frame, filter->address, NET_ADDRESS_BYTES) == 0 ||
           table_has(&filter->unicast, frame);
}

static bool set_mode(struct net_filter *filter, uint8_t command, const uint8_t *data, size_t length)
{
    if (command >= NET_FILTER_MODES || length != 1)
        return false;
    filter->modes[command] = data[0] != 0;
    return true;
}

/* A count and so many addresses; *data and *length go on behind them. */
static bool read_table(struct net_filter_table *table, const uint8_t **data, size_t *length)
{
    if (*length < 4)
        return false;
    uint64_t count = little_get(*data, 4), bytes = 4 + count * NET_ADDRESS_BYTES;
    if (bytes > *length)
        return false;
    table->overflowed = count > NET_FILTER_ADDRESSES;
    table->count = table->overflowed ? 0 : (unsigned)count;
    memcpy(table->addresses, *data + 4, (size_t)table->count * NET_ADDRESS_BYTES);
    *data += bytes;
    *length -= (size_t)bytes;
    return true;
}

static bool set_tables(struct net_filter *filter, const uint8_t *data, size_t length)
{
    struct net_filter_table unicast = {0}, multicast = {0}; /* all of a table is state */
    if (!read_table(&unicast, &data, &length) || !read_table(&multicast, &data, &length) || length != 0)
        return false;
    filter->unicast = unicast;
    filter->multicast = multicast;
    return true;
}

static bool set_address(struct net_filter *filter, uint8_t command, const uint8_t *data, size_t length)
{
    if (command == MAC_TABLE_SET)
        return set_tables(filter, data, length);
    if (command != MAC_ADDRESS_SET || length != NET_ADDRESS_BYTES)
        return false;
    memcpy(filter->address, data, NET_ADDRESS_BYTES);
    return true;
}

static bool set_vlan(struct net_filter *filter, uint8_t command, const uint8_t *data, size_t length)
{
    unsigned vlan = length == 2 ? (unsigned)little_get(data, 2) : NET_FILTER_VLANS;
    if (vlan >= NET_FILTER_VLANS || command > VLAN_DELETE)
        return false;
    uint8_t bit = (uint8_t)(1 << vlan % 8);
    if (command == VLAN_ADD)
        filter->vlans[vlan / 8] |= bit;
    else
        filter->vlans[vlan / 8] &= (uint8_t)~bit;
    return true;
}

bool net_filter_command(struct net_filter *filter, uint8_t class, uint8_t command, const uint8_t *data, size_t length)
{
    static bool (*const rows[])(struct net_filter * filter, uint8_t command, const uint8_t *data, size_t length) = {
        [CLASS_RX] = set_mode, [CLASS_MAC] = set_address, [CLASS_VLAN] = set_vlan};
    return class < ARRAY_SIZE(rows) && rows[class](filter, command, data, length);
}
