/* SPDX-License-Identifier: MIT */
/* Files of options: what is read, what is written, and that the one is the other for every option there is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/compiler.h"
#include "cli/config_file.h"
#include "cli/config_path.h"
#include "cli/config_save.h"

static struct error err;

#define PARSE(options, ...) parse(options, (char *[]){__VA_ARGS__, NULL})
#define SAVE(...) save((char *[]){__VA_ARGS__, NULL})

static int count_of(char **words)
{
    int count = 0;
    while (words[count] != NULL)
        count++;
    return count;
}

static bool parse(struct options *options, char **words)
{
    err.text[0] = '\0';
    options_init(options);
    return options_parse(options, count_of(words), words, &err);
}

static void save(char **words)
{
    struct options options;
    if (!parse(&options, words) || !config_save(&options, count_of(words), words, &err))
        fail_msg("%s", err.text);
    options_reset(&options);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static char *read_file(const char *path)
{
    static char text[65536];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t count = fread(text, 1, sizeof text - 1, file);
    text[count] = '\0';
    fclose(file);
    return text;
}

static void holds(const char *path, const char *text)
{
    if (strstr(read_file(path), text) == NULL)
        fail_msg("%s does not hold %s: %s", path, text, read_file(path));
}

static void every_type_of_value_is_read(void **state)
{
    (void)state;
    struct options o;
    write_file("c",
               "{\"kernel\": \"/k\", \"memory\": 64, \"cpus\": \"3\", \"timeout-secs\": 0.5, \"no-reboot\": true,\n"
               "\"gdb-wait\": false, \"initrd\": null, \"disk\": [\"/a\", \"/b,ro\"], \"hvc\": \"console\",\n"
               "\"verbose\": 2, \"strict\": true, \"seed\": 18446744073709551615, \"cmdline\": \"\"}");
    assert_true(PARSE(&o, "--config", "c"));
    assert_string_equal(o.config.kernel, "/k");
    assert_int_equal(o.config.memory_bytes, 64u << 20);
    assert_int_equal(o.config.cpus, 3);
    assert_true(o.config.timeout_secs == 0.5 && o.config.no_reboot && !o.attach.gdb && o.config.strict != 0);
    assert_int_equal(o.config.disk_count, 2);
    assert_string_equal(o.config.disks[1], "/b,ro");
    assert_int_equal(o.config.port_count, 1);
    assert_int_equal(o.config.verbose, 2);
    assert_true(o.config.seed == UINT64_MAX);
    assert_string_equal(o.config.cmdline, "");
    assert_null(option_given(&o, "initrd"));
    options_reset(&o);
}

static void the_command_line_counts_more_and_adds_to_lists(void **state)
{
    (void)state;
    struct options o;
    write_file("c", "{\"kernel\": \"/k\", \"memory\": 64, \"cpus\": 3, \"disk\": [\"/a\"]}");
    write_file("d", "{\"cpus\": 4, \"disk\": \"/b\"}");
    assert_true(PARSE(&o, "-m", "32", "--disk", "/c", "--config", "c", "other", "--config=d"));
    assert_string_equal(o.config.kernel, "other");
    assert_int_equal(o.config.memory_bytes, 32u << 20);
    assert_int_equal(o.config.cpus, 4);
    assert_int_equal(o.config.disk_count, 3);
    assert_string_equal(o.config.disks[0], "/a");
    assert_string_equal(o.config.disks[1], "/b");
    assert_string_equal(o.config.disks[2], "/c");
    options_reset(&o);
}

static void a_guest_on_the_command_line_takes_the_place_of_the_files(void **state)
{
    (void)state;
    struct options o;
    write_file("c", "{\"kernel\": \"/k\"}");
    assert_true(PARSE(&o, "--config", "c", "--example", "hello-world"));
    assert_null(o.config.kernel);
    assert_non_null(o.config.image);
    options_reset(&o);
    write_file("c", "{\"example\": \"hello-world\"}");
    assert_true(PARSE(&o, "--config", "c", "other"));
    assert_string_equal(o.config.kernel, "other");
    assert_null(o.config.image);
    options_reset(&o);
    SAVE("--config", "c", "other", "--save-config", "s");
    assert_null(strstr(read_file("s"), "example"));
    write_file("c", "{\"example\": \"hello-world\", \"kernel\": \"/k\"}");
    assert_false(PARSE(&o, "--config", "c"));
    options_reset(&o);
}

static void relative_names_are_those_of_the_files_folder(void **state)
{
    (void)state;
    struct options o;
    write_file("in,side/c", "{\"kernel\": \"k\", \"initrd\": \"../i\", \"dtb\": \"/d\", \"firmware\": \"builtin\",\n"
                            "\"disk\": [\"a,,b.img,ro\", \"nbd://host/x\"], \"hvc\": [\"unix:s\", \"console\"],\n"
                            "\"gdb\": 1234, \"cmdline\": \"k\", \"symbols\": \"m@0x10\"}");
    assert_true(PARSE(&o, "--config", "in,side/c"));
    assert_string_equal(o.config.kernel, "in,side/k");
    assert_string_equal(o.config.initrd, "in,side/../i");
    assert_string_equal(o.config.dtb, "/d");
    assert_int_equal(o.config.firmware, FIRMWARE_BUILTIN);
    assert_string_equal(o.config.disks[0], "in,,side/a,,b.img,ro");
    assert_string_equal(o.config.disks[1], "nbd://host/x");
    assert_string_equal(o.config.ports[0], "unix:in,,side/s");
    assert_string_equal(o.config.ports[1], "console");
    assert_string_equal(o.attach.gdb_where, "1234");
    assert_string_equal(o.config.cmdline, "k");
    assert_string_equal(o.attach.symbol_files[0], "in,side/m@0x10");
    options_reset(&o);
}

static void names_are_saved_so_that_they_are_found_from_anywhere(void **state)
{
    (void)state;
    char here[4096], text[4200];
    SAVE("in,side/k", "--initrd", "i", "--disk", "in,,side/d", "--save-config", "in,side/s");
    holds("in,side/s", "\"kernel\": \"k\"");
    holds("in,side/s", "\"d\"");
    assert_non_null(getcwd(here, sizeof here));
    snprintf(text, sizeof text, "\"initrd\": \"%s/i\"", here);
    holds("in,side/s", text);
    SAVE("in,side/k", "--initrd", "i", "--save-config", "s");
    holds("s", "\"kernel\": \"in,side/k\"");
    holds("s", "\"initrd\": \"i\"");
}

/* An option whose argument is a file or a folder somewhere must be known to config_path.c. */
static void every_option_with_a_file_name_is_moved(void **state)
{
    (void)state;
    static const char *const names[] = {"FILE", "PATH", "DIR", "FOLDER", "SOCKET"};
    size_t count;
    const struct option_row *rows = option_table(&count);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < ARRAY_SIZE(names) && rows[i].name != NULL && rows[i].argument != NULL; j++) {
            bool named = strstr(rows[i].argument, names[j]) != NULL || strstr(rows[i].meaning, names[j]) != NULL;
            if (named && !config_path_knows(&rows[i]))
                fail_msg("src/cli/config_path.c does not say where --%s has its file names", rows[i].name);
        }
}

