/* SPDX-License-Identifier: MIT */
/* A small machine whose host does nothing: no input, output dropped, no sleep, no signal. For tests that make a machine of
 * a program in memory. Whoever minds one of the calls replaces it. */
#ifndef MICROVM_TESTS_QUIET_MACHINE_H
#define MICROVM_TESTS_QUIET_MACHINE_H

#include "base/compiler.h"
#include "machine/machine.h"

#define QUIET_BASE UINT64_C(0x80000000)

static inline size_t quiet_read(UNUSED void *owner, UNUSED uint8_t *bytes, UNUSED size_t size)
{
    return 0;
}

static inline void quiet_write(UNUSED void *owner, UNUSED const uint8_t *bytes, UNUSED size_t count)
{
}

static inline void quiet_wait(UNUSED void *owner, UNUSED struct wait_set *set, UNUSED uint64_t timeout_ns)
{
}

static inline bool quiet_interrupted(UNUSED void *owner, UNUSED struct stop *stop)
{
    return false;
}

static inline struct machine_host quiet_host(void)
{
    return (struct machine_host){
        .console_write = quiet_write, .console_read = quiet_read, .wait = quiet_wait, .interrupted = quiet_interrupted};
}

/* Of a raw program at QUIET_BASE, on the virtual clock and without a console. */
static inline struct machine_config quiet_config(const void *program, uint64_t bytes, unsigned cpus)
{
    struct machine_config config;
    machine_config_init(&config);
    config.image = program;
    config.image_bytes = bytes;
    config.image_name = "program";
    config.has_load_addr = true;
    config.load_addr = QUIET_BASE;
    config.memory_bytes = UINT64_C(16) << 20;
    config.cpus = cpus;
    config.clock = CLOCK_VIRTUAL;
    config.console = CONSOLE_NONE;
    return config;
}

#endif
