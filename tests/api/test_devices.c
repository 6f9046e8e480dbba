/* SPDX-License-Identifier: MIT */
/* Devices that a program names, its looks at the screen, and what it does at the keyboard; the driver is the test itself. */
#include "api_fixture.h"

#define KEYBOARD UINT64_C(0x10016000)
#define FIRST_CARD UINT64_C(0x10004000)
#define SECOND_CARD UINT64_C(0x10023000)
#define SECOND_CARD_SOURCE 38
#define PICTURE UINT64_C(0x7e000000)
/* The queue's parts, and its buffers. */
#define DESCRIPTORS (RAM + 0x100000)
#define AVAILABLE (RAM + 0x101000)
#define USED (RAM + 0x102000)
#define BUFFERS (RAM + 0x103000)
#define EVENTS 8u

struct event {
    uint16_t type, code;
    uint32_t value;
};

static struct microvm_config with(const char *const *devices, size_t count)
{
    struct microvm_config config;
    microvm_config_init(&config, sizeof config);
    config.devices = devices;
    config.device_count = count;
    return config;
}

static uint32_t word(struct microvm *vm, uint64_t address)
{
    uint32_t value = 0;
    if (!microvm_read(vm, 0, MICROVM_PHYSICAL, address, &value, sizeof value))
        fail_msg("%s", microvm_error(vm));
    return value;
}

static void put(struct microvm *vm, uint64_t address, uint32_t value)
{
    if (!microvm_write(vm, 0, MICROVM_PHYSICAL, address, &value, sizeof value))
        fail_msg("%s", microvm_error(vm));
}

/* As a driver does at VirtIO 1.3 3.1.1, with all buffers for the events' queue. */
static void drive(struct microvm *vm, uint64_t base)
{
    const uint32_t steps[][2] = {
        {0x70, 0},         {0x70, 3},      {0x24, 1},    {0x20, 1},           {0x70, 11},
        {0x30, 0},         {0x38, EVENTS}, {0x84, 0},    {0x80, DESCRIPTORS}, {0x94, 0},
        {0x90, AVAILABLE}, {0xa4, 0},      {0xa0, USED}, {0x44, 1},           {0x70, 15},
    };
    for (uint32_t i = 0; i < EVENTS; i++) {
        const uint32_t descriptor[] = {BUFFERS + 8 * i, 0, sizeof(struct event), 2};
        for (unsigned j = 0; j < ARRAY_SIZE(descriptor); j++)
            put(vm, DESCRIPTORS + 16 * i + 4 * j, descriptor[j]);
        assert_true(microvm_write(vm, 0, MICROVM_PHYSICAL, AVAILABLE + 4 + 2 * i, &(uint16_t){(uint16_t)i}, 2));
    }
    for (unsigned i = 0; i < ARRAY_SIZE(steps); i++)
        put(vm, base + steps[i][0], steps[i][1]);
    put(vm, AVAILABLE, EVENTS << 16);
    put(vm, base + 0x50, 0);
}

static void expect(struct microvm *vm, unsigned number, uint16_t type, uint16_t code, uint32_t value)
{
    struct event event;
    assert_true(word(vm, USED) >> 16 > number);
    assert_true(microvm_read(vm, 0, MICROVM_PHYSICAL, BUFFERS + 8 * number, &event, sizeof event));
    assert_int_equal(event.type, type);
    assert_int_equal(event.code, code);
    assert_int_equal(event.value, value);
}

static void keys_reach_the_guests_driver(void **state)
{
    (void)state;
    static const char *const devices[] = {"input=keyboard"};
    struct microvm_config config = with(devices, 1);
    struct microvm *vm = make_at(&config, "counts");
    drive(vm, KEYBOARD);
    assert_true(microvm_key(vm, 30, true));
    assert_int_equal(run(vm, 10000000).reason, MICROVM_BUDGET);
    expect(vm, 0, 1, 30, 1);
    expect(vm, 1, 0, 0, 0);
    assert_int_equal(word(vm, USED) >> 16, 2);
    assert_true(microvm_key(vm, 30, false));
    run(vm, 10000000);
    expect(vm, 2, 1, 30, 0);
    assert_false(microvm_key(vm, 0, true));
    assert_false(microvm_key(vm, 0x300, true));
    assert_false(microvm_point(vm, 32768, 0));
    microvm_destroy(vm);
}

static void keys_reach_a_machine_that_waits(void **state)
{
    (void)state;
    static const char *const devices[] = {"gpu"};
    struct microvm_config config = with(devices, 1);
    struct microvm *vm = make_at(&config, "awaits");
    drive(vm, KEYBOARD);
    assert_int_equal(run(vm, UINT64_MAX).reason, MICROVM_WAITING);
    assert_true(microvm_key(vm, 48, true));
    assert_true(microvm_point(vm, 100, 32767));
    assert_int_equal(run(vm, UINT64_MAX).reason, MICROVM_WAITING);
    expect(vm, 0, 1, 48, 1);
    microvm_destroy(vm);
}

