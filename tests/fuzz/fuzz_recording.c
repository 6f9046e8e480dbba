/* SPDX-License-Identifier: MIT */
/* Recordings: the input as a file, and as the journal of a machine that reads its UART and sleeps. What is refused is refused in
 * one line; what is replayed comes to an end. */
#include <string.h>

#include "fuzz.h"
#include "host/journal.h"
#include "machine/machine.h"
#include "snapshot/recording_file.h"

#define MEMORY_BYTES (UINT64_C(8) << 20)
#define MOST_STEPS 20000

/* again: t1 = LSR, t2 = RBR, wfi, to the beginning. */
static const uint32_t kernel[] = {0x100002b7, 0x0052c303, 0x0002c383, 0x10500073, 0xff5ff06f};

static void nothing_written(void *owner, const uint8_t *bytes, size_t count)
{
    (void)owner, (void)bytes, (void)count;
}

static size_t nothing_read(void *owner, uint8_t *bytes, size_t size)
{
    (void)owner, (void)bytes, (void)size;
    return 0;
}

static void no_wait(void *owner, struct wait_set *set, uint64_t timeout_ns)
{
    (void)owner, (void)set, (void)timeout_ns;
    EXPECT(!"a replay sleeps");
}

static bool not_interrupted(void *owner, struct stop *stop)
{
    (void)owner, (void)stop;
    return false;
}

static void run(struct journal *journal)
{
    const struct machine_host host = {.console_write = nothing_written,
                                      .console_read = nothing_read,
                                      .wait = no_wait,
                                      .interrupted = not_interrupted};
    struct machine_config config;
    struct error err = {""};
    struct stop stop;
    machine_config_init(&config);
    config.image = kernel;
    config.image_bytes = sizeof kernel;
    config.load_addr = 0x80000000;
    config.has_load_addr = true;
    config.memory_bytes = MEMORY_BYTES;
    config.max_steps = MOST_STEPS;
    config.cpus = 2;
    config.journal = journal;
    struct machine *machine = machine_create(&config, &host, &err);
    EXPECT(machine != NULL);
    EXPECT(machine_run(machine, &stop, &err) || err.text[0] != '\0');
    machine_destroy(machine);
}

static void replay(const uint8_t *data, size_t size)
{
    struct journal *journal = journal_create();
    EXPECT(journal != NULL && journal_load(journal, data, size));
    if (!journal_has_end(journal))
        journal_trim(journal);
    journal_replay_from(journal, 0, 0);
    run(journal);
    journal_destroy(journal);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct recording_bytes read;
    struct error err = {""};
    if (recording_parse(data, size, &read, &err))
        recording_free(&read);
    else
        EXPECT(err.text[0] != '\0' && strchr(err.text, '\n') == NULL);
    replay(data, size);
    return 0;
}
