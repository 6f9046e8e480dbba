/* SPDX-License-Identifier: MIT */
#include "observe/trace_output.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/compiler.h"

#define KIND(id) (1u << TRACE_##id)
#define ALL_KINDS ((1u << TRACE_KIND_COUNT) - 1)
#define INSTRUCTIONS (KIND(insn) | KIND(mem) | KIND(csr))

static const struct {
    const char *name;
    unsigned preset, kinds;
    bool (*create)(const struct trace_target *target, struct trace_output *output, struct error *err);
} formats[TRACE_FORMATS] = {
    [TRACE_TEXT] = {"text", INSTRUCTIONS | KIND(trap) | KIND(sbi), ALL_KINDS, trace_text_create},
    [TRACE_SPIKE] = {"spike", INSTRUCTIONS, INSTRUCTIONS, trace_spike_create},
    [TRACE_BINARY] = {"binary", INSTRUCTIONS | KIND(trap) | KIND(sbi), ALL_KINDS, trace_ring_create},
    [TRACE_PERFETTO] = {"perfetto", KIND(trap) | KIND(sbi), KIND(trap) | KIND(sbi) | KIND(irq), trace_perfetto_create},
};

unsigned trace_format_preset(enum trace_format format)
{
    return formats[format].preset;
}

unsigned trace_format_kinds(enum trace_format format)
{
    return formats[format].kinds;
}

const char *trace_format_name(enum trace_format format)
{
    return formats[format].name;
}

bool trace_output_create(const struct trace_target *target, struct trace_output *output, struct error *err)
{
    return formats[target->format].create(target, output, err);
}

/* A stream of its own over the process's descriptor, so that it has a buffer and may be closed. */
static FILE *standard_stream(int fd)
{
    int copy = dup(fd);
    FILE *stream = copy >= 0 ? fdopen(copy, "w") : NULL;
    if (stream == NULL && copy >= 0)
        close(copy);
    return stream;
}

bool trace_file_open(const struct trace_target *target, struct trace_file *file, struct error *err)
{
    const char *standard = target->to_stdout ? "standard output" : "standard error";
    file->name = target->file != NULL ? target->file : standard;
    if (target->file != NULL)
        file->stream = fopen(target->file, "we");
    else
        file->stream = standard_stream(target->to_stdout ? STDOUT_FILENO : STDERR_FILENO);
    return file->stream != NULL || error_set(err, "trace to '%.200s': %s", file->name, strerror(errno));
}

bool trace_file_flush(struct trace_file *file)
{
    errno = 0;
    if ((fflush(file->stream) != 0 || ferror(file->stream)) && file->error == 0)
        file->error = errno != 0 ? errno : EIO;
    return file->error == 0;
}

bool trace_file_close(struct trace_file *file, struct error *err)
{
    if (file->stream == NULL)
        return true;
    trace_file_flush(file);
    if (fclose(file->stream) != 0 && file->error == 0)
        file->error = errno;
    file->stream = NULL;
    return file->error == 0 || error_set(err, "trace to '%.200s' is not whole: %s", file->name, strerror(file->error));
}
