/* SPDX-License-Identifier: MIT */
/* Files whose checksums are right and whose numbers are not: each is refused for what is wrong with it, before any memory is
 * asked for that the file does not account for. */
#include "snapshot/container.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fuzz/snapshot_repair.h"
#include "snapshot/sample.h"

/* A sample: "config", "hart0", "ram", "nothing", with up to four pieces: one each, and two of "ram". */
struct forgery {
    uint8_t *bytes;
    size_t count;
    unsigned rows; /* of pieces */
    struct container_trailer trailer;
    struct section_row sections[4];
    struct piece_row pieces[4];
};

static struct forgery begin(enum container_compression compression, enum container_form form)
{
    const struct sample sample = {
        .number = 5, .ram_bytes = 2 * CONTAINER_PIECE_BYTES, .compression = compression, .form = form};
    char folder[SAMPLE_PATH_BYTES], path[SAMPLE_PATH_BYTES + 16];
    struct forgery f = {.count = 0};
    struct error err = {""};
    sample_folder_make(folder);
    snprintf(path, sizeof path, "%s/one.snap", folder);
    assert_true(sample_save(path, &sample, &err));
    f.bytes = sample_read(path, &f.count);
    sample_folder_remove(folder);
    uint8_t *trailer = f.bytes + f.count - TRAILER_BYTES;
    assert_null(container_load_row(LAYOUT_TRAILER, &f.trailer, trailer));
    f.rows = f.trailer.pieces;
    uint8_t *pieces = trailer - f.rows * PIECE_ROW_BYTES, *sections = pieces - 4 * SECTION_ROW_BYTES;
    for (unsigned i = 0; i < 4; i++)
        assert_null(container_load_row(LAYOUT_SECTION_ROW, &f.sections[i], sections + i * SECTION_ROW_BYTES));
    for (unsigned i = 0; i < f.rows; i++)
        assert_null(container_load_row(LAYOUT_PIECE_ROW, &f.pieces[i], pieces + i * PIECE_ROW_BYTES));
    return f;
}

/* Writes the rows back. */
static void forge(struct forgery *f)
{
    uint8_t *trailer = f->bytes + f->count - TRAILER_BYTES;
    uint8_t *pieces = trailer - f->rows * PIECE_ROW_BYTES, *sections = pieces - 4 * SECTION_ROW_BYTES;
    for (unsigned i = 0; i < 4; i++)
        state_save(&container_layout[LAYOUT_SECTION_ROW].table, &f->sections[i], sections + i * SECTION_ROW_BYTES);
    for (unsigned i = 0; i < f->rows; i++)
        state_save(&container_layout[LAYOUT_PIECE_ROW].table, &f->pieces[i], pieces + i * PIECE_ROW_BYTES);
    state_save(&container_layout[LAYOUT_TRAILER].table, &f->trailer, trailer);
}

/* Ends the forgery. */
static void expect_refused(struct forgery *f, const char *why)
{
    struct error err = {""};
    forge(f);
    assert_true(snapshot_repair(f->bytes, f->count));
    struct container *container = sample_open_bytes(f->bytes, f->count, &err);
    if (container != NULL)
        fail_msg("a file was accepted where '%s' belongs", why);
    if (strstr(err.text, why) == NULL)
        fail_msg("'%s' does not say '%s'", err.text, why);
    free(f->bytes);
}

static void untouched_the_forged_file_is_accepted(void **state)
{
    (void)state;
    for (unsigned form = 0; form <= CONTAINER_PAGES; form++) {
        struct forgery f = begin(CONTAINER_ZLIB, form);
        struct error err = {""};
        forge(&f);
        assert_true(snapshot_repair(f.bytes, f.count));
        struct container *container = sample_open_bytes(f.bytes, f.count, &err);
        if (container == NULL)
            fail_msg("%s", err.text);
        container_close(container);
        free(f.bytes);
    }
}

static void a_section_that_claims_a_petabyte_takes_no_memory(void **state)
{
    (void)state;
    struct forgery f = begin(CONTAINER_ZLIB, CONTAINER_CHUNKS);
    struct error err = {""};
    uint8_t memory[8];
    f.sections[3].bytes = UINT64_C(1) << 50;
    forge(&f);
    assert_true(snapshot_repair(f.bytes, f.count));
    struct container *container = sample_open_bytes(f.bytes, f.count, &err);
    assert_non_null(container);
    const struct container_section *section = container_look_for(container, "nothing");
    assert_int_equal(section->bytes, UINT64_C(1) << 50);
    assert_false(container_load(container, section, memory, sizeof memory, &err));
    container_close(container);
    free(f.bytes);
}

static void sizes_beyond_all_bounds_are_refused(void **state)
{
    (void)state;
    struct forgery f = begin(CONTAINER_ZLIB, CONTAINER_CHUNKS);
    f.sections[2].bytes = (UINT64_C(1) << 50) + 1;
    expect_refused(&f, "section 2: its 'bytes' is not legal");
    f = begin(CONTAINER_ZLIB, CONTAINER_CHUNKS);
    f.sections[3].form = CONTAINER_PAGES;
    f.sections[3].bytes = UINT64_C(1) << 50;
    expect_refused(&f, "section 'nothing' cannot be mapped");
    f = begin(CONTAINER_ZLIB, CONTAINER_CHUNKS);
    f.pieces[1].stored = CONTAINER_PIECE_BYTES + 1;
    expect_refused(&f, "section 'hart0', row 0 of its pieces: 'stored' is not legal");
}

