/* SPDX-License-Identifier: MIT */
/* What the tests of libmicrovm have in common: machines with a guest of guest.S, and hooks that note what they hear. */
#ifndef MICROVM_TESTS_API_FIXTURE_H
#define MICROVM_TESTS_API_FIXTURE_H

#include <microvm.h>

#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define RAM MICROVM_RAM_BASE

/* What hooks have heard. */
struct heard {
    struct microvm *vm;
    char text[4096];
    size_t count;
    char message[1024];
    struct microvm_trap trap;
    unsigned traps, instructions, loads, stores, calls;
    uint64_t stop_at; /* in instructions */
    uint64_t last_pc, written;
    uint64_t result; /* of a call */
    unsigned resets;
    const char *typed;
    sem_t said;
};

static inline void on_output(void *owner, const uint8_t *bytes, size_t count)
{
    struct heard *heard = owner;
    for (size_t i = 0; i < count && heard->count < sizeof heard->text - 1; i++)
        heard->text[heard->count++] = (char)bytes[i];
}

static inline void on_message(void *owner, const char *line)
{
    struct heard *heard = owner;
    snprintf(heard->message, sizeof heard->message, "%s", line);
}

static inline struct microvm *make(const struct microvm_config *config)
{
    char error[256] = "";
    struct microvm *vm = microvm_create(config, error, sizeof error);
    if (vm == NULL)
        fail_msg("%s", error);
    assert_string_equal(microvm_error(vm), "");
    return vm;
}

static inline uint64_t symbol(struct microvm *vm, const char *name)
{
    uint64_t address = 0;
    if (!microvm_symbol_address(vm, name, &address))
        fail_msg("%s", microvm_error(vm));
    return address;
}

static inline void start_at(struct microvm *vm, const char *label)
{
    if (!microvm_load_file(vm, getenv("GUEST"), MICROVM_ANYWHERE))
        fail_msg("%s", microvm_error(vm));
    assert_true(microvm_set_register(vm, 0, "pc", symbol(vm, label)));
}

static inline struct microvm *make_at(const struct microvm_config *config, const char *label)
{
    struct microvm *vm = make(config);
    start_at(vm, label);
    return vm;
}

static inline struct microvm_result run(struct microvm *vm, uint64_t steps)
{
    struct microvm_result result;
    memset(&result, 0xff, sizeof result);
    if (!microvm_run(vm, steps, &result))
        fail_msg("%s", microvm_error(vm));
    return result;
}

static inline uint64_t get(struct microvm *vm, const char *name)
{
    uint64_t value = 0;
    if (!microvm_get_register(vm, 0, name, &value))
        fail_msg("%s", microvm_error(vm));
    return value;
}

static inline void hook(struct microvm *vm, struct heard *heard, struct microvm_hooks hooks)
{
    heard->vm = vm;
    hooks.size = sizeof hooks;
    hooks.owner = heard;
    assert_true(microvm_set_hooks(vm, &hooks));
}

static inline struct microvm_config wall(void)
{
    struct microvm_config config;
    microvm_config_init(&config, sizeof config);
    config.clock = MICROVM_CLOCK_WALL;
    return config;
}

#endif
