/* SPDX-License-Identifier: MIT */
/* microvm dts: the device tree of the machine that run would make. */
#include "cli/run.h"

#include "base/compiler.h"
#include "cli/command.h"
#include "cli/fdt_print.h"
#include "cli/no_host.h"
#include "machine/machine.h"

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

static bool print_tree(struct options *options, struct error *err)
{
    struct machine_config *config = &options->config;
    if (options->load_snapshot != NULL)
        return error_set(err, "dts: makes the device tree of a new machine, not of --load-snapshot '%.200s'",
                         options->load_snapshot);
    if (config->kernel == NULL && config->image == NULL && config->firmware != FIRMWARE_FILE)
        give_any_image(config);
    close_ports(config);
    struct machine *machine = machine_create(config, no_host(), err);
    if (machine == NULL)
        return false;
    size_t size;
    const void *blob = machine_dtb(machine, &size);
    bool ok = fdt_print(stdout, blob, size, err);
    machine_destroy(machine);
    return ok;
}

bool command_dts(int count, char *const *arguments, UNUSED int *status, struct error *err)
{
    struct options options;
    bool done = false;
    bool ok = run_options("dts", count, arguments, &options, &done, err) && (done || print_tree(&options, err));
    options_reset(&options);
    return ok;
}
