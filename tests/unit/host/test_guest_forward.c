/* SPDX-License-Identifier: MIT */
/* Addresses of the user network that are programs, sockets and ports of the host, and ports of the host that are the guest's by
 * IPv6. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/wait.h>

#include "host/unix_socket.h"
#include "usernet_fixture.h"

#define SKIPPED 77

/* A guest's connection to 10.0.2.100, port 80. */
struct tcp {
    uint32_t sequence, acknowledged;
};

#define SERVICE "\x0a\0\2\x64"

static void send_segment(struct rig *rig, const struct tcp *tcp, uint8_t flags, const char *text)
{
    uint8_t segment[256] = {[12] = 0x50, [13] = flags, [14] = 0x20};
    uint8_t pseudo[12] = GUEST SERVICE "\0\6";
    size_t length = 20 + strlen(text);
    put16(segment, 5000);
    put16(segment + 2, 80);
    put16(segment + 4, tcp->sequence >> 16);
    put16(segment + 6, tcp->sequence & 0xffff);
    put16(segment + 8, tcp->acknowledged >> 16);
    put16(segment + 10, tcp->acknowledged & 0xffff);
    memcpy(segment + 20, text, strlen(text));
    put16(pseudo + 10, (unsigned)length);
    put16(segment + 16, fold(add_up(add_up(0, pseudo, sizeof pseudo), segment, length)));
    send_packet_to(rig, SERVICE, 6, segment, length);
}

/* Waits for the segment with data that says so, or for one with one of these flags. */
static void await_segment(struct rig *rig, uint8_t flags, const char *text)
{
    const uint8_t *segment = rig->frame + NET_HEADER_BYTES + 20;
    for (unsigned i = 0; i < 100000; i++) {
        bool tcp = rig->frame[12] == 8 && rig->frame[13] == 0 && rig->frame[NET_HEADER_BYTES + 9] == 6;
        size_t header = (size_t)(segment[12] >> 4) * 4, all = rig->length - NET_HEADER_BYTES - 20;
        if (tcp && (segment[13] & flags) != 0)
            return;
        if (tcp && text != NULL && all >= header + strlen(text) && memcmp(segment + header, text, strlen(text)) == 0)
            return;
        turn(rig, true);
    }
    fail_msg("no segment came with '%s' or flags %x", text != NULL ? text : "", flags);
}

/* Whatever is behind the address gives back what it gets, and ends when the guest does. */
static void check_echo(const char *text)
{
    struct rig *rig = start(text);
    struct tcp tcp = {.sequence = 1000};
    const uint8_t *segment = rig->frame + NET_HEADER_BYTES + 20;
    announce(rig);
    send_segment(rig, &tcp, 2, "");
    await_segment(rig, 2, NULL);
    tcp = (struct tcp){1001, ((uint32_t)get16(segment + 4) << 16) + get16(segment + 6) + 1};
    send_segment(rig, &tcp, 0x18, "shout");
    await_segment(rig, 0, "shout");
    tcp.sequence += 5;
    tcp.acknowledged += 5;
    send_segment(rig, &tcp, 0x11, "");
    await_segment(rig, 5, NULL);
    end(rig);
}

static void a_guests_connection_reaches_a_program(void **state)
{
    (void)state;
    check_echo("user,guestfwd=tcp:10.0.2.100:80-cmd:/bin/sh -c 'exec cat',restrict=on");
}

/* In another process, as the connection is made by one that waits for it: echoes one connection. */
static pid_t echo_one(int listener)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    char text[64];
    ssize_t got;
    int client = accept(listener, NULL, NULL);
    while ((got = read(client, text, sizeof text)) > 0)
        if (write(client, text, (size_t)got) != got)
            break;
    _exit(got != 0);
}

static void expect_end(pid_t child)
{
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void a_guests_connection_reaches_a_unix_socket(void **state)
{
    (void)state;
    char folder[] = "/tmp/microvm-guestfwd-XXXXXX", path[64], text[160];
    struct unix_socket sock;
    struct error err = {""};
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/s", folder);
    assert_true(unix_socket_open(&sock, path, &err));
    fcntl(sock.fd, F_SETFL, 0);
    pid_t child = echo_one(sock.fd);
    snprintf(text, sizeof text, "user,guestfwd=tcp:10.0.2.100:80-unix:%s", path);
    check_echo(text);
    expect_end(child);
    unix_socket_close(&sock, path);
    rmdir(folder);
}

static void a_guests_connection_reaches_a_port_of_the_host(void **state)
{
    (void)state;
    char text[160];
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof place;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&place, sizeof place), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&place, &size), 0);
    pid_t child = echo_one(fd);
    snprintf(text, sizeof text, "user,restrict=on,guestfwd=tcp:10.0.2.100:80-tcp:localhost:%u", ntohs(place.sin_port));
    check_echo(text);
    expect_end(child);
    close(fd);
}

static void a_forward_of_ipv6_asks_for_the_guest_and_tells_its_port(void **state)
{
    (void)state;
    struct sockaddr_in6 place = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    bool has_ipv6 = fd >= 0 && bind(fd, (struct sockaddr *)&place, sizeof place) == 0;
    close(fd);
    if (!has_ipv6)
        skip();
    struct rig *rig = start("user,hostfwd=tcp:[::1]:0-[fec0::15]:22");
    const char *told = strstr(rig->said, "tcp [::1]:");
    assert_non_null(told);
    place.sin6_port = htons((uint16_t)strtoul(told + 10, NULL, 10));
    fd = socket(AF_INET6, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&place, sizeof place), 0);
    const uint8_t *ip = rig->frame + NET_HEADER_BYTES;
    for (unsigned i = 0; i < 1000 && !(get16(rig->frame + 12) == 0x86dd && ip[40] == 135); i++)
        turn(rig, true);
    assert_int_equal(ip[40], 135); /* a neighbour solicitation */
    assert_memory_equal(ip + 48, "\xfe\xc0\0\0\0\0\0\0\0\0\0\0\0\0\0\x15", 16);
    close(fd);
    end(rig);
}

int main(void)
{
    struct net_options options;
    struct error err = {""};
    struct net_message nobody = {0};
    if (!net_options_parse("user", 0, &options, NULL))
        return 1;
    struct usernet *net = usernet_create(&options, &nobody, &err);
    if (net == NULL) {
        fprintf(stderr, "%s\n", err.text);
        return SKIPPED;
    }
    usernet_destroy(net);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_guests_connection_reaches_a_program),
        cmocka_unit_test(a_guests_connection_reaches_a_unix_socket),
        cmocka_unit_test(a_guests_connection_reaches_a_port_of_the_host),
        cmocka_unit_test(a_forward_of_ipv6_asks_for_the_guest_and_tells_its_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