static void tables_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    struct forgery f = begin(CONTAINER_ZLIB, CONTAINER_CHUNKS);
    struct error err = {""};
    f.trailer.pieces = UINT32_MAX;
    forge(&f);
    assert_false(snapshot_repair(f.bytes, f.count));
    uint8_t *trailer = f.bytes + f.count - TRAILER_BYTES;
    f.trailer.checksum = container_checksum(trailer, TRAILER_BYTES - CONTAINER_DIGEST_BYTES - 4);
    state_save(&container_layout[LAYOUT_TRAILER].table, &f.trailer, trailer);
    assert_null(sample_open_bytes(f.bytes, f.count, &err));
    assert_non_null(strstr(err.text, "its tables are longer than the file"));
    free(f.bytes);
}

static void names_must_be_legal_and_of_one_section_each(void **state)
{
    static const char *const names[] = {"", "Ram", "a b", "a\nb", "\033[2J", "hart0"};
    (void)state;
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct forgery f = begin(CONTAINER_ZLIB, CONTAINER_CHUNKS);
        memset(f.sections[2].name, 0, sizeof f.sections[2].name);
        memcpy(f.sections[2].name, names[i], strlen(names[i]));
        expect_refused(&f, "section 2 has no name of its own");
    }
    struct forgery f = begin(CONTAINER_ZLIB, CONTAINER_CHUNKS);
    memset(f.sections[2].name, 'x', sizeof f.sections[2].name);
    expect_refused(&f, "section 2 has no name of its own");
}

static void pieces_must_be_in_order_and_of_their_section(void **state)
{
    (void)state;
    struct forgery f = begin(CONTAINER_PLAIN, CONTAINER_CHUNKS);
    f.pieces[3].number = 0;
    expect_refused(&f, "section 'ram': row 1 of its pieces does not fit");
    f = begin(CONTAINER_PLAIN, CONTAINER_CHUNKS);
    f.pieces[3].number = 2;
    expect_refused(&f, "section 'ram': row 1 of its pieces does not fit");
    f = begin(CONTAINER_PLAIN, CONTAINER_CHUNKS);
    f.pieces[0].stored = 7;
    expect_refused(&f, "section 'config': row 0 of its pieces does not fit");
    f = begin(CONTAINER_PLAIN, CONTAINER_CHUNKS);
    f.sections[3].pieces = 1;
    expect_refused(&f, "section 'nothing' has more pieces than there are");
    f = begin(CONTAINER_PLAIN, CONTAINER_CHUNKS);
    f.sections[2].pieces = 1;
    expect_refused(&f, "it has more pieces than its sections");
}

static void contents_must_fill_the_file(void **state)
{
    (void)state;
    struct forgery f = begin(CONTAINER_ZLIB, CONTAINER_CHUNKS);
    f.pieces[2].stored--;
    expect_refused(&f, "its sections do not fill it");
}

static void one_section_can_be_mapped(void **state)
{
    (void)state;
    struct forgery f = begin(CONTAINER_PLAIN, CONTAINER_PAGES);
    f.sections[3].form = CONTAINER_PAGES;
    expect_refused(&f, "section 'nothing' cannot be mapped");
    f = begin(CONTAINER_PLAIN, CONTAINER_PAGES);
    f.sections[2].bytes += 4;
    expect_refused(&f, "section 'ram' cannot be mapped");
}

/* A stream that would give more, or less, or is none at all. */
static void what_cannot_be_unpacked_to_its_length_is_refused(void **state)
{
    (void)state;
    struct forgery f = begin(CONTAINER_ZLIB, CONTAINER_CHUNKS);
    f.sections[1].bytes += 10;
    expect_refused(&f, "section 'hart0': piece 0 cannot be unpacked");
    f = begin(CONTAINER_ZLIB, CONTAINER_CHUNKS);
    f.sections[1].bytes -= 10;
    expect_refused(&f, "section 'hart0': piece 0 cannot be unpacked");
    f = begin(CONTAINER_ZLIB, CONTAINER_CHUNKS);
    memset(f.bytes + HEADER_BYTES + f.pieces[0].stored, 0x55, f.pieces[1].stored);
    expect_refused(&f, "section 'hart0': piece 0 cannot be unpacked");
    f = begin(CONTAINER_ZLIB, CONTAINER_CHUNKS);
    f.pieces[1].compression = CONTAINER_ZSTD;
    expect_refused(&f, compression_zstd() != NULL ? "section 'hart0': piece 0 cannot be unpacked"
                                                  : "needs zstd, and this microvm was built without it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(untouched_the_forged_file_is_accepted),
        cmocka_unit_test(a_section_that_claims_a_petabyte_takes_no_memory),
        cmocka_unit_test(sizes_beyond_all_bounds_are_refused),
        cmocka_unit_test(tables_that_do_not_fit_are_refused),
        cmocka_unit_test(names_must_be_legal_and_of_one_section_each),
        cmocka_unit_test(pieces_must_be_in_order_and_of_their_section),
        cmocka_unit_test(contents_must_fill_the_file),
        cmocka_unit_test(one_section_can_be_mapped),
        cmocka_unit_test(what_cannot_be_unpacked_to_its_length_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
