/* SPDX-License-Identifier: MIT */
/* The plan of a start: who runs first, in which mode, with what in which place. */
#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "machine/boot.h"
#include "machine/image_builder.h"
#include "machine/map.h"
#include "machine/temp_file.h"

struct fixture {
    struct machine_config config;
    struct boot_plan plan;
    struct error err;
    uint8_t image[IMAGE_BYTES];
    struct built_elf elf;
    struct temp_file temp;
};

static const uint8_t raw_code[] = {0x6f, 0, 0, 0};

static int set_up(void **state)
{
    struct fixture *f = test_calloc(1, sizeof *f);
    f->config.cpus = 1;
    f->config.ext = ext_set_default();
    f->config.image_name = "test image";
    f->config.memory_bytes = RAM_SIZE;
    *state = f;
    return temp_file_begin(&f->temp) ? 0 : 1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    boot_destroy(&f->plan);
    temp_file_end(&f->temp);
    test_free(f);
    return 0;
}

static void take_image(struct fixture *f, const void *bytes, uint64_t size)
{
    f->config.image = bytes;
    f->config.image_bytes = size;
}

static void take_linux(struct fixture *f)
{
    build_image(f->image, 0x200000, 0x800000);
    take_image(f, f->image, sizeof f->image);
}

static bool prepare(struct fixture *f)
{
    boot_destroy(&f->plan);
    return boot_prepare(&f->config, RAM_BASE, f->config.memory_bytes, &f->plan, &f->err);
}

static void assert_prepared(struct fixture *f)
{
    if (!prepare(f))
        fail_msg("%s", f->err.text);
}

static void assert_refused(struct fixture *f, const char *part)
{
    assert_false(prepare(f));
    if (strstr(f->err.text, part) == NULL)
        fail_msg("'%s' does not say '%s'", f->err.text, part);
}

static void assert_starts(struct fixture *f, uint64_t entry, unsigned priv)
{
    assert_prepared(f);
    assert_int_equal(f->plan.entry, entry);
    assert_int_equal(f->plan.priv, priv);
    assert_int_equal(f->plan.builtin_sbi, priv == BOOT_SUPERVISOR);
    assert_int_equal(f->plan.reset_pc, priv == BOOT_SUPERVISOR ? entry : map_row(MAP_reset_rom)->base);
}

static void linux_image_starts_in_s_mode_on_the_built_in_sbi(void **state)
{
    struct fixture *f = *state;
    take_linux(f);
    assert_starts(f, 0x80200000, BOOT_SUPERVISOR);
    assert_int_equal(f->plan.kernel.base, 0x80200000);
    assert_int_equal(f->plan.kernel.size, 0x800000);
}

static void linux_image_built_for_m_mode_starts_in_m_mode(void **state)
{
    struct fixture *f = *state;
    build_image(f->image, 0, 0x800000);
    take_image(f, f->image, sizeof f->image);
    assert_starts(f, 0x80000000, BOOT_MACHINE);
}

static void elf_in_the_first_2_mib_starts_in_m_mode_and_above_in_s_mode(void **state)
{
    struct fixture *f = *state;
    take_image(f, &f->elf, sizeof f->elf);
    f->elf = build_elf(0x80000000, 0x80000000);
    assert_starts(f, 0x80000008, BOOT_MACHINE);
    f->elf = build_elf(0x80100000, 0x80100000);
    assert_starts(f, 0x80100008, BOOT_MACHINE);
    f->elf = build_elf(0x80200000, UINT64_C(0xffffffc000000000));
    assert_starts(f, 0x80200008, BOOT_SUPERVISOR);
}

static void raw_kernel_starts_in_m_mode_and_is_noted(void **state)
{
    struct fixture *f = *state;
    f->config.kernel = temp_file_write(&f->temp, raw_code, sizeof raw_code);
    assert_starts(f, 0x80000000, BOOT_MACHINE);
    assert_non_null(strstr(f->plan.note, "0x80000000"));
    f->config.has_load_addr = true;
    f->config.load_addr = 0x80000000;
    assert_starts(f, 0x80000000, BOOT_MACHINE);
    assert_string_equal(f->plan.note, "");
}

