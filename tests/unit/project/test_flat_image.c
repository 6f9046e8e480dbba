/* SPDX-License-Identifier: MIT */
/* ELF files made by hand: what of them is in the flat image, which symbols they have, and that damage is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "project/flat_image.h"

/* Two segments, four sections and three symbols; each test changes what it is about. */
struct file {
    Elf64_Ehdr header;
    Elf64_Phdr programs[2];
    Elf64_Shdr sections[6];
    Elf64_Sym symbols[4];
    char names[32];
    uint8_t text[16], data[8];
};

static const char names[32] = "\0_start\0main\0local\0_started";

static Elf64_Shdr section(uint32_t type, uint64_t flags, uint64_t offset, uint64_t size)
{
    return (Elf64_Shdr){.sh_type = type, .sh_flags = flags, .sh_offset = offset, .sh_size = size};
}

static struct file a_file(void)
{
    struct file f = {
        .header = {.e_machine = EM_RISCV,
                   .e_type = ET_EXEC,
                   .e_phoff = offsetof(struct file, programs),
                   .e_phentsize = sizeof(Elf64_Phdr),
                   .e_phnum = 2,
                   .e_shoff = offsetof(struct file, sections),
                   .e_shentsize = sizeof(Elf64_Shdr),
                   .e_shnum = 6},
        .symbols = {{0},
                    {.st_name = 1, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), .st_shndx = 1},
                    {.st_name = 8, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE), .st_shndx = SHN_UNDEF},
                    {.st_name = 13, .st_info = ELF64_ST_INFO(STB_LOCAL, STT_FUNC), .st_shndx = 1}},
    };
    memcpy(f.header.e_ident, ELFMAG, SELFMAG);
    f.header.e_ident[EI_CLASS] = ELFCLASS64;
    f.header.e_ident[EI_DATA] = ELFDATA2LSB;
    memcpy(f.names, names, sizeof names);
    memset(f.text, 'T', sizeof f.text);
    memset(f.data, 'D', sizeof f.data);
    /* Data is used elsewhere than where it is loaded. */
    f.programs[0] = (Elf64_Phdr){PT_LOAD, PF_R, offsetof(struct file, text), 0x80000000, 0x80000000, 16, 16, 16};
    f.programs[1] = (Elf64_Phdr){PT_LOAD, PF_R, offsetof(struct file, data), 0x90000000, 0x80000020, 8, 4096, 8};
    f.sections[1] = section(SHT_PROGBITS, SHF_ALLOC, offsetof(struct file, text), 16);
    f.sections[2] = section(SHT_PROGBITS, SHF_ALLOC, offsetof(struct file, data), 8);
    f.sections[3] = section(SHT_NOBITS, SHF_ALLOC, sizeof f, 4088);
    f.sections[4] = section(SHT_SYMTAB, 0, offsetof(struct file, symbols), sizeof f.symbols);
    f.sections[4].sh_link = 5;
    f.sections[5] = section(SHT_STRTAB, 0, offsetof(struct file, names), sizeof f.names);
    return f;
}

static bool make(struct flat_image *image, const struct file *file, uint64_t size, struct error *err)
{
    struct elf_view elf;
    *image = (struct flat_image){0, 0, NULL};
    return elf_view_open(&elf, (const uint8_t *)file, size, err) && flat_image_make(image, &elf, err);
}

static void the_image_holds_what_the_file_has_bytes_of_by_physical_address(UNUSED void **state)
{
    struct file file = a_file();
    struct flat_image image;
    assert_true(make(&image, &file, sizeof file, NULL));
    assert_int_equal(image.address, 0x80000000);
    assert_int_equal(image.size, 0x28);
    assert_memory_equal(image.bytes, "TTTTTTTTTTTTTTTT\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0DDDDDDDD", 0x28);
    flat_image_destroy(&image);
}

static void the_lowest_section_begins_the_image_in_any_order(UNUSED void **state)
{
    struct file file = a_file();
    struct flat_image image;
    file.programs[1].p_paddr = 0x7ffffff8;
    assert_true(make(&image, &file, sizeof file, NULL));
    assert_int_equal(image.address, 0x7ffffff8);
    assert_memory_equal(image.bytes, "DDDDDDDDTTTTTTTTTTTTTTTT", 24);
    flat_image_destroy(&image);
}

