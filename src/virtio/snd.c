/* SPDX-License-Identifier: MIT */
/* Control requests (VirtIO 1.3 5.14.6); what becomes of samples is snd_stream's. There are no jacks, and nothing to be told through
 * the event queue. */
#include "virtio/snd.h"

#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "base/little_endian.h"
#include "virtio/snd_stream.h"

enum { CONTROL_QUEUE, EVENT_QUEUE, OUTPUT_QUEUE, INPUT_QUEUE, QUEUES };
enum { CONFIG_STREAMS = 4, CONFIG_CHANNEL_MAPS = 8, CONFIG_BYTES = 12 };
#define QUEUE_SIZE 64

/* Requests. */
enum {
    PCM_INFO = 0x100,
    PCM_SET_PARAMETERS = 0x101,
    PCM_PREPARE = 0x102,
    PCM_RELEASE = 0x103,
    PCM_START = 0x104,
    PCM_STOP = 0x105,
    CHANNEL_MAP_INFO = 0x200
};
#define CODE_BYTES 4u
#define QUERY_BYTES 16u
#define STREAM_BYTES 8u
#define PARAMETERS_BYTES 24u
#define PCM_INFO_BYTES 32u
#define CHANNEL_MAP_BYTES 24u

/* By enum sound_sample: the number of VIRTIO_SND_PCM_FMT_. */
static const uint8_t samples[SOUND_SAMPLES] = {[SOUND_U8] = 4, [SOUND_S16] = 5, [SOUND_S32] = 17, [SOUND_FLOAT] = 19};

/* By the number of VIRTIO_SND_PCM_RATE_; 0: the card has not this one. */
static const uint32_t rates[] = {0,     8000,  11025, 16000, 22050,  32000, 44100,
                                 48000, 64000, 88200, 96000, 176400, 192000};

/* Both directions have each of them: the number of channels is that of positions before the 0. */
enum { MONO = 2, FRONT_LEFT = 3, FRONT_RIGHT = 4 };
static const uint8_t channel_maps[][SOUND_CHANNELS] = {{MONO}, {FRONT_LEFT, FRONT_RIGHT}};
#define CHANNEL_MAPS (SOUND_DIRECTIONS * ARRAY_SIZE(channel_maps))

struct virtio_snd {
    struct virtio *v;
    bool input_is_fixed;
    struct sound_format input; /* then */
    struct snd_stream streams[SOUND_DIRECTIONS];
    struct virtio_chain chain;
};

bool virtio_snd_has_rate(uint32_t rate)
{
    for (unsigned i = 1; i < ARRAY_SIZE(rates); i++)
        if (rates[i] == rate)
            return true;
    return false;
}

/* What there is. */

static bool is_offered(const struct virtio_snd *snd, unsigned direction, const struct sound_format *format)
{
    return direction == SOUND_OUTPUT || !snd->input_is_fixed || sound_formats_agree(format, &snd->input);
}

/* Bits of the numbers that some format has which is offered; the lowest and the highest number of channels. */
struct offer {
    uint64_t samples, rates;
    uint32_t channels_least, channels_most;
};

static void offer_format(struct offer *offer, unsigned sample, unsigned rate, uint32_t channels)
{
    offer->samples |= BIT(samples[sample]);
    offer->rates |= BIT(rate);
    offer->channels_least =
        offer->channels_least == 0 || channels < offer->channels_least ? channels : offer->channels_least;
    offer->channels_most = channels > offer->channels_most ? channels : offer->channels_most;
}

static struct offer offer_of(const struct virtio_snd *snd, unsigned direction)
{
    struct offer offer = {0};
    for (unsigned sample = 0; sample < SOUND_SAMPLES; sample++)
        for (unsigned rate = 1; rate < ARRAY_SIZE(rates); rate++)
            for (uint32_t channels = 1; channels <= SOUND_CHANNELS; channels++) {
                struct sound_format format = {(enum sound_sample)sample, channels, rates[rate]};
                if (is_offered(snd, direction, &format))
                    offer_format(&offer, sample, rate, channels);
            }
    return offer;
}