static void the_picture_is_what_the_guest_has_drawn(void **state)
{
    (void)state;
    static const char *const devices[] = {"framebuffer=64x48"};
    struct microvm_config config = with(devices, 1);
    struct microvm *vm = make_at(&config, "counts");
    uint32_t width = 0, height = 0;
    const uint32_t *pixels = microvm_screen(vm, 0, &width, &height);
    assert_non_null(pixels);
    assert_int_equal(width, 64);
    assert_int_equal(height, 48);
    assert_int_equal(pixels[0] & 0xffffff, 0);
    put(vm, PICTURE, 0xff112233);
    put(vm, PICTURE + 4 * (64 * 48 - 1), 0x445566);
    pixels = microvm_screen(vm, 0, &width, &height);
    assert_int_equal(pixels[0] & 0xffffff, 0x112233);
    assert_int_equal(pixels[64 * 48 - 1] & 0xffffff, 0x445566);
    assert_null(microvm_screen(vm, 1, &width, &height));
    assert_non_null(strstr(microvm_error(vm), "no screen 1"));
    assert_int_equal(width | height, 0);
    microvm_destroy(vm);
}

static void a_screen_that_is_off_or_not_there_is_said(void **state)
{
    (void)state;
    static const char *const devices[] = {"gpu=640x480,heads=2"};
    struct microvm_config config = with(devices, 1);
    uint32_t width = 1, height = 1;
    struct microvm *vm = make(&config);
    assert_null(microvm_screen(vm, 0, &width, &height));
    assert_non_null(strstr(microvm_error(vm), "no program"));
    start_at(vm, "counts");
    assert_null(microvm_screen(vm, 1, &width, &height));
    assert_non_null(strstr(microvm_error(vm), "has not switched it on"));
    assert_int_equal(width | height, 0);
    microvm_destroy(vm);
    vm = make_at(NULL, "counts");
    assert_null(microvm_screen(vm, 0, &width, &height));
    assert_non_null(strstr(microvm_error(vm), "config.devices"));
    assert_false(microvm_key(vm, 30, true));
    assert_false(microvm_point(vm, 0, 0));
    microvm_destroy(vm);
}

static void devices_have_their_slots_and_interrupts(void **state)
{
    (void)state;
    static const char *const devices[] = {"balloon", "net=unplugged,mac=52:54:00:12:34:99"};
    struct microvm_config config = with(devices, ARRAY_SIZE(devices));
    config.net = "unplugged";
    struct microvm *vm = make_at(&config, "counts");
    assert_int_equal(word(vm, FIRST_CARD + 8), 1);
    assert_int_equal(word(vm, SECOND_CARD + 8), 1);
    assert_false(microvm_set_interrupt(vm, SECOND_CARD_SOURCE, true));
    assert_true(microvm_set_interrupt(vm, SECOND_CARD_SOURCE + 2, true));
    microvm_destroy(vm);
    vm = make_at(NULL, "counts");
    assert_true(microvm_set_interrupt(vm, SECOND_CARD_SOURCE, true));
    microvm_destroy(vm);
}

static void is_refused(const char *device, const char *said)
{
    struct microvm_config config = with(&device, 1);
    char error[256] = "";
    assert_null(microvm_create(&config, error, sizeof error));
    if (strstr(error, said) == NULL)
        fail_msg("'%s' says nothing of '%s'", error, said);
}

static void nonsense_is_refused(void **state)
{
    (void)state;
    struct microvm_config config = with(NULL, 1);
    is_refused(NULL, "config.devices[0] is NULL");
    is_refused("", "there is no device ''");
    is_refused("monitor=m", "there is no device 'monitor'; known are disk, net");
    is_refused("gpu=1x1", "config.devices[0] 'gpu=1x1'");
    is_refused("net", "wants a value");
    is_refused("net=frob", "frob");
    is_refused("balloon=1", "takes no value");
    assert_null(microvm_create(&config, NULL, 0));
    config = with((const char *const[]){"balloon"}, 65);
    assert_null(microvm_create(&config, NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_reach_the_guests_driver),
        cmocka_unit_test(keys_reach_a_machine_that_waits),
        cmocka_unit_test(the_picture_is_what_the_guest_has_drawn),
        cmocka_unit_test(a_screen_that_is_off_or_not_there_is_said),
        cmocka_unit_test(devices_have_their_slots_and_interrupts),
        cmocka_unit_test(nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
