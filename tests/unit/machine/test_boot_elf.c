/* SPDX-License-Identifier: MIT */
/* ELF executables: where segments go, where they start, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "machine/image_builder.h"

#define HIGH UINT64_C(0xffffffff80200000)

static struct boot_image image;
static struct error err;

static bool parse(const struct built_elf *elf)
{
    struct boot_image_input input = input_of(elf, sizeof *elf);
    return boot_image_parse(&image, &input, &err);
}

static void assert_refused(const struct built_elf *elf, const char *part)
{
    assert_false(parse(elf));
    if (strstr(err.text, part) == NULL)
        fail_msg("'%s' does not say '%s'", err.text, part);
}

static void segments_lie_at_their_physical_addresses(void **state)
{
    (void)state;
    struct built_elf elf = build_elf(0x80000000, 0x80000000);
    assert_true(parse(&elf));
    assert_int_equal(image.segment_count, 2);
    assert_int_equal(image.segments[0].gpa, 0x80000000);
    assert_int_equal(image.segments[1].gpa, 0x80001000);
    assert_int_equal(image.segments[1].file_bytes, 32);
    assert_int_equal(image.segments[1].mem_bytes, 128);
    assert_ptr_equal(image.segments[1].bytes, elf.data);
}

static void start_is_e_entry_and_not_the_lowest_address(void **state)
{
    (void)state;
    struct built_elf elf = build_elf(0x80000000, 0x80000000);
    elf.header.e_entry = 0x80000020;
    assert_true(parse(&elf));
    assert_int_equal(image.entry, 0x80000020);
}

/* As linkers make it for code at the start of RAM: one segment that begins with the file's headers. */
static struct built_elf elf_with_its_headers_below_ram(void)
{
    struct built_elf elf = build_elf(0x80000000, 0x80000000);
    Elf64_Phdr *text = &elf.programs[0];
    uint64_t below = text->p_offset;
    *text = (Elf64_Phdr){.p_type = PT_LOAD, .p_vaddr = text->p_vaddr - below, .p_paddr = text->p_paddr - below};
    text->p_filesz = text->p_memsz = below + BUILT_CODE_BYTES;
    return elf;
}

static void headers_below_ram_are_left_out(void **state)
{
    (void)state;
    struct built_elf elf = elf_with_its_headers_below_ram();
    assert_true(parse(&elf));
    assert_int_equal(image.segment_count, 2);
    assert_int_equal(image.segments[0].gpa, 0x80000000);
    assert_int_equal(image.segments[0].gva, 0x80000000);
    assert_int_equal(image.segments[0].file_bytes, BUILT_CODE_BYTES);
    assert_ptr_equal(image.segments[0].bytes, elf.code);
    assert_int_equal(image.entry, 0x80000008);
}

static void segment_of_headers_and_notes_alone_is_left_out(void **state)
{
    (void)state;
    struct built_elf elf = build_elf(0x80000000, 0x80000000);
    elf.programs[1] = (Elf64_Phdr){.p_type = PT_LOAD, .p_vaddr = 0x10000, .p_paddr = 0x10000};
    elf.programs[1].p_filesz = elf.programs[1].p_memsz = offsetof(struct built_elf, code);
    assert_true(parse(&elf));
    assert_int_equal(image.segment_count, 1);
    elf.programs[1].p_filesz = elf.programs[1].p_memsz = offsetof(struct built_elf, code) + 1;
    assert_refused(&elf, "0x10000");
}

static void code_below_ram_is_refused_with_a_remedy(void **state)
{
    (void)state;
    struct built_elf elf = elf_with_its_headers_below_ram();
    elf.programs[0].p_paddr -= 4; /* four bytes of code would be lost */
    assert_refused(&elf, "-Wl,-n");
    assert_non_null(strstr(err.text, "0x7fff"));
}

static void virtual_entry_is_translated_through_its_segment(void **state)
{
    (void)state;
    struct built_elf elf = build_elf(0x80200000, HIGH);
    assert_true(parse(&elf));
    assert_int_equal(image.entry, 0x80200008);
}

static void physical_entry_of_a_higher_half_kernel_stays(void **state)
{
    (void)state;
    struct built_elf elf = build_elf(0x80200000, HIGH);
    elf.header.e_entry = 0x80200010;
    assert_true(parse(&elf));
    assert_int_equal(image.entry, 0x80200010);
}