static void tell_stream(const struct virtio_snd *snd, unsigned n, uint8_t *bytes)
{
    struct offer offer = offer_of(snd, n);
    little_put(bytes + 8, 8, offer.samples);
    little_put(bytes + 16, 8, offer.rates);
    bytes[24] = (uint8_t)n; /* VIRTIO_SND_D_OUTPUT, VIRTIO_SND_D_INPUT */
    bytes[25] = (uint8_t)offer.channels_least;
    bytes[26] = (uint8_t)offer.channels_most;
}

static void tell_channel_map(const struct virtio_snd *snd, unsigned n, uint8_t *bytes)
{
    const uint8_t *map = channel_maps[n / SOUND_DIRECTIONS];
    (void)snd;
    bytes[4] = (uint8_t)(n % SOUND_DIRECTIONS);
    for (unsigned i = 0; i < SOUND_CHANNELS && map[i] != 0; i++) {
        bytes[5]++;
        bytes[6 + i] = map[i];
    }
}

/* Requests. */

/* One that is being answered: what is written behind the status. */
struct request {
    const uint8_t *bytes; /* of the request, */
    size_t count;         /* as many as there may be */
    uint8_t *answer;
    size_t answer_count;
};

/* The most that is read of a request, and that is answered. */
#define REQUEST_BYTES 32u
#define ANSWER_BYTES (CHANNEL_MAPS * CHANNEL_MAP_BYTES)
_Static_assert(SOUND_DIRECTIONS *PCM_INFO_BYTES <= ANSWER_BYTES, "both kinds of information fit");

/* Information about count items from the first on, each of them size bytes long. */
static enum snd_status tell_items(struct virtio_snd *snd, struct request *request, unsigned items, size_t item_bytes,
                                  void (*tell)(const struct virtio_snd *snd, unsigned n, uint8_t *bytes))
{
    if (request->count < QUERY_BYTES)
        return SND_BAD_MESSAGE;
    uint64_t first = little_get(request->bytes + 4, 4), count = little_get(request->bytes + 8, 4);
    uint64_t size = little_get(request->bytes + 12, 4), room = snd->chain.writable_bytes - CODE_BYTES;
    if (first + count > items || size < item_bytes || count * size > room)
        return SND_BAD_MESSAGE;
    if (size != item_bytes)
        return SND_NOT_SUPPORTED;
    for (unsigned i = 0; i < count; i++)
        tell(snd, (unsigned)first + i, request->answer + i * item_bytes);
    request->answer_count = (size_t)(count * item_bytes);
    return SND_OK;
}

/* The number of a format, or of a rate; the count of the table: it is not there. */
static unsigned sample_of(uint8_t number)
{
    unsigned sample = 0;
    while (sample < SOUND_SAMPLES && samples[sample] != number)
        sample++;
    return sample;
}

static enum snd_status set_parameters(struct virtio_snd *snd, struct snd_stream *stream, const struct request *request)
{
    if (request->count < PARAMETERS_BYTES || !snd_stream_may_be_set(stream))
        return SND_BAD_MESSAGE;
    uint64_t buffer_bytes = little_get(request->bytes + 8, 4), period_bytes = little_get(request->bytes + 12, 4);
    uint64_t features = little_get(request->bytes + 16, 4);
    unsigned channels = request->bytes[20], sample = sample_of(request->bytes[21]), rate = request->bytes[22];
    if (period_bytes == 0 || buffer_bytes % period_bytes != 0)
        return SND_BAD_MESSAGE;
    if (features != 0 || channels == 0 || channels > SOUND_CHANNELS || sample == SOUND_SAMPLES || rate == 0 ||
        rate >= ARRAY_SIZE(rates))
        return SND_NOT_SUPPORTED;
    struct sound_format format = {(enum sound_sample)sample, channels, rates[rate]};
    if (!is_offered(snd, stream->direction, &format))
        return SND_NOT_SUPPORTED;
    if (stream->holds || stream->life == SND_PREPARED)
        snd_stream_release(stream);
    stream->sample = sample;
    stream->channels = channels;
    stream->rate = rates[rate];
    stream->life = SND_SET;
    return SND_OK;
}

