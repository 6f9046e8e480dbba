/* SPDX-License-Identifier: MIT */
/* Memory, registers, points, names and snapshots through libmicrovm. */
#include "api_fixture.h"

#include <unistd.h>

static void breakpoints_stop_before_and_watchpoints_behind(void **state)
{
    (void)state;
    struct microvm *vm = make_at(NULL, "counts");
    uint64_t loop = symbol(vm, "counts_loop"), data = symbol(vm, "data");
    assert_true(microvm_set_point(vm, MICROVM_EXECUTE, loop, 0));
    for (unsigned i = 0; i < 3; i++) {
        struct microvm_result result = run(vm, 1000);
        assert_int_equal(result.reason, MICROVM_BREAKPOINT);
        assert_int_equal(result.address, loop);
        assert_int_equal(result.hart, 0);
        assert_int_equal(get(vm, "pc"), loop);
        assert_int_equal(get(vm, "t0"), i);
    }
    assert_true(microvm_clear_point(vm, MICROVM_EXECUTE, loop, 0));
    assert_true(microvm_set_point(vm, MICROVM_WRITE, data, 8));
    struct microvm_result result = run(vm, 1000);
    assert_int_equal(result.reason, MICROVM_WATCHPOINT);
    assert_int_equal(result.address, data);
    assert_int_equal(get(vm, "pc"), symbol(vm, "counts_store") + 4);
    assert_true(microvm_clear_point(vm, MICROVM_WRITE, data, 8));
    assert_int_equal(run(vm, 1000).reason, MICROVM_BUDGET);
    microvm_destroy(vm);
}

static void registers_and_csrs_are_read_and_written(void **state)
{
    (void)state;
    uint64_t value;
    struct microvm *vm = make(NULL);
    assert_true(microvm_load_nothing(vm));
    assert_true(microvm_set_register(vm, 0, "a0", 42));
    assert_int_equal(get(vm, "x10"), 42);
    assert_true(microvm_set_register(vm, 0, "x0", 1));
    assert_int_equal(get(vm, "zero"), 0);
    assert_true(microvm_set_register(vm, 0, "ft0", 99));
    assert_int_equal(get(vm, "f0"), 99);
    assert_true(microvm_set_csr(vm, 0, 0x340, UINT64_MAX));
    assert_int_equal(get(vm, "mscratch"), UINT64_MAX);
    assert_true(microvm_set_register(vm, 0, "mtvec", 0x80000002));
    assert_true(microvm_get_csr(vm, 0, 0x305, &value));
    assert_int_equal(value & 2, 0);
    assert_int_equal(get(vm, "pc"), get(vm, "pc"));
    assert_int_equal(get(vm, "priv"), 3);
    assert_true(microvm_set_register(vm, 0, "priv", 1));
    assert_int_equal(get(vm, "priv"), 1);
    assert_false(microvm_set_register(vm, 0, "priv", 2));
    assert_false(microvm_get_register(vm, 0, "a9", &value));
    assert_non_null(strstr(microvm_error(vm), "a9"));
    assert_false(microvm_get_register(vm, 1, "a0", &value));
    assert_non_null(strstr(microvm_error(vm), "no hart 1"));
    assert_false(microvm_get_csr(vm, 0, 0x1000, &value));
    assert_false(microvm_get_csr(vm, 0, 0x5c0, &value));
    assert_false(microvm_set_csr(vm, 0, 0xffff, 0));
    assert_false(microvm_get_register(vm, 0, NULL, &value));
    microvm_destroy(vm);
}

static void memory_is_read_and_written_by_both_addresses(void **state)
{
    (void)state;
    uint64_t entry = (RAM >> 12) << 10 | 0xcf, physical;
    char text[6] = "";
    struct microvm *vm = make(NULL);
    assert_true(microvm_load_nothing(vm));
    assert_true(microvm_write(vm, 0, MICROVM_PHYSICAL, RAM + 0x1000 + 3 * 8, &entry, sizeof entry));
    assert_true(microvm_set_register(vm, 0, "satp", UINT64_C(8) << 60 | (RAM + 0x1000) >> 12));
    assert_true(microvm_set_register(vm, 0, "pmpaddr0", UINT64_MAX));
    assert_true(microvm_set_register(vm, 0, "pmpcfg0", 0x1f));
    assert_true(microvm_set_register(vm, 0, "priv", 1));
    assert_true(microvm_translate(vm, 0, 0xc0000ffd, &physical));
    assert_int_equal(physical, RAM + 0xffd);
    assert_false(microvm_translate(vm, 0, 0x100000000, &physical));
    assert_true(microvm_write(vm, 0, MICROVM_VIRTUAL, 0xc0001ffd, "hello", 5));
    assert_true(microvm_read(vm, 0, MICROVM_PHYSICAL, RAM + 0x1ffd, text, 5));
    assert_string_equal(text, "hello");
    assert_false(microvm_read(vm, 0, MICROVM_VIRTUAL, 0x100000000, text, 5));
    assert_non_null(strstr(microvm_error(vm), "0x100000000"));
    assert_false(microvm_write(vm, 0, MICROVM_PHYSICAL, 0, text, 5));
    assert_false(microvm_read(vm, 0, (enum microvm_space)7, RAM, text, 5));
    assert_false(microvm_read(vm, 3, MICROVM_PHYSICAL, RAM, text, 5));
    uint8_t past[16];
    assert_false(microvm_read(vm, 0, MICROVM_PHYSICAL, RAM + (UINT64_C(128) << 20) - 8, past, 16));
    microvm_destroy(vm);
}

