/* SPDX-License-Identifier: MIT */
/* WAV files with plain samples: one that grows and is whole at any time, so that it can be read whatever ends the process; and one
 * whose samples are read from its start to its end. Each owns its descriptor. */
#ifndef MICROVM_HOST_SOUND_WAV_FILE_H
#define MICROVM_HOST_SOUND_WAV_FILE_H

#include "base/error.h"
#include "bus/sound_backend.h"

struct wav_writer;

/* Creates the file, or empties it. NULL: err says why not. */
struct wav_writer *wav_writer_open(const char *path, const struct sound_format *format, struct error *err);
/* Appends whole frames. False: the file system refuses; err says what, once: what follows is dropped without a word. */
bool wav_writer_append(struct wav_writer *writer, const uint8_t *bytes, size_t count, struct error *err);
/* Accepts NULL. */
void wav_writer_close(struct wav_writer *writer);

struct wav_reader;

/* NULL: it cannot be read, or has no samples of a kind that struct sound_format knows. */
struct wav_reader *wav_reader_open(const char *path, struct sound_format *format, struct error *err);
/* Goes to the frame with the at-th byte of the samples, at most to their end. */
void wav_reader_go_to(struct wav_reader *reader, uint64_t at);
/* The next whole frames; less than count at the end. */
size_t wav_reader_read(struct wav_reader *reader, uint8_t *bytes, size_t count);
/* Accepts NULL. */
void wav_reader_close(struct wav_reader *reader);

#endif
