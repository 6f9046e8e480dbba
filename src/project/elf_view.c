/* SPDX-License-Identifier: MIT */
#include "project/elf_view.h"

#include <string.h>

#include "base/bits.h"

bool elf_view_open(struct elf_view *elf, const uint8_t *bytes, uint64_t size, struct error *err)
{
    const Elf64_Ehdr *header = &elf->header;
    *elf = (struct elf_view){.bytes = bytes, .size = size};
    if (size < sizeof *header || memcmp(bytes, ELFMAG, SELFMAG) != 0)
        return error_set(err, "is no ELF file");
    memcpy(&elf->header, bytes, sizeof *header);
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
        header->e_machine != EM_RISCV)
        return error_set(err, "is no ELF file for 64-bit RISC-V (e_machine %u)", header->e_machine);
    bool sections =
        header->e_shnum == 0 || (header->e_shentsize == sizeof(Elf64_Shdr) &&
                                 range_fits(header->e_shoff, (uint64_t)header->e_shnum * sizeof(Elf64_Shdr), size));
    bool programs =
        header->e_phnum == 0 || (header->e_phentsize == sizeof(Elf64_Phdr) &&
                                 range_fits(header->e_phoff, (uint64_t)header->e_phnum * sizeof(Elf64_Phdr), size));
    return (sections && programs) || error_set(err, "is truncated or damaged");
}

bool elf_view_section(const struct elf_view *elf, unsigned n, Elf64_Shdr *section)
{
    if (n >= elf->header.e_shnum)
        return false;
    memcpy(section, elf->bytes + elf->header.e_shoff + n * sizeof *section, sizeof *section);
    return true;
}

bool elf_view_program(const struct elf_view *elf, unsigned n, Elf64_Phdr *program)
{
    if (n >= elf->header.e_phnum)
        return false;
    memcpy(program, elf->bytes + elf->header.e_phoff + n * sizeof *program, sizeof *program);
    return true;
}

static bool find_symbols(const struct elf_view *elf, Elf64_Shdr *symbols, Elf64_Shdr *strings)
{
    for (unsigned i = 0; elf_view_section(elf, i, symbols); i++)
        if (symbols->sh_type == SHT_SYMTAB)
            return elf_view_section(elf, symbols->sh_link, strings) &&
                   range_fits(symbols->sh_offset, symbols->sh_size, elf->size) &&
                   range_fits(strings->sh_offset, strings->sh_size, elf->size);
    return false;
}

enum symbol_presence elf_view_symbol(const struct elf_view *elf, const char *name)
{
    Elf64_Shdr symbols, strings;
    Elf64_Sym symbol;
    uint64_t length = strlen(name) + 1;
    enum symbol_presence presence = SYMBOL_ABSENT;
    if (!find_symbols(elf, &symbols, &strings))
        return SYMBOL_ABSENT;
    for (uint64_t at = 0; at + sizeof symbol <= symbols.sh_size; at += sizeof symbol) {
        memcpy(&symbol, elf->bytes + symbols.sh_offset + at, sizeof symbol);
        if (ELF64_ST_BIND(symbol.st_info) == STB_LOCAL || !range_fits(symbol.st_name, length, strings.sh_size) ||
            memcmp(elf->bytes + strings.sh_offset + symbol.st_name, name, length) != 0)
            continue;
        if (symbol.st_shndx != SHN_UNDEF)
            return SYMBOL_DEFINED;
        presence = SYMBOL_WANTED;
    }
    return presence;
}
