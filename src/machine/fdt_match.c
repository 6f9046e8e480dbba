/* SPDX-License-Identifier: MIT */
/* Holds the user's device tree against the machine that it is to describe: a guest that is told of memory or harts that are
 * not there fails in ways that nobody can explain. */
#include "machine/fdt.h"

#include <libfdt.h>
#include <string.h>

#include "base/bits.h"

/* Of larger addresses only the low half counts; no machine has them. */
static uint64_t read_cells(const fdt32_t *cells, int count)
{
    uint64_t value = 0;
    for (int i = 0; i < count; i++)
        value = value << 32 | fdt32_ld(&cells[i]);
    return value;
}

static bool is_kind(const void *blob, int node, const char *kind)
{
    int length;
    const char *type = fdt_getprop(blob, node, "device_type", &length);
    return type != NULL && length == (int)strlen(kind) + 1 && memcmp(type, kind, (size_t)length) == 0;
}

/* Devicetree Specification 0.4, 2.3.4: no status is "okay". */
static bool is_enabled(const void *blob, int node)
{
    int length;
    const char *status = fdt_getprop(blob, node, "status", &length);
    return status == NULL || (length > 0 && strncmp(status, "ok", 2) == 0);
}

static bool match_memory(const void *blob, int node, const struct fdt_input *machine, struct error *err)
{
    int address_cells = fdt_address_cells(blob, 0), size_cells = fdt_size_cells(blob, 0), length = 0;
    const fdt32_t *reg = fdt_getprop(blob, node, "reg", &length);
    if (address_cells < 1 || size_cells < 1)
        return error_set(err, "gives the root no #address-cells or #size-cells that memory could be described with");
    int row = address_cells + size_cells;
    for (int i = 0; reg != NULL && i + row <= length / 4; i += row) {
        uint64_t base = read_cells(reg + i, address_cells), size = read_cells(reg + i + address_cells, size_cells);
        if (size == 0 || range_fits(base - machine->memory_base, size, machine->memory_bytes))
            continue;
        return error_set(err,
                         "describes memory of %#llx bytes at %#llx, but this machine's RAM has %#llx bytes at %#llx "
                         "(see --memory)",
                         (unsigned long long)size, (unsigned long long)base, (unsigned long long)machine->memory_bytes,
                         (unsigned long long)machine->memory_base);
    }
    return true;
}

static bool match_cpu(const void *blob, int cpus, int node, const struct fdt_input *machine, struct error *err)
{
    int cells = fdt_address_cells(blob, cpus), length = 0;
    const fdt32_t *reg = fdt_getprop(blob, node, "reg", &length);
    if (reg == NULL || cells < 1 || length < 4 * cells)
        return true;
    uint64_t hart = read_cells(reg, cells);
    if (hart < machine->cpus)
        return true;
    return error_set(err, "describes hart %llu, but this machine has %u, counted from 0 (see --cpus)",
                     (unsigned long long)hart, machine->cpus);
}

bool fdt_match(const void *blob, const struct fdt_input *machine, struct error *err)
{
    int node, cpus = fdt_path_offset(blob, "/cpus");
    fdt_for_each_subnode(node, blob, 0)
    {
        if (is_kind(blob, node, "memory") && is_enabled(blob, node) && !match_memory(blob, node, machine, err))
            return false;
    }
    if (cpus < 0)
        return true;
    fdt_for_each_subnode(node, blob, cpus)
    {
        if (is_kind(blob, node, "cpu") && is_enabled(blob, node) && !match_cpu(blob, cpus, node, machine, err))
            return false;
    }
    return true;
}
