/* SPDX-License-Identifier: MIT */
/* microvm disklog: shows what --disk-log recorded, and makes the states that a loss of power could have left. */
#include "cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/compiler.h"
#include "base/splitmix.h"
#include "cli/flag.h"
#include "cli/value.h"
#include "host/disk/disk_crash.h"

struct request {
    const char *log, *base, *output;
    uint64_t disk, seed, cut;
    bool has_cut, whole, lie;
};

static bool set_base(void *owner, const char *value, UNUSED struct error *err)
{
    struct request *r = owner;
    r->base = value;
    return true;
}

static bool set_output(void *owner, const char *value, UNUSED struct error *err)
{
    struct request *r = owner;
    r->output = value;
    return true;
}

static bool set_disk(void *owner, const char *value, struct error *err)
{
    struct request *r = owner;
    return value_number("disk", value, 0, DISK_LOG_DISKS - 1, &r->disk, err);
}

static bool set_seed(void *owner, const char *value, struct error *err)
{
    struct request *r = owner;
    return value_number("seed", value, 0, UINT64_MAX, &r->seed, err);
}

static bool set_until(void *owner, const char *value, struct error *err)
{
    struct request *r = owner;
    r->has_cut = true;
    return value_number("until", value, 0, UINT64_MAX, &r->cut, err);
}

static bool set_whole(void *owner, UNUSED const char *value, UNUSED struct error *err)
{
    struct request *r = owner;
    return r->whole = true;
}

static bool set_lie(void *owner, UNUSED const char *value, UNUSED struct error *err)
{
    struct request *r = owner;
    return r->lie = true;
}

static const struct flag flags[] = {
    {"base", true, set_base},   {"output", true, set_output}, {"disk", true, set_disk}, {"seed", true, set_seed},
    {"until", true, set_until}, {"whole", false, set_whole},  {"lie", false, set_lie},
};

static bool set_log(void *owner, const char *word, struct error *err)
{
    struct request *r = owner;
    if (r->log != NULL)
        return error_set(err, "two logs given: '%.100s' and '%.100s'", r->log, word);
    r->log = word;
    return true;
}

static bool parse(struct request *r, int count, char *const *arguments, struct error *err)
{
    const struct flag_command command = {"disklog", flags, ARRAY_SIZE(flags), set_log};
    if (!flags_parse(&command, r, count, arguments, err))
        return false;
    if (r->log == NULL)
        return error_set(err, "disklog: which log? Name the file that --disk-log wrote");
    if ((r->base == NULL) != (r->output == NULL))
        return error_set(err, "disklog: --base and --output belong together: the image as it was before the run, and "
                              "the file for the state after the crash");
    return true;
}

static bool map_log(const char *path, struct disk_log_reader *reader, struct error *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, "disk log '%s': %s", path, strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0) {
        close(fd);
        return error_set(err, "disk log '%s': this is no log that --disk-log wrote", path);
    }
    void *bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (bytes == MAP_FAILED)
        return error_set(err, "disk log '%s': %s", path, strerror(errno));
    if (disk_log_read_begin(reader, bytes, (size_t)st.st_size, err))
        return true;
    munmap(bytes, (size_t)st.st_size);
    return error_prefix(err, "disk log '%s'", path);
}

static void print_record(uint64_t number, const struct disk_log_record *record)
{
    static const char *const names[] = {"?", "disk", "write", "zeroes", "stable", "end"};
    unsigned kind = record->kind < ARRAY_SIZE(names) ? record->kind : 0;
    printf("%8" PRIu64 " %-6s", number, names[kind]);
    if (kind == DISK_LOG_DISK && record->offset == 0)
        printf(" %u: grows, %.*s", record->disk, (int)record->length, record->data);
    else if (kind == DISK_LOG_DISK)
        printf(" %u: %" PRIu64 " bytes, %.*s", record->disk, record->offset, (int)record->length, record->data);
    else if (kind == DISK_LOG_WRITE || kind == DISK_LOG_ZEROES)
        printf(" %u: %" PRIu64 " bytes at %" PRIu64, record->disk, record->length, record->offset);
    else if (kind == DISK_LOG_STABLE)
        printf(" %u", record->disk);
    putchar('\n');
}

