/* SPDX-License-Identifier: MIT */
/* The block device, through its transport, over a small disk in memory with bad sectors, against a plain model: what a
 * request answers, what a read gives, what the disk holds. Requests are mostly valid; once the guest writes wildly into its
 * rings, only safety is looked at. */
#include <errno.h>
#include <string.h>

#include "base/bits.h"
#include "host/disk/disk_raw.h"
#include "virtio/blk.h"
#include "virtio_slot.h"

#define RAM_BASE UINT64_C(0x80000000)
#define RAM_BYTES UINT64_C(0x100000)
#define RINGS (RAM_BASE + 0x1000)
#define RINGS_BYTES 0x7000u
#define SLOTS (RAM_BASE + 0x10000)
#define SLOT_BYTES UINT64_C(0x8000)
#define SLOT_COUNT 24u
#define DATA_BYTES 0x4000u
#define SECTOR_BYTES 512u
#define SECTORS 64u
#define LATENCY 100
#define QUEUE_SIZE 64

enum { T_IN = 0, T_OUT = 1, T_FLUSH = 4, T_GET_ID = 8, T_DISCARD = 11, T_WRITE_ZEROES = 13 };
enum { S_OK, S_IOERR, S_UNSUPP, S_NONE = 0xee };

struct backing {
    uint8_t bytes[SECTORS * SECTOR_BYTES];
    uint64_t bad; /* sectors that cannot be read or written */
    bool sync_fails;
};

/* What was asked, and what must be answered. */
struct asked {
    bool busy;
    uint32_t type;
    uint64_t first; /* sectors that are moved or zeroed */
    uint64_t count;
    uint8_t status;
    bool any_error; /* a sync may fail it */
    bool scattered; /* several ranges: overtaken between any two of them */
    int id;
};

struct rig {
    struct backing backing;
    struct fuzz_slot slot;
    uint64_t ticks;
    struct disk *disk;
    struct virtio_blk *blk;
    struct driver driver;
    bool driven;
    bool read_only;
    struct asked asked[SLOT_COUNT];
    uint8_t model[SECTORS * SECTOR_BYTES];
    uint64_t unknown; /* sectors whose contents the model does not know */
};

static uint64_t mask_of(uint64_t first, uint64_t count)
{
    uint64_t ones = count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
    return count == 0 ? 0 : ones << first;
}

static bool is_bad(const struct backing *b, off_t offset, size_t count)
{
    uint64_t first = (uint64_t)offset / SECTOR_BYTES, last = ((uint64_t)offset + count - 1) / SECTOR_BYTES;
    EXPECT(offset >= 0 && count != 0 && last < SECTORS);
    errno = EIO;
    return (b->bad & mask_of(first, last - first + 1)) != 0;
}

static ssize_t read_at(void *owner, int fd, void *bytes, size_t count, off_t offset)
{
    struct backing *b = owner;
    (void)fd;
    if (is_bad(b, offset, count))
        return -1;
    memcpy(bytes, b->bytes + offset, count);
    return (ssize_t)count;
}

static ssize_t write_at(void *owner, int fd, const void *bytes, size_t count, off_t offset)
{
    struct backing *b = owner;
    (void)fd;
    if (is_bad(b, offset, count))
        return -1;
    memcpy(b->bytes + offset, bytes, count);
    return (ssize_t)count;
}

static int sync_data(void *owner, int fd)
{
    (void)fd;
    errno = EIO;
    return ((struct backing *)owner)->sync_fails ? -1 : 0;
}

static int allocate(void *owner, int fd, int mode, off_t offset, off_t length)
{
    struct backing *b = owner;
    (void)fd;
    (void)mode;
    if (is_bad(b, offset, (size_t)length))
        return -1;
    memset(b->bytes + offset, 0, (size_t)length);
    return 0;
}

static uint64_t now(void *owner)
{
    return ((struct rig *)owner)->ticks;
}

