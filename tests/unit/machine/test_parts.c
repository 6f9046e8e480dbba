/* SPDX-License-Identifier: MIT */
/* What the parts of a machine remember: their tables of state leave nothing out, and what was saved and loaded is as it
 * was. The machine has every kind of device, and a guest has put random numbers into their registers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "cpu/csr.h"
#include "machine/boot_saved.h"
#include "machine/entropy.h"
#include "machine/machine_state.h"
#include "machine/map.h"
#include "machine/saved.h"
#include "virtio/blk_request.h"
#include "virtio/slots.h"
#include "virtio/transport_mmio.h"

#define MAX_BYTES 65536
#define DISK_BYTES 65536
#define QUEUES 4
enum { STATUS = 0x70, FEATURES = 0x20, FEATURES_SEL = 0x24, SEL = 0x30, SIZE = 0x38, READY = 0x44, AREAS = 0x80 };

struct rig {
    char disk[64];
    struct machine *m;
    struct htif *htif;
    struct state_part parts[MACHINE_MAX_PARTS + 1];
    unsigned count;
    struct entropy random;
};

static void no_output(void *owner, const uint8_t *bytes, size_t count)
{
    (void)owner;
    (void)bytes;
    (void)count;
}

static size_t no_input(void *owner, uint8_t *bytes, size_t size)
{
    (void)owner;
    (void)bytes;
    (void)size;
    return 0;
}

static void no_exit(void *owner, uint64_t code)
{
    (void)owner;
    (void)code;
}

static int set_up(void **state)
{
    static const uint8_t loop[] = {0x6f, 0, 0, 0};
    struct rig *rig = test_calloc(1, sizeof *rig);
    struct machine_host host = {.console_write = no_output, .console_read = no_input};
    struct char_backend output = {.write = no_output};
    struct machine_config config;
    struct error err = {""};
    rig->random.seeded = true;
    strcpy(rig->disk, "/tmp/microvm-parts-XXXXXX");
    int fd = mkstemp(rig->disk);
    assert_true(fd >= 0 && ftruncate(fd, DISK_BYTES) == 0 && close(fd) == 0);
    machine_config_init(&config);
    config.memory_bytes = UINT64_C(1) << 24;
    config.cpus = 3;
    config.clock = CLOCK_VIRTUAL;
    config.image = loop;
    config.image_bytes = sizeof loop, config.image_name = "loop";
    config.disks[config.disk_count++] = rig->disk;
    config.nets[config.net_count++] = "unplugged";
    config.vsock = "cid=3";
    config.gpu = "";
    config.balloon = true;
    config.audio = "wav:/dev/null";
    config.ports[config.port_count++] = "console";
    config.ports[config.port_count++] = "file:/dev/null,name=org.example";
    config.shares[config.share_count++] = ".";
    config.share_program = getenv("MICROVM");
    rig->m = machine_create(&config, &host, &err);
    if (rig->m == NULL)
        fail_msg("%s", err.text);
    uint64_t tohost = rig->m->ram.base + 0x1000;
    rig->htif = htif_create(&rig->m->mem, tohost, tohost + 8, &output, no_exit, NULL, &err);
    assert_non_null(rig->htif);
    rig->count = machine_parts(rig->m, rig->parts);
    rig->parts[rig->count++] = htif_part(rig->htif);
    *state = rig;
    return 0;
}

static int tear_down(void **state)
{
    struct rig *rig = *state;
    htif_destroy(rig->htif);
    machine_destroy(rig->m);
    unlink(rig->disk);
    test_free(rig);
    return 0;
}

static uint64_t next_random(struct rig *rig)
{
    uint64_t number = 0;
    entropy_fill(&rig->random, (uint8_t *)&number, sizeof number);
    return number;
}

static void put(struct rig *rig, uint64_t base, uint64_t offset, uint64_t value)
{
    assert_true(bus_write(rig->m->bus, base + offset, 4, value & UINT32_MAX));
}

/* A driver's steps up to queues that run. */
static void start_slot(struct rig *rig, uint64_t base)
{
    put(rig, base, STATUS, 0);
    put(rig, base, STATUS, 3);
    for (unsigned word = 0; word < 2; word++) {
        uint64_t offered = 0;
        put(rig, base, FEATURES_SEL - 0x10, word);
        assert_true(bus_read(rig->m->bus, base + FEATURES - 0x10, 4, &offered));
        put(rig, base, FEATURES_SEL, word);
        put(rig, base, FEATURES, offered);
    }
    put(rig, base, STATUS, 11);
    for (unsigned queue = 0; queue < QUEUES; queue++) {
        uint64_t at = rig->m->ram.base + 0x100000 + 0x10000 * queue;
        put(rig, base, SEL, queue);
        put(rig, base, SIZE, 8);
        for (unsigned area = 0; area < 3; area++)
            put(rig, base, AREAS + 16 * area, at + 0x1000 * area);
        put(rig, base, READY, 1);
    }
    put(rig, base, STATUS, 15);
}

