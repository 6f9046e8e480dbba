/* SPDX-License-Identifier: MIT */
/* Names for addresses and the other way round, from files of both kinds, whole and damaged. */
#include "observe/symbols.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../machine/image_builder.h"
#include "../machine/temp_file.h"
#include "base/compiler.h"
#include "machine/inspect.h"

#define UPPER UINT64_C(0xffffffff80000000)

struct fixture {
    struct temp_file temp;
    struct machine *machine;
    struct symbols *symbols;
};

/* A machine whose kernel is the builder's, linked high and loaded at the start of RAM. */
static void begin(struct fixture *f)
{
    static struct built_elf kernel;
    kernel = build_elf(RAM_BASE, UPPER);
    struct machine_config config;
    struct machine_host host = {0};
    struct error err = {{0}};
    machine_config_init(&config);
    config.image = (const uint8_t *)&kernel;
    config.image_bytes = sizeof kernel;
    config.image_name = "kernel";
    config.memory_bytes = RAM_SIZE;
    config.cpus = 1;
    config.clock = CLOCK_VIRTUAL;
    config.console = CONSOLE_NONE;
    assert_true(temp_file_begin(&f->temp));
    f->machine = machine_create(&config, &host, &err);
    assert_string_equal(err.text, "");
    f->symbols = symbols_create(f->machine);
    assert_non_null(f->symbols);
}

static void end(struct fixture *f)
{
    symbols_destroy(f->symbols);
    machine_destroy(f->machine);
    temp_file_end(&f->temp);
}

static void check_place(const struct symbols *symbols, uint64_t addr, const char *name, uint64_t offset)
{
    struct symbol_place place;
    assert_true(symbols_at(symbols, addr, &place));
    assert_string_equal(place.name, name);
    assert_int_equal(place.offset, offset);
    assert_int_equal(place.start, addr - offset);
}

static void check_nothing(const struct symbols *symbols, uint64_t addr)
{
    struct symbol_place place;
    assert_false(symbols_at(symbols, addr, &place));
}

static void check_value(const struct symbols *symbols, const char *name, uint64_t value)
{
    uint64_t found = 0;
    assert_true(symbols_value(symbols, name, &found));
    assert_int_equal(found, value);
}

static void the_kernels_symbols_are_found_by_virtual_and_physical_address(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    check_place(f.symbols, UPPER + 4, "_start", 4);
    check_place(f.symbols, UPPER + 31, "main", 15);
    check_place(f.symbols, RAM_BASE + 16, "main", 0);
    check_place(f.symbols, UPPER + 0x1010, "tohost", 8); /* an object */
    check_nothing(f.symbols, UPPER + 32);                /* behind main's end */
    check_nothing(f.symbols, 0);
    check_value(f.symbols, "main", UPPER + 16);
    uint64_t value;
    assert_false(symbols_value(f.symbols, "fromhost", &value)); /* not defined here */
    assert_false(symbols_value(f.symbols, "mai", &value));
    end(&f);
}

static void the_text_of_an_address_names_its_symbol(void **state)
{
    (void)state;
    struct fixture f;
    char text[SYMBOLS_TEXT_BYTES];
    begin(&f);
    assert_string_equal(symbols_text(f.symbols, RAM_BASE + 20, text), "0x80000014 (main+0x4)");
    assert_string_equal(symbols_text(f.symbols, 16, text), "0x10");
    end(&f);
}

static void names_are_told_one_by_one(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    assert_string_equal(symbols_name(f.symbols, 0), "_start");
    assert_string_equal(symbols_name(f.symbols, 1), "main");
    assert_string_equal(symbols_name(f.symbols, 2), "tohost");
    assert_null(symbols_name(f.symbols, 3));
    end(&f);
}

static void add(struct fixture *f, const void *bytes, size_t count, const char *offset)
{
    char named[160];
    struct error err = {{0}};
    snprintf(named, sizeof named, "%s%s", temp_file_write(&f->temp, bytes, count), offset);
    bool ok = symbols_add(f->symbols, named, &err);
    assert_string_equal(err.text, "");
    assert_true(ok);
}

static void check_refused(struct fixture *f, const void *bytes, size_t count, const char *offset, const char *why)
{
    char named[160];
    struct error err = {{0}};
    snprintf(named, sizeof named, "%s%s", temp_file_write(&f->temp, bytes, count), offset);
    assert_false(symbols_add(f->symbols, named, &err));
    assert_non_null(strstr(err.text, why));
    assert_null(strchr(err.text, '\n'));
}

static void a_further_elf_file_stands_at_its_offset(void **state)
{
    (void)state;
    struct fixture f;
    struct built_elf further = build_elf(0, 0x10000);
    begin(&f);
    further.sections[0] = (Elf64_Shdr){.sh_flags = SHF_ALLOC, .sh_addr = 0x10000, .sh_size = 0x2000};
    add(&f, &further, sizeof further, "@0x20000");
    check_place(f.symbols, 0x30010, "main", 0);
    check_place(f.symbols, 0x31010, "tohost", 8);
    check_nothing(f.symbols, 0x10010);
    check_nothing(f.symbols, 0x32000); /* behind its sections */
    check_place(f.symbols, UPPER + 16, "main", 0);
    check_value(f.symbols, "main", UPPER + 16); /* the kernel's comes first */
    end(&f);
}

