/* SPDX-License-Identifier: MIT */
#include "snapshot/sample.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/splitmix.h"

#define HART_BYTES 900

void sample_folder_make(char folder[SAMPLE_PATH_BYTES])
{
    const char *base = getenv("TMPDIR");
    snprintf(folder, SAMPLE_PATH_BYTES, "%s/microvm-snapshot-XXXXXX", base != NULL ? base : "/tmp");
    if (mkdtemp(folder) == NULL)
        perror(folder);
}

static unsigned each_file(const char *folder, bool remove_it)
{
    DIR *dir = opendir(folder);
    unsigned count = 0;
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        count++;
        if (remove_it)
            unlinkat(dirfd(dir), entry->d_name, 0);
    }
    if (dir != NULL)
        closedir(dir);
    return count;
}

void sample_folder_remove(const char *folder)
{
    each_file(folder, true);
    rmdir(folder);
}

unsigned sample_folder_files(const char *folder)
{
    return each_file(folder, false);
}

static void fill(uint8_t *bytes, size_t count, uint64_t seed)
{
    for (size_t i = 0; i < count; i++)
        bytes[i] = (uint8_t)(splitmix_next(&seed) >> 59); /* five bits each, so that they can be compressed */
}

/* Of "ram" every third piece is full, every third has one page, every third is zero. */
static void fill_ram(uint8_t *ram, const struct sample *sample)
{
    for (uint64_t at = 0; at < sample->ram_bytes; at += CONTAINER_PIECE_BYTES) {
        uint64_t kind = at / CONTAINER_PIECE_BYTES % 3, left = sample->ram_bytes - at;
        size_t piece = left < CONTAINER_PIECE_BYTES ? (size_t)left : CONTAINER_PIECE_BYTES;
        if (kind == 0)
            fill(ram + at, piece, sample->number + at);
        else if (kind == 1)
            fill(ram + at + piece - CONTAINER_PAGE_BYTES, CONTAINER_PAGE_BYTES, sample->number + at);
    }
}

static uint8_t *make_ram(const struct sample *sample)
{
    uint8_t *ram = calloc(1, sample->ram_bytes + 1);
    if (ram != NULL)
        fill_ram(ram, sample);
    return ram;
}

/* In parts of odd sizes, zeros as zeros. */
static bool save_ram(struct container_writer *w, const struct sample *sample, const uint8_t *ram, struct error *err)
{
    uint64_t third = sample->ram_bytes / 3 + 17;
    if (!container_section_begin(w, "ram", SAMPLE_VERSION, sample->form, err))
        return false;
    for (uint64_t at = 0; at < sample->ram_bytes; at += third) {
        size_t part = sample->ram_bytes - at < third ? (size_t)(sample->ram_bytes - at) : third;
        bool zero = part > 1 && ram[at] == 0 && memcmp(ram + at, ram + at + 1, part - 1) == 0;
        if (!(zero ? container_append_zeros(w, part, err) : container_append(w, ram + at, part, err)))
            return false;
    }
    return container_section_end(w, err);
}

static bool save_sections(struct container_writer *w, const struct sample *sample, const uint8_t *ram,
                          struct error *err)
{
    uint8_t hart[HART_BYTES], number[8];
    fill(hart, sizeof hart, ~sample->number);
    for (unsigned i = 0; i < 8; i++)
        number[i] = (uint8_t)(sample->number >> (8 * i));
    return container_section(w, "config", SAMPLE_VERSION, number, sizeof number, err) &&
           container_section(w, "hart0", SAMPLE_VERSION, hart, sizeof hart, err) && save_ram(w, sample, ram, err) &&
           container_section(w, "nothing", SAMPLE_VERSION, NULL, 0, err);
}

bool sample_save(const char *path, const struct sample *sample, struct error *err)
{
    const struct container_options options = {.compression = sample->compression, .calls = sample->calls};
    uint8_t *ram = make_ram(sample);
    if (ram == NULL)
        return error_set(err, "cannot save '%s': out of memory", path);
    struct container_writer *w = container_writer_open(path, &options, err);
    bool ok = w != NULL && save_sections(w, sample, ram, err);
    free(ram);
    if (ok)
        return container_commit(w, err);
    container_abort(w);
    return false;
}

static bool section_is(struct container *container, const char *name, const uint8_t *bytes, size_t count,
                       struct error *err)
{
    const struct container_section *section = container_find(container, name, SAMPLE_VERSION, err);
    uint8_t *memory = calloc(1, count + 1);
    bool ok = section != NULL && memory != NULL && container_load(container, section, memory, count, err);
    if (ok && memcmp(memory, bytes, count) != 0)
        ok = error_set(err, "the contents of '%s' are other ones", name);
    free(memory);
    return ok;
}

bool sample_is_in(struct container *container, const struct sample *sample, struct error *err)
{
    uint8_t hart[HART_BYTES], number[8];
    uint8_t *ram = make_ram(sample);
    fill(hart, sizeof hart, ~sample->number);
    for (unsigned i = 0; i < 8; i++)
        number[i] = (uint8_t)(sample->number >> (8 * i));
    bool ok = ram != NULL && section_is(container, "config", number, sizeof number, err) &&
              section_is(container, "hart0", hart, sizeof hart, err) &&
              section_is(container, "ram", ram, sample->ram_bytes, err) &&
              section_is(container, "nothing", number, 0, err);
    free(ram);
    return ok;
}

struct container *sample_open_bytes(const uint8_t *bytes, size_t count, struct error *err)
{
    int fd = memfd_create("snapshot", MFD_CLOEXEC);
    if (fd < 0 || write(fd, bytes, count) != (ssize_t)count)
        perror("memfd");
    struct container *container = container_open_fd(fd, "sample", file_calls_host(), err);
    if (container != NULL && !container_check_pages(container, err)) {
        container_close(container);
        return NULL;
    }
    return container;
}

uint8_t *sample_read(const char *path, size_t *count)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) != 0)
        return NULL;
    uint8_t *bytes = malloc((size_t)status.st_size + 1);
    if (bytes != NULL && read(fd, bytes, (size_t)status.st_size) == (ssize_t)status.st_size)
        *count = (size_t)status.st_size;
    close(fd);
    return bytes;
}
