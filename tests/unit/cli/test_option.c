/* SPDX-License-Identifier: MIT */
/* The command line: option.def's table, its parser, its values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "cli/example.h"
#include "cli/option.h"

static struct error err;

/* Parses words, NULL behind the last. */
#define PARSE(options, ...) parse(options, (char *[]){__VA_ARGS__, NULL})

static bool parse(struct options *options, char **words)
{
    int count = 0;
    while (words[count] != NULL)
        count++;
    err.text[0] = '\0';
    options_init(options);
    return options_parse(options, count, words, &err);
}

/* The line names the value and holds `part`. */
#define REFUSE(part, ...) refuse(part, (char *[]){__VA_ARGS__, NULL})

static void refuse(const char *part, char **words)
{
    struct options options;
    assert_false(parse(&options, words));
    if (strstr(err.text, part) == NULL)
        fail_msg("'%s' does not hold '%s'", err.text, part);
    assert_null(strchr(err.text, '\n'));
}

static void the_tables_defaults_are_the_machines(void **state)
{
    (void)state;
    struct options options;
    struct machine_config config;
    options_init(&options);
    machine_config_init(&config);
    assert_int_equal(options.config.memory_bytes, config.memory_bytes);
    assert_int_equal(options.config.cpus, config.cpus);
    assert_int_equal(options.config.clock, config.clock);
    assert_int_equal(options.config.engine, config.engine);
    assert_int_equal(options.config.console, config.console);
    assert_int_equal(options.config.pmp_open, config.pmp_open);
    assert_int_equal(options.config.signature_granularity, config.signature_granularity);
    assert_int_equal(config.memory_bytes, 1 << 30);
}

static void an_empty_command_line_is_one_and_an_empty_file_name_is_none(void **state)
{
    (void)state;
    struct options options;
    assert_true(PARSE(&options, "Image", "--cmdline", ""));
    assert_string_equal(options.config.cmdline, "");
    assert_true(PARSE(&options, "Image", "--cmdline="));
    assert_string_equal(options.config.cmdline, "");
    REFUSE("--initrd: wants an argument", "Image", "--initrd", "");
}

static void a_number_that_is_too_large_is_called_so(void **state)
{
    (void)state;
    REFUSE("too large", "Image", "--max-insns", "99999999999999999999999");
    REFUSE("too large", "Image", "--load-addr", "0x10000000000000000");
    REFUSE("out of range", "Image", "--memory", "99999999999999999999999");
    REFUSE("longest is 1000000000", "Image", "--timeout-secs", "99999999999");
    REFUSE("not a number", "Image", "--max-insns", "99999999999999999999999x");
}

static void no_name_and_no_letter_stands_twice(void **state)
{
    (void)state;
    size_t count;
    const struct option_row *rows = option_table(&count);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i && rows[i].name != NULL; j++) {
            assert_false(rows[j].name != NULL && strcmp(rows[i].name, rows[j].name) == 0);
            assert_false(rows[j].name != NULL && rows[i].letter != 0 && rows[i].letter == rows[j].letter);
        }
}

static void every_word_of_every_choice_is_accepted(void **state)
{
    (void)state;
    size_t count;
    const struct option_row *rows = option_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].completer != COMPLETE_WORDS)
            continue;
        char name[64], words[64];
        snprintf(name, sizeof name, "--%s", rows[i].name);
        snprintf(words, sizeof words, "%s", rows[i].argument);
        struct options options;
        for (char *word = strtok(words, "|"); word != NULL; word = strtok(NULL, "|"))
            assert_true(PARSE(&options, name, word));
        REFUSE("no-such-word", name, "no-such-word");
        REFUSE(rows[i].argument, name, "no-such-word");
    }
}

static void every_option_with_an_argument_wants_one(void **state)
{
    (void)state;
    size_t count;
    const struct option_row *rows = option_table(&count);
    for (size_t i = 0; i < count; i++) {
        char name[64], empty[64];
        if (rows[i].name == NULL)
            continue;
        snprintf(name, sizeof name, "--%s", rows[i].name);
        snprintf(empty, sizeof empty, "--%s=", rows[i].name);
        if (rows[i].argument != NULL) {
            if (!option_argument_is_optional(&rows[i]))
                REFUSE(name, name);
            if (strcmp(rows[i].argument, "TEXT") != 0)
                REFUSE(name, empty);
        } else {
            REFUSE(name, empty);
        }
    }
}

