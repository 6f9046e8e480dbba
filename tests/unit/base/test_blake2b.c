/* SPDX-License-Identifier: MIT */
/* BLAKE2b-256 against digests that coreutils' b2sum -l 256 made. */
#include "base/blake2b.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MOST 1000

/* Of the bytes 0, 1, ... 250, 0, 1, ...: as many as stand first. */
static const struct {
    unsigned count;
    const char *digest;
} vectors[] = {
    {0, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"},
    {1, "03170a2e7597b7b7e3d84c05391d139a62b157e78786d8c082f29dcf4c111314"},
    {3, "3d8c3d594928271f44aad7a04b177154806867bcf918e1549c0bc16f9da2b09b"},
    {127, "f2fe67ff342e21b8f45e8f2e0bcd1d9243245d50ee6c78042e9c491388791c72"},
    {128, "c3582f71ebb2be66fa5dd750f80baae97554f3b015663c8be377cfcb2488c1d1"},
    {129, "f7f3c46ba2564ff4c4c162da1f5b605f9f1c4aa6a20652a9f9a337c1a2f5b9c9"},
    {255, "d9ef0fc521b4266d16df662bec231bc2ec3989e7adeaf63169c295dc239dbbea"},
    {256, "582f782226018ec33076bd8d1c42413530ac7e1126260ffc0f306ba3befc3f24"},
    {257, "227e15ed64ee8e93eb7bc53828f76eed974f2c4ab1408c3d08f212b7f8d69904"},
    {1000, "b372d0608f720c8c3dd41e9c8eecb10143b41abe520b616607e754bf79c08331"},
};

static void as_text(struct blake2b *state, char text[2 * BLAKE2B_BYTES + 1])
{
    uint8_t digest[BLAKE2B_BYTES];
    blake2b_end(state, digest);
    for (unsigned i = 0; i < BLAKE2B_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

static void digest_pieces(const uint8_t *bytes, size_t count, size_t piece, char *text)
{
    struct blake2b state;
    blake2b_begin(&state);
    for (size_t at = 0; at < count; at += piece)
        blake2b_add(&state, bytes + at, count - at < piece ? count - at : piece);
    as_text(&state, text);
}

static void digests_are_those_of_b2sum_however_the_bytes_come(void **state)
{
    static const size_t pieces[] = {1, 7, 64, 127, 128, 129, 255, 256, MOST};
    uint8_t bytes[MOST];
    char text[2 * BLAKE2B_BYTES + 1];
    (void)state;
    for (unsigned i = 0; i < MOST; i++)
        bytes[i] = (uint8_t)(i % 251);
    for (unsigned i = 0; i < sizeof vectors / sizeof vectors[0]; i++)
        for (unsigned k = 0; k < sizeof pieces / sizeof pieces[0]; k++) {
            digest_pieces(bytes, vectors[i].count, pieces[k], text);
            assert_string_equal(text, vectors[i].digest);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(digests_are_those_of_b2sum_however_the_bytes_come)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
