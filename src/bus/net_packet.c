/* SPDX-License-Identifier: MIT */
#include "bus/net_packet.h"

#include <string.h>

#include "base/big_endian.h"

static uint64_t add_up(uint64_t sum, const uint8_t *bytes, size_t count)
{
    for (; count >= 4; bytes += 4, count -= 4) {
        uint32_t word;
        memcpy(&word, bytes, sizeof word);
        sum += word;
    }
    uint8_t rest[4] = {0};
    memcpy(rest, bytes, count);
    uint32_t last;
    memcpy(&last, rest, sizeof last);
    return sum + last;
}

static uint32_t fold(uint64_t sum)
{
    while (sum >> 16 != 0)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint32_t)sum;
}

uint16_t net_checksum(uint32_t start, const uint8_t *bytes, size_t count)
{
    return (uint16_t)~fold(add_up(start, bytes, count));
}

uint32_t net_pseudo_sum(const uint8_t *ip, bool ipv6, size_t length)
{
    uint8_t rest[8] = {[7] = NET_PROTOCOL_TCP};
    big_put32(rest, (uint32_t)length);
    const uint8_t *addresses = ip + (ipv6 ? (int)IPV6_SOURCE : (int)IPV4_SOURCE);
    return fold(add_up(add_up(0, addresses, ipv6 ? 32 : 8), rest, sizeof rest));
}
