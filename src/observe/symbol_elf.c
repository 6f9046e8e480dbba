/* SPDX-License-Identifier: MIT */
/* The symbols of an ELF file that need not be one to start: an executable, a shared object, separate debug
 * information, an object file (a kernel module: the symbols of its .text). Only their tables are read, however large
 * the file is. */
#include "observe/symbol_file.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "machine/boot_image.h"

/* Of a table; millions of symbols. */
#define MAX_TABLE_BYTES (UINT64_C(1) << 28)

struct elf_file {
    int fd;
    uint64_t size;
    Elf64_Ehdr header;
    Elf64_Shdr *sections; /* header.e_shnum */
};

/* All of a range of the file in memory of its own, with a NUL behind it; NULL: it cannot be had. */
static void *read_range(const struct elf_file *elf, uint64_t offset, uint64_t bytes, const char *what,
                        struct error *err)
{
    if (bytes > MAX_TABLE_BYTES || !range_fits(offset, bytes, elf->size)) {
        error_set(err, "is truncated or damaged: %s at %#llx of %#llx bytes, but the file has %#llx bytes", what,
                  (unsigned long long)offset, (unsigned long long)bytes, (unsigned long long)elf->size);
        return NULL;
    }
    char *to = malloc(bytes + 1);
    uint64_t done = 0;
    while (to != NULL && done < bytes) {
        ssize_t got = pread(elf->fd, to + done, bytes - done, (off_t)(offset + done));
        if (got <= 0 && !(got < 0 && errno == EINTR)) {
            error_set(err, "cannot be read: %s", got < 0 ? strerror(errno) : "it has become shorter");
            free(to);
            return NULL;
        }
        done += got > 0 ? (uint64_t)got : 0;
    }
    if (to != NULL)
        to[bytes] = '\0';
    else
        error_set(err, "out of memory for %s", what);
    return to;
}

static bool read_headers(struct elf_file *elf, struct error *err)
{
    uint64_t bytes = elf->size < sizeof elf->header ? elf->size : sizeof elf->header;
    void *header = read_range(elf, 0, bytes, "its header", err);
    bool ok = header != NULL && boot_elf_check_target(header, bytes, err);
    if (ok)
        memcpy(&elf->header, header, sizeof elf->header);
    free(header);
    if (!ok)
        return false;
    if (elf->header.e_shnum == 0 || elf->header.e_shentsize != sizeof(Elf64_Shdr))
        return error_set(err, "has no section headers, and so no symbols");
    uint64_t table_bytes = (uint64_t)elf->header.e_shnum * sizeof(Elf64_Shdr);
    elf->sections = read_range(elf, elf->header.e_shoff, table_bytes, "section headers", err);
    return elf->sections != NULL;
}

static const Elf64_Shdr *find_section(const struct elf_file *elf, uint32_t type)
{
    for (unsigned i = 0; i < elf->header.e_shnum; i++)
        if (elf->sections[i].sh_type == type)
            return &elf->sections[i];
    return NULL;
}

/* The number of an object file's .text: its symbols alone have addresses that one offset can make right. 0: all. */
static unsigned text_section(const struct elf_file *elf)
{
    if (elf->header.e_type != ET_REL || elf->header.e_shstrndx >= elf->header.e_shnum)
        return 0;
    const Elf64_Shdr *strings = &elf->sections[elf->header.e_shstrndx];
    char *names = read_range(elf, strings->sh_offset, strings->sh_size, "names of sections", NULL);
    unsigned found = 0;
    for (unsigned i = 1; names != NULL && i < elf->header.e_shnum && found == 0; i++)
        if (elf->sections[i].sh_name < strings->sh_size && strcmp(names + elf->sections[i].sh_name, ".text") == 0)
            found = i;
    free(names);
    return found;
}

static bool read_symbols(struct symbol_file *file, const struct elf_file *elf, struct error *err)
{
    const Elf64_Shdr *symbols = find_section(elf, SHT_SYMTAB);
    if (symbols == NULL)
        symbols = find_section(elf, SHT_DYNSYM);
    if (symbols == NULL)
        return error_set(err, "has no symbols (it was stripped); give one that still has them");
    if (symbols->sh_entsize != sizeof(Elf64_Sym) || symbols->sh_link >= elf->header.e_shnum)
        return error_set(err, "is damaged: its table of symbols makes no sense");
    const Elf64_Shdr *strings = &elf->sections[symbols->sh_link];
    uint8_t *entries = read_range(elf, symbols->sh_offset, symbols->sh_size, "symbols", err);
    file->names = entries == NULL ? NULL : read_range(elf, strings->sh_offset, strings->sh_size, "names", err);
    struct boot_symtab tab = {entries, symbols->sh_size / sizeof(Elf64_Sym), file->names, strings->sh_size};
    bool ok = file->names != NULL;
    if (ok && !symbol_table_add_elf(&file->table, &tab, text_section(elf)))
        ok = error_set(err, "out of memory for its symbols");
    free(entries);
    return ok;
}

static uint64_t end_of_sections(const struct elf_file *elf)
{
    uint64_t end = 0;
    for (unsigned i = 0; i < elf->header.e_shnum; i++) {
        const Elf64_Shdr *s = &elf->sections[i];
        bool counts = (s->sh_flags & SHF_ALLOC) != 0 && s->sh_addr + s->sh_size >= s->sh_addr;
        if (counts && s->sh_addr + s->sh_size > end)
            end = s->sh_addr + s->sh_size;
    }
    return end;
}

bool symbol_elf_read(struct symbol_file *file, int fd, uint64_t size, struct error *err)
{
    struct elf_file elf = {.fd = fd, .size = size};
    bool ok = read_headers(&elf, err) && read_symbols(file, &elf, err);
    if (ok) {
        symbol_table_sort(&file->table);
        file->end = end_of_sections(&elf);
        file->fd = elf.header.e_type == ET_REL ? -1 : fd; /* an object's DWARF waits for relocations */
    }
    free(elf.sections);
    return ok;
}