static void start_slots(struct rig *rig)
{
    uint64_t slots;
    assert_true(peripherals_slots(&rig->m->config, &slots, NULL));
    for (unsigned slot = 0; slot < VIRTIO_SLOT_COUNT; slot++)
        if ((slots & BIT(slot)) != 0)
            start_slot(rig, virtio_slot(slot).base);
}

/* Any access at or near a register. */
static void poke(struct rig *rig)
{
    const char *name;
    uint64_t base, size, value;
    unsigned mappings = 0, width = 1u << (next_random(rig) & 3);
    while (bus_mapping(rig->m->bus, mappings, &name, &base, &size))
        mappings++;
    bus_mapping(rig->m->bus, (unsigned)(next_random(rig) % mappings), &name, &base, &size);
    uint64_t span = size < 0x200 ? size : next_random(rig) % 4 != 0 ? 0x200 : size;
    uint64_t at = base + (next_random(rig) % span & ~(uint64_t)(width - 1));
    value = next_random(rig) >> next_random(rig) % 64;
    if ((next_random(rig) & 1) != 0)
        bus_read(rig->m->bus, at, width, &value);
    else
        bus_write(rig->m->bus, at, width, value);
}

/* One register, once or over and over, as somebody who waits for something does. */
static void poke_register(struct rig *rig)
{
    const struct device *devices[] = {clint_device(rig->m->clint), plic_device(rig->m->plic),
                                      uart16550_device(rig->m->uart), goldfish_rtc_device(rig->m->rtc)};
    const struct device *device = devices[next_random(rig) % ARRAY_SIZE(devices)];
    unsigned rows = 0, repeats = next_random(rig) % 8 == 0 ? 20 : 1;
    while (device->regs[rows].name != NULL)
        rows++;
    const struct reg *reg = &device->regs[next_random(rig) % rows];
    uint64_t index = reg->count != 0 ? next_random(rig) % (reg->count < 8 ? reg->count : 8) : 0, seen;
    uint64_t at = reg->offset + index * reg->stride, value = next_random(rig) >> next_random(rig) % 64;
    bool write = next_random(rig) % 2 != 0;
    for (unsigned i = 0; i < repeats; i++)
        assert_true(write ? device_write(device, at, reg->size, value) : device_read(device, at, reg->size, &seen));
}

/* What instructions do: any CSR, any register, a reservation. */
static void poke_hart(struct rig *rig)
{
    struct hart *h = &rig->m->harts[next_random(rig) % rig->m->hart_count];
    unsigned rows = 0;
    bool effect;
    while (csr_info(rows) != NULL)
        rows++;
    csr_poke(h, csr_info((unsigned)(next_random(rig) % rows))->number, next_random(rig) >> next_random(rig) % 64,
             &effect);
    h->x[1 + next_random(rig) % 31] = next_random(rig);
    h->f[next_random(rig) % 32] = next_random(rig);
    h->pc = next_random(rig) & ~UINT64_C(1);
    h->reservation.valid = next_random(rig) & 1;
    h->reservation.pa = rig->m->ram.base + (next_random(rig) & 0xfffc0);
}

