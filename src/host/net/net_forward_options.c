/* SPDX-License-Identifier: MIT */
#include "host/net/net_forward_options.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"

#define LOOPBACK 0x7f000001u
#define PART_BYTES 128u

/* Copies the text up to the separator, which *text is then behind; NULL: there is none. What is too long is cut. */
static void take_part(const char **text, char separator, char *part, size_t size)
{
    const char *end = strchr(*text, separator);
    size_t length = end != NULL ? (size_t)(end - *text) : strlen(*text);
    size_t kept = length < size ? length : size - 1;
    memcpy(part, *text, kept);
    part[kept] = '\0';
    *text = end != NULL ? end + 1 : NULL;
}

static bool read_ipv4(const char *text, uint32_t *address)
{
    struct in_addr parsed;
    if (inet_pton(AF_INET, text, &parsed) != 1)
        return false;
    *address = ntohl(parsed.s_addr);
    return true;
}

static bool read_port(const char *text, unsigned least, uint16_t *port)
{
    unsigned long value = 0;
    if (text[0] == '\0' || strlen(text) > 5 || strspn(text, "0123456789") != strlen(text))
        return false;
    sscanf(text, "%lu", &value);
    *port = (uint16_t)value;
    return value >= least && value <= UINT16_MAX;
}

/* Where a forward begins or ends. */
struct end {
    const char *which;
    bool given, ipv6;
    uint32_t address;
    uint8_t address6[16];
    uint16_t port;
};

static bool read_address(const char *text, struct end *end, struct error *err)
{
    end->given = text[0] != '\0';
    if (end->given && !read_ipv4(text, &end->address))
        return error_set(err, "'%s' is no IPv4 address of the %s", text, end->which);
    return true;
}

static bool read_address6(const char *text, struct end *end, struct error *err)
{
    end->given = end->ipv6 = true;
    if (inet_pton(AF_INET6, text, end->address6) != 1)
        return error_set(err, "'%s' is no IPv6 address of the %s", text, end->which);
    return true;
}

/* "[ADDRESS]:PORT", or "[IPV6 ADDRESS]:PORT", its brackets being there. */
static bool read_end(const char *text, unsigned least, struct end *end, struct error *err)
{
    char address[PART_BYTES];
    const char *rest = text;
    bool bracket = text[0] == '[';
    if (bracket) {
        rest++;
        take_part(&rest, ']', address, sizeof address);
        if (rest != NULL && *rest++ != ':')
            rest = NULL;
    } else {
        take_part(&rest, ':', address, sizeof address);
    }
    if (rest == NULL)
        return error_set(err, "'%s' has no ':' before the %s's port", text, end->which);
    if (!(bracket ? read_address6 : read_address)(address, end, err))
        return false;
    if (!read_port(rest, least, &end->port))
        return error_set(err, "'%s' is no port of the %s (%u to 65535)", rest, end->which, least);
    return true;
}

/* An end that is not given is of the other's kind. */
static bool make_forward(const struct end *host, const struct end *guest, struct net_forward *forward,
                         struct error *err)
{
    static const uint8_t loopback6[16] = {[15] = 1};
    forward->ipv6 = host->ipv6 || guest->ipv6;
    if ((host->given && host->ipv6 != forward->ipv6) || (guest->given && guest->ipv6 != forward->ipv6))
        return error_set(err, "one address is IPv4 and the other IPv6: both must be of one kind");
    forward->host_address = host->given ? host->address : LOOPBACK;
    memcpy(forward->host_address6, host->given ? host->address6 : loopback6, sizeof loopback6);
    forward->guest_address = guest->address;
    memcpy(forward->guest_address6, guest->address6, sizeof guest->address6);
    forward->host_port = host->port;
    forward->guest_port = guest->port;
    return true;
}