static enum snd_status obey_stream(struct virtio_snd *snd, uint64_t code, const struct request *request)
{
    if (request->count < STREAM_BYTES)
        return SND_BAD_MESSAGE;
    uint64_t n = little_get(request->bytes + 4, 4);
    if (n >= SOUND_DIRECTIONS)
        return SND_BAD_MESSAGE;
    struct snd_stream *stream = &snd->streams[n];
    switch (code) {
    case PCM_SET_PARAMETERS: return set_parameters(snd, stream, request);
    case PCM_PREPARE: return snd_stream_prepare(stream);
    case PCM_RELEASE: return snd_stream_release(stream);
    case PCM_START: return snd_stream_start(stream);
    default: return snd_stream_stop(stream);
    }
}

static enum snd_status obey(struct virtio_snd *snd, struct request *request)
{
    uint64_t code = little_get(request->bytes, CODE_BYTES);
    if (request->count < CODE_BYTES)
        return SND_BAD_MESSAGE;
    if (code == PCM_INFO)
        return tell_items(snd, request, SOUND_DIRECTIONS, PCM_INFO_BYTES, tell_stream);
    if (code == CHANNEL_MAP_INFO)
        return tell_items(snd, request, CHANNEL_MAPS, CHANNEL_MAP_BYTES, tell_channel_map);
    if (code >= PCM_SET_PARAMETERS && code <= PCM_STOP)
        return obey_stream(snd, code, request);
    return SND_NOT_SUPPORTED;
}

static void answer(struct virtio_snd *snd)
{
    uint8_t bytes[REQUEST_BYTES] = {0}, behind[ANSWER_BYTES] = {0}, code[CODE_BYTES];
    const struct guest_mem *mem = virtio_memory(snd->v);
    struct request request = {.bytes = bytes, .answer = behind};
    request.count = (size_t)virtio_chain_read(mem, &snd->chain, 0, bytes, sizeof bytes);
    little_put(code, sizeof code, obey(snd, &request));
    uint64_t written = virtio_chain_write(mem, &snd->chain, 0, code, sizeof code);
    written += virtio_chain_write(mem, &snd->chain, sizeof code, behind, request.answer_count);
    virtio_push(snd->v, &snd->chain.token, (uint32_t)written);
}

static void control(struct virtio_snd *snd)
{
    while (virtio_pop(snd->v, CONTROL_QUEUE, &snd->chain)) {
        if (snd->chain.writable_bytes < CODE_BYTES) {
            virtio_fail(snd->v, "a request has no room for its answer");
            return;
        }
        answer(snd);
    }
    virtio_signal(snd->v, CONTROL_QUEUE);
}

/* The rest. */

static void snd_notify(void *state, unsigned queue)
{
    struct virtio_snd *snd = state;
    if (queue == CONTROL_QUEUE)
        control(snd);
    else if (queue != EVENT_QUEUE)
        snd_stream_notify(&snd->streams[queue - OUTPUT_QUEUE]);
}

static void snd_stop_queue(void *state, unsigned queue)
{
    struct virtio_snd *snd = state;
    if (queue >= OUTPUT_QUEUE)
        snd_stream_drop(&snd->streams[queue - OUTPUT_QUEUE]);
}

static void snd_attach(void *state, struct virtio *v)
{
    struct virtio_snd *snd = state;
    snd->v = v;
    for (unsigned i = 0; i < SOUND_DIRECTIONS; i++)
        snd->streams[i].v = v;
}

static uint64_t snd_features(void *state)
{
    (void)state;
    return 0;
}

static uint16_t snd_queue_size(void *state, unsigned queue)
{
    (void)state;
    return queue < QUEUES ? QUEUE_SIZE : 0;
}

static void snd_config(void *state, uint8_t bytes[VIRTIO_CONFIG_BYTES])
{
    (void)state;
    little_put(bytes + CONFIG_STREAMS, 4, SOUND_DIRECTIONS);
    little_put(bytes + CONFIG_CHANNEL_MAPS, 4, CHANNEL_MAPS);
}

