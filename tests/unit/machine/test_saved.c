/* SPDX-License-Identifier: MIT */
/* restore(save(x)) = x: machines that are stopped anywhere, saved, loaded into others and go on, against one that nobody
 * stopped. SAVED_STOPS in the environment: how often. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/splitmix.h"
#include "host/disk/disk.h"
#include "machine/boot_saved.h"
#include "machine/machine_state.h"
#include "machine/saved.h"
#include "quiet_machine.h"

#define DISK_BYTES 262144
#define AHEAD UINT64_C(1000000)
#define SPAN UINT64_C(5000000) /* of the steps at which the guest that never ends is stopped */
#define INPUT_LENGTH 5000

/* A machine with its disk, and how far it has read its input. */
struct run {
    struct machine *m;
    char disk[32];
    uint8_t *boot;
    size_t read;
    bool slept;
};

/* All parts as they were saved. */
struct image {
    unsigned count;
    uint8_t *bytes[MACHINE_MAX_PARTS];
    size_t sizes[MACHINE_MAX_PARTS];
};

static size_t give_input(void *owner, uint8_t *bytes, size_t size)
{
    struct run *run = owner;
    size_t count = 0;
    for (; count < size && run->read < INPUT_LENGTH; count++)
        bytes[count] = (uint8_t)('0' + run->read++ % 11);
    return count;
}

static void skip_input(void *owner, uint64_t bytes)
{
    ((struct run *)owner)->read = bytes;
}

/* Nothing would ever wake it. */
static void end_sleep(void *owner, struct wait_set *set, uint64_t timeout_ns)
{
    (void)set, (void)timeout_ns;
    ((struct run *)owner)->slept = true;
}

static bool has_slept(void *owner, struct stop *stop)
{
    *stop = (struct stop){STOP_QUIT, 0};
    return ((struct run *)owner)->slept;
}

static void make_disk(struct run *run, const char *like)
{
    static uint8_t bytes[DISK_BYTES];
    strcpy(run->disk, "/tmp/microvm-saved-XXXXXX");
    int fd = mkstemp(run->disk), from = like != NULL ? open(like, O_RDONLY) : -1;
    uint64_t random = 7;
    for (unsigned i = 0; i < DISK_BYTES; i++)
        bytes[i] = (uint8_t)splitmix_next(&random);
    if (like != NULL)
        assert_int_equal(read(from, bytes, DISK_BYTES), DISK_BYTES);
    assert_int_equal(write(fd, bytes, DISK_BYTES), DISK_BYTES);
    close(fd);
    if (like != NULL)
        close(from);
}

static void create(struct run *run, const struct machine_config *like)
{
    struct machine_config config = *like;
    struct machine_host host = quiet_host();
    struct error err = {""};
    host.owner = run;
    host.console_read = give_input;
    host.console_skip = skip_input;
    host.wait = end_sleep;
    host.interrupted = has_slept;
    config.disks[0] = run->disk;
    config.disk_count = 1;
    run->m = machine_create(&config, &host, &err);
    if (run->m == NULL)
        fail_msg("%s", err.text);
}

static void start(struct run *run, const char *kernel, unsigned cpus, enum engine_kind engine)
{
    struct machine_config config;
    machine_config_init(&config);
    config.memory_bytes = UINT64_C(64) << 20;
    config.cpus = cpus;
    config.clock = CLOCK_VIRTUAL;
    config.kernel = kernel;
    config.firmware = FIRMWARE_NONE;
    config.engine = engine;
    *run = (struct run){0};
    make_disk(run, NULL);
    create(run, &config);
}

static void end(struct run *run)
{
    machine_destroy(run->m);
    free(run->boot);
    unlink(run->disk);
}

/* Up to the step, or to the end of the guest. */
static void go_to(struct run *run, uint64_t step)
{
    struct machine *m = run->m;
    m->config.max_steps = step;
    while (m->steps < step && (m->stop.reason == STOP_NONE || m->stop.reason == STOP_BUDGET)) {
        m->stop = (struct stop){0};
        machine_loop(m);
        if (m->stop.reason == STOP_RESET)
            assert_true(machine_start(m, false, NULL));
    }
}

