/* SPDX-License-Identifier: MIT */
#include "observe/symbols.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/compiler.h"
#include "machine/inspect.h"

struct symbols {
    const struct boot_plan *plan;
};

struct symbols *symbols_create(const struct machine *machine)
{
    struct symbols *symbols = calloc(1, sizeof *symbols);
    if (symbols != NULL)
        symbols->plan = machine_plan(machine);
    return symbols;
}

void symbols_destroy(struct symbols *symbols)
{
    free(symbols);
}

bool symbols_at(const struct symbols *symbols, uint64_t addr, struct symbol_place *place)
{
    uint64_t offset;
    const char *name = boot_symbol(symbols->plan, addr, &offset);
    if (name == NULL)
        return false;
    *place = (struct symbol_place){name, addr - offset, offset};
    return true;
}

const char *symbols_text(const struct symbols *symbols, uint64_t addr, char out[SYMBOLS_TEXT_BYTES])
{
    struct symbol_place place;
    if (symbols_at(symbols, addr, &place))
        snprintf(out, SYMBOLS_TEXT_BYTES, "0x%" PRIx64 " (%.80s+0x%" PRIx64 ")", addr, place.name, place.offset);
    else
        snprintf(out, SYMBOLS_TEXT_BYTES, "0x%" PRIx64, addr);
    return out;
}
