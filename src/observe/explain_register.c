/* SPDX-License-Identifier: MIT */
/* Device registers in words: "uart16550 LSR (0x10000005) reads 0x60: THRE, TEMT set; DR, ... clear". */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "observe/explain_impl.h"

struct register_bit {
    const char *device, *name;
    unsigned bit;
    const char *meaning;
};

static const struct register_bit bits[] = {
#define REGISTER_BIT(device, register, bit, name) {device, register, bit, name},
#include "observe/register_bits.def"
#undef REGISTER_BIT
};

static bool is_of(const struct register_bit *bit, const char *device, const char *name)
{
    bool same_device = bit->device != NULL ? strcmp(bit->device, device) == 0 : strncmp(device, "virtio", 6) == 0;
    return same_device && strcmp(bit->name, name) == 0;
}

/* Adds the names of the bits that are set, or clear. */
static size_t name_bits(const char *device, const char *name, uint64_t value, bool set, char *out, size_t size)
{
    size_t used = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(bits) && used < size; i++)
        if (is_of(&bits[i], device, name) && (value >> bits[i].bit & 1) == set)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used > 0 ? ", " : "", bits[i].meaning);
    return used < size ? used : size - 1;
}

const char *explain_register(const struct explain *e, uint64_t pa, unsigned size, uint64_t value,
                             char out[REGISTER_BYTES])
{
    struct bus_place at;
    char set[96] = "", clear[96] = "", index[16] = "";
    bool known = bus_describe(machine_bus(e->machine), pa, &at) && at.reg != NULL;
    if (known && at.is_array)
        snprintf(index, sizeof index, "[%" PRIu32 "]", at.index);
    int used = snprintf(out, REGISTER_BYTES, "%s %s%s (0x%" PRIx64 ", %u byte%s) reads 0x%" PRIx64,
                        known ? at.device : "device", known ? at.reg : "register", index, pa, size,
                        size == 1 ? "" : "s", value);
    if (!known)
        return out;
    name_bits(at.device, at.reg, value, true, set, sizeof set);
    name_bits(at.device, at.reg, value, false, clear, sizeof clear);
    if (set[0] != '\0' || clear[0] != '\0')
        used += snprintf(out + used, REGISTER_BYTES - (size_t)used, " (set: %s; clear: %s)",
                         set[0] != '\0' ? set : "none", clear[0] != '\0' ? clear : "none");
    snprintf(out + used, REGISTER_BYTES - (size_t)used, ": %s", at.meaning);
    return out;
}