static bool has_ended(const struct run *run)
{
    return run->m->stop.reason != STOP_NONE && run->m->stop.reason != STOP_BUDGET;
}

static void save(const struct run *run, struct image *image)
{
    struct state_part parts[MACHINE_MAX_PARTS];
    image->count = machine_parts(run->m, parts);
    for (unsigned i = 0; i < image->count; i++) {
        image->sizes[i] = state_part_bytes(&parts[i]);
        image->bytes[i] = malloc(image->sizes[i] + 1);
        assert_non_null(image->bytes[i]);
        state_part_save(&parts[i], image->bytes[i]);
    }
}

static void forget(struct image *image)
{
    for (unsigned i = 0; i < image->count; i++)
        free(image->bytes[i]);
}

/* All or nothing. */
static bool load(struct run *run, const struct image *image, struct error *err)
{
    struct state_part parts[MACHINE_MAX_PARTS];
    assert_int_equal(machine_parts(run->m, parts), image->count);
    for (unsigned i = 0; i < image->count; i++)
        if (!state_part_check(&parts[i], image->bytes[i], image->sizes[i], err))
            return false;
    for (unsigned i = 0; i < image->count; i++)
        assert_true(state_part_load(&parts[i], image->bytes[i], image->sizes[i], err));
    machine_loaded(run->m);
    return true;
}

static void check_same(const struct run *run, const struct image *image)
{
    struct state_part parts[MACHINE_MAX_PARTS];
    struct image again;
    machine_parts(run->m, parts);
    save(run, &again);
    for (unsigned i = 0; i < again.count; i++)
        if (again.sizes[i] != image->sizes[i] || memcmp(again.bytes[i], image->bytes[i], again.sizes[i]) != 0)
            fail_msg("%s is another when it is saved again", parts[i].name);
    forget(&again);
}

static void copy_ram(const struct ram *from, const struct ram *to)
{
    for (off_t at = 0, hole; (at = lseek(from->fd, at, SEEK_DATA)) >= 0; at = hole) {
        hole = lseek(from->fd, at, SEEK_HOLE);
        memcpy(to->host + at, from->host + at, (size_t)(hole - at));
    }
}

/* A machine that is made of what another one saves: no kernel file, a disk of its own. */
static void restore(struct run *to, struct run *from, const struct image *image)
{
    struct machine_config config = from->m->config;
    struct error err = {""};
    *to = (struct run){0};
    config.kernel = NULL;
    config.saved_boot_bytes = boot_plan_bytes(&from->m->plan);
    config.saved_boot = to->boot = malloc(config.saved_boot_bytes);
    assert_non_null(to->boot);
    assert_true(boot_plan_save(&from->m->plan, to->boot, &err));
    make_disk(to, from->disk);
    create(to, &config);
    copy_ram(&from->m->ram, &to->m->ram);
    if (!load(to, image, &err))
        fail_msg("%s", err.text);
    machine_input_goes_on(to->m);
    assert_int_equal(to->read, from->read);
}

/* What the stops of a test have met. */
struct met {
    unsigned in_flight, reserved, in_guest, asleep;
};

static void note(struct met *met, const struct machine *m)
{
    bool reserved = false, in_guest = false, asleep = false;
    for (unsigned i = 0; i < m->hart_count; i++) {
        reserved |= m->harts[i].reservation.valid;
        in_guest |= m->harts[i].virt;
        asleep |= m->harts[i].wait == HART_WFI;
    }
    met->reserved += reserved;
    met->in_guest += in_guest;
    met->asleep += asleep;
}

