/* SPDX-License-Identifier: MIT */
/* The guest's clock and the host's sound run apart, and pieces come with the guest's periods: a cushion of silence before the first
 * piece, and a limit to what waits, keep the two together. The library is opened at the first sound, and never unloaded: what it
 * has loaded itself does not bear that. */
#include "host/sound/sound_options.h"

#define SDL_MAIN_HANDLED /* main is ours */
#include <SDL2/SDL.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"

/* The ABI that SDL.h describes. */
#define FILE_NAME "libSDL2-2.0.so.0"

/* Milliseconds of sound: before the first piece; the most that may wait; of a piece that SDL asks its driver for. */
enum { CUSHION_MS = 60, LIMIT_MS = 250, PIECE_MS = 10 };
#define PIECE_BYTES 4096u

struct library {
#define SDL_NEEDS(name) TYPE_OF(&SDL_##name) name;
#include "host/sound/sound_sdl.def"
#undef SDL_NEEDS
};

struct device {
    SDL_AudioDeviceID id; /* 0: not open */
    struct sound_format format;
};

struct sound_sdl {
    struct sound_message message;
    struct library sdl;
    bool told; /* that there is no sound */
    struct device devices[SOUND_DIRECTIONS];
};

static bool open_library(struct library *library, struct error *err)
{
    static const struct {
        const char *name;
        size_t offset; /* of the pointer in the table */
    } symbols[] = {
#define SDL_NEEDS(name) {"SDL_" #name, offsetof(struct library, name)},
#include "host/sound/sound_sdl.def"
#undef SDL_NEEDS
    };
    void *handle = dlopen(FILE_NAME, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL)
        return error_set(err, "sound needs the library " FILE_NAME ": install Debian's package libsdl2-2.0-0 (%s)",
                         dlerror());
    for (unsigned i = 0; i < ARRAY_SIZE(symbols); i++) {
        void *address = dlsym(handle, symbols[i].name);
        if (address == NULL)
            return error_set(err, "the library " FILE_NAME " has no %s: another version is needed", symbols[i].name);
        memcpy((char *)library + symbols[i].offset, &address, sizeof address);
    }
    return true;
}

static uint32_t bytes_of(const struct sound_format *format, uint32_t ms)
{
    return (uint32_t)((uint64_t)format->rate * ms / 1000) * sound_frame_bytes(format);
}

/* Once; the guest goes on without sound. */
static void tell(struct sound_sdl *s, enum sound_direction direction)
{
    struct error err;
    error_set(&err, "--audio sdl: no sound %s: %s", direction == SOUND_OUTPUT ? "is heard" : "is recorded",
              s->sdl.GetError());
    if (!s->told && s->message.say != NULL)
        s->message.say(s->message.owner, err.text);
    s->told = true;
}

static void close_device(struct sound_sdl *s, enum sound_direction direction)
{
    if (s->devices[direction].id != 0)
        s->sdl.CloseAudioDevice(s->devices[direction].id);
    s->devices[direction].id = 0;
}

static bool open_device(struct sound_sdl *s, enum sound_direction direction, const struct sound_format *format)
{
    static const SDL_AudioFormat formats[SOUND_SAMPLES] = {
        [SOUND_U8] = AUDIO_U8, [SOUND_S16] = AUDIO_S16LSB, [SOUND_S32] = AUDIO_S32LSB, [SOUND_FLOAT] = AUDIO_F32LSB};
    struct device *device = &s->devices[direction];
    SDL_AudioSpec wanted = {.freq = (int)format->rate,
                            .format = formats[format->sample],
                            .channels = (Uint8)format->channels,
                            .samples = (Uint16)(format->rate * PIECE_MS / 1000)};
    SDL_AudioSpec ignored;
    close_device(s, direction);
    device->format = *format;
    device->id = s->sdl.OpenAudioDevice(NULL, direction == SOUND_INPUT, &wanted, &ignored, 0);
    return device->id != 0;
}