static void deadline_changed(void *owner)
{
    (void)owner;
}

static void set_up(struct rig *rig, struct fuzz_input *input)
{
    unsigned flags = (unsigned)fuzz_take(input, 1);
    rig->read_only = flags & 1;
    rig->backing.sync_fails = flags & 2;
    rig->backing.bad = (flags & 4) != 0 ? fuzz_take(input, 8) : 0;
    for (size_t i = 0; i < sizeof rig->model; i++)
        rig->model[i] = rig->backing.bytes[i] = (uint8_t)(i / SECTOR_BYTES + 1);
    EXPECT(ram_create(&rig->slot.ram, RAM_BASE, RAM_BYTES, NULL));
    rig->slot.mem = (struct guest_mem){&rig->slot.ram};
    struct disk_calls calls = {&rig->backing, read_at, write_at, sync_data, allocate, (flags & 0x20) != 0 ? read_at : NULL};
    struct disk_options options = {.path = "fuzz", .serial = "S", .cache = (enum disk_cache)((flags >> 3) % 3)};
    struct disk_file file = {.fd = -1, .size_bytes = sizeof rig->model, .read_only = rig->read_only};
    struct disk_timing timing = {.time = {.owner = rig, .now = now, .deadline_changed = deadline_changed},
                                 .latency_ticks = LATENCY};
    struct disk_image image;
    EXPECT(disk_raw_image(&file, &calls, options.cache, &image, NULL));
    rig->disk = disk_create(&options, &image, &timing, NULL);
    EXPECT(rig->disk != NULL);
    rig->blk = virtio_blk_create(rig->disk);
    EXPECT(rig->blk != NULL);
    struct virtio_mmio_config config = {
        .mem = rig->slot.mem, .legacy = (flags & 0x80) != 0, .device = virtio_blk_device(rig->blk)};
    rig->slot.wild = config.legacy; /* the model of a driver speaks version 2 */
    rig->slot.mmio = virtio_mmio_create(&config);
    EXPECT(rig->slot.mmio != NULL);
}

static void tear_down(struct rig *rig)
{
    virtio_mmio_destroy(rig->slot.mmio);
    EXPECT(disk_close(rig->disk, NULL) || rig->backing.sync_fails);
    virtio_blk_destroy(rig->blk);
    for (unsigned i = 0; i < SECTORS && !rig->slot.wild; i++) {
        size_t at = (size_t)i * SECTOR_BYTES;
        EXPECT((rig->unknown >> i & 1) != 0 || memcmp(rig->model + at, rig->backing.bytes + at, SECTOR_BYTES) == 0);
    }
    ram_destroy(&rig->slot.ram);
}

static bool changes(const struct asked *a)
{
    return a->type == T_OUT || a->type == T_DISCARD || a->type == T_WRITE_ZEROES;
}

/* What is in flight may or may not be done. */
static void forget(struct rig *rig)
{
    for (unsigned i = 0; i < SLOT_COUNT; i++) {
        struct asked *a = &rig->asked[i];
        if (a->busy && changes(a))
            rig->unknown |= mask_of(a->first, a->count);
        a->busy = false;
    }
}