static void an_offset_may_be_negative(void **state)
{
    (void)state;
    struct fixture f;
    static const char map[] = "0000000000011000 T up\n";
    begin(&f);
    add(&f, map, sizeof map - 1, "@-4096");
    check_place(f.symbols, 0x10004, "up", 4);
    check_value(f.symbols, "up", 0x10000);
    end(&f);
}

static void a_system_map_names_functions_and_objects(void **state)
{
    (void)state;
    struct fixture f;
    static const char map[] = "0000000000001000 T _text\n"
                              "0000000000001000 T start_kernel\n"
                              "0000000000001040 t helper\r\n"
                              "                 U printf\n"
                              "0000000000001050 0000000000000008 d sized\n"
                              "0000000000001060 t from_module\t[virtio_net]\n"
                              "0000000000000007 A some_number\n"
                              "0000000000001070 t $x\n"
                              "\n"
                              "0000000000001080 B last";
    begin(&f);
    add(&f, map, sizeof map - 1, "");
    check_place(f.symbols, 0x1004, "start_kernel", 4); /* the plainer of two names */
    check_place(f.symbols, 0x104f, "helper", 15);
    check_place(f.symbols, 0x1057, "sized", 7);
    check_nothing(f.symbols, 0x1058);
    check_place(f.symbols, 0x1078, "from_module", 0x18);
    check_place(f.symbols, 0x2000, "last", 0xf80);
    check_nothing(f.symbols, 0x2080);
    check_nothing(f.symbols, 8);
    check_value(f.symbols, "some_number", 7);
    check_value(f.symbols, "_text", 0x1000);
    uint64_t value;
    assert_false(symbols_value(f.symbols, "printf", &value));
    end(&f);
}

static void the_nearest_symbol_of_all_files_is_shown(void **state)
{
    (void)state;
    struct fixture f;
    static const char map[] = "ffffffff80000014 T nearer\n";
    begin(&f);
    add(&f, map, sizeof map - 1, "");
    check_place(f.symbols, UPPER + 0x13, "main", 3);
    check_place(f.symbols, UPPER + 0x15, "nearer", 1);
    end(&f);
}

static void an_outer_function_is_found_behind_a_smaller_one_within_it(void **state)
{
    (void)state;
    struct fixture f;
    static const char map[] = "1000 0000000000000100 T outer\n1010 0000000000000008 T inner\n";
    begin(&f);
    add(&f, map, sizeof map - 1, "");
    check_place(f.symbols, 0x1014, "inner", 4);
    check_place(f.symbols, 0x1018, "outer", 0x18);
    check_nothing(f.symbols, 0x1100);
    end(&f);
}

static void what_is_no_file_of_symbols_is_refused_in_one_line(void **state)
{
    (void)state;
    struct fixture f;
    struct built_elf bad = build_elf(0, 0x10000);
    begin(&f);
    check_refused(&f, "hello\n", 6, "", "its line 1");
    check_refused(&f, "1000 T ok\n1004 nonsense\n", 24, "", "its line 2");
    check_refused(&f, "12345678901234567 T long\n", 25, "", "its line 1");
    check_refused(&f, "1000 T a\0b\n", 11, "", "neither");
    check_refused(&f, "\n\n", 2, "", "names no symbol");
    check_refused(&f, "", 0, "", "is empty");
    check_refused(&f, "1000 T a\n", 9, "@0x", "is no number");
    check_refused(&f, "1000 T a\n", 9, "@12x", "is no number");
    check_refused(&f, "1000 T a\n", 9, "@0x10000000000000000", "is no number");
    bad.header.e_machine = EM_X86_64;
    check_refused(&f, &bad, sizeof bad, "", "x86-64");
    bad = build_elf(0, 0x10000);
    bad.sections[1].sh_type = SHT_PROGBITS;
    check_refused(&f, &bad, sizeof bad, "", "stripped");
    bad.header.e_shnum = 0;
    check_refused(&f, &bad, sizeof bad, "", "no section headers");
    struct error err;
    assert_false(symbols_add(f.symbols, "/nowhere/at/all", &err));
    assert_non_null(strstr(err.text, "/nowhere/at/all"));
    end(&f);
}

static void an_elf_file_cut_off_anywhere_is_refused(void **state)
{
    (void)state;
    struct fixture f;
    const struct built_elf whole = build_elf(0, 0x10000);
    begin(&f);
    for (size_t bytes = 4; bytes < sizeof whole; bytes++)
        check_refused(&f, &whole, bytes, "", "truncated");
    end(&f);
}