static void values_are_accepted_in_every_spelling(void **state)
{
    (void)state;
    struct options options;
    assert_true(PARSE(&options, "--memory=256", "--cpus", "4", "-kfile", "-vv", "-vi", "rd"));
    assert_int_equal(options.config.memory_bytes, 256u << 20);
    assert_int_equal(options.config.cpus, 4);
    assert_string_equal(options.config.kernel, "file");
    assert_int_equal(options.config.verbose, 3);
    assert_string_equal(options.config.initrd, "rd");
    assert_true(PARSE(&options, "Image", "-m", "2G", "--load-addr", "0x80000000", "--cmdline=a=b -c"));
    assert_string_equal(options.config.kernel, "Image");
    assert_int_equal(options.config.memory_bytes, UINT64_C(2) << 30);
    assert_true(options.config.has_load_addr);
    assert_int_equal(options.config.load_addr, 0x80000000u);
    assert_string_equal(options.config.cmdline, "a=b -c");
    assert_true(PARSE(&options, "-v", "--", "-odd-name"));
    assert_string_equal(options.config.kernel, "-odd-name");
}

static void each_option_reaches_its_field(void **state)
{
    (void)state;
    struct options o;
    assert_true(PARSE(&o, "--firmware", "none", "--clock", "virtual", "--engine", "switch", "--console", "none",
                      "--pmp-reset", "open", "--no-reboot", "--seed", "7", "--max-insns", "1000", "--timeout-secs",
                      "0.5", "--signature", "s", "--signature-granularity", "8", "--dtb", "d", "--cpu", "svade=on",
                      "--help"));
    assert_int_equal(o.config.firmware, FIRMWARE_NONE);
    assert_int_equal(o.config.clock, CLOCK_VIRTUAL);
    assert_int_equal(o.config.engine, ENGINE_SWITCH);
    assert_int_equal(o.config.console, CONSOLE_NONE);
    assert_true(o.config.pmp_open && o.config.no_reboot && o.config.has_seed && o.help);
    assert_int_equal(o.config.seed, 7);
    assert_int_equal(o.config.max_steps, 1000);
    assert_true(o.config.timeout_secs == 0.5);
    assert_string_equal(o.config.signature, "s");
    assert_int_equal(o.config.signature_granularity, 8);
    assert_string_equal(o.config.dtb, "d");
    assert_true(o.config.ext.has[EXT_svade]);
    assert_true(PARSE(&o, "--firmware", "fw.bin"));
    assert_int_equal(o.config.firmware, FIRMWARE_FILE);
    assert_string_equal(o.config.firmware_path, "fw.bin");
    assert_true(PARSE(&o, "--firmware", "fw.bin", "--firmware", "builtin"));
    assert_int_equal(o.config.firmware, FIRMWARE_BUILTIN);
    assert_null(o.config.firmware_path);
}

/* What begins with a bracket is an argument that may be left out, not one with a part that may be. */
static void an_argument_that_may_be_left_out_is_in_brackets_to_its_end(void **state)
{
    (void)state;
    size_t count;
    const struct option_row *rows = option_table(&count);
    for (size_t i = 0; i < count; i++)
        if (rows[i].name != NULL && option_argument_is_optional(&rows[i]))
            assert_int_equal(strcspn(rows[i].argument, "]"), strlen(rows[i].argument) - 1);
}

