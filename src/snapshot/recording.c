/* SPDX-License-Identifier: MIT */
#include "snapshot/recording.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/host_time.h"
#include "host/journal.h"
#include "machine/boot_saved.h"
#include "machine/control.h"
#include "machine/inspect.h"
#include "snapshot/recording_file.h"
#include "snapshot/recording_start.h"

/* A process that is killed loses no more than what came in this time. */
#define FLUSH_NS UINT64_C(250000000)
/* Steps between two looks at the host's clock. */
#define LOOK_STEPS (UINT64_C(1) << 20)
#define BUFFER_BYTES (1u << 20)

struct recording {
    struct recording_writer *writer;
    struct journal *journal;
    struct machine *machine;
    struct event_source source;
    uint64_t look_step, flush_ns;
    struct error trouble;
    bool failed;
    size_t used;
    uint8_t buffer[BUFFER_BYTES];
};

static void keep(struct recording *r, bool written)
{
    r->failed |= !written;
    if (r->failed)
        journal_set_sink(r->journal, NULL);
}

static void flush(struct recording *r)
{
    if (!r->failed)
        keep(r, recording_write(r->writer, CHUNK_LOG, r->buffer, r->used, &r->trouble));
    r->used = 0;
}

/* What does not fit at once is written before it. */
static void take_bytes(void *owner, const void *bytes, size_t count)
{
    struct recording *r = owner;
    if (count > BUFFER_BYTES - r->used)
        flush(r);
    if (count > BUFFER_BYTES && !r->failed) {
        keep(r, recording_write(r->writer, CHUNK_LOG, bytes, count, &r->trouble));
        return;
    }
    memcpy(r->buffer + r->used, bytes, count);
    r->used += count;
}

/* Now and then what has come is written, behind a mark up to which a replay can go. */
static void poll_recording(void *owner)
{
    struct recording *r = owner;
    if (machine_steps(r->machine) < r->look_step)
        return;
    r->look_step = machine_steps(r->machine) + LOOK_STEPS;
    uint64_t now = host_now_ns();
    if (now - r->flush_ns < FLUSH_NS)
        return;
    r->flush_ns = now;
    machine_mark(r->machine);
    flush(r);
}

