/* SPDX-License-Identifier: MIT */
#include "host/net_options.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "host/option_text.h"

#define KNOWN "hostfwd=tcp|udp:[HOSTADDR]:HOSTPORT-[GUESTADDR]:GUESTPORT, restrict=on|off, ipv6=on|off, mac=ADDRESS"
#define PART_BYTES 128u
#define LOOPBACK 0x7f000001u
/* QEMU's first card has it too: locally administered, and all users have it for themselves. */
static const uint8_t preset_address[NET_ADDRESS_BYTES] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

/* Copies the text up to the first of the separators, which *text is then behind; NULL at the end. False: it is longer
 * than size - 1, and part has its beginning. */
static bool take_part(const char **text, const char *separators, char *part, size_t size)
{
    size_t length = strcspn(*text, separators);
    bool fits = length < size;
    memcpy(part, *text, fits ? length : size - 1);
    part[fits ? length : size - 1] = '\0';
    if (!fits)
        return false;
    *text = (*text)[length] == '\0' ? NULL : *text + length + 1;
    return true;
}

static bool parse_switch(const char *name, const char *value, bool *on, struct error *err)
{
    *on = strcmp(value, "on") == 0;
    if (*on || strcmp(value, "off") == 0)
        return true;
    return error_set(err, "%s=%s: '%s' is neither on nor off", name, value, value);
}

static bool set_restrict(const char *value, struct net_options *options, struct error *err)
{
    return parse_switch("restrict", value, &options->restricted, err);
}

static bool set_ipv6(const char *value, struct net_options *options, struct error *err)
{
    return parse_switch("ipv6", value, &options->ipv6, err);
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *place = c == '\0' ? NULL : strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
    return place != NULL ? (int)(place - digits) : -1;
}

static bool read_address(const char *value, uint8_t address[NET_ADDRESS_BYTES])
{
    if (strlen(value) != 3 * NET_ADDRESS_BYTES - 1)
        return false;
    for (unsigned i = 0; i < NET_ADDRESS_BYTES; i++) {
        const char *byte = value + 3 * i;
        int high = hex_digit(byte[0]), low = hex_digit(byte[1]);
        bool separated = byte[2] == ':' || byte[2] == '-' || byte[2] == '\0';
        if (high < 0 || low < 0 || !separated)
            return false;
        address[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool set_mac(const char *value, struct net_options *options, struct error *err)
{
    static const uint8_t none[NET_ADDRESS_BYTES];
    if (!read_address(value, options->address))
        return error_set(err, "mac=%s: an address is six bytes in hexadecimal, for example 52:54:00:12:34:56", value);
    if ((options->address[0] & 1) != 0)
        return error_set(err, "mac=%s: this is a group's address (the first byte is odd), not one of a card", value);
    if (memcmp(options->address, none, sizeof none) == 0)
        return error_set(err, "mac=%s: this is no card's address", value);
    return true;
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

/* "[ADDRESS]:PORT"; an address that is left out stays as it is. */
static bool read_end(const char *which, const char *text, unsigned least, uint32_t *address, uint16_t *port,
                     struct error *err)
{
    char host[PART_BYTES];
    const char *rest = text;
    take_part(&rest, ":", host, sizeof host);
    if (rest == NULL)
        return error_set(err, "'%s' has no ':' before the %s's port", text, which);
    if (host[0] != '\0' && !read_ipv4(host, address))
        return error_set(err, "'%s' is no IPv4 address of the %s", host, which);
    if (!read_port(rest, least, port))
        return error_set(err, "'%s' is no port of the %s (%u to 65535)", rest, which, least);
    return true;
}

static bool read_forward(const char *value, struct net_forward *forward, struct error *err)
{
    char protocol[PART_BYTES], host[PART_BYTES];
    const char *rest = value;
    take_part(&rest, ":", protocol, sizeof protocol);
    forward->udp = strcmp(protocol, "udp") == 0;
    if (!forward->udp && strcmp(protocol, "tcp") != 0)
        return error_set(err, "'%s' is neither tcp nor udp", protocol);
    if (rest != NULL)
        take_part(&rest, "-", host, sizeof host);
    if (rest == NULL)
        return error_set(err, "there is no '-' between the host's port and the guest's");
    return read_end("host", host, 0, &forward->host_address, &forward->host_port, err) &&
           read_end("guest", rest, 1, &forward->guest_address, &forward->guest_port, err);
}

static bool set_hostfwd(const char *value, struct net_options *options, struct error *err)
{
    if (options->forward_count == NET_MAX_FORWARDS)
        return error_set(err, "hostfwd=%s: there are %u forwards already", value, NET_MAX_FORWARDS);
    struct net_forward *forward = &options->forwards[options->forward_count++];
    *forward = (struct net_forward){.host_address = LOOPBACK};
    return read_forward(value, forward, err) || error_prefix(err, "hostfwd=%s", value);
}

static bool set_option(const char *part, struct net_options *options, struct error *err)
{
    static const struct {
        const char *name;
        bool (*set)(const char *value, struct net_options *options, struct error *err);
    } rows[] = {{"hostfwd", set_hostfwd}, {"restrict", set_restrict}, {"ipv6", set_ipv6}, {"mac", set_mac}};
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *value = option_text_value(part, rows[i].name);
        if (value != NULL)
            return rows[i].set(value, options, err);
    }
    return error_set(err, "unknown option '%s'; known are " KNOWN, part);
}

bool net_options_parse(const char *text, struct net_options *options, struct error *err)
{
    char part[PART_BYTES];
    *options = (struct net_options){.kind = NET_USER, .ipv6 = true};
    memcpy(options->address, preset_address, sizeof preset_address);
    if (strcmp(text, "none") == 0) {
        options->kind = NET_NONE;
        return true;
    }
    if (!take_part(&text, ",", part, sizeof part) || strcmp(part, "user") != 0)
        return error_set(err, "'%.*s' is neither none nor user[,OPTION...]; options are " KNOWN, 100, part);
    while (text != NULL) {
        if (!take_part(&text, ",", part, sizeof part))
            return error_set(err, "option of more than %u bytes; known are " KNOWN, PART_BYTES - 1);
        if (!set_option(part, options, err))
            return false;
    }
    return true;
}

void net_forward_describe(const struct net_forward *forward, char text[NET_FORWARD_TEXT])
{
    uint32_t a = forward->host_address;
    snprintf(text, NET_FORWARD_TEXT, "%s %u.%u.%u.%u:%u", forward->udp ? "udp" : "tcp", a >> 24, a >> 16 & 255,
             a >> 8 & 255, a & 255, forward->host_port);
}