static void raw_kernel_loaded_at_80200000_starts_in_s_mode(void **state)
{
    struct fixture *f = *state;
    take_image(f, raw_code, sizeof raw_code);
    f->config.has_load_addr = true;
    f->config.load_addr = 0x80200000;
    assert_starts(f, 0x80200000, BOOT_SUPERVISOR);
}

static void firmware_option_overrides_the_choice(void **state)
{
    struct fixture *f = *state;
    take_linux(f);
    f->config.firmware = FIRMWARE_NONE;
    assert_starts(f, 0x80200000, BOOT_MACHINE);
    f->elf = build_elf(0x80000000, 0x80000000);
    take_image(f, &f->elf, sizeof f->elf);
    f->config.firmware = FIRMWARE_BUILTIN;
    assert_starts(f, 0x80000008, BOOT_SUPERVISOR);
}

static void machine_without_s_mode_starts_everything_in_m_mode(void **state)
{
    struct fixture *f = *state;
    take_linux(f);
    assert_true(ext_set_parse(&f->config.ext, "s=off", &f->err));
    assert_starts(f, 0x80200000, BOOT_MACHINE);
    f->config.firmware = FIRMWARE_BUILTIN;
    assert_refused(f, "S mode");
}

static void entry_that_no_instruction_can_have_is_refused(void **state)
{
    struct fixture *f = *state;
    take_image(f, raw_code, sizeof raw_code);
    f->config.has_load_addr = true;
    f->config.load_addr = 0x80000001;
    assert_refused(f, "multiple of 2");
    f->config.load_addr = 0x80000002;
    assert_starts(f, 0x80000002, BOOT_MACHINE);
    assert_true(ext_set_parse(&f->config.ext, "c=off", &f->err));
    assert_refused(f, "multiple of 4");
}

static uint64_t rom_number(const struct fixture *f, uint64_t offset)
{
    uint64_t value = 0;
    for (unsigned i = 8; i-- > 0;)
        value = value << 8 | f->plan.rom[offset + i];
    return value;
}

static void firmware_file_starts_and_is_told_of_the_kernel(void **state)
{
    struct fixture *f = *state;
    take_linux(f);
    f->config.firmware = FIRMWARE_FILE;
    f->config.firmware_path = temp_file_write(&f->temp, raw_code, sizeof raw_code);
    assert_starts(f, 0x80000000, BOOT_MACHINE);
    uint64_t info = f->plan.dynamic_info_addr - map_row(MAP_reset_rom)->base;
    assert_int_equal(rom_number(f, info), 0x4942534f);
    assert_int_equal(rom_number(f, info + 8), 2);
    assert_int_equal(rom_number(f, info + 16), 0x80200000);
    assert_int_equal(rom_number(f, info + 24), 1);
    assert_int_equal(rom_number(f, info + 32), 0);
}

/* OpenSBI describes its memory itself, and U-Boot refuses to reserve anything twice. */
static void device_tree_reserves_nothing_on_behalf_of_a_firmware_file(void **state)
{
    struct fixture *f = *state;
    take_linux(f);
    f->config.firmware = FIRMWARE_FILE;
    f->config.firmware_path = temp_file_write(&f->temp, raw_code, sizeof raw_code);
    assert_prepared(f);
    assert_int_equal(fdt_num_mem_rsv(f->plan.dtb_bytes), 0);
    assert_true(fdt_path_offset(f->plan.dtb_bytes, "/reserved-memory") < 0);
}

