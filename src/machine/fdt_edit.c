/* SPDX-License-Identifier: MIT */
/* Adds what the command line asks for to a copy of the user's device tree. */
#include "machine/fdt.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

/* For a new /chosen with three properties, beside the text of bootargs. */
#define EDIT_ROOM_BYTES 1024

static int chosen_node(void *copy)
{
    int node = fdt_path_offset(copy, "/chosen");
    return node == -FDT_ERR_NOTFOUND ? fdt_add_subnode(copy, 0, "chosen") : node;
}

static int set_chosen(void *copy, const struct fdt_input *input)
{
    if (input->bootargs == NULL && input->initrd_bytes == 0)
        return 0;
    int node = chosen_node(copy), rc = node < 0 ? node : 0;
    if (rc == 0 && input->bootargs != NULL)
        rc = fdt_setprop_string(copy, node, "bootargs", input->bootargs);
    if (rc == 0 && input->initrd_bytes != 0)
        rc = fdt_setprop_u64(copy, node, "linux,initrd-start", input->initrd_base);
    if (rc == 0 && input->initrd_bytes != 0)
        rc = fdt_setprop_u64(copy, node, "linux,initrd-end", input->initrd_base + input->initrd_bytes);
    return rc;
}

bool fdt_edit(const void *blob, const struct fdt_input *input, void **copy, size_t *size, struct error *err)
{
    size_t text = input->bootargs == NULL ? 0 : strlen(input->bootargs);
    size_t bytes = ((size_t)fdt_totalsize(blob) + text + EDIT_ROOM_BYTES + FDT_SLACK_BYTES + 7) & ~(size_t)7;
    void *memory = calloc(1, bytes);
    if (memory == NULL)
        return error_set(err, "out of memory for the device tree");
    int rc = fdt_open_into(blob, memory, (int)bytes);
    if (rc == 0)
        rc = set_chosen(memory, input);
    if (rc != 0) {
        free(memory);
        return error_set(err, "cannot be edited: %s", fdt_strerror(rc));
    }
    *copy = memory;
    *size = bytes;
    return true;
}