static void outside_world(struct rig *rig)
{
    uint64_t tohost = rig->m->ram.base + 0x1000;
    uint8_t typed = (uint8_t)next_random(rig);
    uart16550_receive(rig->m->uart, &typed, 1);
    if (next_random(rig) % 4 == 0)
        uart16550_receive_break(rig->m->uart);
    guest_mem_write_u64(&rig->m->mem, tohost, BIT(56)); /* HTIF: read a character */
    htif_wrote(rig->htif, tohost, 8);
    htif_receive(rig->htif, &typed, next_random(rig) & 1);
    clint_update(rig->m->clint, next_random(rig) >> next_random(rig) % 64);
    goldfish_rtc_update(rig->m->rtc);
}

static void exercise(struct rig *rig, unsigned accesses)
{
    for (unsigned i = 0; i < accesses; i++) {
        next_random(rig) % 2 != 0 ? poke(rig) : poke_register(rig);
        if (i % 16 == 0)
            outside_world(rig);
        if (i % 4 == 0)
            poke_hart(rig);
        if (i % 1024 == 0)
            start_slots(rig);
    }
}

static void reset(struct rig *rig)
{
    bus_reset(rig->m->bus);
    htif_reset(rig->htif);
}

static size_t save(const struct state_part *part, uint8_t *bytes)
{
    size_t count = state_part_bytes(part);
    assert_true(count <= MAX_BYTES);
    state_part_save(part, bytes);
    return count;
}

/* Every byte in a row. */

/* At least that of the type: the largest power of two in its size. */
static uint32_t alignment(uint32_t size)
{
    return size % 8 == 0 ? 8 : size & -size;
}

static void check_number(const char *part, const struct state_field *field)
{
    uint64_t widest = field->size == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * field->size) - 1;
    if (field->size != 1 && field->size != 2 && field->size != 4 && field->size != 8)
        fail_msg("%s: %s has %u bytes", part, field->name, field->size);
    if (field->most != STATE_ANY && field->most > widest)
        fail_msg("%s: %s may be more than its %u bytes hold", part, field->name, field->size);
}

/* A gap is legal only where the compiler had to leave it. */
static void check_rows(const char *part, const struct state_field *fields, uint32_t bytes)
{
    uint32_t end = 0;
    for (const struct state_field *field = fields; field->name != NULL; field++) {
        if (field->offset < end || field->offset - end >= alignment(field->size))
            fail_msg("%s: no row, or two, for the bytes from %u to %s at %u", part, end, field->name, field->offset);
        if (field->meaning == NULL || field->meaning[0] == '\0')
            fail_msg("%s: %s has no meaning", part, field->name);
        if (field->kind == STATE_NUMBER)
            check_number(part, field);
        if (field->kind == STATE_STRUCT)
            check_rows(field->name, field->inner, field->size);
        bool at_the_end = field->count_at != 0 && field->count == 0;
        end = field->offset + (at_the_end ? 0 : field->size * (field->count == 0 ? 1 : field->count));
    }
    if (end > bytes || bytes - end >= 8)
        fail_msg("%s: no row for the bytes from %u to %u", part, end, bytes);
}

static void every_byte_of_a_part_stands_in_a_row(void **state)
{
    struct rig *rig = *state;
    assert_true(rig->count > 12);
    for (unsigned i = 0; i < rig->count; i++) {
        assert_non_null(rig->parts[i].table);
        check_rows(rig->parts[i].name, rig->parts[i].table->fields, rig->parts[i].table->bytes);
    }
    check_rows("a disk request", blk_request_saved.fields, blk_request_saved.bytes);
    check_rows("the start", boot_plan_saved.fields, boot_plan_saved.bytes);
}