static bool list(const struct disk_log_reader *log)
{
    struct disk_log_reader reader = *log;
    struct disk_log_record record = {.kind = DISK_LOG_END};
    uint64_t number = 0;
    while (disk_log_read(&reader, &record))
        print_record(number++, &record);
    if (number == 0 || record.kind != DISK_LOG_END)
        printf("cut short behind record %" PRIu64 ": the machine was killed, or the log could not be written\n",
               number);
    return true;
}

/* The state is made in the output file, a copy of the base. */

static bool write_out(void *owner, uint64_t offset, uint64_t length, const uint8_t *data, struct error *err)
{
    static const uint8_t zeros[65536];
    const int *fd = owner;
    while (length > 0) {
        size_t piece = data != NULL || length < sizeof zeros ? (size_t)length : sizeof zeros;
        ssize_t written = pwrite(*fd, data != NULL ? data : zeros, piece, (off_t)offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return error_set(err, "%s", written < 0 ? strerror(errno) : "nothing was written");
        offset += (uint64_t)written;
        length -= (uint64_t)written;
        data += data != NULL ? written : 0;
    }
    return true;
}

/* Holes stay holes. */
static bool copy_file(int from, int to, struct error *err)
{
    uint8_t bytes[65536];
    struct stat st;
    if (fstat(from, &st) != 0 || ftruncate(to, st.st_size) != 0)
        return error_set(err, "%s", strerror(errno));
    off_t at = lseek(from, 0, SEEK_DATA);
    while (at >= 0 && at < st.st_size) {
        ssize_t got = pread(from, bytes, sizeof bytes, at);
        if (got <= 0)
            return error_set(err, "%s", got < 0 ? strerror(errno) : "it became shorter");
        if (!write_out(&to, (uint64_t)at, (uint64_t)got, bytes, err))
            return false;
        at = lseek(from, at + got, SEEK_DATA);
    }
    return true;
}

static bool make_state(const struct request *r, const struct disk_log_reader *log, int from, int to, struct error *err)
{
    struct disk_crash crash = {.disk = (unsigned)r->disk, .cut = r->cut, .whole = r->whole, .lie = r->lie};
    uint64_t random = r->seed;
    if (!r->has_cut)
        crash.cut = splitmix_below(&random, disk_log_count(log) + 1);
    crash.seed = splitmix_next(&random);
    if (!copy_file(from, to, err))
        return error_prefix(err, "copying '%s' to '%s'", r->base, r->output);
    struct disk_crash_calls calls = {&to, write_out};
    if (!disk_crash_apply(log, &crash, &calls, err))
        return error_prefix(err, "'%s'", r->output);
    printf("crash before record %" PRIu64 "\n", crash.cut);
    return true;
}

static bool make_output(const struct request *r, const struct disk_log_reader *log, struct error *err)
{
    int from = open(r->base, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return error_set(err, "--base '%s': %s", r->base, strerror(errno));
    int to = open(r->output, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    bool ok =
        to >= 0 ? make_state(r, log, from, to, err) : error_set(err, "--output '%s': %s", r->output, strerror(errno));
    if (to >= 0 && close(to) != 0 && ok)
        ok = error_set(err, "--output '%s': %s", r->output, strerror(errno));
    close(from);
    return ok;
}

bool command_disklog(int count, char *const *arguments, UNUSED int *status, struct error *err)
{
    struct request request = {0};
    struct disk_log_reader log;
    if (!parse(&request, count, arguments, err) || !map_log(request.log, &log, err))
        return false;
    bool ok = request.output != NULL ? make_output(&request, &log, err) : list(&log);
    munmap((void *)log.bytes, log.size);
    return ok;
}
