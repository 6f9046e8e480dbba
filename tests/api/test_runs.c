/* SPDX-License-Identifier: MIT */
/* Runs of libmicrovm: how they end, how long they are, and who ends them. */
#include "api_fixture.h"

#include <pthread.h>

static void a_guest_that_passes_ends_with_0(void **state)
{
    (void)state;
    struct microvm *vm = make_at(NULL, "says");
    struct heard heard = {0};
    hook(vm, &heard, (struct microvm_hooks){.console_output = on_output});
    struct microvm_result end = run(vm, UINT64_MAX);
    assert_int_equal(end.reason, MICROVM_ENDED);
    assert_int_equal(end.code, 0);
    assert_int_equal(end.status, 0);
    assert_int_equal(end.steps, microvm_steps(vm));
    assert_string_equal(heard.text, "hello\n");
    struct microvm_result again = run(vm, UINT64_MAX);
    assert_int_equal(again.reason, MICROVM_ENDED);
    assert_int_equal(again.steps, 0);
    assert_true(microvm_reset(vm));
    assert_int_equal(microvm_steps(vm), 0);
    microvm_destroy(vm);
}

static void a_guest_that_fails_ends_with_its_code(void **state)
{
    (void)state;
    struct microvm *vm = make_at(NULL, "fails");
    struct microvm_result end = run(vm, 1000);
    assert_int_equal(end.reason, MICROVM_ENDED);
    assert_int_equal(end.code, 7);
    assert_int_equal(end.status, 7);
    microvm_destroy(vm);
}

static void a_reset_starts_again_or_ends_as_configured(void **state)
{
    (void)state;
    struct microvm_config config;
    microvm_config_init(&config, sizeof config);
    struct microvm *vm = make_at(&config, "resets");
    assert_int_equal(run(vm, 20).reason, MICROVM_BUDGET);
    assert_int_equal(get(vm, "pc"), symbol(vm, "_start"));
    microvm_destroy(vm);
    config.no_reboot = true;
    vm = make_at(&config, "resets");
    assert_int_equal(run(vm, 20).reason, MICROVM_RESET);
    microvm_destroy(vm);
}

static void a_budget_is_kept_to_the_step(void **state)
{
    (void)state;
    struct microvm *vm = make_at(NULL, "counts");
    uint64_t made = 0;
    for (uint64_t n = 0; n < 10000; n = n * 3 + 1) {
        struct microvm_result result = run(vm, n);
        made += n;
        assert_int_equal(result.reason, MICROVM_BUDGET);
        assert_int_equal(result.steps, n);
        assert_int_equal(microvm_steps(vm), made);
    }
    microvm_destroy(vm);
}

/* Timers, waits and all. */
static void a_run_in_pieces_is_the_run_in_one(void **state)
{
    (void)state;
    struct microvm *whole = make_at(NULL, "ticks"), *pieces = make_at(NULL, "ticks");
    assert_int_equal(run(whole, UINT64_MAX).reason, MICROVM_ENDED);
    struct microvm_result result;
    uint64_t n = 1;
    do {
        result = run(pieces, n % 97);
        n = n * 6364136223846793005u + 1442695040888963407u;
    } while (result.reason == MICROVM_BUDGET);
    assert_int_equal(result.reason, MICROVM_ENDED);
    assert_int_equal(microvm_steps(pieces), microvm_steps(whole));
    assert_int_equal(microvm_digest(pieces), microvm_digest(whole));
    assert_true(microvm_digest(whole) != 0);
    microvm_destroy(whole);
    microvm_destroy(pieces);
}

static void a_guest_that_waits_for_keys_gets_them(void **state)
{
    (void)state;
    struct microvm_config configs[2];
    microvm_config_init(&configs[0], sizeof configs[0]);
    configs[1] = wall();
    for (unsigned i = 0; i < 2; i++) {
        struct microvm *vm = make_at(&configs[i], "echoes");
        struct heard heard = {0};
        hook(vm, &heard, (struct microvm_hooks){.console_output = on_output});
        struct microvm_result result = run(vm, UINT64_MAX);
        assert_int_equal(result.reason, MICROVM_WAITING);
        assert_true(result.wait_ns == UINT64_MAX);
        assert_true(microvm_input(vm, "some ", 5));
        assert_true(microvm_input(vm, "keys", 4));
        assert_int_equal(run(vm, UINT64_MAX).reason, MICROVM_WAITING);
        assert_string_equal(heard.text, "some keys");
        assert_true(microvm_input(vm, "q", 1));
        assert_int_equal(run(vm, UINT64_MAX).reason, MICROVM_ENDED);
        microvm_destroy(vm);
    }
}