static void raw_kernel_under_firmware_goes_to_80200000(void **state)
{
    struct fixture *f = *state;
    take_image(f, raw_code, sizeof raw_code);
    f->config.firmware = FIRMWARE_FILE;
    f->config.firmware_path = temp_file_write(&f->temp, raw_code, sizeof raw_code);
    assert_starts(f, 0x80000000, BOOT_MACHINE);
    assert_int_equal(f->plan.kernel.base, 0x80200000);
}

static void kernel_on_top_of_the_firmware_is_refused_naming_both(void **state)
{
    struct fixture *f = *state;
    f->elf = build_elf(0x80000000, 0x80000000);
    take_image(f, &f->elf, sizeof f->elf);
    f->config.firmware = FIRMWARE_FILE;
    f->config.firmware_path = temp_file_write(&f->temp, raw_code, sizeof raw_code);
    assert_refused(f, "0x80000000 to 0x8000003f");
    assert_non_null(strstr(f->err.text, "0x80000000 to 0x80000003"));
}

/* A stand-in for the few instructions that the ROM may use: what they do to the registers. */
static void run_rom(const struct fixture *f, uint64_t reg[32], uint64_t hart, uint64_t *pc)
{
    uint64_t base = map_row(MAP_reset_rom)->base;
    for (*pc = base; *pc - base < BOOT_ROM_BYTES;) {
        uint32_t insn = (uint32_t)rom_number(f, *pc - base);
        unsigned rd = insn >> 7 & 31, rs1 = insn >> 15 & 31;
        uint64_t imm = insn >> 20;
        switch (insn & 0x7f) {
        case 0x17: /* auipc */ reg[rd] = *pc + (insn & 0xfffff000); break;
        case 0x13: /* addi */ reg[rd] = reg[rs1] + imm; break;
        case 0x73: /* csrr */
            assert_int_equal(imm, 0xf14);
            reg[rd] = hart;
            break;
        case 0x03: /* ld */ reg[rd] = rom_number(f, reg[rs1] + imm - base); break;
        default: /* jr */
            assert_int_equal(insn & 0x7f, 0x67);
            *pc = reg[rs1] + imm;
            return;
        }
        *pc += 4;
    }
}

static void rom_hands_over_hart_device_tree_and_firmware_info(void **state)
{
    struct fixture *f = *state;
    uint64_t reg[32] = {0}, pc = 0;
    take_image(f, raw_code, sizeof raw_code);
    assert_prepared(f);
    run_rom(f, reg, 3, &pc);
    assert_int_equal(pc, 0x80000000);
    assert_int_equal(reg[10], 3);
    assert_int_equal(reg[11], f->plan.dtb_addr);
    assert_int_equal(reg[12], f->plan.dynamic_info_addr);
}

static void initrd_and_device_tree_lie_apart_from_the_kernel(void **state)
{
    struct fixture *f = *state;
    take_linux(f);
    f->config.initrd = temp_file_write(&f->temp, "0123456789", 10);
    assert_prepared(f);
    const struct boot_plan *p = &f->plan;
    assert_int_equal(p->initrd.size, 10);
    assert_int_equal(p->initrd.base % 4096, 0);
    assert_int_equal(p->dtb.base % 8, 0);
    assert_true(p->kernel.base + p->kernel.size <= p->dtb.base);
    assert_true(p->dtb.base + p->dtb.size + 65536 <= p->initrd.base);
    assert_true(p->initrd.base + 10 <= RAM_BASE + RAM_SIZE);
    assert_int_equal(fdt_totalsize(p->dtb_bytes), p->dtb.size);
    int chosen = fdt_path_offset(p->dtb_bytes, "/chosen"), length = 0;
    const fdt64_t *start = fdt_getprop(p->dtb_bytes, chosen, "linux,initrd-start", &length);
    assert_int_equal(length, 8);
    assert_int_equal(fdt64_ld(start), p->initrd.base);
    const fdt64_t *end = fdt_getprop(p->dtb_bytes, chosen, "linux,initrd-end", &length);
    assert_int_equal(fdt64_ld(end), p->initrd.base + 10);
}

