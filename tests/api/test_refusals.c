/* SPDX-License-Identifier: MIT */
/* Nonsense is refused with a reason, and changes nothing. */
#include "api_fixture.h"

static void is_refused_as(const struct microvm_config *config, const char *word)
{
    char error[256] = "";
    assert_null(microvm_create(config, error, sizeof error));
    if (strstr(error, word) == NULL)
        fail_msg("'%s' says nothing of %s", error, word);
    assert_null(microvm_create(config, NULL, 0));
}

static void is_refused(struct microvm_config config, const char *word)
{
    is_refused_as(&config, word);
}

static void configurations_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const char *const disks[] = {"a.raw,colour=red"}, *const no_disks[] = {NULL};
    struct microvm_config good, bad;
    microvm_config_init(&good, sizeof good);
    is_refused((bad = good, bad.size = 8, bad), "config.size");
    is_refused((bad = good, bad.harts = 0, bad), "config.harts");
    is_refused((bad = good, bad.harts = 65, bad), "65");
    is_refused((bad = good, bad.memory_bytes = 4097, bad), "memory_bytes");
    is_refused((bad = good, bad.memory_bytes = UINT64_MAX, bad), "memory_bytes");
    is_refused((bad = good, bad.clock = (enum microvm_clock)9, bad), "config.clock");
    is_refused((bad = good, bad.cpu = "frob=on", bad), "frob");
    is_refused((bad = good, bad.strict = "frob", bad), "frob");
    is_refused((bad = good, bad.disks = disks, bad.disk_count = 1, bad), "config.disks[0]");
    is_refused((bad = good, bad.disks = no_disks, bad.disk_count = 1, bad), "NULL");
    is_refused((bad = good, bad.disk_count = 1, bad), "config.disks");
    is_refused((bad = good, bad.disk_count = 17, bad), "16");
    struct {
        struct microvm_config config;
        uint64_t more;
    } newer = {good, 0};
    newer.config.size = sizeof newer;
    microvm_destroy(make(&newer.config));
    newer.more = 1;
    is_refused_as(&newer.config, "version");
}

static void programs_that_cannot_be_loaded_leave_none(void **state)
{
    (void)state;
    uint64_t value;
    struct microvm_result result;
    struct microvm *vm = make(NULL);
    uint8_t byte = 0;
    assert_false(microvm_run(vm, 1, &result));
    assert_non_null(strstr(microvm_error(vm), "no program"));
    assert_false(microvm_get_register(vm, 0, "a0", &value));
    assert_false(microvm_read(vm, 0, MICROVM_PHYSICAL, RAM, &byte, 1));
    assert_false(microvm_reset(vm));
    assert_false(microvm_save(vm, "/tmp/nothing"));
    assert_false(microvm_set_point(vm, MICROVM_EXECUTE, RAM, 0));
    assert_false(microvm_set_interrupt(vm, 40, true));
    assert_int_equal(microvm_disassemble(vm, 0, 0, NULL, 0), 0);
    assert_int_equal(microvm_steps(vm), 0);
    assert_int_equal(microvm_harts(vm), 0);
    assert_int_equal(microvm_digest(vm), 0);
    assert_string_equal(microvm_describe(vm), "");
    assert_false(microvm_load_file(vm, "/nowhere/at/all", MICROVM_ANYWHERE));
    assert_non_null(strstr(microvm_error(vm), "/nowhere/at/all"));
    assert_false(microvm_load_file(vm, NULL, 0));
    assert_false(microvm_load_memory(vm, NULL, 0, 0));
    assert_false(microvm_load_memory(vm,
                                     "\x7f"
                                     "ELF",
                                     4, MICROVM_ANYWHERE));
    assert_false(microvm_load_memory(vm, "abcd", 4, 0x1000));
    assert_true(microvm_load_nothing(vm));
    assert_int_equal(microvm_harts(vm), 1);
    assert_false(microvm_load_memory(vm, "abcd", 4, UINT64_MAX - 1));
    assert_false(microvm_run(vm, 1, NULL));
    assert_false(microvm_set_hooks(vm, &(struct microvm_hooks){.size = 1}));
    assert_true(microvm_load_nothing(vm));
    assert_false(microvm_set_point(vm, (enum microvm_point)9, RAM, 0));
    assert_false(microvm_set_point(vm, MICROVM_WRITE, RAM, 0));
    assert_true(microvm_input(vm, NULL, 0));
    assert_true(microvm_run(vm, 0, NULL));
    microvm_destroy(vm);
    microvm_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(configurations_that_make_no_sense_are_refused),
        cmocka_unit_test(programs_that_cannot_be_loaded_leave_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
