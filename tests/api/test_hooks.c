/* SPDX-License-Identifier: MIT */
/* What programs hear of their machines and put into them. */
#include "api_fixture.h"

#define OWN UINT64_C(0x40000000)

static size_t on_input(void *owner, uint8_t *bytes, size_t size)
{
    struct heard *heard = owner;
    size_t count = strlen(heard->typed);
    count = count < size ? count : size;
    memcpy(bytes, heard->typed, count);
    heard->typed += count;
    return count;
}

static void a_hook_may_give_the_keys(void **state)
{
    (void)state;
    struct microvm *vm = make_at(NULL, "echoes");
    struct heard heard = {.typed = "by a hook q"};
    hook(vm, &heard, (struct microvm_hooks){.console_output = on_output, .console_input = on_input});
    assert_int_equal(run(vm, UINT64_MAX).reason, MICROVM_ENDED);
    assert_string_equal(heard.text, "by a hook q");
    microvm_destroy(vm);
}

static void on_trap(void *owner, const struct microvm_trap *trap)
{
    struct heard *heard = owner;
    heard->trap = *trap;
    heard->traps++;
}

static void traps_are_told(void **state)
{
    (void)state;
    struct heard heard = {0};
    struct microvm *vm = make_at(NULL, "traps");
    hook(vm, &heard, (struct microvm_hooks){.trap = on_trap});
    assert_int_equal(run(vm, UINT64_MAX).reason, MICROVM_ENDED);
    assert_int_equal(heard.traps, 1);
    assert_int_equal(heard.trap.cause, 2);
    assert_int_equal(heard.trap.pc, symbol(vm, "traps_here"));
    assert_int_equal(heard.trap.from, 3);
    assert_int_equal(heard.trap.to, 3);
    microvm_destroy(vm);
}

static void on_instruction(void *owner, const struct microvm_instruction *instruction)
{
    struct heard *heard = owner;
    uint8_t bytes[4] = {0};
    uint32_t bits = 0;
    assert_true(microvm_read(heard->vm, 0, MICROVM_PHYSICAL, instruction->pc, bytes, instruction->length));
    for (unsigned i = 0; i < instruction->length; i++)
        bits |= (uint32_t)bytes[i] << 8 * i;
    assert_int_equal(instruction->bits, bits);
    heard->last_pc = instruction->pc;
    if (++heard->instructions == heard->stop_at)
        microvm_stop(heard->vm);
    assert_int_equal(microvm_steps(heard->vm), heard->instructions);
    assert_false(microvm_run(heard->vm, 1, NULL));
    assert_false(microvm_reset(heard->vm));
    assert_false(microvm_set_register(heard->vm, 0, "a0", 1));
    assert_false(microvm_set_hooks(heard->vm, NULL));
    assert_false(microvm_set_point(heard->vm, MICROVM_EXECUTE, RAM, 0));
}

static void on_access(void *owner, const struct microvm_access *access)
{
    struct heard *heard = owner;
    assert_int_equal(access->size, 8);
    assert_int_equal(access->address, symbol(heard->vm, "data"));
    if (access->is_store)
        heard->stores++;
    else
        heard->loads++;
    heard->written = access->value;
}

static void each_instruction_is_told_and_stops_exactly(void **state)
{
    (void)state;
    struct heard heard = {.stop_at = 501};
    struct microvm *vm = make_at(NULL, "counts");
    hook(vm, &heard, (struct microvm_hooks){.instruction = on_instruction, .access = on_access});
    struct microvm_result result = run(vm, UINT64_MAX);
    assert_int_equal(result.reason, MICROVM_STOPPED);
    assert_int_equal(result.steps, 501);
    assert_int_equal(heard.instructions, 501);
    assert_in_range(heard.stores, 123, 126);
    assert_in_range(heard.loads, 123, 126);
    assert_int_equal(heard.written, heard.stores);
    assert_true(microvm_set_hooks(vm, NULL));
    assert_int_equal(run(vm, 100).reason, MICROVM_BUDGET);
    assert_int_equal(heard.instructions, 501);
    microvm_destroy(vm);
}

static void accesses_alone_are_complete(void **state)
{
    (void)state;
    struct heard heard = {0};
    struct microvm *vm = make_at(NULL, "counts");
    hook(vm, &heard, (struct microvm_hooks){.access = on_access});
    run(vm, 4003);
    assert_in_range(heard.stores, 999, 1001);
    assert_in_range(heard.loads, 999, 1001);
    microvm_destroy(vm);
}

static bool on_ecall(void *owner, unsigned hart)
{
    struct heard *heard = owner;
    uint64_t argument = 0, number = 0;
    heard->calls++;
    assert_true(microvm_get_register(heard->vm, hart, "a7", &number));
    assert_true(microvm_get_register(heard->vm, hart, "a0", &argument));
    assert_int_equal(number, 5);
    assert_false(microvm_set_register(heard->vm, hart, "pc", 0));
    assert_true(microvm_write(heard->vm, hart, MICROVM_PHYSICAL, symbol(heard->vm, "data"), "x", 1));
    return heard->result != 0 && microvm_set_register(heard->vm, hart, "a0", argument + heard->result);
}