static void drive(struct rig *rig, struct fuzz_input *input)
{
    uint64_t features = fuzz_take(input, 8);
    slot_set(&rig->slot, 0x70, 0);
    forget(rig);
    slot_set(&rig->slot, 0x70, 3);
    slot_set(&rig->slot, 0x14, 0);
    uint64_t low = slot_get(&rig->slot, 0x10) & (features | BIT(VIRTIO_F_INDIRECT_DESC));
    slot_set(&rig->slot, 0x24, 0);
    slot_set(&rig->slot, 0x20, low);
    uint64_t high = (features >> 32 & BIT(VIRTIO_F_RING_PACKED - 32)) | 1;
    slot_set(&rig->slot, 0x24, 1);
    slot_set(&rig->slot, 0x20, high);
    slot_set(&rig->slot, 0x70, 11);
    struct virtq_config config = {.packed = (high & BIT(VIRTIO_F_RING_PACKED - 32)) != 0,
                                  .event_idx = (low & BIT(VIRTIO_F_EVENT_IDX)) != 0,
                                  .indirect = true,
                                  .size = QUEUE_SIZE,
                                  .descriptor_area = RINGS,
                                  .driver_area = RINGS + 0x3000,
                                  .device_area = RINGS + 0x5000};
    driver_start(&rig->driver, &rig->slot.mem, &config);
    slot_set(&rig->slot, 0x30, 0);
    slot_set(&rig->slot, 0x38, QUEUE_SIZE);
    slot_ready_queue(&rig->slot, &config);
    slot_set(&rig->slot, 0x70, 15);
    rig->driven = true;
    EXPECT(rig->slot.wild || slot_get(&rig->slot, 0x70) == 15);
}

static bool several_in_flight(const struct rig *rig)
{
    unsigned count = 0;
    for (unsigned i = 0; i < SLOT_COUNT; i++)
        count += rig->asked[i].busy;
    return count > 1;
}

static bool scattered_in_flight(const struct rig *rig)
{
    bool found = false;
    for (unsigned i = 0; i < SLOT_COUNT; i++)
        found |= rig->asked[i].busy && rig->asked[i].scattered;
    return found;
}

static void expect_transfer(struct rig *rig, struct asked *a, uint64_t sector, uint32_t bytes)
{
    a->first = sector;
    a->count = bytes / SECTOR_BYTES;
    bool fits = bytes % SECTOR_BYTES == 0 && a->count <= SECTORS && sector <= SECTORS - a->count;
    if (!fits || (a->type == T_OUT && rig->read_only))
        a->status = S_IOERR;
    if (a->status == S_OK && (mask_of(sector, a->count) & rig->backing.bad) != 0)
        a->status = S_IOERR;
    if (!fits)
        a->count = 0;
}

/* One range, or several of which the model only remembers where they may be. */
static void expect_ranges(struct rig *rig, struct asked *a, struct fuzz_input *input, uint64_t data, unsigned count)
{
    uint64_t touched = 0;
    for (unsigned i = 0; i < count; i++) {
        uint64_t sector = fuzz_take(input, 1) % (SECTORS + 4);
        uint32_t sectors = (uint32_t)fuzz_take(input, 1) % 9;
        uint32_t flags = (uint32_t)fuzz_take(input, 1) % 16 == 15 ? 3 : (a->type == T_WRITE_ZEROES && sectors % 2);
        guest_mem_write_u64(&rig->slot.mem, data + 16 * i, sector);
        guest_mem_write_u32(&rig->slot.mem, data + 16 * i + 8, sectors);
        guest_mem_write_u32(&rig->slot.mem, data + 16 * i + 12, flags);
        if (a->status != S_OK)
            continue;
        if (flags > 1 || sector + sectors > SECTORS)
            a->status = flags > 1 ? S_UNSUPP : S_IOERR;
        else
            touched |= mask_of(sector, sectors);
        a->first = sector;
        a->count = sectors;
    }
    a->scattered = count > 1 && a->status == S_OK;
    if (a->scattered)
        rig->unknown |= touched;
    if (a->status == S_OK && (touched & rig->backing.bad) != 0)
        a->status = S_IOERR;
    if (count > 1 || a->status != S_OK)
        a->count = 0;
    if (count == 0 || count > 16)
        a->status = S_IOERR;
}

/* Cuts a buffer in two where the input says; returns how many pieces there are. */
static unsigned cut(struct model_buffer *pieces, uint64_t gpa, uint32_t bytes, bool write, unsigned where)
{
    uint32_t head = where == 0 ? bytes : where % bytes;
    if (head == 0 || head == bytes) {
        pieces[0] = (struct model_buffer){gpa, bytes, write};
        return 1;
    }
    pieces[0] = (struct model_buffer){gpa, head, write};
    pieces[1] = (struct model_buffer){gpa + head, bytes - head, write};
    return 2;
}