static void sizes_outside_the_bounds_are_refused(void **state)
{
    (void)state;
    struct options options;
    assert_true(PARSE(&options, "-m", "1M"));
    assert_true(PARSE(&options, "-m", "16T"));
    assert_int_equal(options.config.memory_bytes, UINT64_C(1) << 44);
    assert_true(PARSE(&options, "-m", "1028k"));
    static const char *const bad[] = {
        "0", "1023K", "17T", "1026K", "-1", "1.5G", "G", "12Q", "1GB", "0x", "18446744073709551616", "17592186044416T",
        " 1"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        REFUSE(bad[i], "-m", (char *)(uintptr_t)bad[i]);
}

static void numbers_that_are_none_are_refused(void **state)
{
    (void)state;
    REFUSE("'0'", "--cpus", "0");
    REFUSE("1 to 64", "--cpus", "65");
    REFUSE("'4x'", "--cpus", "4x");
    REFUSE("'0x'", "--load-addr", "0x");
    REFUSE("'-1'", "--seed", "-1");
    REFUSE("too large", "--seed", "18446744073709551616");
    REFUSE("longest is 1000000000", "--timeout-secs", "1000000001");
    REFUSE("'0'", "--max-insns", "0");
    static const char *const bad[] = {"0", "0.0", "-1", "nan", "inf", "1e3", "0x5", ".5", "1..2", "9999999999"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        REFUSE(bad[i], "--timeout-secs", (char *)(uintptr_t)bad[i]);
}

/* The word behind it is the kernel, unless it can only be a port. */
static void gdb_takes_a_port_or_nothing_from_the_next_word(void **state)
{
    (void)state;
    struct options options;
    assert_true(PARSE(&options, "--gdb", "kernel.elf"));
    assert_true(options.attach.gdb);
    assert_null(options.attach.gdb_where);
    assert_string_equal(options.config.kernel, "kernel.elf");
    assert_true(PARSE(&options, "--gdb", "1234", "kernel.elf"));
    assert_string_equal(options.attach.gdb_where, "1234");
    assert_string_equal(options.config.kernel, "kernel.elf");
    assert_true(PARSE(&options, "--gdb=socket", "--gdb-run", "1234"));
    assert_string_equal(options.attach.gdb_where, "socket");
    assert_true(options.attach.gdb_runs);
    assert_string_equal(options.config.kernel, "1234");
    REFUSE("--gdb: '65536' is no port", "--gdb", "65536");
    REFUSE("--gdb: 'localhost:1234'", "--gdb=localhost:1234");
}

static void an_unknown_option_names_the_nearest(void **state)
{
    (void)state;
    REFUSE("--memory", "--memroy", "5");
    REFUSE("--load-addr", "--loadaddr=5");
    REFUSE("--signature", "--sig", "x");
    REFUSE("--timeout-secs", "--timeout", "3");
    REFUSE("'--frobnicate'", "--frobnicate");
    assert_null(strstr(err.text, "did you mean"));
    REFUSE("'-z'", "-vz");
}

static void contradictions_are_refused(void **state)
{
    (void)state;
    REFUSE("two kernels", "a", "b");
    REFUSE("two kernels", "-k", "a", "b");
    REFUSE("--example", "a", "--example", "minimal-kernel");
    REFUSE("minimal-kernel", "--example", "nonesuch");
    REFUSE("--machine", "--machine", "virt,virtio-legacy=maybe");
}

static void disks_are_counted_and_their_words_checked(void **state)
{
    (void)state;
    struct options options;
    assert_true(PARSE(&options, "-d", "a.img,ro", "--disk=b.img"));
    assert_int_equal(options.config.disk_count, 2);
    assert_string_equal(options.config.disks[0], "a.img,ro");
    assert_string_equal(options.config.disks[1], "b.img");
    REFUSE("--disk", "-d", "a.img,cache=none");
    REFUSE("at most", "-da", "-db", "-dc", "-dd", "-de", "-df", "-dg", "-dh", "-di", "-dj", "-dk", "-dl", "-dm", "-dn",
           "-do", "-dp", "-dq");
}

static void the_machine_chooses_the_version_of_virtio(void **state)
{
    (void)state;
    struct options options;
    assert_true(PARSE(&options, "--machine", "virt,virtio-legacy=on"));
    assert_true(options.config.virtio_legacy);
    assert_true(PARSE(&options, "--machine", "virt,virtio-legacy=on", "--machine", "virt"));
    assert_false(options.config.virtio_legacy);
}

static void an_example_brings_its_image(void **state)
{
    (void)state;
    struct options options;
    size_t count;
    const struct example *examples = example_table(&count);
    for (size_t i = 0; i < count; i++) {
        assert_true(PARSE(&options, "--example", (char *)(uintptr_t)examples[i].name));
        assert_ptr_equal(options.config.image, examples[i].begin);
        assert_int_equal(options.config.image_bytes, examples[i].end - examples[i].begin);
        assert_memory_equal(examples[i].begin, "\177ELF", 4);
        assert_false(options.config.has_load_addr);
    }
    assert_true(PARSE(&options, "--example", "LIST"));
    assert_true(options.list_examples);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tables_defaults_are_the_machines),
        cmocka_unit_test(an_empty_command_line_is_one_and_an_empty_file_name_is_none),
        cmocka_unit_test(a_number_that_is_too_large_is_called_so),
        cmocka_unit_test(no_name_and_no_letter_stands_twice),
        cmocka_unit_test(every_word_of_every_choice_is_accepted),
        cmocka_unit_test(every_option_with_an_argument_wants_one),
        cmocka_unit_test(values_are_accepted_in_every_spelling),
        cmocka_unit_test(each_option_reaches_its_field),
        cmocka_unit_test(an_argument_that_may_be_left_out_is_in_brackets_to_its_end),
        cmocka_unit_test(sizes_outside_the_bounds_are_refused),
        cmocka_unit_test(numbers_that_are_none_are_refused),
        cmocka_unit_test(gdb_takes_a_port_or_nothing_from_the_next_word),
        cmocka_unit_test(an_unknown_option_names_the_nearest),
        cmocka_unit_test(contradictions_are_refused),
        cmocka_unit_test(disks_are_counted_and_their_words_checked),
        cmocka_unit_test(the_machine_chooses_the_version_of_virtio),
        cmocka_unit_test(an_example_brings_its_image),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
