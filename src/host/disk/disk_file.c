/* SPDX-License-Identifier: MIT */
/* Opening, recognising and locking disk images. */
#include "host/disk/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"

#define NO_QCOW2 "make a qcow2 or raw image of it (qemu-img convert)"

/* How the formats begin that a user may take for a disk. A raw disk may begin like this too (its guest decides), so nothing
 * is ever guessed: the user is asked. */
static const struct magic {
    const char *format;
    const char *instead; /* what to do if it is no raw image */
    uint16_t offset;
    uint8_t length;
    const char *bytes;
} magics[] = {
    {"qcow2", "add ',format=qcow2' to use it as such", 0, 4, "QFI\xfb"},
    {"QED", NO_QCOW2, 0, 4, "QED\0"},
    {"VMDK", NO_QCOW2, 0, 4, "KDMV"},
    {"VMDK", NO_QCOW2, 0, 4, "COWD"},
    {"VMDK", NO_QCOW2, 0, 21, "# Disk DescriptorFile"},
    {"VDI", NO_QCOW2, 0x40, 4, "\x7f\x10\xda\xbe"},
    {"VHDX", NO_QCOW2, 0, 8, "vhdxfile"},
    {"VHD", NO_QCOW2, 0, 8, "conectix"},
    {"Parallels", NO_QCOW2, 0, 16, "WithoutFreeSpace"},
    {"Parallels", NO_QCOW2, 0, 16, "WithouFreSpacExt"},
    {"Bochs", NO_QCOW2, 0, 22, "Bochs Virtual HD Image"},
    {"LUKS", NO_QCOW2, 0, 6, "LUKS\xba\xbe"},
    {"gzip", "unpack it (gunzip)", 0, 3, "\x1f\x8b\x08"},
    {"xz", "unpack it (unxz)", 0, 6, "\xfd\x37zXZ\0"},
    {"zstd", "unpack it (unzstd)", 0, 4, "\x28\xb5\x2f\xfd"},
    {"bzip2", "unpack it (bunzip2)", 0, 4, "BZh9"},
    {"zip", "unpack it (unzip)", 0, 4, "PK\x03\x04"},
    {"7z", "unpack it (7z x)", 0, 6, "7z\xbc\xaf\x27\x1c"},
};

static bool check_format(const struct disk_options *options, int fd, struct error *err)
{
    uint8_t head[0x48] = {0};
    ssize_t count = pread(fd, head, sizeof head, 0);
    if (count < 0)
        return error_set(err, "cannot read disk '%s': %s", options->path, strerror(errno));
    for (unsigned i = 0; i < ARRAY_SIZE(magics) && options->format == NULL; i++) {
        const struct magic *m = &magics[i];
        if (memcmp(head + m->offset, m->bytes, m->length) == 0)
            return error_set(err,
                             "disk '%s' begins like %s: %s, or add ',format=raw' to give the guest these very bytes",
                             options->path, m->format, m->instead);
    }
    return true;
}

bool disk_file_check_size(const struct disk_options *options, uint64_t size_bytes, struct error *err)
{
    if (size_bytes == 0)
        return error_set(err, "disk '%s' is empty: give it a size, as 'truncate -s 1G' does", options->path);
    if (size_bytes % DISK_SECTOR_BYTES != 0)
        return error_set(err,
                         "disk '%s' has %" PRIu64 " bytes, which is no multiple of %u: 'truncate -s %%%u' rounds it "
                         "up if it is a raw image",
                         options->path, size_bytes, DISK_SECTOR_BYTES, DISK_SECTOR_BYTES);
    return true;
}

/* Nobody else may write what this machine uses, nor use what it writes. The lock goes with the open file. */
static bool lock_file(const struct disk_options *options, const struct disk_file *file, struct error *err)
{
    struct flock lock = {.l_type = file->read_only ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(file->fd, F_OFD_SETLK, &lock) == 0)
        return true;
    if (errno != EAGAIN && errno != EACCES)
        return error_set(err, "cannot lock disk '%s': %s", options->path, strerror(errno));
    return error_set(err, "disk '%s' is in use by another machine%s", options->path,
                     file->read_only ? " that writes it"
                                     : ": end that one, or use a copy, or have both open it with ',ro'");
}

/* A file that nobody may write is read-only for root too. */
static bool writable(const struct disk_options *options, const struct stat *info)
{
    return !options->read_only && ((info->st_mode & 0222) != 0 || !S_ISREG(info->st_mode));
}

static bool open_path(const struct disk_options *options, struct disk_file *file, struct error *err)
{
    struct stat info;
    if (stat(options->path, &info) != 0)
        return error_set(err, "cannot open disk '%s': %s", options->path, strerror(errno));
    if (!S_ISREG(info.st_mode) && !S_ISBLK(info.st_mode))
        return error_set(err, "disk '%s' is neither a file nor a block device", options->path);
    int flags = O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    int exclusive = S_ISBLK(info.st_mode) ? O_EXCL : 0; /* refuses devices that the host has mounted */
    file->fd = -1;
    errno = EACCES;
    if (writable(options, &info))
        file->fd = open(options->path, O_RDWR | flags | exclusive);
    file->read_only = file->fd < 0 && (errno == EACCES || errno == EROFS || errno == EPERM);
    if (file->read_only)
        file->fd = open(options->path, O_RDONLY | flags);
    if (file->fd < 0)
        return error_set(err, "cannot open disk '%s': %s%s", options->path, strerror(errno),
                         errno == EBUSY ? "; the host uses it" : "");
    return true;
}

static bool check_opened(const struct disk_options *options, struct disk_file *file, struct error *err)
{
    off_t end = lseek(file->fd, 0, SEEK_END);
    if (end < 0)
        return error_set(err, "cannot find the size of disk '%s': %s", options->path, strerror(errno));
    file->size_bytes = (uint64_t)end;
    return lock_file(options, file, err) && check_format(options, file->fd, err);
}

bool disk_file_open(const struct disk_options *options, struct disk_file *file, struct error *err)
{
    if (!open_path(options, file, err))
        return false;
    if (check_opened(options, file, err))
        return true;
    disk_file_close(file);
    return false;
}

void disk_file_close(struct disk_file *file)
{
    if (file->fd >= 0)
        close(file->fd);
    file->fd = -1;
}