static void check_stop(struct run *stopped, struct run *unstopped, uint64_t step, struct met *met)
{
    struct image image;
    struct run loaded;
    go_to(stopped, step);
    if (has_ended(stopped))
        return;
    note(met, stopped->m);
    machine_forget_translations(stopped->m);
    machine_settle(stopped->m);
    save(stopped, &image);
    for (unsigned i = 0; i < image.count; i++)
        met->in_flight += image.sizes[i] > 2 * 4096;
    restore(&loaded, stopped, &image);
    check_same(&loaded, &image);
    assert_int_equal(machine_state_hash(loaded.m), machine_state_hash(stopped->m));
    go_to(&loaded, step + AHEAD);
    go_to(unstopped, step + AHEAD);
    assert_int_equal(loaded.m->stop.reason, unstopped->m->stop.reason);
    assert_int_equal(loaded.m->steps, unstopped->m->steps);
    if (machine_state_hash(loaded.m) != machine_state_hash(unstopped->m))
        fail_msg("stopped at step %llu, it has gone another way", (unsigned long long)step);
    end(&loaded);
    forget(&image);
}

static unsigned stops_wanted(void)
{
    const char *wanted = getenv("SAVED_STOPS");
    return wanted != NULL ? (unsigned)atoi(wanted) : 30;
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* A guest of the tests' build. */
static const char *guest_path(char *path, size_t size, const char *name)
{
    const char *microvm = getenv("MICROVM");
    if (microvm == NULL)
        skip();
    snprintf(path, size, "%.*s/tests/%s", (int)(strrchr(microvm, '/') - microvm), microvm, name);
    return path;
}

static void check_stops(const char *kernel, unsigned cpus, uint64_t *steps, unsigned count, struct met *met)
{
    struct run stopped, unstopped;
    qsort(steps, count, sizeof *steps, compare);
    start(&stopped, kernel, cpus, ENGINE_TAIL);
    start(&unstopped, kernel, cpus, ENGINE_TAIL);
    for (unsigned i = 0; i < count && !has_ended(&stopped); i++)
        check_stop(&stopped, &unstopped, steps[i], met);
    end(&stopped);
    end(&unstopped);
}

static void a_machine_goes_on_elsewhere_as_if_nobody_had_stopped_it(void **state)
{
    (void)state;
    char path[512];
    unsigned count = stops_wanted();
    uint64_t *steps = calloc(count, sizeof *steps), random = count;
    struct met met = {0};
    assert_non_null(steps);
    for (unsigned i = 0; i < count; i++)
        steps[i] = 1000 + splitmix_below(&random, SPAN);
    check_stops(guest_path(path, sizeof path, "saved/mix.elf"), 4, steps, count, &met);
    free(steps);
    if (met.in_flight < count / 2 || met.reserved == 0 || met.in_guest == 0 || met.asleep == 0)
        fail_msg("of %u stops %u had requests in flight, %u a reservation, %u a guest, %u a sleeper", count,
                 met.in_flight, met.reserved, met.in_guest, met.asleep);
}

/* Each has its own way to its end: how long it is, one run tells. */
static void every_test_guest_survives_a_stop(void **state)
{
    (void)state;
    char pattern[512];
    glob_t found;
    uint64_t random = 5;
    struct met met = {0};
    if (glob(guest_path(pattern, sizeof pattern, "guest/*.elf"), 0, NULL, &found) != 0)
        skip();
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct run whole;
        start(&whole, found.gl_pathv[i], 4, ENGINE_SWITCH);
        go_to(&whole, AHEAD);
        uint64_t step = 1 + splitmix_below(&random, whole.m->steps);
        end(&whole);
        check_stops(found.gl_pathv[i], 4, &step, 1, &met);
    }
    globfree(&found);
}

static void bend(struct image *image, uint64_t *random)
{
    unsigned part = (unsigned)splitmix_below(random, image->count);
    for (uint64_t i = splitmix_below(random, 4) + 1; i != 0 && image->sizes[part] != 0; i--)
        image->bytes[part][splitmix_below(random, image->sizes[part])] = (uint8_t)splitmix_next(random);
}