/* A value for each option, so that none is the default's; those of options that take anything may be left out. */
static const struct sample {
    const char *option, *value;
} samples[] = {
    {"example", "hello-world"},  {"cpu", "svade=on"},        {"strict", "svade"},        {"gdb", "4321"},
    {"hvc", "file:o,,x,name=n"}, {"vsock", "cid=5,path=v"},  {"framebuffer", "800x600"}, {"trace", "insn,csr"},
    {"load-addr", "4096"},       {"trace-filter", "hart=0"}, {"disk", "a,,b.img,ro"},    {"symbols", "names@0x10"},
    {"timeout-secs", "0.5"},     {"gpu", "800x600,heads=2"}, {"net", "stream,path=p"},   {"audio", "wav:o,in=i"},
    {"display", "vnc=unix:s"},
};

static const char *sample_of(const struct option_row *row, char word[64])
{
    for (size_t i = 0; i < ARRAY_SIZE(samples); i++)
        if (strcmp(samples[i].option, row->name) == 0)
            return samples[i].value;
    const char *last = strrchr(row->argument, '|');
    snprintf(word, 64, "%s", last != NULL ? last + 1 : "7");
    bool is_word = row->completer == COMPLETE_WORDS || strstr(row->argument, "none|") == row->argument;
    if (is_word && row->completer != COMPLETE_WORDS)
        snprintf(word, 64, "none");
    return is_word ? word : "7";
}

static const struct option_row *other_guest(const struct option_row *row)
{
    return strcmp(row->name, "kernel") == 0 ? option_find("example", 7) : NULL;
}

/* Saves what `words` say, and holds what is read back against it. */
static void comes_back(char **words)
{
    struct options before, after;
    save(words);
    if (!parse(&before, words) || !PARSE(&after, "--config", "saved"))
        fail_msg("%s: %s", words[0], err.text);
    size_t count;
    const struct option_row *rows = option_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].name == NULL || strcmp(rows[i].name, "save-config") == 0)
            continue;
        bool same = (before.given[i] == NULL) == (after.given[i] == NULL) &&
                    (before.given[i] == NULL || strcmp(before.given[i], after.given[i]) == 0);
        if (!same)
            fail_msg("--%s '%s' came back as '%s'", rows[i].name, before.given[i], after.given[i]);
    }
    char *first = strdup(read_file("saved"));
    SAVE("--config", "saved", "--save-config", "again");
    assert_string_equal(first, read_file("again"));
    free(first);
    options_reset(&before);
    options_reset(&after);
}

