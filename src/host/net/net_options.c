/* SPDX-License-Identifier: MIT */
#include "host/net/net_options.h"

#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "host/net/net_forward_options.h"
#include "host/option_text.h"

#define PART_BYTES (NET_TARGET_BYTES + 64)
#define LEAST_MTU 68
#define RECONNECT_LIMIT 3600

/* QEMU's first card has it too: locally administered, and all users have it for themselves. Further cards count on. */
static const uint8_t preset_address[NET_ADDRESS_BYTES] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};

static bool parse_switch(const char *name, const char *value, bool *on, struct error *err)
{
    *on = strcmp(value, "on") == 0;
    if (*on || strcmp(value, "off") == 0)
        return true;
    return error_set(err, "%s=%s: '%s' is neither on nor off", name, value, value);
}

static bool parse_number(const char *name, const char *value, unsigned least, unsigned most, unsigned *number,
                         struct error *err)
{
    unsigned result = 0;
    const char *digit = value;
    for (; *digit >= '0' && *digit <= '9' && result <= most; digit++)
        result = 10 * result + (unsigned)(*digit - '0');
    *number = result;
    if (digit != value && *digit == '\0' && result >= least && result <= most)
        return true;
    return error_set(err, "%s=%s: '%s' is no number from %u to %u", name, value, value, least, most);
}

static bool set_restrict(const char *value, struct net_options *options, struct error *err)
{
    return parse_switch("restrict", value, &options->restricted, err);
}

static bool set_ipv6(const char *value, struct net_options *options, struct error *err)
{
    return parse_switch("ipv6", value, &options->ipv6, err);
}

static bool set_server(const char *value, struct net_options *options, struct error *err)
{
    return parse_switch("server", value, &options->server, err);
}

static bool set_reconnect(const char *value, struct net_options *options, struct error *err)
{
    options->waits = true;
    return parse_number("reconnect", value, 0, RECONNECT_LIMIT, &options->reconnect_secs, err);
}

static bool set_mtu(const char *value, struct net_options *options, struct error *err)
{
    unsigned mtu;
    if (!parse_number("mtu", value, LEAST_MTU, NET_JUMBO_MTU, &mtu, err))
        return false;
    options->mtu = (uint16_t)mtu;
    return true;
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

static bool set_hostfwd(const char *value, struct net_options *options, struct error *err)
{
    if (options->forward_count == NET_MAX_FORWARDS)
        return error_set(err, "hostfwd=%s: there are %u forwards already", value, NET_MAX_FORWARDS);
    struct net_forward *forward = &options->forwards[options->forward_count++];
    return net_forward_parse(value, forward, err) || error_prefix(err, "hostfwd=%s", value);
}

static bool set_guestfwd(const char *value, struct net_options *options, struct error *err)
{
    if (options->guest_forward_count == NET_MAX_GUEST_FORWARDS)
        return error_set(err, "guestfwd=%s: there are %u forwards already", value, NET_MAX_GUEST_FORWARDS);
    struct net_guest_forward *forward = &options->guest_forwards[options->guest_forward_count++];
    return net_guest_forward_parse(value, forward, err) || error_prefix(err, "guestfwd=%s", value);
}

static bool set_interface(const char *value, struct net_options *options, struct error *err)
{
    size_t length = strlen(value);
    if (length == 0 || length >= sizeof options->interface || strcspn(value, "/: %\t") != length)
        return error_set(err, "ifname=%s: an interface's name has 1 to %u characters, none of them / : %% or a space",
                         value, NET_INTERFACE_BYTES - 1);
    memcpy(options->interface, value, length + 1);
    return true;
}

static bool set_path(const char *name, const char *value, char path[NET_PATH_BYTES], struct error *err)
{
    size_t length = strlen(value);
    if (length == 0 || length >= NET_PATH_BYTES)
        return error_set(err, "%s=%.100s: a socket's path has 1 to %u bytes", name, value, NET_PATH_BYTES - 1);
    memcpy(path, value, length + 1);
    return true;
}

static bool set_stream_path(const char *value, struct net_options *options, struct error *err)
{
    return set_path("path", value, options->path, err);
}

static bool set_local(const char *value, struct net_options *options, struct error *err)
{
    return set_path("local", value, options->path, err);
}

static bool set_remote(const char *value, struct net_options *options, struct error *err)
{
    return set_path("remote", value, options->remote, err);
}

#define KNOWN "there are none, user, tap, stream, dgram and unplugged"
#define ANY (BIT(NET_USER) | BIT(NET_TAP) | BIT(NET_STREAM) | BIT(NET_DGRAM) | BIT(NET_UNPLUGGED))

static const struct {
    const char *name;
    uint64_t kinds; /* a bit for each that has it */
    bool (*set)(const char *value, struct net_options *options, struct error *err);
} rows[] = {
    {"hostfwd", BIT(NET_USER), set_hostfwd},
    {"guestfwd", BIT(NET_USER), set_guestfwd},
    {"restrict", BIT(NET_USER), set_restrict},
    {"ipv6", BIT(NET_USER), set_ipv6},
    {"ifname", BIT(NET_TAP), set_interface},
    {"path", BIT(NET_STREAM), set_stream_path},
    {"server", BIT(NET_STREAM), set_server},
    {"reconnect", BIT(NET_STREAM), set_reconnect},
    {"local", BIT(NET_DGRAM), set_local},
    {"remote", BIT(NET_DGRAM), set_remote},
    {"mac", ANY, set_mac},
    {"mtu", ANY, set_mtu},
};

static const struct {
    const char *name;
    enum net_kind kind;
    const char *known; /* its options, for messages */
} kinds[] = {
    {"user", NET_USER,
     "hostfwd=tcp|udp:[HOSTADDR]:HOSTPORT-[GUESTADDR]:GUESTPORT, guestfwd=tcp:ADDR:PORT-cmd:COMMAND|unix:PATH|"
     "tcp:HOST:PORT, restrict=on|off, ipv6=on|off, mac=ADDRESS, mtu=BYTES"},
    {"tap", NET_TAP, "ifname=NAME, mac=ADDRESS, mtu=BYTES"},
    {"stream", NET_STREAM, "path=PATH, server=on|off, reconnect=SECONDS, mac=ADDRESS, mtu=BYTES"},
    {"dgram", NET_DGRAM, "local=PATH, remote=PATH, mac=ADDRESS, mtu=BYTES"},
    {"unplugged", NET_UNPLUGGED, "mac=ADDRESS, mtu=BYTES"},
};

static const char *known_options(const struct net_options *options)
{
    for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++)
        if (kinds[i].kind == options->kind)
            return kinds[i].known;
    return "";
}

