/* SPDX-License-Identifier: MIT */
/* Device trees: what the check accepts, libfdt can read from end to end and edit, and the result passes the check
 * again. */
#include <libfdt.h>
#include <string.h>

#include "fuzz.h"
#include "machine/fdt.h"

static void read_all(const void *blob)
{
    int depth = 0, nodes = 0, length = 0;
    for (int node = 0; node >= 0 && depth >= 0; node = fdt_next_node(blob, node, &depth)) {
        char path[256];
        EXPECT(fdt_get_name(blob, node, &length) != NULL);
        if (nodes++ < 32)
            fdt_get_path(blob, node, path, sizeof path);
        int prop;
        fdt_for_each_property_offset(prop, blob, node)
        {
            const char *name = NULL;
            const char *value = fdt_getprop_by_offset(blob, prop, &name, &length);
            EXPECT(value != NULL && name != NULL && length >= 0);
            EXPECT(value + length <= (const char *)blob + fdt_totalsize(blob));
        }
    }
    EXPECT(nodes > 0);
}

static void edit(const void *blob)
{
    struct error err = {""};
    const struct fdt_input input = {
        .bootargs = "console=ttyS0",
        .initrd_base = 0x84000000,
        .initrd_bytes = 0x1000,
    };
    EXPECT(fdt_match(blob, &input, &err) || err.text[0] != '\0');
    err.text[0] = '\0';
    void *copy = NULL;
    size_t size = 0;
    if (!fdt_edit(blob, &input, &copy, &size, &err)) {
        EXPECT(err.text[0] != '\0');
        return;
    }
    int length = 0;
    EXPECT(fdt_check(copy, size, &err));
    EXPECT(strcmp(fdt_getprop(copy, fdt_path_offset(copy, "/chosen"), "bootargs", &length), input.bootargs) == 0);
    read_all(copy);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error err = {""};
    /* As it comes from a file: aligned, and not one byte longer. */
    uint8_t *exact = malloc(size != 0 ? size : 1);
    EXPECT(exact != NULL);
    if (size != 0)
        memcpy(exact, data, size);
    if (fdt_check(exact, size, &err)) {
        read_all(exact);
        edit(exact);
    } else {
        EXPECT(err.text[0] != '\0' && strchr(err.text, '\n') == NULL);
    }
    free(exact);
    return 0;
}
