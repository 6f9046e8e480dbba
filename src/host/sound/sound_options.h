/* SPDX-License-Identifier: MIT */
/* The text of --audio, and what it asks for on the host. */
#ifndef MICROVM_HOST_SOUND_SOUND_OPTIONS_H
#define MICROVM_HOST_SOUND_SOUND_OPTIONS_H

#include "base/error.h"
#include "bus/sound_backend.h"

enum sound_kind { SOUND_NONE, SOUND_WAV, SOUND_SDL };
#define SOUND_PATH_BYTES 1024u

struct sound_options {
    enum sound_kind kind;
    char output[SOUND_PATH_BYTES]; /* the files of SOUND_WAV */
    char input[SOUND_PATH_BYTES];  /* empty: silence is recorded */
};

bool sound_options_parse(const char *text, struct sound_options *options, struct error *err);

/* Lines for the user. */
struct sound_message {
    void *owner;
    void (*say)(void *owner, const char *line);
};

/* A sound_backend with its end. */
struct sound_host {
    struct sound_backend backend;
    void (*destroy)(void *owner);
    bool input_is_fixed;
    struct sound_format input; /* then: the one format that can be recorded */
    /* What is recorded next is that behind so many bytes. NULL: nothing of the input can be had again. */
    void (*go_to)(void *owner, uint64_t bytes);
};

/* False: err says what cannot be had. */
bool sound_wav_create(const struct sound_options *options, const struct sound_message *message, struct sound_host *host,
                      struct error *err);
bool sound_sdl_create(const struct sound_message *message, struct sound_host *host, struct error *err);

#endif
