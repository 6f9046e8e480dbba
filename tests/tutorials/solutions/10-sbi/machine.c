/* SPDX-License-Identifier: MIT */
#include "machine.h"

#include <stddef.h>

#include "fdt.h"

struct machine machine;

/* The first address and size of the node's reg. */
static uint64_t address_of(const struct fdt_node *node)
{
    const void *reg = fdt_property(node, "reg", NULL);
    return reg ? fdt_number(reg, node->address_cells) : 0;
}

static uint64_t size_of(const struct fdt_node *node)
{
    const uint8_t *reg = fdt_property(node, "reg", NULL);
    return reg ? fdt_number(reg + 4 * node->address_cells, node->size_cells) : 0;
}

static void look_at(const struct fdt_node *node)
{
    const void *timebase = fdt_property(node, "timebase-frequency", NULL);
    if (timebase)
        machine.timebase = fdt_number(timebase, 1);
    if (!machine.model)
        machine.model = fdt_property(node, "model", NULL);
    if (!machine.bootargs)
        machine.bootargs = fdt_property(node, "bootargs", NULL);
    if (fdt_has_string(node, "riscv,isa-extensions", "sstc"))
        machine.has_sstc = 1;
    if (fdt_has_string(node, "device_type", "memory")) {
        machine.memory_start = address_of(node);
        machine.memory_size = size_of(node);
    }
    if (fdt_has_string(node, "compatible", "ns16550a"))
        machine.uart = address_of(node);
    if (fdt_has_string(node, "device_type", "cpu") && machine.hart_count < MAX_HARTS)
        machine.harts[machine.hart_count++] = address_of(node);
}

int machine_init(const void *fdt)
{
    return fdt_visit(fdt, look_at);
}