static void a_guest_that_is_stuck_is_told_so(void **state)
{
    (void)state;
    struct heard heard = {0};
    struct microvm *vm = make_at(NULL, "loops");
    hook(vm, &heard, (struct microvm_hooks){.message = on_message});
    struct microvm_result result = run(vm, UINT64_MAX);
    assert_int_equal(result.reason, MICROVM_STUCK);
    assert_int_equal(result.status, 121);
    assert_true(heard.message[0] != '\0');
    microvm_destroy(vm);
}

static void *stop_it(void *owner)
{
    struct heard *heard = owner;
    sem_wait(&heard->said);
    microvm_stop(heard->vm);
    return NULL;
}

static void on_output_told(void *owner, const uint8_t *bytes, size_t count)
{
    struct heard *heard = owner;
    (void)bytes, (void)count;
    sem_post(&heard->said);
}

static void stopped_by_a_thread(const char *label)
{
    pthread_t thread;
    struct microvm_config config = wall();
    struct heard heard = {0};
    sem_init(&heard.said, 0, 0);
    struct microvm *vm = make_at(&config, label);
    hook(vm, &heard, (struct microvm_hooks){.console_output = on_output_told});
    if (strcmp(label, "counts") == 0)
        sem_post(&heard.said);
    assert_int_equal(pthread_create(&thread, NULL, stop_it, &heard), 0);
    assert_int_equal(run(vm, UINT64_MAX).reason, MICROVM_STOPPED);
    pthread_join(thread, NULL);
    sem_destroy(&heard.said);
    microvm_destroy(vm);
}

static void another_thread_ends_a_run_and_a_sleep(void **state)
{
    (void)state;
    stopped_by_a_thread("counts");
    stopped_by_a_thread("sleeps");
}

static void a_stop_before_a_run_ends_it_at_once(void **state)
{
    (void)state;
    struct microvm *vm = make_at(NULL, "counts");
    microvm_stop(vm);
    struct microvm_result result = run(vm, 1000);
    assert_int_equal(result.reason, MICROVM_STOPPED);
    assert_int_equal(result.steps, 0);
    assert_int_equal(run(vm, 1000).reason, MICROVM_BUDGET);
    microvm_destroy(vm);
}

static void without_sleep_a_run_says_how_long(void **state)
{
    (void)state;
    struct microvm_config config = wall();
    config.no_sleep = true;
    struct microvm *vm = make_at(&config, "sleeps");
    for (unsigned i = 0; i < 3; i++) {
        struct microvm_result result = run(vm, UINT64_MAX);
        assert_int_equal(result.reason, MICROVM_WAITING);
        assert_true(result.wait_ns > UINT64_C(3599000) * 1000000000u && result.wait_ns != UINT64_MAX);
    }
    microvm_destroy(vm);
}

static void the_virtual_clock_skips_sleeps(void **state)
{
    (void)state;
    struct microvm *vm = make_at(NULL, "sleeps");
    assert_int_equal(run(vm, UINT64_MAX).reason, MICROVM_ENDED);
    microvm_destroy(vm);
}

static void *count_for_long(void *owner)
{
    struct microvm *vm = owner;
    struct microvm_result result;
    for (unsigned i = 0; i < 200; i++)
        if (!microvm_run(vm, 9973, &result) || result.reason != MICROVM_BUDGET)
            return owner;
    return NULL;
}

static void machines_do_not_know_of_each_other(void **state)
{
    (void)state;
    pthread_t threads[2];
    struct microvm_config config;
    microvm_config_init(&config, sizeof config);
    config.harts = 2;
    struct microvm *vms[2] = {make_at(&config, "counts"), make_at(&config, "counts")};
    assert_int_equal(microvm_harts(vms[0]), 2);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_for_long, vms[i]), 0);
    for (unsigned i = 0; i < 2; i++) {
        void *failed = NULL;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(microvm_digest(vms[0]), microvm_digest(vms[1]));
    assert_int_equal(microvm_steps(vms[0]), 200 * 9973);
    microvm_destroy(vms[0]);
    assert_true(microvm_set_register(vms[1], 1, "a0", 5));
    assert_int_equal(run(vms[1], 1000).steps, 1000);
    microvm_destroy(vms[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_guest_that_passes_ends_with_0),
        cmocka_unit_test(a_guest_that_fails_ends_with_its_code),
        cmocka_unit_test(a_reset_starts_again_or_ends_as_configured),
        cmocka_unit_test(a_budget_is_kept_to_the_step),
        cmocka_unit_test(a_run_in_pieces_is_the_run_in_one),
        cmocka_unit_test(a_guest_that_waits_for_keys_gets_them),
        cmocka_unit_test(a_guest_that_is_stuck_is_told_so),
        cmocka_unit_test(another_thread_ends_a_run_and_a_sleep),
        cmocka_unit_test(a_stop_before_a_run_ends_it_at_once),
        cmocka_unit_test(without_sleep_a_run_says_how_long),
        cmocka_unit_test(the_virtual_clock_skips_sleeps),
        cmocka_unit_test(machines_do_not_know_of_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