bool net_forward_parse(const char *text, struct net_forward *forward, struct error *err)
{
    char protocol[PART_BYTES], host_text[PART_BYTES];
    struct end host = {.which = "host"}, guest = {.which = "guest"};
    const char *rest = text;
    *forward = (struct net_forward){0};
    take_part(&rest, ':', protocol, sizeof protocol);
    forward->udp = strcmp(protocol, "udp") == 0;
    if (!forward->udp && strcmp(protocol, "tcp") != 0)
        return error_set(err, "'%s' is neither tcp nor udp", protocol);
    if (rest != NULL)
        take_part(&rest, '-', host_text, sizeof host_text);
    if (rest == NULL)
        return error_set(err, "there is no '-' between the host's port and the guest's");
    return read_end(host_text, 0, &host, err) && read_end(rest, 1, &guest, err) &&
           make_forward(&host, &guest, forward, err);
}

static bool is_taken(uint32_t address)
{
    return address == NET_USER_ROUTER || address == NET_USER_NAME_SERVER || address == NET_USER_FIRST_GUEST ||
           address == NET_USER_NETWORK || address == (NET_USER_NETWORK | ~NET_USER_MASK);
}

static bool read_server(const char *text, struct net_guest_forward *forward, struct error *err)
{
    struct end end = {.which = "network"};
    if (!read_end(text, 1, &end, err))
        return false;
    if (end.ipv6 || (end.address & NET_USER_MASK) != NET_USER_NETWORK || is_taken(end.address))
        return error_set(err, "'%s' is no free address of the network: 10.0.2.100, for example", text);
    forward->address = end.address;
    forward->port = end.port;
    return true;
}

static bool read_target(const char *text, struct net_guest_forward *forward, struct error *err)
{
    static const struct {
        const char *prefix;
        enum net_guest_target target;
    } rows[] = {{"cmd:", NET_TO_COMMAND}, {"unix:", NET_TO_UNIX}, {"tcp:", NET_TO_TCP}};
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        size_t length = strlen(rows[i].prefix);
        if (strncmp(text, rows[i].prefix, length) != 0)
            continue;
        forward->target = rows[i].target;
        if (text[length] == '\0' || strlen(text + length) >= sizeof forward->text)
            return error_set(err, "what stands behind %s is of 1 to %u bytes", rows[i].prefix, NET_TARGET_BYTES - 1);
        strcpy(forward->text, text + length);
        return true;
    }
    return error_set(err, "'%s' is neither cmd:COMMAND nor unix:PATH nor tcp:HOST:PORT", text);
}

static bool check_target(const struct net_guest_forward *forward, struct error *err)
{
    const char *port = strrchr(forward->text, ':');
    uint16_t number;
    if (forward->target == NET_TO_UNIX && strlen(forward->text) >= NET_PATH_BYTES)
        return error_set(err, "the socket's path %.100s... is longer than the %u bytes that a socket may have",
                         forward->text, NET_PATH_BYTES - 1);
    if (forward->target == NET_TO_TCP && (port == NULL || port == forward->text || !read_port(port + 1, 1, &number)))
        return error_set(err, "'%s' is not HOST:PORT", forward->text);
    return true;
}

bool net_guest_forward_parse(const char *text, struct net_guest_forward *forward, struct error *err)
{
    char protocol[PART_BYTES], server[PART_BYTES];
    const char *rest = text;
    *forward = (struct net_guest_forward){0};
    take_part(&rest, ':', protocol, sizeof protocol);
    if (strcmp(protocol, "tcp") != 0)
        return error_set(err, "'%s' is not tcp, which alone can be forwarded so", protocol);
    if (rest != NULL)
        take_part(&rest, '-', server, sizeof server);
    if (rest == NULL)
        return error_set(err, "there is no '-' between the guest's address and what is reached there");
    return read_server(server, forward, err) && read_target(rest, forward, err) && check_target(forward, err);
}

void net_forward_describe(const struct net_forward *forward, char text[NET_FORWARD_TEXT])
{
    char address[INET6_ADDRSTRLEN] = "";
    uint32_t ipv4 = htonl(forward->host_address);
    const void *bytes = forward->ipv6 ? (const void *)forward->host_address6 : &ipv4;
    inet_ntop(forward->ipv6 ? AF_INET6 : AF_INET, bytes, address, sizeof address);
    snprintf(text, NET_FORWARD_TEXT, forward->ipv6 ? "%s [%s]:%u" : "%s %s:%u", forward->udp ? "udp" : "tcp", address,
             forward->host_port);
}