static void ecalls_are_served_in_each_mode_or_left_alone(void **state)
{
    (void)state;
    static const char *const labels[] = {"calls", "asks_from_s"};
    for (unsigned i = 0; i < ARRAY_SIZE(labels); i++) {
        struct heard heard = {.result = 3};
        struct microvm *vm = make_at(NULL, labels[i]);
        hook(vm, &heard, (struct microvm_hooks){.ecall = on_ecall, .trap = on_trap});
        struct microvm_result end = run(vm, UINT64_MAX);
        if (i == 0) {
            assert_int_equal(end.reason, MICROVM_ENDED);
            assert_int_equal(end.code, 23);
        }
        assert_int_equal(heard.calls, 1);
        uint8_t byte = 0;
        assert_true(microvm_read(vm, 0, MICROVM_PHYSICAL, symbol(vm, "data"), &byte, 1));
        assert_int_equal(byte, 'x');
        assert_int_equal(heard.traps, 0);
        heard.result = 0;
        start_at(vm, labels[i]);
        run(vm, 50);
        assert_in_range(heard.traps, 1, 50);
        microvm_destroy(vm);
    }
}

/* A device: a word at 4, one that is written at 8; all else is refused. */
static bool own_read(void *owner, uint64_t offset, unsigned size, uint64_t *value)
{
    (void)owner;
    *value = UINT64_C(0x1111111100000029);
    return offset == 4 && size == 4;
}

static bool own_write(void *owner, uint64_t offset, unsigned size, uint64_t value)
{
    struct heard *heard = owner;
    heard->written = value;
    return offset == 8 && size == 8;
}

static void own_reset(void *owner)
{
    struct heard *heard = owner;
    heard->resets++;
}

static void a_device_of_ones_own_is_reached(void **state)
{
    (void)state;
    struct heard heard = {0};
    struct microvm_device device = {.size = sizeof device,
                                    .name = "own",
                                    .owner = &heard,
                                    .read = own_read,
                                    .write = own_write,
                                    .reset = own_reset};
    struct microvm *vm = make(NULL);
    assert_true(microvm_add_device(vm, OWN, 0x1000, &device));
    start_at(vm, "uses_device");
    assert_int_equal(heard.resets, 1);
    assert_int_equal(run(vm, UINT64_MAX).code, 0);
    assert_int_equal(heard.written, 0x2a);
    uint8_t byte = 1;
    assert_false(microvm_read(vm, 0, MICROVM_PHYSICAL, OWN + 4, &byte, 1));
    assert_true(microvm_write(vm, 0, MICROVM_PHYSICAL, OWN + 8, "\1\2\3\4\5\6\7\0", 8));
    assert_int_equal(heard.written, UINT64_C(0x0007060504030201));
    assert_false(microvm_add_device(vm, OWN + 0xfff, 2, &device));
    assert_non_null(strstr(microvm_error(vm), "own"));
    assert_false(microvm_add_device(vm, RAM - 1, 2, &device));
    assert_non_null(strstr(microvm_error(vm), "RAM"));
    assert_false(microvm_add_device(vm, RAM + 100, 1, &device));
    assert_false(microvm_add_device(vm, 0x10000000, 1, &device));
    assert_false(microvm_add_device(vm, 0x50000000, 0, &device));
    assert_false(microvm_add_device(vm, UINT64_MAX, 2, &device));
    assert_false(microvm_add_device(vm, OWN, 1, NULL));
    device.size = 3;
    assert_false(microvm_add_device(vm, 0x60000000, 1, &device));
    microvm_destroy(vm);
}

static void interrupts_of_ones_own_wake_the_guest(void **state)
{
    (void)state;
    struct microvm *vm = make_at(NULL, "awaits");
    assert_int_equal(run(vm, UINT64_MAX).reason, MICROVM_WAITING);
    assert_int_equal(run(vm, UINT64_MAX).reason, MICROVM_WAITING);
    assert_true(microvm_set_interrupt(vm, 40, true));
    struct microvm_result end = run(vm, UINT64_MAX);
    assert_int_equal(end.reason, MICROVM_ENDED);
    assert_int_equal(end.code, 0);
    assert_false(microvm_set_interrupt(vm, 10, true));
    assert_false(microvm_set_interrupt(vm, 96, true));
    microvm_destroy(vm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hook_may_give_the_keys),
        cmocka_unit_test(traps_are_told),
        cmocka_unit_test(each_instruction_is_told_and_stops_exactly),
        cmocka_unit_test(accesses_alone_are_complete),
        cmocka_unit_test(ecalls_are_served_in_each_mode_or_left_alone),
        cmocka_unit_test(a_device_of_ones_own_is_reached),
        cmocka_unit_test(interrupts_of_ones_own_wake_the_guest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
