/* SPDX-License-Identifier: MIT */
/* What is recorded comes through the journal. A replay plays nothing: that was done. How far a file was recorded is the machine's
 * state: a loaded one goes on behind that. */
#include "machine/sound.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "host/sound/sound_options.h"
#include "host/sound/wav_file.h"

/* What stands for --audio in a recording: this alone, or with the one format that can be recorded. */
#define RECORDED "recorded"
#define RECORDED_FORMAT RECORDED ":%u:%" SCNu32 ":%" SCNu32

struct sound_input {
    uint64_t recorded;
};

struct sound {
    struct journal *journal;
    struct virtio_message message;
    struct sound_host host; /* backend.owner NULL: the machine is a replay */
    struct virtio_snd *card;
    struct sound_input input;
};

static const struct state_field input_fields[] = {
    STATE(struct sound_input, recorded, STATE_ANY, "bytes that came from the host's input"),
    STATE_END,
};

static const struct state_table input_saved = {.fields = input_fields, .bytes = sizeof(struct sound_input)};

/* The host is there, and what happens now has not happened before. */
static bool is_live(const struct sound *sound)
{
    return sound->host.backend.owner != NULL && !journal_replays(sound->journal);
}

static void start(void *owner, enum sound_direction direction, const struct sound_format *format)
{
    const struct sound *sound = owner;
    if (is_live(sound))
        sound->host.backend.start(sound->host.backend.owner, direction, format);
}

static void stop(void *owner, enum sound_direction direction)
{
    const struct sound *sound = owner;
    if (is_live(sound))
        sound->host.backend.stop(sound->host.backend.owner, direction);
}

static void play(void *owner, const uint8_t *bytes, size_t count)
{
    const struct sound *sound = owner;
    if (is_live(sound))
        sound->host.backend.play(sound->host.backend.owner, bytes, count);
}

static size_t capture_again(const struct sound *sound, uint8_t *bytes, size_t count)
{
    struct journal_event event;
    if (!journal_take(sound->journal, JOURNAL_SOUND, 0, &event) || event.count > count)
        return 0;
    memcpy(bytes, event.bytes, event.count);
    return event.count;
}

static size_t capture_now(const struct sound *sound, uint8_t *bytes, size_t count)
{
    const struct sound_host *host = &sound->host;
    if (!is_live(sound))
        return 0;
    if (host->go_to != NULL)
        host->go_to(host->backend.owner, sound->input.recorded);
    size_t got = host->backend.capture(host->backend.owner, bytes, count);
    if (got != 0)
        journal_put(sound->journal, JOURNAL_SOUND, 0, bytes, got);
    return got;
}

static size_t capture(void *owner, uint8_t *bytes, size_t count)
{
    struct sound *sound = owner;
    journal_ask(sound->journal);
    size_t got = journal_replays(sound->journal) ? capture_again(sound, bytes, count)
                                                 : capture_now(sound, bytes, count);
    sound->input.recorded += got;
    return got;
}

static void poll_card(void *owner)
{
    const struct sound *sound = owner;
    virtio_snd_poll(sound->card);
}

static uint64_t deadline(void *owner)
{
    const struct sound *sound = owner;
    return virtio_snd_deadline(sound->card);
}

static void destroy(void *owner)
{
    struct sound *sound = owner;
    virtio_snd_destroy(sound->card);
    if (sound->host.backend.owner != NULL)
        sound->host.destroy(sound->host.backend.owner);
    free(sound);
}

/* Making. */

static void say(void *owner, const char *line)
{
    const struct sound *sound = owner;
    if (sound->message.say != NULL)
        sound->message.say(sound->message.owner, line);
}

static bool parse_recorded(const char *text, struct sound_host *host, struct error *err)
{
    unsigned sample;
    struct sound_format *format = &host->input;
    host->input_is_fixed = strcmp(text, RECORDED) != 0;
    if (!host->input_is_fixed)
        return true;
    if (sscanf(text, RECORDED_FORMAT, &sample, &format->channels, &format->rate) == 3 && sample < SOUND_SAMPLES &&
        format->channels >= 1 && format->channels <= SOUND_CHANNELS && virtio_snd_has_rate(format->rate)) {
        format->sample = (enum sound_sample)sample;
        return true;
    }
    return error_set(err, "'%.40s' is no sound card", text);
}

static bool is_recorded(const char *text)
{
    return strncmp(text, RECORDED, strlen(RECORDED)) == 0;
}