static void device_tree_stays_below_4_gib_and_off_a_kernel_at_the_top(void **state)
{
    struct fixture *f = *state;
    take_linux(f);
    f->config.memory_bytes = UINT64_C(8) << 30;
    assert_prepared(f);
    assert_true(f->plan.dtb.base + f->plan.dtb.size <= UINT64_C(1) << 32);
    f->config.memory_bytes = RAM_SIZE;
    take_image(f, raw_code, sizeof raw_code);
    f->config.has_load_addr = true;
    f->config.load_addr = RAM_BASE + RAM_SIZE - 4;
    assert_prepared(f);
    assert_true(f->plan.dtb.base + f->plan.dtb.size <= f->config.load_addr);
}

static void what_does_not_fit_beside_the_kernel_is_refused(void **state)
{
    struct fixture *f = *state;
    build_image(f->image, 0x200000, RAM_SIZE - 0x200000 - 4096);
    take_image(f, f->image, sizeof f->image);
    f->config.initrd = temp_file_write(&f->temp, f->image, sizeof f->image);
    assert_prepared(f); /* below the kernel */
    build_image(f->image, 0, RAM_SIZE - 4096);
    assert_refused(f, "device tree of");
    assert_non_null(strstr(f->err.text, "0x80000000 to 0x83ffefff"));
    build_image(f->image, 0, RAM_SIZE - 4095);
    assert_refused(f, "initrd");
}

static void load_writes_files_and_clears_bss(void **state)
{
    struct fixture *f = *state;
    struct ram ram;
    struct guest_mem mem = {&ram};
    uint8_t bytes[128];
    assert_true(ram_create(&ram, RAM_BASE, RAM_SIZE, &f->err));
    f->elf = build_elf(0x80000000, 0x80000000);
    take_image(f, &f->elf, sizeof f->elf);
    f->config.initrd = temp_file_write(&f->temp, "0123456789", 10);
    assert_prepared(f);
    assert_true(guest_mem_fill(&mem, RAM_BASE, 0x77, 0x10000));
    assert_true(boot_load(&f->plan, &mem, false, &f->err));
    assert_true(guest_mem_read(&mem, 0x80001000, bytes, 128));
    assert_memory_equal(bytes, f->elf.data, 32);
    for (unsigned i = 32; i < 128; i++)
        assert_int_equal(bytes[i], 0);
    assert_true(guest_mem_read(&mem, 0x80001080, bytes, 1));
    assert_int_equal(bytes[0], 0x77);
    assert_true(guest_mem_read(&mem, f->plan.initrd.base, bytes, 10));
    assert_memory_equal(bytes, "0123456789", 10);
    assert_memory_equal(ram_at(&ram, f->plan.dtb.base, f->plan.dtb.size), f->plan.dtb_bytes, f->plan.dtb.size);
    ram_destroy(&ram);
}

static void kernel_symbols_are_physical_and_name_both_kinds_of_address(void **state)
{
    struct fixture *f = *state;
    uint64_t offset = 0;
    f->elf = build_elf(0x80200000, UINT64_C(0xffffffff80000000));
    take_image(f, &f->elf, sizeof f->elf);
    assert_prepared(f);
    assert_int_equal(f->plan.tohost, 0x80201008);
    assert_int_equal(f->plan.fromhost, BOOT_ABSENT);
    assert_string_equal(boot_symbol(&f->plan, UINT64_C(0xffffffff80000014), &offset), "main");
    assert_int_equal(offset, 4);
    assert_string_equal(boot_symbol(&f->plan, 0x80200014, &offset), "main");
    assert_null(boot_symbol(&f->plan, 0x1000, &offset));
}

