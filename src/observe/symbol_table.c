/* SPDX-License-Identifier: MIT */
#include "observe/symbol_table.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

/* How far back a place is looked for that is long enough to reach an address behind it. */
#define ENCLOSING_MAX 64

bool symbol_table_add(struct symbol_table *table, const struct symbol *symbol)
{
    if (table->count == table->room) {
        size_t room = table->room == 0 ? 1024 : 2 * table->room;
        struct symbol *list = realloc(table->list, room * sizeof *list);
        if (list == NULL)
            return false;
        table->list = list;
        table->room = room;
    }
    table->list[table->count++] = *symbol;
    return true;
}

/* Labels written in assembly have no type. */
static enum symbol_kind kind_of(const Elf64_Sym *symbol)
{
    if (symbol->st_shndx == SHN_UNDEF || symbol->st_shndx >= SHN_LORESERVE)
        return SYMBOL_VALUE;
    switch (ELF64_ST_TYPE(symbol->st_info)) {
    case STT_FUNC:
    case STT_GNU_IFUNC: return SYMBOL_FUNCTION;
    case STT_OBJECT: return SYMBOL_OBJECT;
    case STT_NOTYPE: return SYMBOL_LABEL;
    default: return SYMBOL_VALUE;
    }
}

/* What names nothing that a reader knows: the compiler's own ($x, .L), sections, source files, thread-local offsets. */
static bool says_nothing(const Elf64_Sym *symbol, const char *name)
{
    unsigned type = ELF64_ST_TYPE(symbol->st_info);
    return symbol->st_shndx == SHN_UNDEF || name[0] == '\0' || name[0] == '$' || name[0] == '.' ||
           type == STT_SECTION || type == STT_FILE || type == STT_TLS;
}

bool symbol_table_add_elf(struct symbol_table *table, const struct boot_symtab *tab, unsigned section)
{
    for (uint64_t i = 0; i < tab->count; i++) {
        Elf64_Sym entry;
        memcpy(&entry, tab->entries + i * sizeof entry, sizeof entry);
        bool elsewhere = section != 0 && entry.st_shndx != section;
        if (elsewhere || entry.st_name >= tab->name_bytes || says_nothing(&entry, tab->names + entry.st_name))
            continue;
        bool global = ELF64_ST_BIND(entry.st_info) == STB_GLOBAL;
        struct symbol symbol = {entry.st_value, entry.st_size, tab->names + entry.st_name, (uint8_t)kind_of(&entry),
                                global};
        if (!symbol_table_add(table, &symbol))
            return false;
    }
    return true;
}

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static size_t underscores(const char *name)
{
    return strspn(name, "_");
}

/* Of those at one address the last is shown: of a higher kind, with a size, global, with the plainest name. */
static int by_address(const void *left, const void *right)
{
    const struct symbol *a = left, *b = right;
    int order = compare(a->kind == SYMBOL_VALUE, b->kind == SYMBOL_VALUE);
    order = order != 0 ? order : compare(a->addr, b->addr);
    order = order != 0 ? order : compare(a->kind, b->kind);
    order = order != 0 ? order : compare(a->size != 0, b->size != 0);
    order = order != 0 ? order : compare(a->global, b->global);
    order = order != 0 ? order : compare(underscores(b->name), underscores(a->name));
    return order != 0 ? order : strcmp(b->name, a->name);
}

void symbol_table_sort(struct symbol_table *table)
{
    if (table->count > 0)
        qsort(table->list, table->count, sizeof *table->list, by_address);
    table->places = table->count;
    while (table->places > 0 && table->list[table->places - 1].kind == SYMBOL_VALUE)
        table->places--;
}

void symbol_table_destroy(struct symbol_table *table)
{
    free(table->list);
    *table = (struct symbol_table){NULL, 0, 0, 0};
}

/* One of unknown size reaches to the next one. */
static bool reaches(const struct symbol *symbol, bool is_next, uint64_t addr)
{
    return symbol->size == 0 ? is_next : addr - symbol->addr < symbol->size;
}

const struct symbol *symbol_table_at(const struct symbol_table *table, uint64_t addr)
{
    size_t low = 0, high = table->places;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->list[middle].addr <= addr)
            low = middle + 1;
        else
            high = middle;
    }
    for (size_t back = 0; back < low && back < ENCLOSING_MAX; back++)
        if (reaches(&table->list[low - 1 - back], back == 0, addr))
            return &table->list[low - 1 - back];
    return NULL;
}

const struct symbol *symbol_table_find(const struct symbol_table *table, const char *name)
{
    const struct symbol *local = NULL;
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->list[i].name, name) != 0)
            continue;
        if (table->list[i].global)
            return &table->list[i];
        local = local != NULL ? local : &table->list[i];
    }
    return local;
}