static void entry_outside_every_segment_is_refused_naming_both(void **state)
{
    (void)state;
    struct built_elf elf = build_elf(0x80000000, 0x80000000);
    elf.header.e_entry = 0x1234;
    assert_refused(&elf, "0x1234");
    assert_non_null(strstr(err.text, "0x80000000 to 0x8000107f"));
}

static void position_independent_file_linked_at_zero_moves_to_the_base(void **state)
{
    (void)state;
    struct built_elf elf = build_elf(0, 0);
    elf.header.e_type = ET_DYN;
    assert_true(parse(&elf));
    assert_int_equal(image.segments[0].gpa, RAM_BASE);
    assert_int_equal(image.segments[1].gpa, RAM_BASE + 0x1000);
    assert_int_equal(image.entry, RAM_BASE + 8);
}

static void position_independent_file_linked_in_ram_stays(void **state)
{
    (void)state;
    struct built_elf elf = build_elf(0x80100000, 0x80100000);
    elf.header.e_type = ET_DYN;
    assert_true(parse(&elf));
    assert_int_equal(image.segments[0].gpa, 0x80100000);
}

static void vmlinux_linked_at_physical_zero_goes_where_its_header_says(void **state)
{
    (void)state;
    struct built_elf elf = build_elf(0, UINT64_C(0xffffffff80000000));
    put_little(elf.code + 8, 0x200000, 8);
    memcpy(elf.code + 0x30, "RISCV\0\0\0RSC\5", 12);
    assert_true(parse(&elf));
    assert_int_equal(image.segments[0].gpa, 0x80200000);
    assert_int_equal(image.entry, 0x80200008);
    assert_int_equal(boot_image_translate(&image, UINT64_C(0xffffffff80001004)), 0x80201004);
}

static void executable_for_another_board_is_refused_naming_both_ranges(void **state)
{
    (void)state;
    struct built_elf elf = build_elf(0x10000, 0x10000);
    assert_refused(&elf, "0x10000 to 0x1003f");
    assert_non_null(strstr(err.text, "0x80000000 to 0x83ffffff"));
}

static void overlapping_segments_are_refused_naming_both(void **state)
{
    (void)state;
    struct built_elf elf = build_elf(0x80000000, 0x80000000);
    elf.programs[1].p_paddr = 0x8000003f;
    assert_refused(&elf, "0x80000000 to 0x8000003f and 0x8000003f to 0x800000be");
}

static void segment_reaching_past_ram_is_refused(void **state)
{
    (void)state;
    struct built_elf elf = build_elf(0x80000000, 0x80000000);
    elf.programs[1].p_memsz = RAM_SIZE;
    assert_refused(&elf, "--memory");
}

static void segment_that_wraps_is_refused(void **state)
{
    (void)state;
    struct built_elf elf = build_elf(0x80000000, 0x80000000);
    elf.programs[1].p_memsz = UINT64_MAX;
    assert_refused(&elf, "is damaged");
    elf.programs[1].p_paddr = UINT64_MAX - 16;
    elf.programs[1].p_memsz = 128;
    assert_refused(&elf, "is damaged");
}

static void file_part_larger_than_memory_part_is_refused(void **state)
{
    (void)state;
    struct built_elf elf = build_elf(0x80000000, 0x80000000);
    elf.programs[1].p_memsz = 31;
    assert_refused(&elf, "is damaged");
}

static void every_truncation_of_the_loaded_part_is_refused(void **state)
{
    (void)state;
    struct built_elf elf = build_elf(0x80000000, 0x80000000);
    for (size_t size = SELFMAG; size < offsetof(struct built_elf, symbols); size++) {
        uint8_t *exact = malloc(size);
        assert_non_null(exact);
        memcpy(exact, &elf, size);
        struct boot_image_input input = input_of(exact, size);
        assert_false(boot_image_parse(&image, &input, &err));
        free(exact);
    }
}

static void files_for_other_machines_are_named(void **state)
{
    (void)state;
    struct built_elf elf = build_elf(0x80000000, 0x80000000);
    elf.header.e_machine = EM_X86_64;
    assert_refused(&elf, "x86-64");
    elf = build_elf(0x80000000, 0x80000000);
    elf.header.e_ident[EI_CLASS] = ELFCLASS32;
    assert_refused(&elf, "32-bit RISC-V");
    elf = build_elf(0x80000000, 0x80000000);
    elf.header.e_ident[EI_DATA] = ELFDATA2MSB;
    assert_refused(&elf, "big-endian");
    elf = build_elf(0x80000000, 0x80000000);
    elf.header.e_type = ET_REL;
    assert_refused(&elf, "object file");
}