static void same_seed_gives_the_same_device_tree_and_another_one_does_not(void **state)
{
    struct fixture *f = *state;
    void *blobs[3];
    size_t size = 0;
    for (unsigned i = 0; i < 3; i++) {
        f->config.seed = i / 2;
        assert_true(boot_device_tree(&f->config, RAM_BASE, RAM_SIZE, &blobs[i], &size, &f->err));
    }
    assert_memory_equal(blobs[0], blobs[1], size);
    assert_memory_not_equal(blobs[0], blobs[2], size);
    for (unsigned i = 0; i < 3; i++)
        free(blobs[i]);
}

static void user_device_tree_is_used_and_changed_only_where_asked(void **state)
{
    struct fixture *f = *state;
    struct machine_config plain = f->config;
    void *blob = NULL;
    size_t size = 0;
    int length = 0;
    plain.cmdline = "from the file";
    plain.cpus = 3;
    assert_true(boot_device_tree(&plain, RAM_BASE, RAM_SIZE, &blob, &size, &f->err));
    f->config.dtb = temp_file_write(&f->temp, blob, size);
    free(blob);
    take_linux(f);
    assert_refused(f, "describes hart 1");
    f->config.cpus = 4;
    assert_prepared(f);
    int chosen = fdt_path_offset(f->plan.dtb_bytes, "/chosen");
    assert_string_equal(fdt_getprop(f->plan.dtb_bytes, chosen, "bootargs", &length), "from the file");
    assert_true(fdt_path_offset(f->plan.dtb_bytes, "/cpus/cpu@2") > 0);
    assert_true(fdt_path_offset(f->plan.dtb_bytes, "/cpus/cpu@3") < 0);
    f->config.cmdline = "from the option";
    assert_prepared(f);
    chosen = fdt_path_offset(f->plan.dtb_bytes, "/chosen");
    assert_string_equal(fdt_getprop(f->plan.dtb_bytes, chosen, "bootargs", &length), "from the option");
}

static void faults_name_the_file(void **state)
{
    struct fixture *f = *state;
    f->config.kernel = temp_file_write(&f->temp, "", 0);
    assert_refused(f, "file' is empty");
    f->config.kernel = NULL;
    assert_refused(f, "no kernel");
    take_linux(f);
    f->config.dtb = temp_file_write(&f->temp, "not a device tree, but long enough for its header", 49);
    assert_refused(f, "device tree '");
    f->config.dtb = NULL;
    f->config.initrd = "/nonexistent/initrd";
    assert_refused(f, "initrd '/nonexistent/initrd' cannot be opened");
    assert_null(f->plan.files);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(linux_image_starts_in_s_mode_on_the_built_in_sbi),
        TEST(linux_image_built_for_m_mode_starts_in_m_mode),
        TEST(elf_in_the_first_2_mib_starts_in_m_mode_and_above_in_s_mode),
        TEST(raw_kernel_starts_in_m_mode_and_is_noted),
        TEST(raw_kernel_loaded_at_80200000_starts_in_s_mode),
        TEST(firmware_option_overrides_the_choice),
        TEST(machine_without_s_mode_starts_everything_in_m_mode),
        TEST(entry_that_no_instruction_can_have_is_refused),
        TEST(firmware_file_starts_and_is_told_of_the_kernel),
        TEST(device_tree_reserves_nothing_on_behalf_of_a_firmware_file),
        TEST(raw_kernel_under_firmware_goes_to_80200000),
        TEST(kernel_on_top_of_the_firmware_is_refused_naming_both),
        TEST(rom_hands_over_hart_device_tree_and_firmware_info),
        TEST(initrd_and_device_tree_lie_apart_from_the_kernel),
        TEST(device_tree_stays_below_4_gib_and_off_a_kernel_at_the_top),
        TEST(what_does_not_fit_beside_the_kernel_is_refused),
        TEST(load_writes_files_and_clears_bss),
        TEST(kernel_symbols_are_physical_and_name_both_kinds_of_address),
        TEST(same_seed_gives_the_same_device_tree_and_another_one_does_not),
        TEST(user_device_tree_is_used_and_changed_only_where_asked),
        TEST(faults_name_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