static void every_option_comes_back_as_it_was_given(void **state)
{
    (void)state;
    size_t count, tried = 0;
    const struct option_row *rows = option_table(&count);
    char word[64], name[64];
    for (size_t i = 0; i < count; i++) {
        if (rows[i].name == NULL || !config_takes(&rows[i]) || other_guest(&rows[i]) != NULL)
            continue;
        struct options o;
        snprintf(name, sizeof name, "--%s", rows[i].name);
        const char *value = rows[i].argument != NULL ? sample_of(&rows[i], word) : NULL;
        char attached[160];
        snprintf(attached, sizeof attached, value != NULL ? "%s=%s" : "%s", name, value);
        if (!PARSE(&o, attached))
            fail_msg("give --%s a value in samples: %s", rows[i].name, err.text);
        comes_back((char *[]){attached, (char *)"--save-config", (char *)"saved", NULL});
        if (value != NULL && option_argument_is_optional(&rows[i]))
            comes_back((char *[]){name, (char *)"--save-config", (char *)"saved", NULL});
        if (rows[i].list)
            comes_back((char *[]){attached, attached, (char *)"--save-config", (char *)"saved", NULL});
        tried++;
    }
    assert_true(tried > 40);
}

/* Else a file could not hold what was said the first time. */
static void an_option_that_adds_to_what_was_said_is_a_list(void **state)
{
    (void)state;
    size_t count;
    const struct option_row *rows = option_table(&count);
    char word[64], text[160];
    for (size_t i = 0; i < count; i++) {
        struct options once, twice;
        if (rows[i].name == NULL || rows[i].argument == NULL || rows[i].list || strcmp(rows[i].name, "kernel") == 0)
            continue;
        snprintf(text, sizeof text, "--%s=%s", rows[i].name, sample_of(&rows[i], word));
        assert_true(PARSE(&once, text));
        assert_true(PARSE(&twice, text, text));
        if (memcmp(&once.config, &twice.config, sizeof once.config) != 0 ||
            memcmp(&once.attach, &twice.attach, sizeof once.attach) != 0)
            fail_msg("--%s adds to what it has said: it is a LIST", rows[i].name);
        options_reset(&once);
        options_reset(&twice);
    }
}

static void all_options_at_once_come_back(void **state)
{
    (void)state;
    size_t count;
    const struct option_row *rows = option_table(&count);
    char *words[256] = {NULL}, word[64];
    int used = 0;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].name == NULL || !config_takes(&rows[i]) || strcmp(rows[i].name, "example") == 0 ||
            strcmp(rows[i].name, "record") == 0)
            continue;
        const char *value = rows[i].argument != NULL ? sample_of(&rows[i], word) : NULL;
        int size = snprintf(NULL, 0, value != NULL ? "--%s=%s" : "--%s", rows[i].name, value);
        words[used] = malloc((size_t)size + 1);
        snprintf(words[used++], (size_t)size + 1, value != NULL ? "--%s=%s" : "--%s", rows[i].name, value);
    }
    words[used++] = strdup("--save-config=saved");
    comes_back(words);
    while (used > 0)
        free(words[--used]);
}

static void what_was_said_last_counts_when_it_is_read_back(void **state)
{
    (void)state;
    struct options o;
    SAVE("k", "--gdb-run", "--gdb-wait", "-m", "64", "-m", "32", "--save-config", "s");
    assert_true(PARSE(&o, "--config", "s"));
    assert_false(o.attach.gdb_runs);
    assert_int_equal(o.config.memory_bytes, 32u << 20);
    options_reset(&o);
    SAVE("k", "--gdb-wait", "--gdb-run", "--save-config", "s");
    assert_true(PARSE(&o, "--config", "s"));
    assert_true(o.attach.gdb_runs);
    options_reset(&o);
}

static int go_to_new_folder(void **state)
{
    static char folder[] = "/tmp/microvm-config-XXXXXX";
    *state = mkdtemp(folder);
    return *state == NULL || chdir(folder) != 0 || mkdir("in,side", 0700) != 0;
}

static int remove_folder(void **state)
{
    static const char *const names[] = {"c", "d", "s", "saved", "again", "in,side/c", "in,side/s"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        unlink(names[i]);
    return rmdir("in,side") != 0 || rmdir(*state) != 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_of_value_is_read),
        cmocka_unit_test(the_command_line_counts_more_and_adds_to_lists),
        cmocka_unit_test(a_guest_on_the_command_line_takes_the_place_of_the_files),
        cmocka_unit_test(relative_names_are_those_of_the_files_folder),
        cmocka_unit_test(names_are_saved_so_that_they_are_found_from_anywhere),
        cmocka_unit_test(every_option_with_a_file_name_is_moved),
        cmocka_unit_test(every_option_comes_back_as_it_was_given),
        cmocka_unit_test(an_option_that_adds_to_what_was_said_is_a_list),
        cmocka_unit_test(all_options_at_once_come_back),
        cmocka_unit_test(what_was_said_last_counts_when_it_is_read_back),
    };
    return cmocka_run_group_tests(tests, go_to_new_folder, remove_folder);
}
