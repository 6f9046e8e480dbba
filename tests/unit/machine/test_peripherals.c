/* SPDX-License-Identifier: MIT */
/* Which devices a configuration puts into which VirtIO slots. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "machine/entropy.h"
#include "machine/machine.h"
#include "machine/peripherals.h"
#include "virtio/slots.h"

static void every_disk_that_an_option_can_name_has_a_slot_of_its_own(void **state)
{
    (void)state;
    struct machine_config config;
    machine_config_init(&config);
    uint64_t before = 0;
    for (config.disk_count = 1; config.disk_count <= MACHINE_MAX_DISKS; config.disk_count++) {
        uint64_t slots;
        assert_true(peripherals_slots(&config, &slots, NULL));
        assert_int_equal(slots & before, before);
        assert_int_not_equal(slots, before);
        before = slots;
    }
}

static void the_first_disk_and_the_entropy_device_keep_their_places(void **state)
{
    (void)state;
    struct machine_config config;
    uint64_t slots;
    machine_config_init(&config);
    assert_true(peripherals_slots(&config, &slots, NULL));
    assert_int_equal(slots, BIT(VIRTIO_SLOT_RNG));
    config.disk_count = 1;
    assert_true(peripherals_slots(&config, &slots, NULL));
    assert_int_equal(slots, BIT(VIRTIO_SLOT_RNG) | BIT(VIRTIO_SLOT_BLOCK));
}

static void a_seed_gives_the_same_bytes_however_they_are_asked_for(void **state)
{
    (void)state;
    uint8_t whole[64], pieces[64], other[64];
    entropy_from_seed(7, whole, sizeof whole);
    struct entropy entropy = {true, 7, NULL};
    for (unsigned i = 0; i < sizeof pieces; i += 16)
        assert_int_equal(entropy_fill(&entropy, pieces + i, 16), 16);
    assert_memory_equal(whole, pieces, sizeof whole);
    entropy_from_seed(8, other, sizeof other);
    assert_memory_not_equal(whole, other, sizeof whole);
}

static void the_hosts_entropy_fills_any_length(void **state)
{
    (void)state;
    struct entropy entropy = {false, 0, journal_create()};
    static uint8_t bytes[5000], zeros[16];
    assert_int_equal(entropy_fill(&entropy, bytes, sizeof bytes), sizeof bytes);
    assert_memory_not_equal(bytes + sizeof bytes - sizeof zeros, zeros, sizeof zeros);
    journal_destroy(entropy.journal);
}

/* No machine comes of a disk that is not there, and the disk opened before it is free again. */
static void a_disk_that_cannot_be_opened_leaves_nothing_behind(void **state)
{
    (void)state;
    static const uint8_t loop[] = {0x6f, 0, 0, 0};
    char path[] = "/tmp/microvm-disk-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0 && ftruncate(fd, 4096) == 0 && close(fd) == 0);
    struct machine_config config;
    struct machine_host host = {0};
    struct error err;
    machine_config_init(&config);
    config.image = loop;
    config.image_bytes = sizeof loop;
    config.image_name = "loop";
    config.disks[0] = path;
    config.disks[1] = "/nonexistent/disk";
    for (config.disk_count = 2; config.disk_count > 0; config.disk_count--) {
        struct machine *machine = machine_create(&config, &host, &err);
        assert_int_equal(machine != NULL, config.disk_count == 1);
        if (machine == NULL)
            assert_non_null(strstr(err.text, "/nonexistent/disk"));
        machine_destroy(machine);
    }
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_disk_that_an_option_can_name_has_a_slot_of_its_own),
        cmocka_unit_test(the_first_disk_and_the_entropy_device_keep_their_places),
        cmocka_unit_test(a_seed_gives_the_same_bytes_however_they_are_asked_for),
        cmocka_unit_test(the_hosts_entropy_fills_any_length),
        cmocka_unit_test(a_disk_that_cannot_be_opened_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