static void code_that_is_written_is_executed(void **state)
{
    (void)state;
    static const uint32_t one[] = {0x00100513, 0x0000006f}, two[] = {0x00200513, 0x0000006f}; /* li a0, N; j . */
    struct microvm_config config;
    microvm_config_init(&config, sizeof config);
    config.ignore_stuck = true;
    struct microvm *vm = make(&config);
    assert_true(microvm_load_memory(vm, one, sizeof one, RAM + 0x100));
    run(vm, 20);
    assert_int_equal(get(vm, "a0"), 1);
    assert_true(microvm_write(vm, 0, MICROVM_PHYSICAL, RAM + 0x100, two, sizeof two));
    assert_true(microvm_set_register(vm, 0, "pc", RAM + 0x100));
    run(vm, 20);
    assert_int_equal(get(vm, "a0"), 2);
    assert_true(microvm_reset(vm));
    run(vm, 20);
    assert_int_equal(get(vm, "a0"), 1);
    microvm_destroy(vm);
}

static void a_saved_machine_goes_on_where_it_was(void **state)
{
    (void)state;
    char path[] = "/tmp/microvm-api-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    struct microvm_config config;
    microvm_config_init(&config, sizeof config);
    config.harts = 3; /* the saved machine's counts, as do its firmware and its memory */
    config.firmware = "/nowhere/at/all";
    config.memory_bytes = UINT64_C(1) << 20;
    struct microvm *vm = make_at(NULL, "ticks"), *other = make(&config);
    run(vm, 300);
    assert_true(microvm_save(vm, path));
    assert_true(microvm_load_snapshot(other, path));
    assert_int_equal(microvm_steps(other), 300);
    assert_int_equal(microvm_harts(other), 1);
    assert_int_equal(microvm_digest(other), microvm_digest(vm));
    assert_int_equal(run(vm, UINT64_MAX).reason, MICROVM_ENDED);
    assert_int_equal(run(other, UINT64_MAX).reason, MICROVM_ENDED);
    assert_int_equal(microvm_digest(other), microvm_digest(vm));
    assert_true(microvm_reset(other));
    assert_int_equal(microvm_steps(other), 300);
    assert_false(microvm_save(other, "/nowhere/at/all"));
    assert_false(microvm_load_snapshot(other, "/nowhere/at/all"));
    assert_false(microvm_load_snapshot(other, getenv("GUEST")));
    assert_false(microvm_run(other, 1, NULL));
    microvm_destroy(vm);
    microvm_destroy(other);
    unlink(path);
}

static void names_and_instructions_are_text(void **state)
{
    (void)state;
    const char *name = NULL;
    uint64_t offset = 0, none;
    char text[80] = "", small[5] = "";
    struct microvm *vm = make_at(NULL, "counts");
    assert_true(microvm_symbol_at(vm, symbol(vm, "counts_store") + 4, &name, &offset));
    assert_string_equal(name, "counts_store");
    assert_int_equal(offset, 4);
    assert_false(microvm_symbol_address(vm, "no_such_name", &none));
    assert_false(microvm_symbol_address(vm, NULL, &none));
    assert_false(microvm_symbol_at(vm, 4, &name, &offset));
    assert_int_equal(microvm_disassemble(vm, 0x00128293, RAM, text, sizeof text), 4);
    assert_string_equal(text, "addi t0, t0, 1");
    assert_int_equal(microvm_disassemble(vm, 0x0285, RAM, small, sizeof small), 2);
    assert_string_equal(small, "addi");
    assert_int_equal(microvm_disassemble(vm, 0x0285, RAM, NULL, 0), 2);
    assert_true(microvm_describe(vm)[0] != '\0');
    assert_string_equal(microvm_version(), MICROVM_EXPECTED);
    assert_int_equal(microvm_api_version(), MICROVM_API_VERSION);
    microvm_destroy(vm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(breakpoints_stop_before_and_watchpoints_behind),
        cmocka_unit_test(registers_and_csrs_are_read_and_written),
        cmocka_unit_test(memory_is_read_and_written_by_both_addresses),
        cmocka_unit_test(code_that_is_written_is_executed),
        cmocka_unit_test(a_saved_machine_goes_on_where_it_was),
        cmocka_unit_test(names_and_instructions_are_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
