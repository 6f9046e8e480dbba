/* SPDX-License-Identifier: MIT */
/* Device trees as source: what dtc makes of it is the tree again. */
#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/fdt_print.h"
#include "machine/fdt.h"

static void a_tree_is_printed_as_source(void **state)
{
    (void)state;
    char blob[1024], *text;
    size_t size;
    fdt_create_empty_tree(blob, sizeof blob);
    fdt_add_mem_rsv(blob, 0x80000000, 0x1000);
    int node = fdt_add_subnode(blob, 0, "cpus");
    int inner = fdt_add_subnode(blob, node, "cpu@0");
    fdt_setprop_string(blob, inner, "say", "a \"b\"\\");
    fdt_setprop(blob, inner, "two", "a\0b", 4);
    fdt_setprop_u64(blob, inner, "reg", 0x100000002);
    fdt_setprop(blob, inner, "odd", "\1\2\3", 3);
    fdt_setprop(blob, inner, "flag", NULL, 0);
    FILE *out = open_memstream(&text, &size);
    assert_true(fdt_print(out, blob, sizeof blob, NULL));
    fclose(out);
    assert_string_equal(text, "/dts-v1/;\n\n/memreserve/ 0x80000000 0x1000;\n/ {\n\tcpus {\n\t\tcpu@0 {\n\t\t\tflag;\n"
                              "\t\t\todd = [01 02 03];\n\t\t\treg = <0x01 0x02>;\n\t\t\ttwo = \"a\", \"b\";\n"
                              "\t\t\tsay = \"a \\\"b\\\"\\\\\";\n\t\t};\n\t};\n};\n");
    free(text);
}

static void a_broken_tree_is_refused(void **state)
{
    (void)state;
    char blob[1024];
    struct error err;
    fdt_create_empty_tree(blob, sizeof blob);
    blob[fdt_off_dt_struct(blob) + 3] = 99;
    assert_false(fdt_print(stdout, blob, sizeof blob, &err));
    assert_non_null(strstr(err.text, "broken"));
}

/* Prints the blob and gives what dtc makes of the source, to be freed. Fails if dtc says anything. */
static void *compiled(const void *blob, size_t size)
{
    char source[] = "/tmp/microvm-test-XXXXXX", command[128];
    struct error err;
    FILE *out = fdopen(mkstemp(source), "w");
    assert_non_null(out);
    assert_true(fdt_print(out, blob, size, &err));
    assert_int_equal(fclose(out), 0);
    snprintf(command, sizeof command, "dtc -I dts -O dtb %s 2>&1", source);
    FILE *dtc = popen(command, "r");
    assert_non_null(dtc);
    char *result = calloc(1, 1 << 20);
    assert_non_null(result);
    size_t got = fread(result, 1, 1 << 20, dtc);
    assert_int_equal(pclose(dtc), 0);
    unlink(source);
    if (fdt_check_full(result, got) != 0)
        fail_msg("dtc says: %.500s", result);
    return result;
}

/* Token by token; the order in the table of names is dtc's own affair. */
static void assert_same_tree(const void *a, const void *b)
{
    int at = 0, next, next_b;
    for (uint32_t tag = FDT_BEGIN_NODE; tag != FDT_END; at = next) {
        tag = fdt_next_tag(a, at, &next);
        assert_int_equal(fdt_next_tag(b, at, &next_b), tag);
        assert_int_equal(next_b, next);
        if (tag == FDT_BEGIN_NODE)
            assert_string_equal(fdt_get_name(a, at, NULL), fdt_get_name(b, at, NULL));
        if (tag != FDT_PROP)
            continue;
        const char *name_a, *name_b;
        int length;
        const void *bytes = fdt_getprop_by_offset(a, at, &name_a, &length);
        assert_memory_equal(bytes, fdt_getprop_by_offset(b, at, &name_b, NULL), (size_t)length);
        assert_string_equal(name_a, name_b);
    }
}

static void assert_comes_back(const void *blob, size_t size)
{
    if (system("command -v dtc >/dev/null") != 0)
        skip();
    void *again = compiled(blob, size);
    assert_same_tree(blob, again);
    free(again);
}

static void the_machines_tree_compiles_to_itself_without_a_warning(void **state)
{
    (void)state;
    struct ext_set ext = ext_set_default();
    struct fdt_input input = {.cpus = 4, .ext = &ext, .memory_base = 0x80000000, .memory_bytes = 1 << 30};
    input.bootargs = "a \"quoted\" word";
    input.initrd_base = 0x90000000;
    input.initrd_bytes = 4711;
    void *blob;
    size_t size;
    struct error err;
    assert_true(fdt_build(&input, &blob, &size, &err));
    assert_comes_back(blob, size);
    free(blob);
}

static void what_only_looks_like_references_stays_numbers(void **state)
{
    (void)state;
    char blob[1024], *text;
    size_t size;
    fdt_create_empty_tree(blob, sizeof blob);
    int node = fdt_add_subnode(blob, 0, "a");
    fdt_setprop_u32(blob, node, "phandle", 7);
    fdt_setprop_u32(blob, node, "interrupt-parent", 8);           /* nobody's */
    fdt_setprop_u64(blob, node, "clocks", UINT64_C(7) << 32 | 7); /* nobody says how many cells follow */
    fdt_setprop_u64(blob, node, "regmap", UINT64_C(7) << 32 | 9);
    FILE *out = open_memstream(&text, &size);
    assert_true(fdt_print(out, blob, sizeof blob, NULL));
    fclose(out);
    assert_non_null(strstr(text, "phandle7: a {"));
    assert_non_null(strstr(text, "interrupt-parent = <0x08>;"));
    assert_non_null(strstr(text, "clocks = <0x07 0x07>;"));
    assert_non_null(strstr(text, "regmap = <&phandle7 0x09>;"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_is_printed_as_source),
        cmocka_unit_test(the_machines_tree_compiles_to_itself_without_a_warning),
        cmocka_unit_test(what_only_looks_like_references_stays_numbers),
        cmocka_unit_test(a_broken_tree_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