static void cover(const struct state_field *fields, const uint8_t *object, uint8_t *covered)
{
    for (const struct state_field *field = fields; field->name != NULL; field++) {
        uint32_t count = state_field_count(field, object);
        for (uint32_t i = 0; i < count; i++) {
            size_t at = field->offset + (size_t)i * field->size;
            if (field->kind == STATE_STRUCT)
                cover(field->inner, object + at, covered + at);
            else
                memset(covered + at, 1, field->size);
        }
    }
}

static void check_uncovered(const struct state_part *part)
{
    const uint8_t *object = part->object;
    size_t bytes = state_object_bytes(part->table, object);
    uint8_t *covered = calloc(1, bytes);
    assert_non_null(covered);
    cover(part->table->fields, object, covered);
    for (size_t at = 0; at < bytes; at++)
        if (!covered[at] && object[at] != 0)
            fail_msg("%s: byte %zu is in no row and has become 0x%02x", part->name, at, object[at]);
    free(covered);
}

/* What an assignment of a struct leaves in its padding is the compiler's affair: gcc's leaves it alone. */
#ifdef __clang__
#define PADDING_KEEPS_STILL false
#else
#define PADDING_KEEPS_STILL true
#endif

/* A row may be missing for what fits into a gap; but what remembers something changes. */
static void what_is_in_no_row_never_changes(void **state)
{
    struct rig *rig = *state;
    if (!PADDING_KEEPS_STILL)
        skip();
    for (unsigned round = 0; round < 2000; round++) {
        exercise(rig, 30);
        for (unsigned i = 0; i < rig->count; i++)
            check_uncovered(&rig->parts[i]);
    }
}

/* Saving and loading. */

static void a_saved_machine_is_as_it_was_when_loaded(void **state)
{
    struct rig *rig = *state;
    static uint8_t before[MACHINE_MAX_PARTS + 1][MAX_BYTES], after[MAX_BYTES];
    unsigned different = 0;
    for (unsigned round = 0; round < 20; round++) {
        size_t sizes[MACHINE_MAX_PARTS + 1];
        struct error err = {""};
        exercise(rig, 3000);
        for (unsigned i = 0; i < rig->count; i++)
            sizes[i] = save(&rig->parts[i], before[i]);
        uint64_t digest = machine_state_hash(rig->m);
        reset(rig);
        different += machine_state_hash(rig->m) != digest;
        for (unsigned i = 0; i < rig->count; i++)
            if (!state_part_load(&rig->parts[i], before[i], sizes[i], &err))
                fail_msg("%s: %s", rig->parts[i].name, err.text);
        assert_int_equal(machine_state_hash(rig->m), digest);
        machine_loaded(rig->m);
        assert_int_equal(machine_state_hash(rig->m), digest);
        for (unsigned i = 0; i < rig->count; i++) {
            assert_int_equal(save(&rig->parts[i], after), sizes[i]);
            assert_memory_equal(after, before[i], sizes[i]);
        }
    }
    assert_int_equal(different, 20);
}

/* Into an object that is made up alike, and back. */
static void copied_state_is_what_was_there(void **state)
{
    struct rig *rig = *state;
    static uint8_t before[MAX_BYTES], after[MAX_BYTES];
    for (unsigned i = 0; i < rig->count; i++) {
        const struct state_part *part = &rig->parts[i];
        size_t bytes = state_object_bytes(part->table, part->object);
        void *kept = malloc(bytes);
        assert_non_null(kept);
        memcpy(kept, part->object, bytes);
        exercise(rig, 300);
        size_t count = save(part, before);
        state_copy(part->table, kept, part->object);
        reset(rig);
        state_copy(part->table, part->object, kept);
        assert_int_equal(save(part, after), count);
        assert_memory_equal(after, before, count);
        free(kept);
    }
}

