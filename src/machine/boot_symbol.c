/* SPDX-License-Identifier: MIT */
#include "machine/boot_symbol.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

static Elf64_Sym symbol_at(const struct boot_symtab *tab, uint64_t n)
{
    Elf64_Sym symbol;
    memcpy(&symbol, tab->entries + n * sizeof symbol, sizeof symbol);
    return symbol;
}

/* NULL for a symbol that is not defined here, or whose name is outside the table. */
static const char *name_of(const struct boot_symtab *tab, const Elf64_Sym *symbol)
{
    if (symbol->st_shndx == SHN_UNDEF || symbol->st_name >= tab->name_bytes)
        return NULL;
    return tab->names + symbol->st_name;
}

bool boot_symtab_find(const struct boot_symtab *tab, const char *name, uint64_t *value)
{
    for (uint64_t i = 0; i < tab->count; i++) {
        Elf64_Sym symbol = symbol_at(tab, i);
        const char *candidate = name_of(tab, &symbol);
        if (candidate == NULL || strcmp(candidate, name) != 0)
            continue;
        *value = symbol.st_value;
        return true;
    }
    return false;
}

/* Labels written in assembly have no type; the compiler's own ($x, .L) say nothing to a reader. */
static bool is_function(const struct boot_symtab *tab, const Elf64_Sym *symbol)
{
    const char *name = name_of(tab, symbol);
    if (name == NULL || name[0] == '\0' || name[0] == '$' || name[0] == '.')
        return false;
    unsigned type = ELF64_ST_TYPE(symbol->st_info);
    return type == STT_FUNC || (type == STT_NOTYPE && symbol->st_shndx < SHN_LORESERVE);
}

static int by_address(const void *left, const void *right)
{
    const struct boot_function *a = left, *b = right;
    if (a->addr != b->addr)
        return a->addr < b->addr ? -1 : 1;
    if (a->size != b->size) /* at one address, the one with a size stands last and is found */
        return a->size < b->size ? -1 : 1;
    return strcmp(b->name, a->name);
}

bool boot_functions_create(struct boot_functions *functions, const struct boot_symtab *tab)
{
    *functions = (struct boot_functions){.count = 0};
    size_t wanted = 0;
    for (uint64_t i = 0; i < tab->count; i++) {
        Elf64_Sym symbol = symbol_at(tab, i);
        wanted += is_function(tab, &symbol);
    }
    if (wanted == 0)
        return true;
    functions->list = calloc(wanted, sizeof *functions->list);
    if (functions->list == NULL)
        return false;
    for (uint64_t i = 0; i < tab->count; i++) {
        Elf64_Sym symbol = symbol_at(tab, i);
        if (is_function(tab, &symbol))
            functions->list[functions->count++] =
                (struct boot_function){symbol.st_value, symbol.st_size, name_of(tab, &symbol)};
    }
    qsort(functions->list, functions->count, sizeof *functions->list, by_address);
    return true;
}

void boot_functions_destroy(struct boot_functions *functions)
{
    free(functions->list);
    *functions = (struct boot_functions){.count = 0};
}

const struct boot_function *boot_functions_at(const struct boot_functions *functions, uint64_t addr)
{
    size_t low = 0, high = functions->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (functions->list[middle].addr <= addr)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return NULL;
    const struct boot_function *function = &functions->list[low - 1];
    return function->size == 0 || addr - function->addr < function->size ? function : NULL;
}
