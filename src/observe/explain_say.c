/* SPDX-License-Identifier: MIT */
/* How an explanation is put into words: its frame from explain.def, addresses, interrupts and registers by name. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cpu/csr.h"
#include "machine/map.h"
#include "observe/explain_impl.h"

#define LINE_BYTES 768

enum severity { SEVERITY_FAULT, SEVERITY_REST, SEVERITY_HINT, SEVERITY_BOARD };

struct row {
    const char *anchor;
    enum severity severity;
    const char *headline, *usual, *next;
};

static const struct row rows[KIND_COUNT] = {
#define EXPLAIN(id, anchor, kind, headline, usual, next) [KIND_##id] = {anchor, SEVERITY_##kind, headline, usual, next},
#include "observe/explain.def"
#undef EXPLAIN
};

const char *explain_anchor(unsigned n)
{
    return n < KIND_COUNT ? rows[n].anchor : NULL;
}

static void end_run(struct explain *e, enum explain_kind kind)
{
    static const enum stuck_kind stuck[] = {
        [SEVERITY_FAULT] = STUCK_FAULT, [SEVERITY_REST] = STUCK_IDLE_LOOP, [SEVERITY_BOARD] = STUCK_BOARD};
    if (rows[kind].severity == SEVERITY_HINT)
        return;
    if (rows[kind].severity == SEVERITY_BOARD) {
        e->board_findings++;
    } else {
        e->over = true;
        explain_probe_stop(e);
        explain_again_stop(e);
    }
    if (e->mode == EXPLAIN_STOP)
        machine_stop_stuck(e->machine, stuck[rows[kind].severity]);
}

bool explain_begin(struct explain *e, enum explain_kind kind, const struct hart *h, const char *format, ...)
{
    char line[LINE_BYTES];
    end_run(e, kind);
    if (e->said[kind] && rows[kind].severity != SEVERITY_BOARD)
        return false;
    e->said[kind] = true;
    int used = snprintf(line, sizeof line, "hart %u %s: ", (unsigned)h->id, rows[kind].headline);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line + used, sizeof line - (size_t)used, format, arguments);
    va_end(arguments);
    machine_say(e->machine, line);
    return true;
}

unsigned explain_board_findings(const struct explain *e)
{
    return e->board_findings;
}

void explain_line(struct explain *e, const char *format, ...)
{
    char line[LINE_BYTES] = "  ";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line + 2, sizeof line - 2, format, arguments);
    va_end(arguments);
    machine_say(e->machine, line);
}

void explain_end(struct explain *e, enum explain_kind kind)
{
    explain_line(e, "mostly: %s", rows[kind].usual);
    explain_line(e, "next: %s; see docs/explain.md#%s", rows[kind].next, rows[kind].anchor);
}

const char *explain_place(const struct explain *e, uint64_t address, char out[PLACE_BYTES])
{
    return symbols_text(e->symbols, address, out);
}

const char *explain_caller(const struct explain *e, uint64_t ra, char out[PLACE_BYTES])
{
    struct symbol_place place;
    if (ra != 0 && symbols_at(e->symbols, ra - 1, &place))
        snprintf(out, PLACE_BYTES, "0x%" PRIx64 " (behind a call in %.80s)", ra, place.name);
    else
        snprintf(out, PLACE_BYTES, "0x%" PRIx64, ra);
    return out;
}

const char *explain_mode_name(unsigned priv, bool virt)
{
    static const char *const names[2][4] = {{"U", "S", "?", "M"}, {"VU", "VS", "?", "?"}};
    return names[virt][priv & 3];
}

const char *explain_interrupts(unsigned csr, uint64_t value, char out[INTERRUPTS_BYTES])
{
    const struct csr_field_info *field;
    size_t used = 0;
    snprintf(out, INTERRUPTS_BYTES, "none");
    for (unsigned i = 0; (field = csr_field_info(i)) != NULL; i++)
        if (field->number == csr && (value & field->mask))
            used += (size_t)snprintf(out + used, INTERRUPTS_BYTES - used, "%s%s", used > 0 ? ", " : "", field->name);
    return out;
}

const char *explain_mapping(const struct explain *e, uint64_t pa, uint64_t *base)
{
    const char *name;
    uint64_t size;
    for (unsigned n = 0; bus_mapping(machine_bus(e->machine), n, &name, base, &size); n++)
        if (pa - *base < size)
            return name;
    return NULL;
}

bool explain_is_memory(const struct explain *e, uint64_t pa)
{
    struct guest_mem mem = machine_memory(e->machine);
    const struct map_row *rom = map_row(MAP_reset_rom);
    return guest_mem_contains(&mem, pa, 1) || pa - rom->base < rom->size;
}