/* What is heard still sounds on while the stream stands: so its device stays open, for the next. */
static void sdl_start(void *owner, enum sound_direction direction, const struct sound_format *format)
{
    struct sound_sdl *s = owner;
    struct device *device = &s->devices[direction];
    bool open = device->id != 0 && sound_formats_agree(format, &device->format);
    if (!open && !open_device(s, direction, format)) {
        tell(s, direction);
        return;
    }
    if (direction == SOUND_INPUT)
        s->sdl.ClearQueuedAudio(device->id);
    s->sdl.PauseAudioDevice(device->id, 0);
}

static void sdl_stop(void *owner, enum sound_direction direction)
{
    struct sound_sdl *s = owner;
    if (direction == SOUND_INPUT && s->devices[direction].id != 0)
        s->sdl.PauseAudioDevice(s->devices[direction].id, 1);
}

static void put_cushion(struct sound_sdl *s, const struct device *device)
{
    uint8_t silence[PIECE_BYTES];
    memset(silence, sound_silence(&device->format), sizeof silence);
    for (uint32_t left = bytes_of(&device->format, CUSHION_MS), piece; left > 0; left -= piece) {
        piece = left < sizeof silence ? left : (uint32_t)sizeof silence;
        s->sdl.QueueAudio(device->id, silence, piece);
    }
}

/* A guest that plays faster than the host loses a piece now and then; one that is slower is heard with gaps. */
static void sdl_play(void *owner, const uint8_t *bytes, size_t count)
{
    struct sound_sdl *s = owner;
    const struct device *device = &s->devices[SOUND_OUTPUT];
    if (device->id == 0)
        return;
    uint32_t waiting = s->sdl.GetQueuedAudioSize(device->id);
    if (waiting == 0)
        put_cushion(s, device);
    if (waiting <= bytes_of(&device->format, LIMIT_MS))
        s->sdl.QueueAudio(device->id, bytes, (Uint32)count);
}

/* Of what was recorded and not taken in time the oldest is lost. */
static void drop_oldest(struct sound_sdl *s, const struct device *device)
{
    uint8_t bytes[PIECE_BYTES];
    uint32_t waiting = s->sdl.GetQueuedAudioSize(device->id), most = bytes_of(&device->format, LIMIT_MS);
    uint32_t frame = sound_frame_bytes(&device->format), whole = PIECE_BYTES / frame * frame;
    for (; waiting > most; waiting -= waiting < whole ? waiting : whole)
        if (s->sdl.DequeueAudio(device->id, bytes, whole) == 0)
            return;
}

static size_t sdl_capture(void *owner, uint8_t *bytes, size_t count)
{
    struct sound_sdl *s = owner;
    const struct device *device = &s->devices[SOUND_INPUT];
    if (device->id == 0)
        return 0;
    drop_oldest(s, device);
    return s->sdl.DequeueAudio(device->id, bytes, (Uint32)count);
}

static void sdl_destroy(void *owner)
{
    struct sound_sdl *s = owner;
    close_device(s, SOUND_OUTPUT);
    close_device(s, SOUND_INPUT);
    s->sdl.QuitSubSystem(SDL_INIT_AUDIO);
    free(s);
}

static bool begin(struct sound_sdl *s, struct error *err)
{
    if (!open_library(&s->sdl, err))
        return false;
    s->sdl.SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
    return s->sdl.InitSubSystem(SDL_INIT_AUDIO) == 0 || error_set(err, "the host has no sound: %s", s->sdl.GetError());
}

bool sound_sdl_create(const struct sound_message *message, struct sound_host *host, struct error *err)
{
    struct sound_sdl *s = calloc(1, sizeof *s);
    if (s == NULL)
        return error_set(err, "out of memory");
    s->message = *message;
    if (!begin(s, err)) {
        free(s);
        return false;
    }
    host->backend = (struct sound_backend){s, sdl_start, sdl_stop, sdl_play, sdl_capture};
    host->destroy = sdl_destroy;
    return true;
}
