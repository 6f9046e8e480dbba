/* SPDX-License-Identifier: MIT */
/* microvm dts: the device tree of the machine that run would make. */
#include "cli/run.h"

#include "base/compiler.h"
#include "cli/command.h"
#include "cli/fdt_print.h"
#include "machine/machine.h"

/* A machine that is only looked at needs no console. */
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

/* The tree does not depend on what the kernel does, and asking for it should not take one. */
static void give_any_image(struct machine_config *config)
{
    static const uint8_t loop[] = {0x6f, 0, 0, 0}; /* j . */
    config->image = loop;
    config->image_bytes = sizeof loop;
    config->image_name = "loop";
    config->load_addr = UINT64_C(0x80000000);
    config->has_load_addr = true;
}

/* Nor does it depend on what the ports lead to, and no file is to be made for it. */
static void close_ports(struct machine_config *config)
{
    for (unsigned i = 0; i < config->port_count; i++)
        config->ports[i] = "file:/dev/null";
}

bool command_dts(int count, char *const *arguments, UNUSED int *status, struct error *err)
{
    static const struct machine_host host = {
        NULL, drop_output, no_input, no_wait, never_interrupted, no_message, NULL, NULL,
    };
    struct options options;
    bool done = false;
    if (!run_options("dts", count, arguments, &options, &done, err))
        return false;
    if (done)
        return true;
    if (options.config.kernel == NULL && options.config.image == NULL && options.config.firmware != FIRMWARE_FILE)
        give_any_image(&options.config);
    close_ports(&options.config);
    struct machine *machine = machine_create(&options.config, &host, err);
    if (machine == NULL)
        return false;
    size_t size;
    const void *blob = machine_dtb(machine, &size);
    bool ok = fdt_print(stdout, blob, size, err);
    machine_destroy(machine);
    return ok;
}