static uint32_t take_length(struct fuzz_input *input)
{
    unsigned choice = (unsigned)fuzz_take(input, 1);
    if (choice >= 0xf0)
        return (uint32_t)fuzz_take(input, 2) % DATA_BYTES;
    return choice % 9 * SECTOR_BYTES;
}

static void fill_request(struct rig *rig, struct asked *a, struct fuzz_input *input, uint64_t slot, uint32_t *out,
                         uint32_t *in)
{
    static const uint32_t types[] = {T_IN, T_OUT, T_FLUSH, T_GET_ID, T_DISCARD, T_WRITE_ZEROES, T_IN, T_OUT};
    unsigned choice = (unsigned)fuzz_take(input, 1);
    uint64_t sector = fuzz_take(input, 1) % (SECTORS + 2);
    *a = (struct asked){.busy = true, .type = choice < 0xf8 ? types[choice % 8] : choice, .any_error = true};
    guest_mem_write_u32(&rig->slot.mem, slot, a->type);
    guest_mem_write_u64(&rig->slot.mem, slot + 8, sector);
    uint64_t data = slot + 16;
    *out = *in = 0;
    if (a->type == T_IN || a->type == T_GET_ID)
        *in = a->type == T_IN ? take_length(input) : (uint32_t)fuzz_take(input, 1);
    if (a->type == T_IN)
        expect_transfer(rig, a, sector, *in);
    if (a->type == T_OUT) {
        *out = take_length(input);
        guest_mem_fill(&rig->slot.mem, data, (uint8_t)fuzz_take(input, 1), *out);
        expect_transfer(rig, a, sector, *out);
    }
    if (a->type == T_DISCARD || a->type == T_WRITE_ZEROES) {
        *out = 16 * ((uint32_t)fuzz_take(input, 1) % 18);
        expect_ranges(rig, a, input, data, *out / 16);
        if (rig->read_only)
            *a = (struct asked){.busy = true, .type = a->type, .status = S_UNSUPP};
    }
    if (choice >= 0xf8)
        a->status = S_UNSUPP;
}

/* In a slot: header, data, and behind them the status. */
static void offer(struct rig *rig, struct fuzz_input *input)
{
    unsigned n = 0;
    while (n < SLOT_COUNT && rig->asked[n].busy)
        n++;
    if (n == SLOT_COUNT || !rig->driven)
        return;
    uint64_t slot = SLOTS + n * SLOT_BYTES;
    uint32_t out, in;
    fill_request(rig, &rig->asked[n], input, slot, &out, &in);
    guest_mem_fill(&rig->slot.mem, slot + 16 + (in != 0 ? in : DATA_BYTES), S_NONE, 1);
    unsigned where = (unsigned)fuzz_take(input, 2);
    struct model_buffer pieces[5];
    unsigned count = cut(pieces, slot, 16 + out, false, where);
    if (in == 0)
        pieces[count++] = (struct model_buffer){slot + 16 + DATA_BYTES, 1, true};
    else
        count += cut(pieces + count, slot + 16, in + 1, true, where);
    uint16_t extra = 0;
    if (where & 1) {
        pieces[0] = driver_table(&rig->driver, slot + 0x5000, pieces, count);
        count = 1;
        extra = MODEL_INDIRECT;
    }
    rig->asked[n].id = driver_add(&rig->driver, pieces, count, extra);
    rig->asked[n].busy = rig->asked[n].id >= 0;
}

static void check_read(const struct rig *rig, const struct asked *a, uint64_t data)
{
    const uint8_t *there = guest_mem_source(&rig->slot.mem, data, DATA_BYTES);
    for (uint64_t i = 0; i < a->count; i++) {
        if ((rig->unknown >> (a->first + i) & 1) == 0)
            EXPECT(memcmp(there + i * SECTOR_BYTES, rig->model + (a->first + i) * SECTOR_BYTES, SECTOR_BYTES) == 0);
    }
}

