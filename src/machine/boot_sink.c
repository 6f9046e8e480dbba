/* SPDX-License-Identifier: MIT */
#include "machine/boot_sink.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bits.h"
#include "mmu/ram.h"

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static bool map_memory(struct boot_sink *sink, int fd, struct error *err)
{
    if (ftruncate(fd, (off_t)sink->reserved) != 0)
        return error_set(err, "cannot be held in memory: %s", strerror(errno));
    void *memory = mmap(NULL, sink->reserved, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
    if (memory == MAP_FAILED)
        return error_set(err, "cannot be held in memory: %s", strerror(errno));
    sink->bytes = memory;
    return true;
}

bool boot_sink_open(struct boot_sink *sink, const struct boot_file_limit *limit, struct error *err)
{
    uint64_t most = larger(larger(limit->bytes, limit->elf_bytes), 1);
    *sink = (struct boot_sink){.reserved = align_up(most, PAGE_BYTES), .limit = limit};
    int fd = memfd_create("boot-file", MFD_CLOEXEC);
    if (fd < 0)
        return error_set(err, "cannot be held in memory: %s", strerror(errno));
    bool ok = map_memory(sink, fd, err);
    close(fd);
    return ok;
}

/* What the first bytes allow. */
static uint64_t limit_now(const struct boot_sink *sink)
{
    bool elf = sink->size >= 4 && memcmp(sink->bytes, "\177ELF", 4) == 0;
    return elf ? larger(sink->limit->bytes, sink->limit->elf_bytes) : sink->limit->bytes;
}

uint64_t boot_sink_room(const struct boot_sink *sink)
{
    uint64_t limit = limit_now(sink);
    return sink->size < limit ? limit - sink->size : 0;
}

static bool too_large(const struct boot_sink *sink, uint64_t limit, struct error *err)
{
    bool whole_mib = is_aligned(limit, UINT64_C(1) << 20);
    return error_set(err, "holds more than %llu %s: %s", (unsigned long long)(whole_mib ? limit >> 20 : limit),
                     whole_mib ? "MiB" : "bytes", sink->limit->advice);
}

bool boot_sink_overflow(const struct boot_sink *sink, struct error *err)
{
    return too_large(sink, limit_now(sink), err);
}

bool boot_sink_promising(const struct boot_sink *sink, uint64_t bytes, struct error *err)
{
    uint64_t most = larger(sink->limit->bytes, sink->limit->elf_bytes);
    uint64_t limit = sink->size == 0 ? most : limit_now(sink);
    if (bytes > limit)
        return too_large(sink, limit, err);
    return sink->size == 0 || sink->limit->glance == NULL || sink->limit->glance(sink->bytes, sink->size, err);
}

void boot_sink_finish(struct boot_sink *sink, struct boot_file *file)
{
    uint64_t used = larger(align_up(sink->size, PAGE_BYTES), PAGE_BYTES);
    if (used < sink->reserved)
        munmap(sink->bytes + used, sink->reserved - used);
    *file = (struct boot_file){.bytes = sink->bytes, .size = sink->size, .mapped = used};
    sink->bytes = NULL;
}

void boot_sink_discard(struct boot_sink *sink)
{
    if (sink->bytes != NULL)
        munmap(sink->bytes, sink->reserved);
    sink->bytes = NULL;
}
