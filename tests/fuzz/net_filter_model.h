/* SPDX-License-Identifier: MIT */
/* What a network card lets through, as a plain model over a handful of addresses, and commands for it. */
#ifndef MICROVM_TESTS_FUZZ_NET_FILTER_MODEL_H
#define MICROVM_TESTS_FUZZ_NET_FILTER_MODEL_H

#include <string.h>

#include "base/compiler.h"
#include "base/little_endian.h"
#include "bus/net_backend.h"
#include "fuzz.h"
#include "virtio/virtio.h"

#define CANDIDATES 8u /* addresses that frames and tables have */
enum { PROMISCUOUS, ALL_MULTICAST, ALL_UNICAST, NO_MULTICAST, NO_UNICAST, NO_BROADCAST, MODES };

struct filter_model {
    bool modes[MODES];
    bool filters_vlans;
    unsigned own, unicast, multicast; /* candidates: an index, and sets */
    bool unicast_all;
    uint8_t vlans[4096 / 8];
};

/* Candidates 0 to 3 are cards, 4 to 6 groups, 7 everybody. */
static inline void candidate(unsigned i, uint8_t address[NET_ADDRESS_BYTES])
{
    static const uint8_t first[CANDIDATES] = {0x52, 0x52, 0x02, 0x06, 0x33, 0x01, 0x03, 0xff};
    memset(address, first[i], NET_ADDRESS_BYTES);
    if (i != CANDIDATES - 1)
        address[5] = (uint8_t)i;
}

static inline bool model_passes(const struct filter_model *model, unsigned to, int vlan)
{
    if (vlan >= 0 && model->filters_vlans && (model->vlans[vlan / 8] >> vlan % 8 & 1) == 0)
        return false;
    if (model->modes[PROMISCUOUS])
        return true;
    if (to == CANDIDATES - 1)
        return !model->modes[NO_BROADCAST];
    if (to >= 4)
        return !model->modes[NO_MULTICAST] && (model->modes[ALL_MULTICAST] || (model->multicast >> to & 1) != 0);
    return !model->modes[NO_UNICAST] &&
           (model->modes[ALL_UNICAST] || model->unicast_all || to == model->own || (model->unicast >> to & 1) != 0);
}

static inline size_t put_table(uint8_t *data, unsigned count, unsigned first, unsigned members)
{
    little_put(data, 4, count);
    unsigned next = first;
    for (unsigned i = 0; i < count; i++) {
        do {
            next = next + 1 < CANDIDATES - 1 ? next + 1 : 0;
        } while ((members >> next & 1) == 0);
        candidate(next, data + 4 + i * NET_ADDRESS_BYTES);
    }
    return 4 + count * NET_ADDRESS_BYTES;
}

static inline uint8_t set_tables(struct filter_model *model, struct fuzz_input *input, uint8_t *data, size_t *length)
{
    unsigned choice = (unsigned)fuzz_take(input, 1);
    unsigned unicast = choice & 0xf, multicast = choice & 0x70;
    bool many = (choice & 0x80) != 0 && unicast != 0;
    *length = put_table(data, many ? 65 : count_ones64(unicast), 0, unicast);
    *length += put_table(data + *length, count_ones64(multicast), 0, multicast);
    model->unicast = unicast;
    model->multicast = multicast;
    model->unicast_all = many;
    return 0;
}

static inline uint8_t model_command(struct filter_model *model, struct fuzz_input *input, uint8_t class,
                                    uint8_t command, uint8_t *data, size_t *length)
{
    unsigned value = (unsigned)fuzz_take(input, 2);
    *length = 0;
    if (class == 0 && command < MODES) {
        *length = 1;
        data[0] = value & 1;
        model->modes[command] = value & 1;
        return 0;
    }
    if (class == 1 && command == 0)
        return set_tables(model, input, data, length);
    if (class == 1 && command == 1) {
        *length = NET_ADDRESS_BYTES;
        model->own = value % 4;
        candidate(model->own, data);
        return 0;
    }
    if (class == 2 && command < 2) {
        *length = 2;
        little_put(data, 2, value);
        if (value >= 4096)
            return 1;
        if (command == 0)
            model->vlans[value / 8] |= (uint8_t)(1 << value % 8);
        else
            model->vlans[value / 8] &= (uint8_t) ~(1 << value % 8);
        return 0;
    }
    return 1;
}

#endif
