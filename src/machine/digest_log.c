/* SPDX-License-Identifier: MIT */
#include "machine/digest_log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/machine_state.h"

#define LINE_STEPS_SHIFT 20
#define LINES_BETWEEN_ALL 256

struct digest_log {
    const char *path;
    FILE *file;
    uint64_t digest;
    uint64_t lines; /* the number of the stretch of steps that the next line ends */
};

struct digest_log *digest_log_create(const char *path, struct error *err)
{
    struct digest_log *log = calloc(1, sizeof *log);
    if (log == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    log->path = path;
    log->file = fopen(path, "we");
    if (log->file != NULL)
        return log;
    error_set(err, "--digest-log %s: %s", path, strerror(errno));
    free(log);
    return NULL;
}

void digest_log_destroy(struct digest_log *log)
{
    if (log == NULL)
        return;
    if (log->file != NULL)
        fclose(log->file);
    free(log);
}

static void write_line(struct digest_log *log, const struct machine *m)
{
    fprintf(log->file, "%" PRIu64 " %016" PRIx64 "\n", m->steps, log->digest);
}

void digest_log_slice(struct digest_log *log, const struct machine *m)
{
    for (unsigned i = 0; i < m->hart_count; i++)
        log->digest = digest_hart(log->digest, &m->harts[i]);
    uint64_t stretch = m->steps >> LINE_STEPS_SHIFT;
    if (stretch == log->lines)
        return;
    log->lines = stretch;
    if (stretch % LINES_BETWEEN_ALL == 0)
        log->digest = digest_mix(log->digest, machine_state_hash(m));
    write_line(log, m);
}

bool digest_log_finish(struct digest_log *log, const struct machine *m, struct error *err)
{
    if (log == NULL)
        return true;
    log->digest = digest_mix(log->digest, machine_state_hash(m));
    write_line(log, m);
    bool written = !ferror(log->file);
    written = fclose(log->file) == 0 && written;
    log->file = NULL;
    return written || error_set(err, "--digest-log %s could not be written", log->path);
}
