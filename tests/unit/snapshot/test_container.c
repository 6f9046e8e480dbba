/* SPDX-License-Identifier: MIT */
/* What is put into a snapshot file comes out of it, in all of its forms, and what does not belong there is refused. */
#include "snapshot/container.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/blake2b.h"
#include "snapshot/compression.h"
#include "snapshot/container_layout.h"
#include "snapshot/sample.h"

struct place {
    char folder[SAMPLE_PATH_BYTES], path[SAMPLE_PATH_BYTES + 16];
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    sample_folder_make(place->folder);
    snprintf(place->path, sizeof place->path, "%s/one.snap", place->folder);
    *state = place;
    return 0;
}

static int tear_down(void **state)
{
    struct place *place = *state;
    sample_folder_remove(place->folder);
    free(place);
    return 0;
}

static void save(const char *path, const struct sample *sample)
{
    struct error err = {""};
    if (!sample_save(path, sample, &err))
        fail_msg("%s", err.text);
}

static struct container *open_it(const char *path)
{
    struct error err = {""};
    struct container *container = container_open(path, &err);
    if (container == NULL)
        fail_msg("%s", err.text);
    return container;
}

static void expect_sample(const char *path, const struct sample *sample)
{
    struct error err = {""};
    struct container *container = open_it(path);
    if (!sample_is_in(container, sample, &err) || !container_check_pages(container, &err))
        fail_msg("%s", err.text);
    container_close(container);
}

static const uint64_t sizes[] = {0, 4096, 8 * 4096, CONTAINER_PIECE_BYTES, CONTAINER_PIECE_BYTES + 4096, 3u << 20};

static void contents_come_back_from_each_form_and_size(void **state)
{
    const struct place *place = *state;
    for (unsigned kind = 0; kind < CONTAINER_COMPRESSIONS; kind++)
        for (unsigned form = 0; form <= CONTAINER_PAGES; form++)
            for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
                const struct sample sample = {
                    .number = kind * 10 + i, .ram_bytes = sizes[i], .compression = kind, .form = form};
                if (kind != CONTAINER_PLAIN && compression_row(kind) == NULL)
                    continue;
                save(place->path, &sample);
                expect_sample(place->path, &sample);
            }
}

static void the_same_contents_make_the_same_bytes(void **state)
{
    const struct place *place = *state;
    const struct sample sample = {.number = 3, .ram_bytes = 3u << 20, .compression = container_best_compression()};
    size_t counts[2] = {0, 0};
    save(place->path, &sample);
    uint8_t *first = sample_read(place->path, &counts[0]);
    save(place->path, &sample);
    uint8_t *second = sample_read(place->path, &counts[1]);
    assert_int_equal(counts[0], counts[1]);
    assert_memory_equal(first, second, counts[0]);
    free(first);
    free(second);
}

/* As docs/snapshot-format.md says, so that others can compute it. */
static void the_digest_is_of_all_bytes_before_it(void **state)
{
    const struct place *place = *state;
    const struct sample sample = {.number = 3, .ram_bytes = 1u << 20, .compression = CONTAINER_ZLIB};
    uint8_t digest[CONTAINER_DIGEST_BYTES];
    struct blake2b sum;
    size_t count = 0;
    save(place->path, &sample);
    uint8_t *bytes = sample_read(place->path, &count);
    blake2b_begin(&sum);
    blake2b_add(&sum, bytes, count - sizeof digest);
    blake2b_end(&sum, digest);
    struct container *container = open_it(place->path);
    assert_memory_equal(container_digest(container), digest, sizeof digest);
    assert_memory_equal(bytes + count - sizeof digest, digest, sizeof digest);
    container_close(container);
    free(bytes);
}

static bool take_pages(void *owner, uint64_t offset, const uint8_t *bytes, size_t count, struct error *err)
{
    unsigned *pieces = owner;
    (void)err;
    (void)bytes;
    assert_int_equal(offset % CONTAINER_PIECE_BYTES, 0);
    assert_in_range(count, 1, CONTAINER_PIECE_BYTES);
    ++*pieces;
    return true;
}

/* A gigabyte of zeros with a page in its middle. */
static void save_sparse(const char *path, enum container_form form)
{
    const struct container_options options = {.compression = container_best_compression()};
    uint8_t page[CONTAINER_PAGE_BYTES] = {1, 2, 3};
    struct error err = {""};
    struct container_writer *w = container_writer_open(path, &options, &err);
    assert_non_null(w);
    assert_true(container_section_begin(w, "ram", 1, form, &err));
    assert_true(container_append_zeros(w, (1u << 29) + 4096, &err));
    assert_true(container_append(w, page, sizeof page, &err));
    assert_true(container_append_zeros(w, (1u << 29) - 8192, &err));
    assert_true(container_section_end(w, &err));
    assert_true(container_commit(w, &err));
}