static void no_two_parts_have_the_same_name(void **state)
{
    const struct rig *rig = *state;
    for (unsigned i = 0; i < rig->count; i++)
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(rig->parts[i].name, rig->parts[k].name);
}

/* Goes through the numbers in the order in which they are saved. */
struct attack {
    const struct state_part *part;
    uint8_t *bytes;
    size_t count, at;
    unsigned tried;
};

static void attack_number(void *owner, const struct state_field *field, uint64_t value)
{
    struct attack *attack = owner;
    static uint8_t after[MAX_BYTES];
    struct error err = {""};
    uint64_t bad = field->most + 1;
    (void)value;
    if (field->most != STATE_ANY && bad >> 1 < UINT64_C(1) << (8 * field->size - 1)) {
        uint8_t kept[8];
        memcpy(kept, attack->bytes + attack->at, field->size);
        for (unsigned i = 0; i < field->size; i++)
            attack->bytes[attack->at + i] = (uint8_t)(bad >> (8 * i));
        if (state_part_load(attack->part, attack->bytes, attack->count, &err))
            fail_msg("%s: %s was loaded with 0x%llx", attack->part->name, field->name, (unsigned long long)bad);
        assert_non_null(strstr(err.text, field->name));
        memcpy(attack->bytes + attack->at, kept, field->size);
        save(attack->part, after);
        assert_memory_equal(after, attack->bytes, attack->count);
        attack->tried++;
    }
    attack->at += field->size;
}

static void numbers_out_of_range_are_refused_and_change_nothing(void **state)
{
    struct rig *rig = *state;
    static uint8_t bytes[MAX_BYTES];
    unsigned tried = 0;
    exercise(rig, 3000);
    for (unsigned i = 0; i < rig->count; i++) {
        struct attack attack = {.part = &rig->parts[i], .bytes = bytes, .count = save(&rig->parts[i], bytes)};
        state_each(attack.part->table, attack.part->object, attack_number, &attack);
        const struct state_blob *blob = attack.part->blob;
        assert_int_equal(attack.at + (blob != NULL ? blob->bytes(attack.part->object) : 0), attack.count);
        tried += attack.tried;
    }
    assert_true(tried > 500);
}

static void another_length_is_refused(void **state)
{
    struct rig *rig = *state;
    static uint8_t bytes[MAX_BYTES + 1];
    for (unsigned i = 0; i < rig->count; i++) {
        size_t count = save(&rig->parts[i], bytes);
        const struct state_part *part = &rig->parts[i];
        assert_false(state_part_load(part, bytes, count + 1, NULL));
        if (count != 0)
            assert_false(state_part_load(part, bytes, count - 1, NULL));
        assert_true(state_part_load(part, bytes, count, NULL));
    }
}

/* Whatever gets through, the machine can live with. */
static void a_machine_survives_any_state_that_it_takes(void **state)
{
    struct rig *rig = *state;
    static uint8_t bytes[MAX_BYTES];
    unsigned taken = 0, refused = 0;
    for (unsigned round = 0; round < 20000; round++) {
        const struct state_part *part = &rig->parts[next_random(rig) % rig->count];
        size_t count = save(part, bytes);
        for (unsigned i = 0; count != 0 && i <= next_random(rig) % 4; i++)
            bytes[next_random(rig) % count] = (uint8_t)(next_random(rig) >> next_random(rig) % 8);
        bool ok = state_part_load(part, bytes, count, NULL);
        *(ok ? &taken : &refused) += 1;
        exercise(rig, 3);
    }
    assert_true(taken > 1000 && refused > 1000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_byte_of_a_part_stands_in_a_row),
        TEST(what_is_in_no_row_never_changes),
        TEST(a_saved_machine_is_as_it_was_when_loaded),
        TEST(copied_state_is_what_was_there),
        TEST(no_two_parts_have_the_same_name),
        TEST(numbers_out_of_range_are_refused_and_change_nothing),
        TEST(another_length_is_refused),
        TEST(a_machine_survives_any_state_that_it_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
