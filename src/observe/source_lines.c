/* SPDX-License-Identifier: MIT */
#include "observe/source_lines.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>

#include "observe/call_frame.h"

/* How far back a range is looked for that is long enough to reach an address behind it. */
#define ENCLOSING_MAX 64

/* Code that a compilation unit says is its own. */
struct unit_range {
    uint64_t first, end;
    Dwarf_Off unit; /* of its DIE */
};

struct source_lines {
    Elf *elf;
    Dwarf *dwarf;
    bool units_read;
    struct unit_range *ranges; /* by first */
    size_t count, room;
    bool frames_read;
    Dwarf_CFI *debug_frame, *eh_frame; /* NULL: there is none */
};

bool source_lines_are_built_in(void)
{
    return true;
}

static struct source_lines *open_elf(Elf *elf)
{
    struct source_lines *lines = calloc(1, sizeof *lines);
    Dwarf *dwarf = elf == NULL || lines == NULL ? NULL : dwarf_begin_elf(elf, DWARF_C_READ, NULL);
    if (dwarf != NULL) {
        *lines = (struct source_lines){.elf = elf, .dwarf = dwarf};
        return lines;
    }
    if (elf != NULL)
        elf_end(elf);
    free(lines);
    return NULL;
}

struct source_lines *source_lines_open_file(int fd)
{
    return elf_version(EV_CURRENT) == EV_NONE ? NULL : open_elf(elf_begin(fd, ELF_C_READ, NULL));
}

/* libelf writes to no bytes that it was asked to read. */
struct source_lines *source_lines_open_bytes(const uint8_t *bytes, uint64_t size)
{
    return elf_version(EV_CURRENT) == EV_NONE ? NULL : open_elf(elf_memory((char *)(uintptr_t)bytes, size));
}

void source_lines_close(struct source_lines *lines)
{
    if (lines == NULL)
        return;
    if (lines->eh_frame != NULL)
        dwarf_cfi_end(lines->eh_frame);
    dwarf_end(lines->dwarf);
    elf_end(lines->elf);
    free(lines->ranges);
    free(lines);
}

static bool add_range(struct source_lines *lines, uint64_t first, uint64_t end, Dwarf_Off unit)
{
    if (lines->count == lines->room) {
        size_t room = lines->room == 0 ? 256 : 2 * lines->room;
        struct unit_range *ranges = realloc(lines->ranges, room * sizeof *ranges);
        if (ranges == NULL)
            return false;
        lines->ranges = ranges;
        lines->room = room;
    }
    lines->ranges[lines->count++] = (struct unit_range){first, end, unit};
    return true;
}

static void add_unit(struct source_lines *lines, Dwarf_Die *die)
{
    Dwarf_Addr base = 0, first, end;
    ptrdiff_t at = 0;
    while ((at = dwarf_ranges(die, at, &base, &first, &end)) > 0)
        if (first < end && !add_range(lines, first, end, dwarf_dieoffset(die)))
            return;
}

static int by_first(const void *left, const void *right)
{
    const struct unit_range *a = left, *b = right;
    return (a->first > b->first) - (a->first < b->first);
}

/* From the units themselves: .debug_aranges is missing in what some compilers make (rustc, clang). */
static void read_units(struct source_lines *lines)
{
    Dwarf_CU *unit = NULL;
    Dwarf_Die die;
    uint8_t type;
    if (lines->units_read)
        return;
    lines->units_read = true;
    while (dwarf_get_units(lines->dwarf, unit, &unit, NULL, &type, &die, NULL) == 0)
        if (type == DW_UT_compile)
            add_unit(lines, &die);
    if (lines->count > 0)
        qsort(lines->ranges, lines->count, sizeof *lines->ranges, by_first);
}

static const char *folder_of(Dwarf_Die *unit)
{
    Dwarf_Attribute attribute;
    return dwarf_formstring(dwarf_attr(unit, DW_AT_comp_dir, &attribute));
}

/* False for code that stands for no line. */
static bool read_line(Dwarf_Line *line, const char *folder, struct source_line *out)
{
    int number = 0;
    bool statement = false;
    const char *file = dwarf_linesrc(line, NULL, NULL);
    if (file == NULL || dwarf_lineno(line, &number) != 0 || number <= 0)
        return false;
    dwarf_linebeginstatement(line, &statement);
    size_t length = folder != NULL ? strlen(folder) : 0;
    bool below = length > 0 && strncmp(file, folder, length) == 0 && file[length] == '/';
    file += below ? length + 1 : 0;
    *out = (struct source_line){file, file[0] == '/' ? NULL : folder, (unsigned)number, statement};
    return true;
}

