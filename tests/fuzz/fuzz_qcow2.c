/* SPDX-License-Identifier: MIT */
/* A qcow2 image with clusters of all kinds, over a raw one, then with some of its numbers changed; and requests. Of an image that
 * was left whole all must read as a model says, after it was closed and opened again too; of any other nothing is wanted but that it
 * does no harm. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "host/disk/disk.h"
#include "host/disk/disk_image.h"
#include "qcow2_sample.h"

#define FILE_BYTES (UINT64_C(1) << 20)
#define MOST_DISK_BYTES (UINT64_C(1) << 17)
#define BASE_BYTES UINT64_C(40448)
#define MOST_REQUEST (UINT64_C(1) << 16)
#define MOST_REQUESTS 40u
#define MOST_MUTATIONS 8u

struct rig {
    int fd, base;
    char path[64], base_path[64];
    bool whole; /* nothing was changed */
    struct qcow2_sample sample;
    struct disk_image image;
    uint8_t file[FILE_BYTES], model[MOST_DISK_BYTES], seen[MOST_DISK_BYTES];
};

static int make_file(const uint8_t *bytes, size_t count, char path[64])
{
    int fd = memfd_create("qcow2", MFD_CLOEXEC);
    EXPECT(fd >= 0 && pwrite(fd, bytes, count, 0) == (ssize_t)count);
    snprintf(path, 64, "/proc/self/fd/%d", fd);
    return fd;
}

static void make_sample(struct rig *rig, struct fuzz_input *input)
{
    unsigned flags = (unsigned)fuzz_take(input, 1);
    struct qcow2_sample *s = &rig->sample;
    *s = (struct qcow2_sample){.version = flags & 1 ? 2 : 3, .cluster_bits = 9 + (flags >> 1) % 6, .refcount_order = 4};
    s->size_bytes = 512 * (1 + fuzz_take(input, 1));
    if (s->version == 3)
        s->refcount_order = (unsigned)fuzz_take(input, 1) % 7;
    if ((flags & 0x80) != 0) {
        sample_fill(rig->model, BASE_BYTES, 9);
        rig->base = make_file(rig->model, BASE_BYTES, rig->base_path);
        memset(rig->model + s->size_bytes, 0, MOST_DISK_BYTES - s->size_bytes);
        s->backing = rig->base_path;
        s->backing_format = "raw";
    }
    EXPECT(sample_plan(s, FILE_BYTES));
    sample_make(s, rig->file, rig->model);
}

/* In the header, in a table, or anywhere. */
static void mutate(struct rig *rig, struct fuzz_input *input)
{
    const struct qcow2_sample *s = &rig->sample;
    unsigned where = (unsigned)fuzz_take(input, 1), bytes = 1u << where % 4;
    uint64_t places[] = {0, BIT(s->cluster_bits), s->refcount_offset, s->l1_offset, s->l2_offset, 0, 0, 0};
    uint64_t spans[] = {128, 64, 256, 64, 8 * (s->size_bytes >> s->cluster_bits) + 8, 128, 128, sample_bytes(s) - 8};
    unsigned kind = where / 4 % 8;
    uint64_t at = places[kind] + fuzz_take(input, 3) % spans[kind] / bytes * bytes;
    uint64_t value = fuzz_take(input, (where & 0x80) != 0 ? 8 : 3);
    if ((where & 0x40) != 0)
        value <<= s->cluster_bits;
    if ((where & 0xc0) == 0x80)
        value |= BIT(63);
    if (at + bytes <= sample_bytes(s))
        big_put(rig->file + at, bytes, value);
    rig->whole = false;
}

static bool open_image(struct rig *rig, bool read_only)
{
    struct disk_options options = {
        .format = disk_format_named("qcow2"), .read_only = read_only, .cache = DISK_CACHE_UNSAFE};
    struct error err = {""};
    strcpy(options.path, rig->path);
    if (!disk_image_open(&options, &rig->image, &err)) {
        EXPECT(err.text[0] != '\0' && !rig->whole);
        return false;
    }
    bool started = rig->image.format->start(rig->image.state, disk_calls_host(), &err);
    EXPECT(started || (err.text[0] != '\0' && !rig->whole));
    if (!started)
        disk_image_close(&rig->image);
    return started;
}

