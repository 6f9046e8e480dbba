/* SPDX-License-Identifier: MIT */
#include "cli/fdt_print.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdint.h>

/* Deeper trees than this are not made by anybody, and would only make the indentation absurd. */
enum { DEEPEST = 64 };

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

static void print_cells(FILE *out, const char *bytes, int length)
{
    for (int i = 0; i < length; i += 4)
        fprintf(out, "%s0x%02" PRIx32, i == 0 ? "<" : " ", fdt32_ld((const fdt32_t *)(const void *)(bytes + i)));
    fputc('>', out);
}

static void print_bytes(FILE *out, const char *bytes, int length)
{
    for (int i = 0; i < length; i++)
        fprintf(out, "%s%02x", i == 0 ? "[" : " ", (unsigned char)bytes[i]);
    fputc(']', out);
}

static void print_property(FILE *out, const char *name, const char *bytes, int length, int depth)
{
    indent(out, depth);
    fputs(name, out);
    if (length > 0)
        fputs(" = ", out);
    if (is_text(bytes, length))
        print_text(out, bytes, length);
    else if (length > 0 && length % 4 == 0)
        print_cells(out, bytes, length);
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
            print_property(out, name, bytes, length, depth);
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
        fprintf(out, "%s {\n", depth == 0 ? "/" : fdt_get_name(blob, node, NULL));
        print_properties(out, blob, node, depth + 1);
        last = depth;
    }
    close_nodes(out, last, 0);
    return true;
}