static bool set_option(const char *part, struct net_options *options, struct error *err)
{
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *value = option_text_value(part, rows[i].name);
        if (value != NULL && (rows[i].kinds & BIT(options->kind)) != 0)
            return rows[i].set(value, options, err);
    }
    return error_set(err, "unknown option '%s'; known are %s", part, known_options(options));
}

static bool set_kind(const char *part, struct net_options *options, struct error *err)
{
    for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++)
        if (strcmp(part, kinds[i].name) == 0)
            options->kind = kinds[i].kind;
    options->mtu = options->kind == NET_USER ? NET_JUMBO_MTU : NET_ETHERNET_MTU;
    return options->kind != NET_NONE || error_set(err, "'%.100s' is no network: " KNOWN, part);
}

static bool lacks(const char *kind, const char *option, struct error *err)
{
    return error_set(err, "%s needs %s", kind, option);
}

/* What has no preset value. */
static bool check(const struct net_options *options, struct error *err)
{
    if (options->kind == NET_TAP && options->interface[0] == '\0')
        return lacks("tap", "ifname=NAME", err);
    if (options->kind == NET_STREAM && options->path[0] == '\0')
        return lacks("stream", "path=PATH", err);
    if (options->kind == NET_STREAM && options->server && options->waits)
        return error_set(err, "reconnect= is for the side that connects, not for server=on");
    if (options->kind == NET_DGRAM && (options->path[0] == '\0' || options->remote[0] == '\0'))
        return lacks("dgram", "local=PATH and remote=PATH", err);
    if (options->kind == NET_DGRAM && strcmp(options->path, options->remote) == 0)
        return error_set(err, "local and remote are both '%s': a card cannot be its own peer", options->path);
    return true;
}

bool net_options_parse(const char *text, unsigned card, struct net_options *options, struct error *err)
{
    char part[PART_BYTES];
    *options = (struct net_options){.kind = NET_NONE, .ipv6 = true, .reconnect_secs = 1};
    memcpy(options->address, preset_address, sizeof preset_address);
    options->address[NET_ADDRESS_BYTES - 1] = (uint8_t)(preset_address[NET_ADDRESS_BYTES - 1] + card);
    if (strcmp(text, "none") == 0)
        return true;
    if (!option_text_take(&text, part, sizeof part))
        return error_set(err, "'%.100s' is no network: " KNOWN, text);
    if (!set_kind(part, options, err))
        return false;
    while (text != NULL) {
        if (!option_text_take(&text, part, sizeof part))
            return error_set(err, "option of more than %u bytes; known are %s", (unsigned)PART_BYTES - 1,
                             known_options(options));
        if (!set_option(part, options, err))
            return false;
    }
    return check(options, err);
}