static void zeros_take_no_room_in_any_form(void **state)
{
    const struct place *place = *state;
    struct stat status;
    for (unsigned form = 0; form <= CONTAINER_PAGES; form++) {
        unsigned pieces = 0;
        struct error err = {""};
        save_sparse(place->path, form);
        assert_int_equal(stat(place->path, &status), 0);
        assert_in_range(status.st_blocks, 1, 1024); /* of 512 bytes; a piece of checksums is the most of it */
        struct container *container = open_it(place->path);
        const struct container_section *section = container_find(container, "ram", 1, &err);
        assert_non_null(section);
        assert_int_equal(section->bytes, 1u << 30);
        assert_true(container_each_piece(container, section, take_pages, &pieces, &err));
        assert_int_equal(pieces, 1);
        container_close(container);
    }
}

static void zeros_of_any_length_may_stand_anywhere(void **state)
{
    static const uint64_t counts[] = {0, 4096, CONTAINER_PIECE_BYTES - 4096, CONTAINER_PIECE_BYTES,
                                      CONTAINER_PIECE_BYTES + 4096};
    static const uint8_t page[CONTAINER_PAGE_BYTES] = {9};
    const struct place *place = *state;
    const struct container_options options = {.compression = CONTAINER_PLAIN};
    for (unsigned form = 0; form <= CONTAINER_PAGES; form++)
        for (unsigned i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            struct error err = {""};
            uint8_t memory[2 * CONTAINER_PIECE_BYTES] = {0};
            struct container_writer *w = container_writer_open(place->path, &options, &err);
            assert_true(w != NULL && container_section_begin(w, "ram", 1, form, &err));
            assert_true(container_append_zeros(w, counts[i], &err) && container_append(w, page, sizeof page, &err));
            assert_true(container_section_end(w, &err) && container_commit(w, &err));
            struct container *container = open_it(place->path);
            uint64_t bytes = counts[i] + sizeof page;
            assert_true(container_load(container, container_look_for(container, "ram"), memory, bytes, &err));
            assert_memory_equal(memory + counts[i], page, sizeof page);
            assert_int_equal(counts[i] == 0 || memory[counts[i] - 1] == 0, 1);
            container_close(container);
        }
}

static void a_template_has_aligned_pages_with_their_checksums(void **state)
{
    const struct place *place = *state;
    const struct sample sample = {.number = 8, .ram_bytes = 3u << 20, .form = CONTAINER_PAGES};
    struct container_template ram;
    uint8_t page[CONTAINER_PAGE_BYTES];
    save(place->path, &sample);
    struct container *container = open_it(place->path);
    assert_true(container_template(container, &ram));
    assert_string_equal(ram.section->name, "ram");
    assert_int_equal(ram.bytes, sample.ram_bytes);
    assert_int_equal(ram.offset % CONTAINER_PAGE_BYTES, 0);
    for (uint64_t i = 0; i < ram.bytes / CONTAINER_PAGE_BYTES; i++) {
        assert_int_equal(pread(ram.fd, page, sizeof page, (off_t)(ram.offset + i * sizeof page)), sizeof page);
        assert_int_equal(container_page_checksum(page), ram.checksums[i]);
    }
    container_close(container);
}

static void a_compressed_file_has_no_template(void **state)
{
    const struct place *place = *state;
    const struct sample sample = {.number = 8, .ram_bytes = 8192};
    struct container_template ram;
    save(place->path, &sample);
    struct container *container = open_it(place->path);
    assert_false(container_template(container, &ram));
    container_close(container);
}

static void a_page_that_was_changed_is_found_and_named(void **state)
{
    const struct place *place = *state;
    const struct sample sample = {.number = 8, .ram_bytes = 3u << 20, .form = CONTAINER_PAGES};
    struct container_template ram;
    struct error err = {""};
    save(place->path, &sample);
    struct container *container = open_it(place->path);
    assert_true(container_template(container, &ram));
    FILE *file = fopen(place->path, "r+");
    fseek(file, (long)(ram.offset + 10 * CONTAINER_PAGE_BYTES), SEEK_SET);
    fputc(0xff, file);
    fclose(file);
    assert_false(container_check_pages(container, &err));
    assert_non_null(strstr(err.text, "section 'ram': the checksum of page 10 is wrong"));
    container_close(container);
}