static void file_with_nothing_to_load_is_refused(void **state)
{
    (void)state;
    struct built_elf elf = build_elf(0x80000000, 0x80000000);
    elf.programs[0].p_type = elf.programs[1].p_type = PT_NOTE;
    assert_refused(&elf, "nothing to load");
    elf.header.e_phnum = 0;
    assert_refused(&elf, "program headers");
}

static void load_address_is_refused_for_a_linked_file(void **state)
{
    (void)state;
    struct built_elf elf = build_elf(0x80000000, 0x80000000);
    struct boot_image_input input = input_of(&elf, sizeof elf);
    input.base = 0x80400000;
    input.base_given = true;
    assert_false(boot_image_parse(&image, &input, &err));
    assert_non_null(strstr(err.text, "--load-addr"));
}

static void symbols_are_found_by_name_and_address(void **state)
{
    (void)state;
    struct built_elf elf = build_elf(0x80000000, HIGH);
    struct boot_functions functions;
    uint64_t value = 0;
    assert_true(parse(&elf));
    assert_true(boot_symtab_find(&image.symtab, "tohost", &value));
    assert_int_equal(boot_image_translate(&image, value), 0x80001008);
    assert_false(boot_symtab_find(&image.symtab, "fromhost", &value));
    assert_true(boot_functions_create(&functions, &image.symtab));
    assert_int_equal(functions.count, 2);
    assert_string_equal(boot_functions_at(&functions, HIGH + 15)->name, "_start");
    assert_string_equal(boot_functions_at(&functions, HIGH + 16)->name, "main");
    assert_null(boot_functions_at(&functions, HIGH + 32));
    assert_null(boot_functions_at(&functions, HIGH - 1));
    boot_functions_destroy(&functions);
}

static void damaged_symbol_table_is_ignored(void **state)
{
    (void)state;
    struct built_elf elf = build_elf(0x80000000, 0x80000000);
    elf.sections[1].sh_size = UINT64_MAX - 7;
    assert_true(parse(&elf));
    assert_int_equal(image.symtab.count, 0);
    elf = build_elf(0x80000000, 0x80000000);
    elf.sections[1].sh_link = 77;
    assert_true(parse(&elf));
    assert_int_equal(image.symtab.count, 0);
    elf = build_elf(0x80000000, 0x80000000);
    elf.header.e_shoff = UINT64_MAX - 10;
    assert_true(parse(&elf));
    assert_int_equal(image.symtab.count, 0);
    elf = build_elf(0x80000000, 0x80000000);
    elf.names[63] = 'x';
    assert_true(parse(&elf));
    assert_int_equal(image.symtab.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_lie_at_their_physical_addresses),
        cmocka_unit_test(start_is_e_entry_and_not_the_lowest_address),
        cmocka_unit_test(headers_below_ram_are_left_out),
        cmocka_unit_test(segment_of_headers_and_notes_alone_is_left_out),
        cmocka_unit_test(code_below_ram_is_refused_with_a_remedy),
        cmocka_unit_test(virtual_entry_is_translated_through_its_segment),
        cmocka_unit_test(physical_entry_of_a_higher_half_kernel_stays),
        cmocka_unit_test(entry_outside_every_segment_is_refused_naming_both),
        cmocka_unit_test(position_independent_file_linked_at_zero_moves_to_the_base),
        cmocka_unit_test(position_independent_file_linked_in_ram_stays),
        cmocka_unit_test(vmlinux_linked_at_physical_zero_goes_where_its_header_says),
        cmocka_unit_test(executable_for_another_board_is_refused_naming_both_ranges),
        cmocka_unit_test(overlapping_segments_are_refused_naming_both),
        cmocka_unit_test(segment_reaching_past_ram_is_refused),
        cmocka_unit_test(segment_that_wraps_is_refused),
        cmocka_unit_test(file_part_larger_than_memory_part_is_refused),
        cmocka_unit_test(every_truncation_of_the_loaded_part_is_refused),
        cmocka_unit_test(files_for_other_machines_are_named),
        cmocka_unit_test(file_with_nothing_to_load_is_refused),
        cmocka_unit_test(load_address_is_refused_for_a_linked_file),
        cmocka_unit_test(symbols_are_found_by_name_and_address),
        cmocka_unit_test(damaged_symbol_table_is_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
