/* SPDX-License-Identifier: MIT */
#include "project/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool file_is_folder(const char *path)
{
    struct stat stat_of_it;
    return stat(path, &stat_of_it) == 0 && S_ISDIR(stat_of_it.st_mode);
}

/* False: errno says why. */
static bool make_one(const char *path)
{
    if (mkdir(path, 0777) == 0)
        return true;
    int error = errno;
    if (file_is_folder(path))
        return true;
    errno = error == EEXIST ? ENOTDIR : error;
    return false;
}

bool file_make_parents(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (!make_one(path))
            return false;
        *slash = '/';
    }
    return true;
}

bool file_make_folder(const char *path, struct error *err)
{
    char *part = strdup(path);
    if (part == NULL)
        return error_set(err, "out of memory");
    bool ok = (file_make_parents(part) && make_one(part)) ||
              error_set(err, "cannot make the folder '%.400s': %s", part, strerror(errno));
    free(part);
    return ok;
}

uint8_t *file_read(const char *path, uint64_t *size, struct error *err)
{
    struct stat stat_of_it;
    uint8_t *bytes = NULL;
    FILE *file = fopen(path, "rbe");
    if (file != NULL && fstat(fileno(file), &stat_of_it) == 0 && S_ISREG(stat_of_it.st_mode))
        bytes = malloc((size_t)stat_of_it.st_size + 1);
    if (bytes == NULL) {
        error_set(err, "cannot read '%.400s': %s", path, file == NULL ? strerror(errno) : "it is no regular file");
    } else {
        *size = fread(bytes, 1, (size_t)stat_of_it.st_size, file);
        bytes[*size] = 0;
    }
    if (file != NULL)
        fclose(file);
    return bytes;
}

bool file_write(const char *path, const void *bytes, uint64_t size, struct error *err)
{
    FILE *file = fopen(path, "wbe");
    bool ok = file != NULL && fwrite(bytes, 1, size, file) == size;
    int error = errno;
    if (file != NULL && fclose(file) != 0) {
        ok = false;
        error = errno;
    }
    return ok || error_set(err, "cannot write '%.400s': %s", path, strerror(error));
}