struct recording *recording_create(const char *path, struct machine_config *config, struct error *err)
{
    struct recording *r = calloc(1, sizeof *r);
    if (r == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    const struct journal_sink sink = {r, take_bytes};
    r->writer = recording_writer_open(path, err);
    r->journal = journal_create();
    if (r->writer == NULL || r->journal == NULL) {
        if (r->writer != NULL)
            error_set(err, "out of memory");
        recording_destroy(r);
        return NULL;
    }
    journal_set_sink(r->journal, &sink);
    config->journal = r->journal;
    return r;
}

static bool write_start(struct recording_writer *writer, const struct machine *machine, struct error *err)
{
    struct recorded_start start;
    recorded_start_of(machine, &start);
    size_t count = state_saved_bytes(&recorded_start_table, &start);
    uint8_t *bytes = malloc(count);
    if (bytes == NULL)
        return error_set(err, "out of memory");
    state_save(&recorded_start_table, &start, bytes);
    bool ok = recording_write(writer, CHUNK_START, bytes, count, err);
    free(bytes);
    return ok;
}

static bool write_boot(struct recording_writer *writer, const struct machine *machine, struct error *err)
{
    const struct boot_plan *plan = machine_plan(machine);
    size_t count = boot_plan_bytes(plan);
    uint8_t *bytes = malloc(count);
    if (bytes == NULL)
        return error_set(err, "out of memory");
    bool ok = boot_plan_save(plan, bytes, err) && recording_write(writer, CHUNK_BOOT, bytes, count, err);
    free(bytes);
    return ok;
}

static void put_end(struct machine *machine, struct journal *journal, const struct stop *stop)
{
    uint64_t words[] = {stop->reason, stop->code, machine_steps(machine), machine_state_hash(machine)};
    journal_put_words(journal, JOURNAL_END, 0, words, ARRAY_SIZE(words));
}

bool recording_begin(struct recording *r, struct machine *machine, struct error *err)
{
    r->machine = machine;
    r->flush_ns = host_now_ns();
    r->source = (struct event_source){.owner = r, .poll = poll_recording};
    if (!write_start(r->writer, machine, err) || !write_boot(r->writer, machine, err))
        return false;
    return machine_add_source(machine, &r->source) || error_set(err, "--record: too many event sources");
}

bool recording_finish(struct recording *r, struct machine *machine, const struct stop *stop, struct error *err)
{
    put_end(machine, r->journal, stop);
    if (!journal_is_whole(r->journal) && !r->failed) {
        r->failed = true;
        error_set(&r->trouble, "the recording is not whole: out of memory");
    }
    flush(r);
    struct recording_writer *writer = r->writer;
    r->writer = NULL;
    if (!recording_writer_close(writer, &r->trouble) || r->failed)
        return error_set(err, "%s", r->trouble.text);
    return true;
}

static bool write_kept(struct recording_writer *writer, const struct journal *journal, struct error *err)
{
    static const size_t most = 1 << 20;
    uint8_t *bytes = malloc(most);
    bool ok = (bytes != NULL && journal_is_whole(journal)) || error_set(err, "out of memory");
    for (uint64_t at = 0; ok && at < journal_end(journal); at += most) {
        uint64_t left = journal_end(journal) - at;
        size_t piece = left < most ? (size_t)left : most;
        journal_copy(journal, at, bytes, piece);
        ok = recording_write(writer, CHUNK_LOG, bytes, piece, err);
    }
    free(bytes);
    return ok;
}

bool recording_save(const char *path, struct machine *machine, const struct stop *stop, struct error *err)
{
    struct journal *journal = machine_config(machine)->journal;
    char fresh[4096];
    snprintf(fresh, sizeof fresh, "%.4000s.%ld", path, (long)getpid());
    struct recording_writer *writer = recording_writer_open(fresh, err);
    if (writer == NULL)
        return false;
    put_end(machine, journal, stop);
    bool ok = write_start(writer, machine, err) && write_boot(writer, machine, err) && write_kept(writer, journal, err);
    ok = recording_writer_close(writer, ok ? err : NULL) && ok;
    if (ok && rename(fresh, path) != 0)
        ok = error_set(err, "recording '%.200s': %s", path, strerror(errno));
    if (!ok)
        unlink(fresh);
    return ok;
}

void recording_destroy(struct recording *r)
{
    if (r == NULL)
        return;
    recording_writer_close(r->writer, NULL);
    journal_destroy(r->journal);
    free(r);
}

/* Replaying. */

struct replay {
    char path[256]; /* for messages */
    struct recording_bytes read;
    struct recorded_start start;
    struct journal *journal;
    bool cut;
};

static bool begin_replay(struct replay *r, struct error *err)
{
    const struct recording_bytes *read = &r->read;
    if (read->count[CHUNK_START] == 0 || read->count[CHUNK_BOOT] == 0)
        return error_set(err, "ends before the run has begun");
    if (!state_load(&recorded_start_table, &r->start, read->bytes[CHUNK_START], read->count[CHUNK_START], err))
        return false;
    r->journal = journal_create();
    if (r->journal == NULL || !journal_load(r->journal, read->bytes[CHUNK_LOG], read->count[CHUNK_LOG]))
        return error_set(err, "is too large: out of memory");
    r->cut = read->cut || !journal_has_end(r->journal);
    if (r->cut)
        journal_trim(r->journal);
    journal_replay_from(r->journal, 0, 0);
    return true;
}

struct replay *replay_open(const char *path, struct machine_config *config, bool *cut, struct error *err)
{
    struct replay *r = calloc(1, sizeof *r);
    if (r == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    snprintf(r->path, sizeof r->path, "%s", path);
    if (!recording_read(path, &r->read, err)) {
        free(r);
        return NULL;
    }
    if (!begin_replay(r, err) || !recorded_start_apply(&r->start, config, err)) {
        struct error what = *err;
        error_set(err, "recording '%.200s': %s", path, what.text);
        replay_close(r);
        return NULL;
    }
    config->saved_boot = r->read.bytes[CHUNK_BOOT];
    config->saved_boot_bytes = r->read.count[CHUNK_BOOT];
    config->journal = r->journal;
    *cut = r->cut;
    return r;
}

/* Where the replay and the recording were last seen to agree, and where not any more. */
static bool parted(const struct replay *r, const struct machine *machine, struct error *err)
{
    return error_set(err,
                     "the replay of '%.200s' parts from what was recorded between the steps %" PRIu64 " and %" PRIu64,
                     r->path, r->journal->agreed, machine_steps(machine));
}

bool replay_finish(const struct replay *r, struct machine *machine, const struct stop *stop, struct error *err)
{
    uint64_t words[4];
    if (r->journal->lost)
        return parted(r, machine, err);
    if (r->cut)
        return true;
    if (!r->journal->has_head || r->journal->head.kind != JOURNAL_END)
        return stop->reason == STOP_SIGNAL || stop->reason == STOP_QUIT || parted(r, machine, err);
    if (journal_event_words(&r->journal->head, words, ARRAY_SIZE(words)) == 0 || words[0] != stop->reason ||
        words[1] != stop->code || words[2] != machine_steps(machine) || words[3] != machine_state_hash(machine))
        return parted(r, machine, err);
    return true;
}

void replay_close(struct replay *r)
{
    if (r == NULL)
        return;
    recording_free(&r->read);
    journal_destroy(r->journal);
    free(r);
}