/* Whatever gets through, the machine can live with. */
static void a_machine_survives_any_state_that_it_takes(void **state)
{
    (void)state;
    char path[512];
    struct run saved, bent;
    uint64_t random = 3;
    unsigned taken = 0, refused = 0, rounds = 10 * stops_wanted();
    start(&saved, guest_path(path, sizeof path, "saved/mix.elf"), 4, ENGINE_TAIL);
    for (unsigned round = 0; round < rounds; round++) {
        struct image image;
        if (round % 100 == 0) {
            if (round != 0)
                end(&bent);
            go_to(&saved, 300000 + 40000 * (round / 100));
            machine_settle(saved.m);
            save(&saved, &image);
            restore(&bent, &saved, &image);
        } else {
            save(&saved, &image);
        }
        bend(&image, &random);
        if (load(&bent, &image, NULL)) {
            taken++;
            bent.slept = false;
            bent.m->stop = (struct stop){0};
            go_to(&bent, bent.m->steps + 100000);
        } else {
            refused++;
        }
        forget(&image);
    }
    end(&bent);
    end(&saved);
    assert_true(taken > rounds / 10 && refused > rounds / 10);
}

/* What a reset needs is with it: the same kernel starts anew, from a machine that never saw its file. */
static void a_loaded_machine_can_be_reset(void **state)
{
    (void)state;
    char path[512];
    struct run first, second;
    struct image image;
    guest_path(path, sizeof path, "saved/mix.elf");
    start(&first, path, 4, ENGINE_TAIL);
    go_to(&first, 123456);
    machine_settle(first.m);
    save(&first, &image);
    restore(&second, &first, &image);
    assert_true(machine_start(first.m, false, NULL));
    assert_true(machine_start(second.m, false, NULL));
    assert_int_equal(machine_state_hash(first.m), machine_state_hash(second.m));
    go_to(&first, 123456 + AHEAD);
    go_to(&second, 123456 + AHEAD);
    assert_int_equal(machine_state_hash(first.m), machine_state_hash(second.m));
    end(&first);
    end(&second);
    forget(&image);
}

/* Any byte of it, or its end, may be another: it is refused, or a machine can be made of it and be reset. */
static void a_machine_survives_any_start_that_it_takes(void **state)
{
    (void)state;
    char path[512];
    struct run run;
    struct boot_plan plan;
    uint64_t random = 11;
    unsigned taken = 0, refused = 0;
    start(&run, guest_path(path, sizeof path, "saved/mix.elf"), 1, ENGINE_TAIL);
    struct boot_target target = {run.m->ram.base, run.m->ram.size, &run.m->config.ext};
    size_t count = boot_plan_bytes(&run.m->plan);
    uint8_t *bytes = malloc(2 * count);
    assert_non_null(bytes);
    assert_true(boot_plan_save(&run.m->plan, bytes, NULL));
    for (unsigned round = 0; round < 2000; round++) {
        uint64_t span = round % 2 == 0 ? 600 : count;
        size_t length = round % 8 == 7 ? splitmix_below(&random, count) : count;
        memcpy(bytes + count, bytes, count);
        bytes[count + splitmix_below(&random, span)] ^= (uint8_t)(1 + splitmix_below(&random, 255));
        bool ok = boot_plan_load(&plan, bytes + count, length, &target, NULL);
        *(ok ? &taken : &refused) += 1;
        if (ok) {
            assert_true(boot_load(&plan, &run.m->mem, false, NULL));
            boot_destroy(&plan);
        }
    }
    free(bytes);
    end(&run);
    assert_true(taken > 100 && refused > 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_machine_goes_on_elsewhere_as_if_nobody_had_stopped_it),
        cmocka_unit_test(every_test_guest_survives_a_stop),
        cmocka_unit_test(a_machine_survives_any_state_that_it_takes),
        cmocka_unit_test(a_loaded_machine_can_be_reset),
        cmocka_unit_test(a_machine_survives_any_start_that_it_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
