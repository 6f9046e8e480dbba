/* SPDX-License-Identifier: MIT */
/* The linear framebuffer: its sizes, its place, its node in the device tree, and that it is memory as RAM is. */
#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "machine/fdt.h"
#include "machine/framebuffer.h"
#include "machine/map.h"

#define BASE UINT64_C(0x7e000000)

static void sizes_are_read_and_bounded(void **state)
{
    (void)state;
    static const char *const bad[] = {"",         "640",     "640x",    "x480",      "640x480x",  "640x480 ",
                                      "-640x480", "15x480",  "640x15",  "8193x16",   "8192x4096", "0x0",
                                      "0x480",    "1e3x480", "640X480", "9999999x16"};
    struct framebuffer_size size;
    struct error err;
    assert_true(framebuffer_parse("640x480", &size, &err));
    assert_int_equal(size.width, 640);
    assert_int_equal(size.height, 480);
    assert_int_equal(framebuffer_bytes(&size), 640 * 480 * 4);
    assert_true(framebuffer_parse("3840x2160", &size, &err));
    assert_true(framebuffer_parse(FRAMEBUFFER_USUAL, &size, &err));
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        if (framebuffer_parse(bad[i], &size, &err))
            fail_msg("'%s' is taken", bad[i]);
}

static uint32_t cell(const void *blob, int node, const char *name)
{
    int length;
    const fdt32_t *value = fdt_getprop(blob, node, name, &length);
    assert_non_null(value);
    assert_int_equal(length, 4);
    return fdt32_to_cpu(*value);
}

/* Linux: Documentation/devicetree/bindings/display/simple-framebuffer.yaml */
static void the_device_tree_describes_it(void **state)
{
    (void)state;
    struct ext_set ext = ext_set_default();
    struct fdt_input input = {.cpus = 1, .ext = &ext, .memory_base = 0x80000000, .memory_bytes = 1 << 27};
    void *blob;
    size_t bytes;
    struct error err;
    assert_true(fdt_build(&input, &blob, &bytes, &err));
    assert_true(fdt_node_offset_by_compatible(blob, -1, "simple-framebuffer") < 0);
    free(blob);
    input.framebuffer = (struct framebuffer_size){800, 600};
    assert_true(fdt_build(&input, &blob, &bytes, &err));
    int node = fdt_path_offset(blob, "/chosen/framebuffer@7e000000"), length;
    assert_true(node >= 0);
    assert_int_equal(cell(blob, node, "width"), 800);
    assert_int_equal(cell(blob, node, "height"), 600);
    assert_int_equal(cell(blob, node, "stride"), 3200);
    assert_string_equal(fdt_getprop(blob, node, "format", NULL), "x8r8g8b8");
    const fdt64_t *reg = fdt_getprop(blob, node, "reg", &length);
    assert_int_equal(length, 16);
    assert_int_equal(fdt64_ld(&reg[0]), BASE);
    assert_int_equal(fdt64_ld(&reg[1]), 800 * 600 * 4);
    free(blob);
}

static void it_lies_below_ram_and_ram_stays_where_it_is(void **state)
{
    (void)state;
    struct machine_config config;
    machine_config_init(&config);
    struct ram_place place = framebuffer_memory(&config);
    assert_int_equal(place.base, map_row(MAP_dram)->base);
    assert_int_equal(place.bytes, config.memory_bytes);
    config.framebuffer = (struct framebuffer_size){640, 480};
    place = framebuffer_memory(&config);
    assert_int_equal(place.base, BASE);
    assert_int_equal(place.base + place.bytes, map_row(MAP_dram)->base + config.memory_bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_read_and_bounded),
        cmocka_unit_test(the_device_tree_describes_it),
        cmocka_unit_test(it_lies_below_ram_and_ram_stays_where_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