static bool unit_line_at(struct source_lines *lines, Dwarf_Off offset, uint64_t addr, struct source_line *out)
{
    Dwarf_Die unit;
    if (dwarf_offdie(lines->dwarf, offset, &unit) == NULL)
        return false;
    Dwarf_Line *line = dwarf_getsrc_die(&unit, addr);
    return line != NULL && read_line(line, folder_of(&unit), out);
}

bool source_lines_at(struct source_lines *lines, uint64_t addr, struct source_line *out)
{
    read_units(lines);
    size_t low = 0, high = lines->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (lines->ranges[middle].first <= addr)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t back = 1; back <= low && back <= ENCLOSING_MAX; back++) {
        const struct unit_range *range = &lines->ranges[low - back];
        if (addr < range->end && unit_line_at(lines, range->unit, addr, out))
            return true;
    }
    return false;
}

static void visit_unit(Dwarf_Die *unit, source_line_visitor *visit, void *owner)
{
    Dwarf_Lines *rows;
    size_t count;
    const char *folder = folder_of(unit);
    if (dwarf_getsrclines(unit, &rows, &count) != 0)
        return;
    for (size_t i = 0; i + 1 < count; i++) {
        Dwarf_Line *row = dwarf_onesrcline(rows, i), *next = dwarf_onesrcline(rows, i + 1);
        Dwarf_Addr first, end;
        bool ends = true;
        struct source_line line;
        if (dwarf_lineendsequence(row, &ends) != 0 || ends || dwarf_lineaddr(row, &first) != 0 ||
            dwarf_lineaddr(next, &end) != 0 || first > end)
            continue;
        if (read_line(row, folder, &line))
            visit(owner, first, end, &line);
    }
}

void source_lines_each(struct source_lines *lines, source_line_visitor *visit, void *owner)
{
    Dwarf_CU *unit = NULL;
    Dwarf_Die die;
    uint8_t type;
    while (dwarf_get_units(lines->dwarf, unit, &unit, NULL, &type, &die, NULL) == 0)
        if (type == DW_UT_compile)
            visit_unit(&die, visit, owner);
}

enum { REGISTER_RA = 1, REGISTER_SP = 2, REGISTER_S0 = 8 };

/* The register and distance that the caller's sp is found by. */
static bool read_base(Dwarf_Frame *from, struct call_frame *frame)
{
    Dwarf_Op *ops;
    size_t count;
    if (dwarf_frame_cfa(from, &ops, &count) != 0 || count != 1)
        return false;
    bool extended = ops[0].atom == DW_OP_bregx;
    bool plain = ops[0].atom >= DW_OP_breg0 && ops[0].atom <= DW_OP_breg31;
    if (!extended && !plain)
        return false;
    uint64_t base = extended ? ops[0].number : (uint64_t)(ops[0].atom - DW_OP_breg0);
    frame->base = (uint8_t)base;
    frame->base_offset = (int64_t)(extended ? ops[0].number2 : ops[0].number);
    return base == REGISTER_SP || base == REGISTER_S0;
}

/* Whether the register is saved, and where. False: in another way. */
static bool read_saved(Dwarf_Frame *from, int number, bool *saved, int64_t *offset)
{
    Dwarf_Op memory[3], *ops = memory;
    size_t count = 0;
    *saved = false;
    if (dwarf_frame_register(from, number, memory, &ops, &count) != 0)
        return false;
    if (count == 0) /* where it was, or nobody knows */
        return ops == NULL;
    bool at_base =
        ops[0].atom == DW_OP_call_frame_cfa && (count == 1 || (count == 2 && ops[1].atom == DW_OP_plus_uconst));
    *saved = at_base;
    *offset = at_base && count == 2 ? (int64_t)ops[1].number : 0;
    return at_base;
}

bool source_lines_frame(struct source_lines *lines, uint64_t addr, struct call_frame *frame)
{
    Dwarf_Frame *found = NULL;
    if (!lines->frames_read) {
        lines->frames_read = true;
        lines->debug_frame = dwarf_getcfi(lines->dwarf);
        lines->eh_frame = dwarf_getcfi_elf(lines->elf);
    }
    bool known = (lines->debug_frame != NULL && dwarf_cfi_addrframe(lines->debug_frame, addr, &found) == 0) ||
                 (lines->eh_frame != NULL && dwarf_cfi_addrframe(lines->eh_frame, addr, &found) == 0);
    if (!known)
        return false;
    bool ok = read_base(found, frame) && read_saved(found, REGISTER_RA, &frame->ra_saved, &frame->ra_offset) &&
              read_saved(found, REGISTER_S0, &frame->s0_saved, &frame->s0_offset);
    free(found);
    return ok;
}
