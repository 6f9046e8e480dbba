/* SPDX-License-Identifier: MIT */
/* The text of --net. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/compiler.h"
#include "host/net/net_options.h"

static struct net_options parse(const char *text)
{
    struct net_options options;
    struct error err = {""};
    if (!net_options_parse(text, 0, &options, &err))
        fail_msg("'%s': %s", text, err.text);
    return options;
}

static void the_simple_forms_have_the_expected_defaults(void **state)
{
    (void)state;
    assert_int_equal(parse("none").kind, NET_NONE);
    struct net_options options = parse("user");
    assert_int_equal(options.kind, NET_USER);
    assert_true(options.ipv6);
    assert_false(options.restricted);
    assert_int_equal(options.forward_count, 0);
    assert_memory_equal(options.address, "\x52\x54\0\x12\x34\x56", 6);
}

static void every_option_is_taken(void **state)
{
    (void)state;
    struct net_options options = parse("user,restrict=on,ipv6=off,mac=02:aB:cd-EF:00:01,hostfwd=tcp::2222-:22,"
                                       "hostfwd=udp:192.0.2.1:0-10.0.2.99:65535");
    assert_true(options.restricted);
    assert_false(options.ipv6);
    assert_memory_equal(options.address, "\x02\xab\xcd\xef\0\1", 6);
    assert_int_equal(options.forward_count, 2);
    const struct net_forward *forward = options.forwards;
    assert_false(forward[0].udp);
    assert_int_equal(forward[0].host_port, 2222);
    assert_int_equal(forward[0].guest_address, 0);
    assert_int_equal(forward[0].guest_port, 22);
    assert_true(forward[1].udp);
    assert_int_equal(forward[1].host_address, 0xc0000201);
    assert_int_equal(forward[1].host_port, 0);
    assert_int_equal(forward[1].guest_address, 0x0a000263);
    assert_int_equal(forward[1].guest_port, 65535);
}

static void a_forward_listens_on_loopback_unless_told(void **state)
{
    (void)state;
    char text[NET_FORWARD_TEXT];
    net_forward_describe(parse("user,hostfwd=tcp::2222-:22").forwards, text);
    assert_string_equal(text, "tcp 127.0.0.1:2222");
    net_forward_describe(parse("user,hostfwd=udp:255.255.255.255:65535-:22").forwards, text);
    assert_string_equal(text, "udp 255.255.255.255:65535");
}

static void a_forward_may_be_of_ipv6(void **state)
{
    (void)state;
    static const uint8_t loopback[16] = {[15] = 1}, any[16], guest[16] = {0xfe, 0xc0, [15] = 0x15};
    char text[NET_FORWARD_TEXT];
    struct net_options options =
        parse("user,hostfwd=udp:[::1]:2222-:22,hostfwd=tcp::0-[fec0::15]:80,hostfwd=tcp:[::]:1-[fec0::15]:2");
    const struct net_forward *forward = options.forwards;
    assert_true(forward[0].ipv6 && forward[0].udp);
    assert_memory_equal(forward[0].host_address6, loopback, 16);
    assert_memory_equal(forward[0].guest_address6, any, 16);
    assert_int_equal(forward[0].guest_port, 22);
    assert_true(forward[1].ipv6);
    assert_memory_equal(forward[1].host_address6, loopback, 16);
    assert_memory_equal(forward[1].guest_address6, guest, 16);
    assert_memory_equal(forward[2].host_address6, any, 16);
    net_forward_describe(forward, text);
    assert_string_equal(text, "udp [::1]:2222");
}

static void addresses_of_the_network_are_forwarded_to_the_host(void **state)
{
    (void)state;
    struct net_options options =
        parse("user,guestfwd=tcp:10.0.2.100:80-cmd:tr a-z A-Z,,x,guestfwd=tcp:10.0.2.4:1-unix:/a-b:c,"
              "guestfwd=tcp:10.0.2.254:65535-tcp:[::1]:9");
    const struct net_guest_forward *forward = options.guest_forwards;
    assert_int_equal(options.guest_forward_count, 3);
    assert_int_equal(forward[0].address, 0x0a000264);
    assert_int_equal(forward[0].port, 80);
    assert_int_equal(forward[0].target, NET_TO_COMMAND);
    assert_string_equal(forward[0].text, "tr a-z A-Z,x");
    assert_int_equal(forward[1].target, NET_TO_UNIX);
    assert_string_equal(forward[1].text, "/a-b:c");
    assert_int_equal(forward[2].target, NET_TO_TCP);
    assert_string_equal(forward[2].text, "[::1]:9");
}

static void every_kind_has_its_options(void **state)
{
    (void)state;
    struct net_options options = parse("tap,ifname=tap-0.1,mtu=9000");
    assert_int_equal(options.kind, NET_TAP);
    assert_string_equal(options.interface, "tap-0.1");
    assert_int_equal(options.mtu, 9000);
    options = parse("stream,path=/tmp/a,,b");
    assert_int_equal(options.kind, NET_STREAM);
    assert_string_equal(options.path, "/tmp/a,b");
    assert_int_equal(options.mtu, NET_ETHERNET_MTU);
    assert_int_equal(options.reconnect_secs, 1);
    assert_false(options.server || options.waits);
    options = parse("stream,server=on,path=x");
    assert_true(options.server);
    options = parse("stream,path=x,reconnect=0");
    assert_true(options.waits);
    assert_int_equal(options.reconnect_secs, 0);
    options = parse("dgram,local=x,remote=y,mac=02:00:00:00:00:01");
    assert_int_equal(options.kind, NET_DGRAM);
    assert_string_equal(options.path, "x");
    assert_string_equal(options.remote, "y");
    assert_int_equal(options.address[5], 1);
    assert_int_equal(parse("unplugged").kind, NET_UNPLUGGED);
    assert_int_equal(parse("user").mtu, NET_JUMBO_MTU);
}

static void further_cards_have_other_addresses(void **state)
{
    (void)state;
    struct net_options options;
    assert_true(net_options_parse("user", 7, &options, NULL));
    assert_memory_equal(options.address, "\x52\x54\0\x12\x34\x5d", 6);
    assert_true(net_options_parse("user,mac=02:00:00:00:00:01", 7, &options, NULL));
    assert_memory_equal(options.address, "\x02\0\0\0\0\x01", 6);
}

static void what_is_wrong_is_named_in_one_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *because;
    } rows[] = {
        {"", "no network"},
        {"wifi", "'wifi'"},
        {"none,mac=1", "no network"},
        {"user,", "''"},
        {"user,wifi=on", "'wifi=on'"},
        {"user,restrict=yes", "'yes'"},
        {"user,ipv6=", "''"},
        {"user,mac=52:54:00:12:34", "six bytes"},
        {"user,mac=52:54:00:12:34:5g", "six bytes"},
        {"user,mac=53:54:00:12:34:56", "group"},
        {"user,mac=00:00:00:00:00:00", "no card's"},
        {"user,hostfwd=", "''"},
        {"user,hostfwd=sctp::1-:2", "'sctp'"},
        {"user,hostfwd=tcp", "'-'"},
        {"user,hostfwd=tcp::80", "'-'"},
        {"user,hostfwd=tcp:80-:80", "':'"},
        {"user,hostfwd=tcp:localhost:80-:80", "'localhost'"},
        {"user,hostfwd=tcp::65536-:80", "'65536'"},
        {"user,hostfwd=tcp::-1-:80", "''"},
        {"user,hostfwd=tcp::99999999999999999999-:80", "'99999999999999999999'"},
        {"user,hostfwd=tcp::80-:0", "'0'"},
        {"user,hostfwd=tcp::80-10.0.2:80", "'10.0.2'"},
        {"user,hostfwd=tcp::80-:80x", "'80x'"},
        {"user,hostfwd=tcp:[::1:80-:80", "':'"},
        {"user,hostfwd=tcp:[127.0.0.1]:80-:80", "no IPv6 address"},
        {"user,hostfwd=tcp:[::1]:80-10.0.2.15:80", "one kind"},
        {"user,hostfwd=tcp:[::1]80-:80", "':'"},
        {"user,guestfwd=udp:10.0.2.100:53-cmd:cat", "'udp'"},
        {"user,guestfwd=tcp:10.0.2.100:53", "'-'"},
        {"user,guestfwd=tcp:10.0.3.100:53-cmd:cat", "no free address"},
        {"user,guestfwd=tcp:10.0.2.2:53-cmd:cat", "no free address"},
        {"user,guestfwd=tcp::53-cmd:cat", "no free address"},
        {"user,guestfwd=tcp:10.0.2.100:0-cmd:cat", "'0'"},
        {"user,guestfwd=tcp:10.0.2.100:53-cat", "'cat'"},
        {"user,guestfwd=tcp:10.0.2.100:53-cmd:", "cmd:"},
        {"user,guestfwd=tcp:10.0.2.100:53-tcp:localhost", "HOST:PORT"},
        {"user,path=/tmp/x", "'path=/tmp/x'"},
        {"user,mtu=65521", "'65521'"},
        {"tap", "ifname=NAME"},
        {"tap,ifname=", "1 to 15"},
        {"tap,ifname=a/b", "1 to 15"},
        {"tap,ifname=sixteencharacter", "1 to 15"},
        {"tap,ifname=tap0,restrict=on", "'restrict=on'"},
        {"stream", "path=PATH"},
        {"stream,path=", "1 to 107"},
        {"stream,path=/tmp/x,server=maybe", "'maybe'"},
        {"stream,path=/tmp/x,reconnect=3601", "'3601'"},
        {"stream,path=/tmp/x,reconnect=", "''"},
        {"stream,path=/tmp/x,server=on,reconnect=1", "connects"},
        {"stream,path=/tmp/x,mtu=67", "'67'"},
        {"dgram,local=/tmp/x", "remote=PATH"},
        {"dgram,local=/tmp/x,remote=/tmp/x", "own peer"},
        {"unplugged,path=/tmp/x", "'path=/tmp/x'"},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct net_options options;
        struct error err = {""};
        assert_false(net_options_parse(rows[i].text, 0, &options, &err));
        if (strstr(err.text, rows[i].because) == NULL || strchr(err.text, '\n') != NULL)
            fail_msg("'%s' is refused with '%s', which lacks %s", rows[i].text, err.text, rows[i].because);
    }
}

static void forwards_without_end_are_refused(void **state)
{
    (void)state;
    char text[2048] = "user";
    struct net_options options;
    for (unsigned i = 0; i < NET_MAX_FORWARDS; i++)
        strcat(text, ",hostfwd=tcp::1-:1");
    assert_int_equal(parse(text).forward_count, NET_MAX_FORWARDS);
    strcat(text, ",hostfwd=tcp::1-:1");
    assert_false(net_options_parse(text, 0, &options, NULL));
    memset(text + 5, 'x', 1000);
    text[1005] = '\0';
    assert_false(net_options_parse(text, 0, &options, NULL));
}

static void a_network_whose_name_is_too_long_is_named_by_its_beginning(void **state)
{
    (void)state;
    char text[1000], beginning[101] = "'";
    struct net_options options;
    struct error err = {""};
    memset(text, 'y', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    memset(beginning + 1, 'y', 100);
    assert_false(net_options_parse(text, 0, &options, &err));
    assert_memory_equal(err.text, beginning, sizeof beginning);
    assert_non_null(strstr(err.text, "no network"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_simple_forms_have_the_expected_defaults),
        cmocka_unit_test(every_option_is_taken),
        cmocka_unit_test(a_forward_listens_on_loopback_unless_told),
        cmocka_unit_test(a_forward_may_be_of_ipv6),
        cmocka_unit_test(addresses_of_the_network_are_forwarded_to_the_host),
        cmocka_unit_test(every_kind_has_its_options),
        cmocka_unit_test(further_cards_have_other_addresses),
        cmocka_unit_test(what_is_wrong_is_named_in_one_line),
        cmocka_unit_test(forwards_without_end_are_refused),
        cmocka_unit_test(a_network_whose_name_is_too_long_is_named_by_its_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
