/* SPDX-License-Identifier: MIT */
#include "cli/fdt_print.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdint.h>
#include <string.h>

#include "base/compiler.h"

/* Deeper trees than this are not made by anybody, and would only make the indentation absurd. */
enum { DEEPEST = 64 };

#define LABEL "phandle%" PRIu32

static void indent(FILE *out, int depth)
{
    for (int i = 0; i < depth; i++)
        fputc('\t', out);
}

static bool is_printable(char c)
{
    return c >= 0x20 && c < 0x7f;
}

/* One or more non-empty strings of printable characters, each ended by NUL. */
static bool is_text(const char *bytes, int length)
{
    if (length == 0 || bytes[length - 1] != '\0' || bytes[0] == '\0')
        return false;
    for (int i = 0; i < length; i++)
        if (bytes[i] == '\0' ? i + 1 < length && bytes[i + 1] == '\0' : !is_printable(bytes[i]))
            return false;
    return true;
}

static void print_text(FILE *out, const char *bytes, int length)
{
    fputc('"', out);
    for (int i = 0; i < length - 1; i++) {
        if (bytes[i] == '\0')
            fputs("\", \"", out);
        else if (bytes[i] == '"' || bytes[i] == '\\')
            fprintf(out, "\\%c", bytes[i]);
        else
            fputc(bytes[i], out);
    }
    fputc('"', out);
}

/* Properties whose value is a list of other nodes' phandles, each followed by as many cells as that node's property says
 * (NULL: by none). */
static const struct reference {
    const char *property, *cells;
} references[] = {
    {"interrupt-parent", NULL},
    {"regmap", NULL},
    {"interrupts-extended", "#interrupt-cells"},
    {"clocks", "#clock-cells"},
    {"dmas", "#dma-cells"},
    {"iommus", "#iommu-cells"},
    {"mboxes", "#mbox-cells"},
    {"msi-parent", "#msi-cells"},
    {"phys", "#phy-cells"},
    {"power-domains", "#power-domain-cells"},
    {"pwms", "#pwm-cells"},
    {"resets", "#reset-cells"},
    {"thermal-sensors", "#thermal-sensor-cells"},
};

static const struct reference *find_reference(const char *property)
{
    for (size_t i = 0; i < ARRAY_SIZE(references); i++)
        if (strcmp(references[i].property, property) == 0)
            return &references[i];
    return NULL;
}

static uint32_t cell_at(const char *bytes)
{
    return fdt32_ld((const fdt32_t *)(const void *)bytes);
}

/* The cells behind a phandle; -1: no node that can have a label has it, or the node does not say. */
static int cells_behind(const void *blob, const struct reference *reference, uint32_t phandle)
{
    int node = fdt_node_offset_by_phandle(blob, phandle), length;
    if (node <= 0)
        return -1;
    if (reference->cells == NULL)
        return 0;
    const char *bytes = fdt_getprop(blob, node, reference->cells, &length);
    return bytes != NULL && length == 4 && cell_at(bytes) < DEEPEST ? (int)cell_at(bytes) : -1;
}

/* Phandles are printed as references to the nodes' labels: dtc warns of bare numbers. What is no list of references is
 * printed as numbers from there on. */
static void print_cells(FILE *out, const void *blob, const char *name, const char *bytes, int length)
{
    const struct reference *reference = find_reference(name);
    int next = reference == NULL ? length : 0;
    for (int i = 0; i < length; i += 4) {
        int behind = i == next ? cells_behind(blob, reference, cell_at(bytes + i)) : -1;
        next = behind >= 0 ? i + 4 * (behind + 1) : next;
        fprintf(out, behind >= 0 ? "%s&" LABEL : "%s0x%02" PRIx32, i == 0 ? "<" : " ", cell_at(bytes + i));
    }
    fputc('>', out);
}

static void print_bytes(FILE *out, const char *bytes, int length)
{
    for (int i = 0; i < length; i++)
        fprintf(out, "%s%02x", i == 0 ? "[" : " ", (unsigned char)bytes[i]);
    fputc(']', out);
}

static void print_property(FILE *out, const void *blob, const char *name, const char *bytes, int length, int depth)
{
    indent(out, depth);
    fputs(name, out);
    if (length > 0)
        fputs(" = ", out);
    if (is_text(bytes, length))
        print_text(out, bytes, length);
    else if (length > 0 && length % 4 == 0)
        print_cells(out, blob, name, bytes, length);
    else if (length > 0)
        print_bytes(out, bytes, length);
    fputs(";\n", out);
}

static void print_reservations(FILE *out, const void *blob)
{
    for (int i = 0; i < fdt_num_mem_rsv(blob); i++) {
        uint64_t address, size;
        if (fdt_get_mem_rsv(blob, i, &address, &size) == 0)
            fprintf(out, "/memreserve/ 0x%" PRIx64 " 0x%" PRIx64 ";\n", address, size);
    }
}

static void print_properties(FILE *out, const void *blob, int node, int depth)
{
    int property;
    fdt_for_each_property_offset(property, blob, node)
    {
        const char *name;
        int length;
        const char *bytes = fdt_getprop_by_offset(blob, property, &name, &length);
        if (bytes != NULL)
            print_property(out, blob, name, bytes, length, depth);
    }
}

/* Closes nodes from depth `from` down to depth `to`. */
static void close_nodes(FILE *out, int from, int to)
{
    for (; from >= to; from--) {
        indent(out, from);
        fputs("};\n", out);
    }
}

/* A node that others may refer to has a label. */
static void print_name(FILE *out, const void *blob, int node)
{
    uint32_t phandle = fdt_get_phandle(blob, node);
    if (node != 0 && phandle != 0)
        fprintf(out, LABEL ": ", phandle);
    fprintf(out, "%s {\n", node == 0 ? "/" : fdt_get_name(blob, node, NULL));
}

bool fdt_print(FILE *out, const void *blob, size_t size, struct error *err)
{
    if (fdt_check_full(blob, size) != 0)
        return error_set(err, "the device tree is broken: %s", fdt_strerror(fdt_check_full(blob, size)));
    fputs("/dts-v1/;\n\n", out);
    print_reservations(out, blob);
    int depth = 0, last = -1;
    for (int node = 0; node >= 0 && depth >= 0; node = fdt_next_node(blob, node, &depth)) {
        if (depth < 0)
            break;
        if (depth > DEEPEST)
            return error_set(err, "the device tree is deeper than %d nodes", DEEPEST);
        close_nodes(out, last, depth);
        indent(out, depth);
        print_name(out, blob, node);
        print_properties(out, blob, node, depth + 1);
        last = depth;
    }
    close_nodes(out, last, 0);
    return true;
}
