/* SPDX-License-Identifier: MIT */
#include "grade/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file that is typed may be so long. */
#define INPUT_FILE_BYTES (16 << 20)

static bool read_fd(int fd, char **bytes, size_t *size, struct error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return error_set(err, "%s", strerror(errno));
    if (!S_ISREG(st.st_mode) || st.st_size > INPUT_FILE_BYTES)
        return error_set(err, "is no file of at most %d bytes", INPUT_FILE_BYTES);
    *bytes = malloc((size_t)st.st_size + 1);
    if (*bytes == NULL)
        return error_set(err, "out of memory");
    for (*size = 0; *size < (size_t)st.st_size;) {
        ssize_t got = read(fd, *bytes + *size, (size_t)st.st_size - *size);
        if (got <= 0)
            return error_set(err, "%s", got < 0 ? strerror(errno) : "it became shorter");
        *size += (size_t)got;
    }
    return true;
}

static bool read_file(const char *path, char **bytes, size_t *size, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return error_set(err, "input-file '%.300s': %s", path, strerror(errno));
    bool ok = read_fd(fd, bytes, size, err) || error_prefix(err, "input-file '%.300s'", path);
    close(fd);
    return ok;
}

bool capture_open(struct capture *c, const struct grade_test *test, struct error *err)
{
    *c = (struct capture){.test = test};
    c->files = calloc(test->input_count + 1, sizeof *c->files);
    c->file_size = calloc(test->input_count + 1, sizeof *c->file_size);
    if (c->files == NULL || c->file_size == NULL)
        return error_set(err, "out of memory");
    for (unsigned i = 0; i < test->input_count; i++)
        if (test->inputs[i].file != NULL && !read_file(test->inputs[i].file, &c->files[i], &c->file_size[i], err))
            return false;
    return true;
}

void capture_close(struct capture *c)
{
    for (unsigned i = 0; c->files != NULL && i < c->test->input_count; i++)
        free(c->files[i]);
    free(c->files);
    free(c->file_size);
    free(c->bytes);
    free(c->times);
    *c = (struct capture){.test = NULL};
}

static bool grow(struct capture *c)
{
    size_t capacity = c->capacity * 2 + 4096;
    char *bytes = realloc(c->bytes, capacity);
    if (bytes != NULL)
        c->bytes = bytes;
    struct probe_time *times = realloc(c->times, capacity * sizeof *times);
    if (times != NULL)
        c->times = times;
    c->no_memory = bytes == NULL || times == NULL;
    if (!c->no_memory)
        c->capacity = capacity;
    return !c->no_memory;
}

static void write_byte(struct capture *c, char byte, struct probe_time now)
{
    bool ends_line = byte == '\n' && c->count > 0 && c->bytes[c->count - 1] == '\r';
    size_t at = ends_line ? c->count - 1 : c->count;
    c->overflow |= at >= c->test->output_bytes;
    if (c->overflow || (at == c->capacity && !grow(c)))
        return;
    c->bytes[at] = byte;
    c->times[at] = now;
    c->count = at + 1;
}

void capture_write(struct capture *c, const uint8_t *bytes, size_t count, struct probe_time now)
{
    for (size_t i = 0; i < count; i++)
        write_byte(c, (char)bytes[i], now);
}

/* Whether the text that the input waits for has come, behind what the one before it waited for. */
static bool has_come(struct capture *c, const struct grade_text *after)
{
    const char *found =
        c->count > c->seen ? memmem(c->bytes + c->seen, c->count - c->seen, after->bytes, after->length) : NULL;
    if (found != NULL)
        c->seen = (size_t)(found - c->bytes) + after->length;
    else if (c->count - c->seen >= after->length) /* it may have begun in what is there */
        c->seen = c->count - after->length;       /* whose first byte may be a CR that becomes an LF */
    return found != NULL;
}

size_t capture_read(struct capture *c, uint8_t *bytes, size_t size)
{
    if (c->input == c->test->input_count)
        return 0;
    const struct grade_input *input = &c->test->inputs[c->input];
    if (!c->begun)
        c->begun = input->after.bytes == NULL || has_come(c, &input->after);
    if (!c->begun)
        return 0;
    const char *from = input->file != NULL ? c->files[c->input] : input->bytes.bytes;
    size_t length = input->file != NULL ? c->file_size[c->input] : input->bytes.length;
    size_t taken = size < length - c->typed ? size : length - c->typed;
    memcpy(bytes, from + c->typed, taken);
    c->typed += taken;
    if (c->typed == length) {
        c->input++;
        c->typed = 0;
        c->begun = false;
    }
    return taken;
}