static void note_change(struct rig *rig, const struct asked *a, const uint8_t *data)
{
    uint8_t *model = rig->model + a->first * SECTOR_BYTES;
    if (a->type == T_OUT)
        memcpy(model, data, a->count * SECTOR_BYTES);
    else
        memset(model, 0, a->count * SECTOR_BYTES);
    if (!scattered_in_flight(rig))
        rig->unknown &= ~mask_of(a->first, a->count);
}

static void check_used(struct rig *rig, struct asked *a, uint64_t slot, uint32_t written)
{
    uint8_t status = S_NONE;
    bool has_data = a->type == T_IN && a->count != 0;
    uint64_t length = has_data ? a->count * SECTOR_BYTES : 0;
    if (a->type == T_IN && a->status == S_OK) {
        guest_mem_read(&rig->slot.mem, slot + 16 + (has_data ? length : DATA_BYTES), &status, 1);
        EXPECT(status == S_OK && written == length + 1);
        check_read(rig, a, slot + 16);
    } else if (a->type != T_IN && a->type != T_GET_ID) {
        guest_mem_read(&rig->slot.mem, slot + 16 + DATA_BYTES, &status, 1);
        EXPECT(status == a->status || (status == S_IOERR && a->any_error && rig->backing.sync_fails));
        EXPECT(written == 1);
    }
    if (changes(a) && a->status == S_OK && !a->scattered)
        note_change(rig, a, guest_mem_source(&rig->slot.mem, slot + 16, DATA_BYTES));
}

static void take_used(struct rig *rig)
{
    uint32_t id, written;
    while (rig->driven && !rig->slot.wild && driver_used(&rig->driver, &id, &written)) {
        unsigned n = 0;
        while (n < SLOT_COUNT && !(rig->asked[n].busy && rig->asked[n].id == (int)id))
            n++;
        EXPECT(n < SLOT_COUNT);
        check_used(rig, &rig->asked[n], SLOTS + n * SLOT_BYTES, written);
        rig->asked[n].busy = false;
    }
}

/* Lets some time pass, or enough for all. */
static void pass_time(struct rig *rig, unsigned ticks)
{
    rig->ticks += ticks;
    virtio_blk_poll(rig->blk);
    take_used(rig);
    if (ticks < 0xf0)
        return;
    while (disk_next_deadline(rig->disk) != UINT64_MAX) {
        rig->ticks = disk_next_deadline(rig->disk);
        virtio_blk_poll(rig->blk);
        take_used(rig);
    }
    EXPECT(rig->slot.wild || !several_in_flight(rig) || !rig->driven || slot_get(&rig->slot, 0x70) == 15);
}

static void step(struct rig *rig, struct fuzz_input *input)
{
    unsigned choice = (unsigned)fuzz_take(input, 1);
    if (choice == 0xff)
        slot_go_wild(&rig->slot, input, RINGS, RINGS_BYTES);
    else if (choice >= 0xf8 || !rig->driven)
        drive(rig, input);
    else if (choice >= 0xf0)
        slot_set(&rig->slot, 0x100 + 32, choice & 1);
    else if (choice >= 0xc0)
        pass_time(rig, (unsigned)fuzz_take(input, 1));
    else if (choice >= 0x90)
        slot_set(&rig->slot, 0x50, 0);
    else
        offer(rig, input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {.data = data, .left = size};
    struct rig *rig = calloc(1, sizeof *rig);
    EXPECT(rig != NULL);
    set_up(rig, &input);
    while (input.left != 0)
        step(rig, &input);
    if (rig->driven)
        slot_set(&rig->slot, 0x50, 0);
    pass_time(rig, 0xff);
    forget(rig);
    tear_down(rig);
    free(rig);
    return 0;
}