static void expect_model(struct rig *rig, uint64_t offset, uint64_t count)
{
    int error = rig->image.format->read(rig->image.state, rig->seen, (size_t)count, offset);
    EXPECT(!rig->whole || error == 0);
    EXPECT(!rig->whole || memcmp(rig->seen, rig->model + offset, (size_t)count) == 0);
}

/* What was discarded is as it was, or zero. */
static void take_discarded(struct rig *rig, uint64_t offset, uint64_t count)
{
    EXPECT(rig->image.format->read(rig->image.state, rig->seen, (size_t)count, offset) == 0);
    for (uint64_t i = 0; i < count; i++) {
        EXPECT(rig->seen[i] == 0 || rig->seen[i] == rig->model[offset + i]);
        rig->model[offset + i] = rig->seen[i];
    }
}

static void request(struct rig *rig, struct fuzz_input *input)
{
    static uint8_t bytes[MOST_REQUEST];
    const struct disk_format *format = rig->image.format;
    void *state = rig->image.state;
    uint64_t size = rig->image.size_bytes < MOST_DISK_BYTES ? rig->image.size_bytes : MOST_DISK_BYTES;
    unsigned what = (unsigned)fuzz_take(input, 1);
    uint64_t sectors = size / 512, offset = fuzz_take(input, 1) % sectors * 512;
    uint64_t count = 512 * (1 + fuzz_take(input, 1) % (MOST_REQUEST / 512));
    count = count < size - offset ? count : size - offset;
    int error = 0;
    switch (what % 8) {
    case 0:
    case 1:
    case 2:
        sample_fill(bytes, count, what);
        error = format->write(state, bytes, (size_t)count, offset);
        memcpy(rig->model + offset, bytes, (size_t)count);
        break;
    case 3:
    case 4:
        error = format->write_zeroes(state, offset, count, what % 2);
        memset(rig->model + offset, 0, (size_t)count);
        break;
    case 5:
        error = format->discard(state, offset, count);
        if (rig->whole)
            take_discarded(rig, offset, count);
        break;
    case 6: error = format->flush(state); break;
    default: expect_model(rig, offset, count); break;
    }
    EXPECT(!rig->whole || error == 0);
}

static void use(struct rig *rig, struct fuzz_input *input)
{
    for (unsigned i = 0; i < MOST_REQUESTS && input->left > 0 && !rig->image.read_only; i++)
        request(rig, input);
    uint64_t size = rig->image.size_bytes < MOST_DISK_BYTES ? rig->image.size_bytes : MOST_DISK_BYTES;
    expect_model(rig, 0, size);
    uint64_t data = rig->image.format->next_data(rig->image.state, 0);
    EXPECT(data <= rig->image.size_bytes || !rig->whole);
    int error = rig->image.format->close(rig->image.state);
    EXPECT(!rig->whole || error == 0);
    rig->image.format = NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct rig *rig = calloc(1, sizeof *rig);
    EXPECT(rig != NULL);
    rig->base = -1;
    rig->whole = true;
    make_sample(rig, &input);
    unsigned mutations = (unsigned)fuzz_take(&input, 1) % MOST_MUTATIONS;
    for (unsigned i = 0; i < mutations; i++)
        mutate(rig, &input);
    rig->fd = make_file(rig->file, sample_bytes(&rig->sample), rig->path);
    bool read_only = fuzz_take(&input, 1) % 8 == 7;
    if (open_image(rig, read_only)) {
        use(rig, &input);
        if (open_image(rig, true))
            use(rig, &input);
    }
    close(rig->fd);
    if (rig->base >= 0)
        close(rig->base);
    free(rig);
    return 0;
}
