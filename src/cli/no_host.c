/* SPDX-License-Identifier: MIT */
#include "cli/no_host.h"

#include "base/compiler.h"

static void drop_output(UNUSED void *owner, UNUSED const uint8_t *bytes, UNUSED size_t count)
{
}

static size_t no_input(UNUSED void *owner, UNUSED uint8_t *bytes, UNUSED size_t size)
{
    return 0;
}

static void no_wait(UNUSED void *owner, UNUSED struct wait_set *set, UNUSED uint64_t timeout_ns)
{
}

static void no_message(UNUSED void *owner, UNUSED const char *line)
{
}

static bool never_interrupted(UNUSED void *owner, UNUSED struct stop *stop)
{
    return false;
}

const struct machine_host *no_host(void)
{
    static const struct machine_host host = {
        NULL, drop_output, no_input, no_wait, never_interrupted, no_message, NULL,
    };
    return &host;
}