static bool wanted(const struct machine_config *config, bool *yes, struct error *err)
{
    struct sound_options options = {.kind = SOUND_NONE};
    bool recorded = config->audio != NULL && is_recorded(config->audio);
    if (config->audio != NULL && !recorded && !sound_options_parse(config->audio, &options, err))
        return error_prefix(err, "--audio");
    *yes = recorded || options.kind != SOUND_NONE;
    return true;
}

static bool make_host(struct sound *sound, const char *text, struct error *err)
{
    struct sound_message message = {sound, say};
    struct sound_options options;
    if (is_recorded(text))
        return parse_recorded(text, &sound->host, err);
    if (!sound_options_parse(text, &options, err))
        return false;
    bool made = options.kind == SOUND_SDL ? sound_sdl_create(&message, &sound->host, err)
                                          : sound_wav_create(&options, &message, &sound->host, err);
    if (made && sound->host.input_is_fixed && !virtio_snd_has_rate(sound->host.input.rate))
        return error_set(err, "'%.200s' has %" PRIu32 " frames in a second, which the card has not", options.input,
                         sound->host.input.rate);
    return made;
}

static bool make_card(struct sound *sound, const struct time_source *time, struct error *err)
{
    struct sound_backend backend = {sound, start, stop, play, capture};
    const struct sound_format *input = sound->host.input_is_fixed ? &sound->host.input : NULL;
    sound->card = virtio_snd_create(&backend, time, input);
    return sound->card != NULL || error_set(err, "out of memory");
}

static bool slots(const struct machine_config *config, uint64_t *slots, struct error *err)
{
    bool yes;
    if (!wanted(config, &yes, err))
        return false;
    *slots |= yes ? BIT(VIRTIO_SLOT_SOUND) : 0;
    return true;
}

static bool create(struct peripherals *p, struct error *err)
{
    const struct peripherals_parts *parts = peripherals_parts(p);
    bool yes;
    if (!wanted(parts->config, &yes, err))
        return false;
    if (!yes)
        return true;
    struct sound *sound = calloc(1, sizeof *sound);
    if (sound == NULL)
        return error_set(err, "out of memory");
    sound->journal = parts->journal;
    sound->message = parts->message;
    if (!make_host(sound, parts->config->audio, err) || !make_card(sound, &parts->time, err)) {
        destroy(sound);
        return error_prefix(err, "--audio");
    }
    struct peripheral made = {
        .kind = &sound_peripheral,
        .owner = sound,
        .events = {.owner = sound, .poll = poll_card, .deadline = deadline},
        .part = {.name = "sound-input", .object = &sound->input, .table = &input_saved},
        .destroy = destroy,
    };
    return peripherals_add(p, &made, err) &&
           peripherals_plug(p, VIRTIO_SLOT_SOUND, virtio_snd_device(sound->card), err);
}

/* The file that is recorded from may be gone when the run is replayed: its format is what the guest has seen of it. */
static bool recorded(const struct machine_config *config, unsigned n, char *text, size_t size)
{
    struct sound_options options;
    struct sound_format format;
    bool yes;
    if (n != 0 || !wanted(config, &yes, NULL) || !yes)
        return false;
    snprintf(text, size, "%s", is_recorded(config->audio) ? config->audio : RECORDED);
    if (is_recorded(config->audio) || !sound_options_parse(config->audio, &options, NULL) || options.input[0] == '\0')
        return true;
    struct wav_reader *reader = wav_reader_open(options.input, &format, NULL);
    if (reader != NULL)
        snprintf(text, size, RECORDED ":%u:%" PRIu32 ":%" PRIu32, (unsigned)format.sample, format.channels,
                 format.rate);
    wav_reader_close(reader);
    return true;
}

static bool replay(struct machine_config *config, const char *text, struct error *err)
{
    struct sound_host ignored;
    config->audio = text;
    return is_recorded(text) ? parse_recorded(text, &ignored, err) : error_set(err, "'%.40s' is no sound card", text);
}

const struct peripheral_kind sound_peripheral = {
    .name = "sound",
    .option = "--audio",
    .places = BIT(VIRTIO_SLOT_SOUND),
    .slots = slots,
    .create = create,
    .recorded = recorded,
    .replay = replay,
};

const struct virtio_snd *sound_card_of(const struct peripherals *peripherals)
{
    const struct sound *sound = peripherals_owner(peripherals, &sound_peripheral);
    return sound != NULL ? sound->card : NULL;
}
