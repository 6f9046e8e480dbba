/* SPDX-License-Identifier: MIT */
#include "observe/symbol_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "machine/boot_file.h"
#include "machine/boot_image.h"

#define WHAT "symbol file"
/* Of a text: many times a kernel's. */
#define MAX_TEXT_BYTES (UINT64_C(1) << 28)

/* The descriptor of a regular file that begins as ELF files do; else -1. */
static int open_elf(const char *path, uint64_t *size)
{
    struct stat st;
    uint8_t magic[4];
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    *size = (uint64_t)st.st_size;
    if (pread(fd, magic, sizeof magic, 0) == sizeof magic && boot_elf_recognize(magic, sizeof magic))
        return fd;
    close(fd);
    return -1;
}

static bool read_text(struct symbol_file *file, const char *path, struct error *err)
{
    struct boot_file text;
    const struct boot_file_limit limit = {.bytes = MAX_TEXT_BYTES, .advice = "too much for a list of symbols"};
    if (!boot_file_read(&text, WHAT, path, &limit, err))
        return false;
    bool ok = symbol_text_parse(file, (const char *)text.bytes, text.size, err) || boot_file_blame(err, WHAT, path);
    boot_file_release(&text);
    if (!ok)
        symbol_file_close(file);
    return ok;
}

bool symbol_file_open(struct symbol_file *file, const char *path, struct error *err)
{
    uint64_t size = 0;
    *file = (struct symbol_file){.fd = -1};
    int fd = open_elf(path, &size);
    if (fd < 0)
        return read_text(file, path, err);
    bool ok = symbol_elf_read(file, fd, size, err) || boot_file_blame(err, WHAT, path);
    if (file->fd != fd)
        close(fd);
    if (!ok)
        symbol_file_close(file);
    return ok;
}

void symbol_file_close(struct symbol_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    symbol_table_destroy(&file->table);
    free(file->names);
    *file = (struct symbol_file){.fd = -1};
}
