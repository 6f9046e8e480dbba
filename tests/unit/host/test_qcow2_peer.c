/* SPDX-License-Identifier: MIT */
/* Images that QEMU and we change in turns: both read the same, and qemu-img check finds nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "base/splitmix.h"
#include "host/disk/qcow2_impl.h"
#include "host/qcow2_peer.h"

#define CHANGES 60u

struct kind {
    const char *options; /* qemu-img's */
    uint64_t bytes;
    const char *before; /* a command of the shell that comes first; NULL: none */
};

static const struct kind kinds[] = {
    {"", 9 << 20, NULL},
    {"-o compat=0.10", 9 << 20, NULL},
    {"-o cluster_size=512", 3 << 20, NULL},
    {"-o cluster_size=512,compat=0.10", (3 << 20) + 512, NULL},
    {"-o cluster_size=512,refcount_bits=64", 3 << 20, NULL},
    {"-o cluster_size=2M", 16 << 20, NULL},
    {"-o cluster_size=1k,refcount_bits=1", (5 << 20) + 1536, NULL},
    {"-o cluster_size=4k,refcount_bits=2", 5 << 20, NULL},
    {"-o cluster_size=4k,refcount_bits=4", (5 << 20) - 512, NULL},
    {"-o refcount_bits=8", 5 << 20, NULL},
    {"-o refcount_bits=32,lazy_refcounts=on", 5 << 20, NULL},
    {"-o preallocation=metadata", 5 << 20, NULL},
    {"-o preallocation=falloc,cluster_size=16k", 5 << 20, NULL},
    {"-b base.raw -F raw", 7 << 20, "head -c 3000000 /dev/urandom >base.raw; truncate -s 3000320 base.raw"},
    {"-o cluster_size=1k,compat=0.10 -b base.raw -F raw", 7 << 20,
     "head -c 3000000 /dev/urandom >base.raw; truncate -s 3000320 base.raw"},
    {"-o cluster_size=8k -b base.qcow2 -F qcow2", 5 << 20,
     "head -c 6000000 /dev/urandom >x; truncate -s 6M x; qemu-img convert -O qcow2 -c x base.qcow2"},
    {"-o cluster_size=512 -b base.qcow2 -F qcow2", 3 << 20,
     "seq 400000 >x; truncate -s 6M x; qemu-img convert -O qcow2 -c -o compression_type=zstd x base.qcow2"},
};

/* Whether this build can read the image that the command makes. */
static bool can_be_read(const char *command)
{
    return command == NULL || strstr(command, "zstd") == NULL || qcow2_zstd_is_there();
}

static void change_by_us(struct peer *peer, const char *options)
{
    peer_open(peer, options);
    for (unsigned i = 0; i < CHANGES; i++)
        peer_change(peer);
    peer_compare(peer);
    peer_close(peer);
    peer_check(peer);
}

static void change_by_qemu(struct peer *peer)
{
    char commands[3000] = "", command[128];
    for (unsigned i = 0; i < 20; i++) {
        peer_qemu_command(peer, command, sizeof command);
        strcat(commands, command);
    }
    peer->last = "QEMU's";
    peer_run(peer, "qemu-io -t unsafe -f qcow2 -d unmap %s image.qcow2", commands);
    peer_take_model(peer);
}

static void change_in_turns(struct peer *peer)
{
    static const char *const options[] = {",cache=unsafe", "", ",cache=unsafe"};
    for (unsigned turn = 0; turn < 3; turn++) {
        change_by_us(peer, options[turn]);
        change_by_qemu(peer);
    }
    peer_open(peer, ",ro");
    peer_compare(peer);
    peer_close(peer);
}

static void both_read_what_either_wrote(void **state)
{
    const struct kind *kind = *state;
    struct peer peer;
    if (!can_be_read(kind->before))
        skip();
    peer_create(&peer, (uint64_t)(kind - kinds) + 100);
    if (kind->before != NULL)
        peer_run(&peer, "%s", kind->before);
    peer_make(&peer, kind->bytes, kind->options);
    change_in_turns(&peer);
    peer_destroy(&peer);
}

