/* SPDX-License-Identifier: MIT */
/* What the guest plays is appended to a WAV file; what it records comes from another one, and then is silence. */
#include "host/sound/sound_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/sound/wav_file.h"

/* For the file of a guest that never plays. */
static const struct sound_format first_format = {SOUND_S16, 2, 48000};

struct sound_wav {
    struct sound_message message;
    char path[SOUND_PATH_BYTES];
    unsigned files;             /* opened so far */
    bool used;                  /* something was played into the present one */
    struct sound_format format; /* of that */
    struct wav_writer *output;  /* NULL: it could not be opened */
    struct wav_reader *input;   /* NULL: silence */
};

static void say(const struct sound_wav *wav, const char *line)
{
    if (wav->message.say != NULL)
        wav->message.say(wav->message.owner, line);
}

/* FILE, then FILE.2 and so on: a WAV file has but one format. */
static bool open_output(struct sound_wav *wav, const struct sound_format *format, struct error *err)
{
    char path[SOUND_PATH_BYTES + 16];
    bool again = !wav->used && wav->files != 0; /* nothing is in it yet */
    wav->files += !again;
    int length = snprintf(path, sizeof path, "%s", wav->path);
    if (wav->files > 1)
        snprintf(path + length, sizeof path - (size_t)length, ".%u", wav->files);
    wav_writer_close(wav->output);
    wav->output = wav_writer_open(path, format, err);
    wav->format = *format;
    wav->used = false;
    return wav->output != NULL;
}

static void wav_start(void *owner, enum sound_direction direction, const struct sound_format *format)
{
    struct sound_wav *wav = owner;
    struct error err;
    if (direction != SOUND_OUTPUT || sound_formats_agree(format, &wav->format))
        return;
    if (!open_output(wav, format, &err))
        say(wav, err.text);
}

static void wav_stop(void *owner, enum sound_direction direction)
{
    (void)owner;
    (void)direction;
}

static void wav_play(void *owner, const uint8_t *bytes, size_t count)
{
    struct sound_wav *wav = owner;
    struct error err;
    wav->used = true;
    if (wav->output != NULL && !wav_writer_append(wav->output, bytes, count, &err))
        say(wav, err.text);
}

static size_t wav_capture(void *owner, uint8_t *bytes, size_t count)
{
    struct sound_wav *wav = owner;
    return wav->input != NULL ? wav_reader_read(wav->input, bytes, count) : 0;
}

static void wav_go_to(void *owner, uint64_t bytes)
{
    wav_reader_go_to(((struct sound_wav *)owner)->input, bytes);
}

static void wav_destroy(void *owner)
{
    struct sound_wav *wav = owner;
    wav_writer_close(wav->output);
    wav_reader_close(wav->input);
    free(wav);
}

static bool open_files(struct sound_wav *wav, const struct sound_options *options, struct sound_host *host,
                       struct error *err)
{
    host->input_is_fixed = options->input[0] != '\0';
    if (host->input_is_fixed) {
        wav->input = wav_reader_open(options->input, &host->input, err);
        if (wav->input == NULL)
            return false;
    }
    return open_output(wav, &first_format, err);
}

bool sound_wav_create(const struct sound_options *options, const struct sound_message *message, struct sound_host *host,
                      struct error *err)
{
    struct sound_wav *wav = calloc(1, sizeof *wav);
    if (wav == NULL)
        return error_set(err, "out of memory");
    wav->message = *message;
    strcpy(wav->path, options->output);
    if (!open_files(wav, options, host, err)) {
        wav_destroy(wav);
        return false;
    }
    host->backend = (struct sound_backend){wav, wav_start, wav_stop, wav_play, wav_capture};
    host->destroy = wav_destroy;
    host->go_to = wav->input != NULL ? wav_go_to : NULL;
    return true;
}
