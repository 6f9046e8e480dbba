/* SPDX-License-Identifier: MIT */
/* A folder of a test's own, with the path of one file in it. Include cmocka.h first. */
#ifndef MICROVM_TESTS_UNIT_MACHINE_TEMP_FILE_H
#define MICROVM_TESTS_UNIT_MACHINE_TEMP_FILE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct temp_file {
    char folder[64];
    char path[96]; /* of a file that temp_file_write makes */
};

static inline bool temp_file_begin(struct temp_file *temp)
{
    strcpy(temp->folder, "/tmp/microvm-test-XXXXXX");
    if (mkdtemp(temp->folder) == NULL)
        return false;
    snprintf(temp->path, sizeof temp->path, "%s/file", temp->folder);
    return true;
}

static inline void temp_file_end(const struct temp_file *temp)
{
    unlink(temp->path);
    rmdir(temp->folder);
}

/* The path. */
static inline const char *temp_file_write(const struct temp_file *temp, const void *bytes, size_t count)
{
    FILE *file = fopen(temp->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
    return temp->path;
}

#endif
