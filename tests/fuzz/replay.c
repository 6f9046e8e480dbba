/* SPDX-License-Identifier: MIT */
/* A main for fuzz targets without libFuzzer: runs the target over every file named, and every file
 * in the folders named. Exit status 2: an argument could not be read, or there was no input. */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

static bool read_file(FILE *file, uint8_t **data, size_t *size)
{
    *data = NULL;
    *size = 0;
    for (size_t capacity = 4096;; capacity *= 2) {
        uint8_t *grown = realloc(*data, capacity);
        if (grown == NULL)
            return false;
        *data = grown;
        *size += fread(*data + *size, 1, capacity - *size, file);
        if (*size < capacity)
            return ferror(file) == 0;
    }
}

/* The input lies in an allocation of exactly its size, so that a sanitizer sees the first byte
 * past it. */
static bool run_bytes(const uint8_t *data, size_t size)
{
    uint8_t *exact = malloc(size != 0 ? size : 1);
    if (exact == NULL)
        return false;
    if (size != 0)
        memcpy(exact, data, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return true;
}

static bool run_file(const char *path, unsigned *runs)
{
    uint8_t *data = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "rb");
    bool done = file != NULL && read_file(file, &data, &size) && run_bytes(data, size);
    if (file != NULL)
        fclose(file);
    free(data);
    if (!done)
        fprintf(stderr, "cannot read %s\n", path);
    *runs += done;
    return done;
}

static bool run_folder(const char *path, unsigned *runs)
{
    DIR *folder = opendir(path);
    if (folder == NULL)
        return false;
    bool done = true;
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        char name[4096];
        if (entry->d_name[0] == '.')
            continue;
        int length = snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        done &= length > 0 && (size_t)length < sizeof name && run_file(name, runs);
    }
    closedir(folder);
    return done;
}

int main(int argc, char **argv)
{
    unsigned runs = 0;
    bool done = true;
    for (int i = 1; i < argc; i++) {
        struct stat info;
        bool folder = stat(argv[i], &info) == 0 && S_ISDIR(info.st_mode);
        done &= folder ? run_folder(argv[i], &runs) : run_file(argv[i], &runs);
    }
    printf("%u inputs\n", runs);
    return done && runs != 0 ? 0 : 2;
}
