/* SPDX-License-Identifier: MIT */
/* The set of extensions a hart has: ids from ext.def, and the parser of --cpu. */
#ifndef MICROVM_CPU_EXT_H
#define MICROVM_CPU_EXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum ext {
#define EXT(id, name, on, needs, announced, tag) EXT_##id,
#include "cpu/ext.def"
#undef EXT
    EXT_COUNT
};

enum ext_announced { EXT_LETTER, EXT_MODE, EXT_NAME, EXT_MMU };

struct ext_info {
    const char *name;
    bool on_by_default;
    enum ext needs;
    enum ext_announced announced;
};

/* One byte per extension: whole sets are copied and compared as values. */
struct ext_set {
    bool has[EXT_COUNT];
};

const struct ext_info *ext_info(enum ext id);

/* What a machine has when nobody says otherwise. */
struct ext_set ext_set_default(void);

/* Applies "sstc=off,svade=on,..." (a name alone means on); then an extension whose need is off goes off as well.
 * "i" cannot be switched off. Errors name the word and list what is known. */
bool ext_set_parse(struct ext_set *set, const char *text, struct error *err);

/* The ISA string for the device tree: "rv64imafdcb_zicbom_...". Returns false if it does not fit. */
bool ext_isa_string(const struct ext_set *set, char *out, size_t size);

/* misa's Extensions field for the set: letters a to z in bits 0 to 25. */
uint64_t ext_misa(const struct ext_set *set);

#endif