/* What a snapshot holds must stay, whatever is written after it. */
static void snapshots_keep_what_they_hold(void **state)
{
    static const char *const options[] = {"-o cluster_size=1k", "-o cluster_size=4k,refcount_bits=2,compat=1.1",
                                          "-o compat=0.10", ""};
    struct peer peer;
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(options); i++) {
        peer_create(&peer, i);
        peer_make(&peer, 3 << 20, options[i]);
        change_by_us(&peer, ",cache=unsafe");
        peer_run(&peer, "qemu-img snapshot -c one image.qcow2; qemu-img convert -l one -O raw image.qcow2 one.raw");
        change_by_us(&peer, ",cache=unsafe");
        peer_run(&peer, "qemu-img snapshot -c two image.qcow2; qemu-img convert -l two -O raw image.qcow2 two.raw");
        change_by_us(&peer, ",cache=unsafe");
        peer_run(&peer,
                 "for s in one two; do qemu-img convert -l $s -O raw image.qcow2 x && cmp x $s.raw || exit 1; done");
        peer_run(&peer, "qemu-img snapshot -d one image.qcow2");
        change_by_us(&peer, ",cache=unsafe");
        peer_run(&peer, "qemu-img snapshot -a two image.qcow2; qemu-img snapshot -d two image.qcow2");
        peer_take_model(&peer);
        assert_int_equal(peer_status(&peer, "cmp two.raw model.raw"), 0);
        change_by_us(&peer, ",cache=unsafe");
        peer_destroy(&peer);
    }
}

static void compressed_clusters_are_read_and_written_over(void **state)
{
    static const char *const options[] = {"",
                                          "-o compression_type=zstd",
                                          "-o cluster_size=512",
                                          "-o cluster_size=2M",
                                          "-o cluster_size=4k,compression_type=zstd",
                                          "-o compat=0.10,cluster_size=1k"};
    struct peer peer;
    (void)state;
    for (unsigned i = 0; i < ARRAY_SIZE(options); i++) {
        if (!can_be_read(options[i]))
            continue;
        peer_create(&peer, i);
        peer_run(&peer, "seq 500000 >x; truncate -s 4M x; qemu-img convert -f raw -O qcow2 -c %s x image.qcow2",
                 options[i]);
        peer_take_model(&peer);
        peer_open(&peer, ",ro");
        peer_compare(&peer);
        peer_close(&peer);
        change_by_us(&peer, ",cache=unsafe");
        peer_run(&peer, "qemu-img snapshot -c one image.qcow2");
        change_by_us(&peer, ",cache=unsafe");
        peer_run(&peer, "qemu-img snapshot -d one image.qcow2");
        change_in_turns(&peer);
        peer_destroy(&peer);
    }
}

static void bitmaps_that_we_cannot_keep_up_to_date_are_given_up(void **state)
{
    struct peer peer;
    (void)state;
    peer_create(&peer, 1);
    peer_make(&peer, 4 << 20, "");
    peer_run(&peer, "qemu-img bitmap --add image.qcow2 changes");
    change_by_us(&peer, ",cache=unsafe");
    assert_int_not_equal(peer_status(&peer, "qemu-img info image.qcow2 | grep changes"), 0);
    peer_destroy(&peer);
}

/* As a machine leaves it that ended in the middle, with refcounts that were never written. */
static void a_dirty_image_of_qemus_is_repaired(void **state)
{
    struct peer peer;
    (void)state;
    peer_create(&peer, 1);
    peer_make(&peer, 4 << 20, "-o lazy_refcounts=on,cluster_size=4k");
    peer_status(&peer, "qemu-io -c 'write -P 7 0 1M' -c 'write -P 9 3M 64k' -c flush -c 'sigraise 9' image.qcow2");
    peer_run(&peer, "! qemu-img check image.qcow2");
    peer_run(&peer, "cp image.qcow2 y; qemu-img check -r all y; qemu-img convert -O raw y model.raw");
    peer_open(&peer, "");
    memset(peer.model, 7, 1 << 20);
    memset(peer.model + (3 << 20), 9, 1 << 16);
    peer_compare(&peer);
    peer_close(&peer);
    peer_check(&peer);
    peer_destroy(&peer);
}

int main(void)
{
    struct CMUnitTest tests[ARRAY_SIZE(kinds) + 4] = {
        cmocka_unit_test(snapshots_keep_what_they_hold),
        cmocka_unit_test(compressed_clusters_are_read_and_written_over),
        cmocka_unit_test(bitmaps_that_we_cannot_keep_up_to_date_are_given_up),
        cmocka_unit_test(a_dirty_image_of_qemus_is_repaired),
    };
    if (!peer_has_tools()) {
        printf("qemu-img and qemu-io are not there (Debian: qemu-utils)\n");
        return 77;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++)
        tests[4 + i] =
            (struct CMUnitTest){.name = kinds[i].options[0] != '\0' ? kinds[i].options : "as QEMU makes them",
                                .test_func = both_read_what_either_wrote,
                                .initial_state = (void *)(uintptr_t)&kinds[i]};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
