/* SPDX-License-Identifier: MIT */
/* Small ELF files and Linux Images made in memory, to be spoilt field by field. */
#ifndef MICROVM_TESTS_UNIT_MACHINE_IMAGE_BUILDER_H
#define MICROVM_TESTS_UNIT_MACHINE_IMAGE_BUILDER_H

#include <elf.h>
#include <stdint.h>
#include <string.h>

#include "machine/boot_image.h"

#define RAM_BASE UINT64_C(0x80000000)
#define RAM_SIZE (UINT64_C(64) << 20)
#define BUILT_SEGMENTS 2
#define BUILT_SYMBOLS 6
#define BUILT_CODE_BYTES 64

/* An executable of two segments: code of 64 bytes, and data of 32 bytes with 96 of BSS. */
struct built_elf {
    Elf64_Ehdr header;
    Elf64_Phdr programs[BUILT_SEGMENTS];
    uint8_t code[BUILT_CODE_BYTES];
    uint8_t data[32];
    Elf64_Sym symbols[BUILT_SYMBOLS];
    char names[64];
    Elf64_Shdr sections[3];
};

static inline struct built_elf build_elf(uint64_t paddr, uint64_t vaddr)
{
    struct built_elf e = {
        .header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                   .e_type = ET_EXEC,
                   .e_machine = EM_RISCV,
                   .e_version = EV_CURRENT,
                   .e_entry = vaddr + 8,
                   .e_phoff = offsetof(struct built_elf, programs),
                   .e_phentsize = sizeof(Elf64_Phdr),
                   .e_phnum = BUILT_SEGMENTS,
                   .e_shoff = offsetof(struct built_elf, sections),
                   .e_shentsize = sizeof(Elf64_Shdr),
                   .e_shnum = 3},
        .programs = {{.p_type = PT_LOAD,
                      .p_offset = offsetof(struct built_elf, code),
                      .p_vaddr = vaddr,
                      .p_paddr = paddr,
                      .p_filesz = BUILT_CODE_BYTES,
                      .p_memsz = BUILT_CODE_BYTES},
                     {.p_type = PT_LOAD,
                      .p_offset = offsetof(struct built_elf, data),
                      .p_vaddr = vaddr + 0x1000,
                      .p_paddr = paddr + 0x1000,
                      .p_filesz = 32,
                      .p_memsz = 128}},
        .symbols =
            {{0},
             {.st_name = 1, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE), .st_shndx = 1, .st_value = vaddr},
             {.st_name = 8,
              .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
              .st_shndx = 1,
              .st_value = vaddr + 16,
              .st_size = 16},
             {.st_name = 13,
              .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT),
              .st_shndx = 2,
              .st_value = vaddr + 0x1008},
             {.st_name = 20, .st_info = ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE), .st_shndx = 1, .st_value = vaddr + 17},
             {.st_name = 24, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE), .st_shndx = SHN_UNDEF}},
        .names = "\0_start\0main\0tohost\0$xr\0fromhost",
        .sections = {{0},
                     {.sh_type = SHT_SYMTAB,
                      .sh_offset = offsetof(struct built_elf, symbols),
                      .sh_size = sizeof(Elf64_Sym) * BUILT_SYMBOLS,
                      .sh_link = 2,
                      .sh_entsize = sizeof(Elf64_Sym)},
                     {.sh_type = SHT_STRTAB, .sh_offset = offsetof(struct built_elf, names), .sh_size = 64}},
    };
    memset(e.code, 0x13, sizeof e.code);
    memset(e.data, 0xda, sizeof e.data);
    return e;
}

#define IMAGE_BYTES 4096

static inline void put_little(uint8_t *at, uint64_t value, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        at[i] = (uint8_t)(value >> (8 * i));
}

/* A Linux Image of 4 KiB, without PE header. */
static inline void build_image(uint8_t *bytes, uint64_t text_offset, uint64_t image_size)
{
    memset(bytes, 0x13, IMAGE_BYTES);
    put_little(bytes + 8, text_offset, 8);
    put_little(bytes + 16, image_size, 8);
    put_little(bytes + 24, 0, 8);
    memcpy(bytes + 0x30, "RISCV\0\0\0RSC\5", 12);
}

static inline struct boot_image_input input_of(const void *bytes, uint64_t size)
{
    return (struct boot_image_input){
        .bytes = bytes, .size = size, .ram_base = RAM_BASE, .ram_size = RAM_SIZE, .base = RAM_BASE};
}

#endif