static void sections_are_listed_in_the_order_in_which_they_were_written(void **state)
{
    const struct place *place = *state;
    const struct sample sample = {.number = 8, .ram_bytes = 1u << 20, .compression = CONTAINER_ZLIB};
    static const char *const names[] = {"config", "hart0", "ram", "nothing"};
    save(place->path, &sample);
    struct container *container = open_it(place->path);
    assert_int_equal(container_section_count(container), 4);
    for (unsigned i = 0; i < 4; i++)
        assert_string_equal(container_section_at(container, i)->name, names[i]);
    assert_int_equal(container_section_at(container, 2)->bytes, sample.ram_bytes);
    assert_in_range(container_section_at(container, 2)->stored, 1, sample.ram_bytes - 1);
    assert_int_equal(container_section_at(container, 3)->stored, 0);
    container_close(container);
}

static void another_version_of_a_section_is_refused_with_both_named(void **state)
{
    const struct place *place = *state;
    const struct sample sample = {.number = 8, .ram_bytes = 4096};
    struct error err = {""};
    save(place->path, &sample);
    struct container *container = open_it(place->path);
    assert_null(container_find(container, "hart0", SAMPLE_VERSION + 1, &err));
    assert_non_null(strstr(err.text, "section 'hart0' has version 7, this microvm reads version 8"));
    assert_null(container_find(container, "hart1", SAMPLE_VERSION, &err));
    assert_non_null(strstr(err.text, "has no section 'hart1'"));
    container_close(container);
}

static void a_section_of_another_size_is_not_loaded(void **state)
{
    const struct place *place = *state;
    const struct sample sample = {.number = 8, .ram_bytes = 4096};
    uint8_t memory[8192] = {0};
    struct error err = {""};
    save(place->path, &sample);
    struct container *container = open_it(place->path);
    const struct container_section *section = container_find(container, "ram", SAMPLE_VERSION, &err);
    assert_false(container_load(container, section, memory, 8192, &err));
    assert_non_null(strstr(err.text, "has 4096 bytes where 8192 belong"));
    container_close(container);
}

/* The header as a microvm of another version would write it. */
static void another_version_of_the_format_is_refused_with_both_named(void **state)
{
    const struct place *place = *state;
    const struct sample sample = {.number = 8, .ram_bytes = 4096};
    const struct state_table *table = &container_layout[LAYOUT_HEADER].table;
    struct container_header header;
    struct error err = {""};
    size_t count = 0;
    save(place->path, &sample);
    uint8_t *bytes = sample_read(place->path, &count);
    assert_null(container_load_row(LAYOUT_HEADER, &header, bytes));
    header.version = 99;
    state_save(table, &header, bytes);
    header.checksum = container_checksum(bytes, HEADER_BYTES - 4);
    state_save(table, &header, bytes);
    assert_null(sample_open_bytes(bytes, count, &err));
    assert_non_null(strstr(err.text, "has format version 99, this microvm reads version 1"));
    free(bytes);
}

static void other_files_are_no_snapshots(void **state)
{
    static const char *const paths[] = {"/dev/null", "/proc/self/exe", "/proc/version", "/", "/nowhere"};
    (void)state;
    for (unsigned i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct error err = {""};
        assert_null(container_open(paths[i], &err));
        assert_non_null(strstr(err.text, paths[i]));
        assert_null(strchr(err.text, '\n'));
    }
}

static void misuse_of_a_writer_is_an_error(void **state)
{
    const struct place *place = *state;
    const struct container_options options = {.compression = CONTAINER_PLAIN};
    struct error err = {""};
    struct container_writer *w = container_writer_open(place->path, &options, &err);
    assert_non_null(w);
    assert_false(container_section(w, "", 1, "x", 1, &err));
    assert_false(container_section(w, "no blanks", 1, "x", 1, &err));
    assert_false(container_section(w, "a-name-that-is-much-too-long", 1, "x", 1, &err));
    assert_true(container_section_begin(w, "ram", 1, CONTAINER_PAGES, &err));
    assert_true(container_append(w, "x", 1, &err));
    assert_false(container_section_end(w, &err));
    assert_false(container_commit(w, &err));
    assert_int_equal(sample_folder_files(place->folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(contents_come_back_from_each_form_and_size, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_same_contents_make_the_same_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_digest_is_of_all_bytes_before_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(zeros_take_no_room_in_any_form, set_up, tear_down),
        cmocka_unit_test_setup_teardown(zeros_of_any_length_may_stand_anywhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_template_has_aligned_pages_with_their_checksums, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_compressed_file_has_no_template, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_page_that_was_changed_is_found_and_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sections_are_listed_in_the_order_in_which_they_were_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_version_of_a_section_is_refused_with_both_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_section_of_another_size_is_not_loaded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_version_of_the_format_is_refused_with_both_named, set_up, tear_down),
        cmocka_unit_test(other_files_are_no_snapshots),
        cmocka_unit_test_setup_teardown(misuse_of_a_writer_is_an_error, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
