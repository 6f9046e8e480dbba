/* SPDX-License-Identifier: MIT */
/* The text of --net. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/compiler.h"
#include "host/net_options.h"

static struct net_options parse(const char *text)
{
    struct net_options options;
    struct error err = {""};
    if (!net_options_parse(text, &options, &err))
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

static void what_is_wrong_is_named_in_one_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *because;
    } rows[] = {
        {"", "neither none nor user"},
        {"tap", "'tap'"},
        {"none,mac=1", "neither none nor user"},
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
    };
    for (unsigned i = 0; i < ARRAY_SIZE(rows); i++) {
        struct net_options options;
        struct error err = {""};
        assert_false(net_options_parse(rows[i].text, &options, &err));
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
    assert_false(net_options_parse(text, &options, NULL));
    memset(text + 5, 'x', 300);
    text[305] = '\0';
    assert_false(net_options_parse(text, &options, NULL));
}

static void a_network_whose_name_is_too_long_is_named_by_its_beginning(void **state)
{
    (void)state;
    char text[300], beginning[101] = "'";
    struct net_options options;
    struct error err = {""};
    memset(text, 'y', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    memset(beginning + 1, 'y', 100);
    assert_false(net_options_parse(text, &options, &err));
    assert_memory_equal(err.text, beginning, sizeof beginning);
    assert_non_null(strstr(err.text, "neither none nor user"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_simple_forms_have_the_expected_defaults),
        cmocka_unit_test(every_option_is_taken),
        cmocka_unit_test(a_forward_listens_on_loopback_unless_told),
        cmocka_unit_test(what_is_wrong_is_named_in_one_line),
        cmocka_unit_test(forwards_without_end_are_refused),
        cmocka_unit_test(a_network_whose_name_is_too_long_is_named_by_its_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