static void snd_reset(void *state)
{
    struct virtio_snd *snd = state;
    for (unsigned i = 0; i < SOUND_DIRECTIONS; i++) {
        struct snd_stream *stream = &snd->streams[i];
        if (stream->life == SND_RUNNING)
            stream->backend.stop(stream->backend.owner, (enum sound_direction)i);
        stream->life = SND_NEW;
        stream->total = stream->gaps = 0;
    }
}

void virtio_snd_poll(struct virtio_snd *snd)
{
    for (unsigned i = 0; i < SOUND_DIRECTIONS; i++)
        snd_stream_poll(&snd->streams[i]);
}

uint64_t virtio_snd_deadline(const struct virtio_snd *snd)
{
    uint64_t output = snd_stream_deadline(&snd->streams[SOUND_OUTPUT]);
    uint64_t input = snd_stream_deadline(&snd->streams[SOUND_INPUT]);
    return output < input ? output : input;
}

struct virtio_snd_look virtio_snd_look(const struct virtio_snd *snd, enum sound_direction direction)
{
    const struct snd_stream *stream = &snd->streams[direction];
    return (struct virtio_snd_look){
        .prepared = stream->life == SND_PREPARED || stream->life == SND_STOPPED,
        .running = stream->life == SND_RUNNING,
        .format = snd_stream_format(stream),
        .frames = stream->total,
        .gaps = stream->gaps,
    };
}

static const struct state_field snd_fields[] = {
    STATE_NOT(struct virtio_snd, v, "wiring"),
    STATE_NOT(struct virtio_snd, input_is_fixed, "made with the machine"),
    STATE_NOT(struct virtio_snd, input, "made with the machine"),
    STATE_INNERS(struct virtio_snd, streams, snd_stream_fields, "output, input"),
    STATE_NOT(struct virtio_snd, chain, "counts within a request alone"),
    STATE_END,
};

static bool snd_check(const void *object)
{
    const struct virtio_snd *snd = object;
    bool ok = true;
    for (unsigned i = 0; i < SOUND_DIRECTIONS; i++)
        ok &= snd_stream_is_legal(&snd->streams[i], virtio_memory(snd->v)) && virtio_snd_has_rate(snd->streams[i].rate);
    return ok;
}

static void snd_loaded(void *object)
{
    struct virtio_snd *snd = object;
    for (unsigned i = 0; i < SOUND_DIRECTIONS; i++)
        snd_stream_resume(&snd->streams[i]);
}

static const struct state_table snd_saved = {
    .fields = snd_fields,
    .bytes = sizeof(struct virtio_snd),
    .check = snd_check,
    .loaded = snd_loaded,
};

static const struct virtio_class snd_class = {
    .name = "virtio-snd",
    .device_id = 25,
    .config_bytes = CONFIG_BYTES,
    .attach = snd_attach,
    .features = snd_features,
    .queue_size = snd_queue_size,
    .config = snd_config,
    .notify = snd_notify,
    .stop_queue = snd_stop_queue,
    .reset = snd_reset,
    .saved = &snd_saved,
};

struct virtio_snd *virtio_snd_create(const struct sound_backend *backend, const struct time_source *time,
                                     const struct sound_format *input)
{
    struct virtio_snd *snd = calloc(1, sizeof *snd);
    if (snd == NULL)
        return NULL;
    snd->input_is_fixed = input != NULL;
    if (input != NULL)
        snd->input = *input;
    for (unsigned i = 0; i < SOUND_DIRECTIONS; i++)
        snd->streams[i] = (struct snd_stream){
            .backend = *backend, .time = *time, .direction = i, .sample = SOUND_S16, .channels = 1, .rate = 48000};
    return snd;
}

void virtio_snd_destroy(struct virtio_snd *snd)
{
    free(snd);
}

struct virtio_device virtio_snd_device(struct virtio_snd *snd)
{
    return (struct virtio_device){.class = &snd_class, .state = snd};
}