static void the_headers_in_a_segment_are_left_out(UNUSED void **state)
{
    struct file file = a_file();
    struct flat_image image;
    file.programs[0].p_offset = 0;
    file.programs[0].p_paddr = 0x80000000 - offsetof(struct file, text);
    file.programs[0].p_filesz = offsetof(struct file, text) + 16;
    assert_true(make(&image, &file, sizeof file, NULL));
    assert_int_equal(image.address, 0x80000000);
    assert_int_equal(image.bytes[0], 'T');
    flat_image_destroy(&image);
}

static void sections_that_lie_too_far_apart_are_refused(UNUSED void **state)
{
    struct file file = a_file();
    struct flat_image image;
    struct error err = {""};
    file.programs[1].p_paddr = 0x10000000;
    assert_false(make(&image, &file, sizeof file, &err));
    assert_string_equal(err.text, "reaches from 0x10000000 to 0x8000000f, too far for a flat image");
}

static void a_file_without_anything_to_load_is_refused(UNUSED void **state)
{
    struct file file = a_file();
    struct flat_image image;
    struct error err = {""};
    file.sections[1].sh_flags = file.sections[2].sh_flags = 0;
    assert_false(make(&image, &file, sizeof file, &err));
    assert_string_equal(err.text, "has nothing to load");
}

static void damaged_files_are_refused(UNUSED void **state)
{
    const struct file file = a_file();
    struct flat_image image;
    for (uint64_t size = 0; size < offsetof(struct file, text) + 16; size++)
        assert_false(make(&image, &file, size, NULL));
    struct file damaged = a_file();
    damaged.sections[2].sh_offset = damaged.programs[1].p_offset = UINT64_MAX - 3;
    assert_false(make(&image, &damaged, sizeof damaged, NULL));
    damaged = a_file();
    damaged.programs[0].p_paddr = UINT64_MAX - 3;
    assert_false(make(&image, &damaged, sizeof damaged, NULL));
    damaged = a_file();
    damaged.header.e_machine = EM_X86_64;
    assert_false(make(&image, &damaged, sizeof damaged, NULL));
}

static void symbols_are_defined_wanted_or_absent(UNUSED void **state)
{
    struct file file = a_file();
    struct elf_view elf;
    assert_true(elf_view_open(&elf, (const uint8_t *)&file, sizeof file, NULL));
    assert_int_equal(elf_view_symbol(&elf, "_start"), SYMBOL_DEFINED);
    assert_int_equal(elf_view_symbol(&elf, "main"), SYMBOL_WANTED);
    assert_int_equal(elf_view_symbol(&elf, "local"), SYMBOL_ABSENT);
    assert_int_equal(elf_view_symbol(&elf, "_started"), SYMBOL_ABSENT);
    assert_int_equal(elf_view_symbol(&elf, "_star"), SYMBOL_ABSENT);
}

static void damaged_tables_of_symbols_have_none(UNUSED void **state)
{
    struct file file = a_file();
    struct elf_view elf;
    file.symbols[1].st_name = UINT32_MAX;
    assert_true(elf_view_open(&elf, (const uint8_t *)&file, sizeof file, NULL));
    assert_int_equal(elf_view_symbol(&elf, "_start"), SYMBOL_ABSENT);
    file = a_file();
    file.sections[4].sh_size = UINT64_MAX;
    assert_int_equal(elf_view_symbol(&elf, "_start"), SYMBOL_ABSENT);
    file = a_file();
    file.sections[4].sh_link = 6;
    assert_int_equal(elf_view_symbol(&elf, "_start"), SYMBOL_ABSENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_image_holds_what_the_file_has_bytes_of_by_physical_address),
        cmocka_unit_test(the_lowest_section_begins_the_image_in_any_order),
        cmocka_unit_test(the_headers_in_a_segment_are_left_out),
        cmocka_unit_test(sections_that_lie_too_far_apart_are_refused),
        cmocka_unit_test(a_file_without_anything_to_load_is_refused),
        cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(symbols_are_defined_wanted_or_absent),
        cmocka_unit_test(damaged_tables_of_symbols_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
