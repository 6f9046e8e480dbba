/* SPDX-License-Identifier: MIT */
#include "host/qcow2_peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/splitmix.h"
#include "host/disk/disk_image.h"

bool peer_has_tools(void)
{
    return system("qemu-img --version >/dev/null 2>&1 && qemu-io --version >/dev/null 2>&1") == 0;
}

void peer_create(struct peer *peer, uint64_t seed)
{
    *peer = (struct peer){.random = seed};
    bool memory = access("/dev/shm", W_OK) == 0; /* syncs cost nothing there */
    strcpy(peer->folder, memory ? "/dev/shm/qcow2-XXXXXX" : "/tmp/qcow2-XXXXXX");
    assert_non_null(mkdtemp(peer->folder));
    snprintf(peer->path, sizeof peer->path, "%s/image.qcow2", peer->folder);
    peer->model = calloc(1, PEER_MOST_BYTES);
    peer->seen = calloc(1, PEER_MOST_BYTES);
}

void peer_destroy(struct peer *peer)
{
    disk_image_close(&peer->image);
    peer_status(peer, "rm -rf %s", peer->folder);
    free(peer->model);
    free(peer->seen);
}

static int run(struct peer *peer, const char *format, va_list args)
{
    char command[4096];
    int at = snprintf(command, sizeof command, "cd %s && { ", peer->folder);
    at += vsnprintf(command + at, sizeof command - (size_t)at, format, args);
    snprintf(command + at, sizeof command - (size_t)at, "; } >output 2>&1");
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int peer_status(struct peer *peer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int status = run(peer, format, args);
    va_end(args);
    return status;
}

static void say_output(struct peer *peer)
{
    char text[4096] = "", path[128];
    snprintf(path, sizeof path, "%s/output", peer->folder);
    FILE *file = fopen(path, "r");
    if (file != NULL) {
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
    }
    print_error("%s\n", text);
}

void peer_run(struct peer *peer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int status = run(peer, format, args);
    va_end(args);
    if (status == 0)
        return;
    say_output(peer);
    fail_msg("in %s: '%s' ended with %d; the last change was %s", peer->folder, format, status, peer->last);
}

void peer_make(struct peer *peer, uint64_t bytes, const char *options)
{
    assert_true(bytes <= PEER_MOST_BYTES);
    peer_run(peer, "rm -f image.qcow2; qemu-img create -q -f qcow2 %s image.qcow2 %llu", options,
             (unsigned long long)bytes);
    peer_take_model(peer);
}

void peer_take_model(struct peer *peer)
{
    char path[128];
    snprintf(path, sizeof path, "%s/model.raw", peer->folder);
    peer_run(peer, "qemu-img convert -t unsafe -O raw image.qcow2 model.raw");
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    peer->bytes = (uint64_t)lseek(fd, 0, SEEK_END);
    assert_in_range(peer->bytes, PEER_SECTOR, PEER_MOST_BYTES);
    assert_int_equal(pread(fd, peer->model, peer->bytes, 0), peer->bytes);
    close(fd);
}

void peer_open(struct peer *peer, const char *options)
{
    char text[256];
    struct disk_options parsed;
    struct error err = {""};
    snprintf(text, sizeof text, "%s,format=qcow2%s", peer->path, options);
    if (!disk_options_parse(text, &parsed, &err) || !disk_image_open(&parsed, &peer->image, &err) ||
        !peer->image.format->start(peer->image.state, disk_calls_host(), &err))
        fail_msg("%s", err.text);
    assert_int_equal(peer->image.size_bytes, peer->bytes);
}

void peer_close(struct peer *peer)
{
    assert_int_equal(peer->image.format->close(peer->image.state), 0);
    peer->image.format = NULL;
}

static void read_range(struct peer *peer, uint64_t offset, uint64_t count)
{
    memset(peer->seen + offset, 0x5a, count);
    assert_int_equal(peer->image.format->read(peer->image.state, peer->seen + offset, count, offset), 0);
}

static void expect_range(struct peer *peer, uint64_t offset, uint64_t count)
{
    for (uint64_t i = offset; i < offset + count; i++)
        if (peer->seen[i] != peer->model[i])
            fail_msg("in %s: byte %llu is 0x%02x, not 0x%02x; the last change was %s", peer->folder,
                     (unsigned long long)i, peer->seen[i], peer->model[i], peer->last);
}

void peer_compare(struct peer *peer)
{
    for (uint64_t at = 0; at < peer->bytes;) {
        uint64_t count = PEER_SECTOR * (1 + splitmix_below(&peer->random, PEER_MOST_REQUEST / PEER_SECTOR));
        count = count < peer->bytes - at ? count : peer->bytes - at;
        read_range(peer, at, count);
        expect_range(peer, at, count);
        at += count;
    }
    for (uint64_t at = 0; at < peer->bytes;) {
        uint64_t data = peer->image.format->next_data(peer->image.state, at);
        for (; at < data && at < peer->bytes; at++)
            if (peer->model[at] != 0)
                fail_msg("byte %llu holds data, and is said to be zero", (unsigned long long)at);
        at = (at / PEER_SECTOR + 1) * PEER_SECTOR;
    }
}

void peer_check(struct peer *peer)
{
    char path[128];
    snprintf(path, sizeof path, "%s/wanted.raw", peer->folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(peer->model, 1, peer->bytes, file), peer->bytes);
    fclose(file);
    peer_run(peer, "qemu-img check image.qcow2");
    peer_run(peer, "qemu-img compare -f raw -F qcow2 wanted.raw image.qcow2");
}

struct range {
    uint64_t offset, count;
};

/* Small or large, at a sector, a page or nowhere in particular. */
static struct range draw(struct peer *peer, uint64_t most)
{
    static const uint64_t units[] = {PEER_SECTOR, 4096, 65536, PEER_SECTOR};
    uint64_t unit = units[splitmix_below(&peer->random, ARRAY_SIZE(units))];
    struct range r = {.offset = splitmix_below(&peer->random, peer->bytes / PEER_SECTOR) * PEER_SECTOR / unit * unit};
    uint64_t pieces = most / unit;
    r.count = unit * (1 + splitmix_below(&peer->random, splitmix_below(&peer->random, 4) == 0 ? pieces : 4));
    r.count = r.count < most ? r.count : most;
    r.count = r.count < peer->bytes - r.offset ? r.count : peer->bytes - r.offset;
    return r;
}

static void write_range(struct peer *peer)
{
    static uint8_t bytes[PEER_MOST_REQUEST];
    struct range r = draw(peer, sizeof bytes);
    for (uint64_t i = 0; i < r.count; i += 8) {
        uint64_t word = splitmix_next(&peer->random);
        memcpy(bytes + i, &word, 8);
    }
    assert_int_equal(peer->image.format->write(peer->image.state, bytes, r.count, r.offset), 0);
    memcpy(peer->model + r.offset, bytes, r.count);
    peer->last = "a write";
}

static void zero_range(struct peer *peer)
{
    struct range r = draw(peer, peer->bytes);
    bool unmap = splitmix_below(&peer->random, 2);
    assert_int_equal(peer->image.format->write_zeroes(peer->image.state, r.offset, r.count, unmap), 0);
    memset(peer->model + r.offset, 0, r.count);
    peer->last = "zeros";
}

/* Each byte stays or becomes zero. */
static void discard_range(struct peer *peer)
{
    struct range r = draw(peer, peer->bytes);
    assert_int_equal(peer->image.format->discard(peer->image.state, r.offset, r.count), 0);
    peer->last = "a discard";
    read_range(peer, r.offset, r.count);
    for (uint64_t i = r.offset; i < r.offset + r.count; i++)
        peer->model[i] = peer->seen[i] == 0 ? 0 : peer->model[i];
    expect_range(peer, r.offset, r.count);
}

static void read_some(struct peer *peer)
{
    struct range r = draw(peer, PEER_MOST_REQUEST);
    read_range(peer, r.offset, r.count);
    expect_range(peer, r.offset, r.count);
}

static void flush(struct peer *peer)
{
    assert_int_equal(peer->image.format->flush(peer->image.state), 0);
}

void peer_change(struct peer *peer)
{
    static void (*const changes[])(struct peer * peer) = {write_range, write_range,   write_range, read_some,
                                                          zero_range,  discard_range, flush,       write_range};
    changes[splitmix_below(&peer->random, ARRAY_SIZE(changes))](peer);
}

void peer_qemu_command(struct peer *peer, char *text, size_t size)
{
    static const char *const commands[] = {"write -P %u", "write -P %u", "write -z",
                                           "write -z -u", "discard",     "write -P %u"};
    char what[32];
    struct range r = draw(peer, PEER_MOST_REQUEST);
    unsigned n = (unsigned)splitmix_below(&peer->random, ARRAY_SIZE(commands));
    snprintf(what, sizeof what, commands[n], (unsigned)splitmix_below(&peer->random, 255) + 1);
    snprintf(text, size, " -c '%s %llu %llu'", what, (unsigned long long)r.offset, (unsigned long long)r.count);
}