/* Any byte of the tables may be wrong: nothing happens but a refusal, or odd names. */
static void an_elf_file_with_any_wrong_byte_is_read_or_refused(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f);
    for (size_t at = 4; at < sizeof(struct built_elf); at++) {
        struct built_elf bad = build_elf(0, 0x10000);
        struct symbol_place place;
        struct error err;
        const char *file;
        unsigned line;
        ((uint8_t *)&bad)[at] ^= 0xff;
        struct symbols *symbols = symbols_create(f.machine);
        temp_file_write(&f.temp, &bad, sizeof bad);
        if (symbols_add(symbols, f.temp.path, &err)) {
            symbols_at(symbols, 0x10010, &place);
            symbols_line(symbols, 0x10010, &file, &line);
        }
        symbols_destroy(symbols);
    }
    end(&f);
}

static void ignore_line(void *owner, uint64_t first, uint64_t end, const struct source_line *line)
{
    (void)first, (void)end;
    *(size_t *)owner += strlen(line->file);
}

/* Asks everything that there is to ask of debug information. */
static void ask_all(struct symbols *symbols)
{
    size_t bytes = 0;
    struct call_frame frame;
    struct source_line line;
    symbols_each_line(symbols, &bytes, ignore_line);
    for (uint64_t pc = RAM_BASE; pc < RAM_BASE + 0x200; pc += 14) {
        symbols_source(symbols, pc, &line);
        symbols_frame(symbols, pc, &frame);
    }
}

static size_t read_guest(uint8_t *bytes, size_t room)
{
    char path[512];
    const char *microvm = getenv("MICROVM");
    if (microvm == NULL)
        return 0;
    snprintf(path, sizeof path, "%.*s/tests/profile/guests/passes.elf", (int)(strrchr(microvm, '/') - microvm),
             microvm);
    FILE *file = fopen(path, "rb");
    size_t count = file == NULL ? 0 : fread(bytes, 1, room, file);
    if (file != NULL)
        fclose(file);
    return count;
}

static void wrong_bytes_in_debug_information_do_no_harm(void **state)
{
    (void)state;
    static uint8_t whole[1 << 16], bad[1 << 16];
    struct fixture f;
    size_t count = read_guest(whole, sizeof whole);
    if (count == 0)
        skip();
    begin(&f);
    for (size_t at = 64; at < count; at += 23) {
        struct symbols *symbols = symbols_create(f.machine);
        struct error err;
        memcpy(bad, whole, count);
        bad[at] ^= (uint8_t)(1 + at % 255);
        temp_file_write(&f.temp, bad, at % 2 == 0 ? count : at + 1);
        if (symbols_add(symbols, f.temp.path, &err))
            ask_all(symbols);
        symbols_destroy(symbols);
    }
    end(&f);
}

static void code_of_a_kernel_has_source_lines_and_frames(void **state)
{
    (void)state;
    static uint8_t whole[1 << 16];
    struct fixture f;
    struct source_line line;
    struct call_frame frame;
    uint64_t main_at = 0;
    size_t count = read_guest(whole, sizeof whole);
    if (count == 0 || !source_lines_are_built_in())
        skip();
    begin(&f);
    add(&f, whole, count, "@0x1000");
    assert_true(symbols_have_lines(f.symbols));
    assert_true(symbols_value(f.symbols, "twice", &main_at));
    assert_true(symbols_source(f.symbols, main_at, &line));
    assert_non_null(strstr(line.file, "kernel.c"));
    assert_false(symbols_source(f.symbols, main_at - 0x1000, &line)); /* without the offset */
    assert_true(symbols_frame(f.symbols, main_at, &frame));
    assert_int_equal(frame.base, 2);
    assert_int_equal(frame.base_offset, 0);
    assert_false(frame.ra_saved);
    assert_true(symbols_value(f.symbols, "sum", &main_at));
    assert_true(symbols_frame(f.symbols, main_at + 12, &frame));
    assert_true(frame.ra_saved);
    assert_int_equal(frame.ra_offset, -8);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kernels_symbols_are_found_by_virtual_and_physical_address),
        cmocka_unit_test(the_text_of_an_address_names_its_symbol),
        cmocka_unit_test(names_are_told_one_by_one),
        cmocka_unit_test(a_further_elf_file_stands_at_its_offset),
        cmocka_unit_test(an_offset_may_be_negative),
        cmocka_unit_test(a_system_map_names_functions_and_objects),
        cmocka_unit_test(the_nearest_symbol_of_all_files_is_shown),
        cmocka_unit_test(an_outer_function_is_found_behind_a_smaller_one_within_it),
        cmocka_unit_test(what_is_no_file_of_symbols_is_refused_in_one_line),
        cmocka_unit_test(an_elf_file_cut_off_anywhere_is_refused),
        cmocka_unit_test(an_elf_file_with_any_wrong_byte_is_read_or_refused),
        cmocka_unit_test(code_of_a_kernel_has_source_lines_and_frames),
        cmocka_unit_test(wrong_bytes_in_debug_information_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
