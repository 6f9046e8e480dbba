/* SPDX-License-Identifier: MIT */
#include "host/journal.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "host/journal_memory.h"

#define CHUNK_SHIFT JOURNAL_CHUNK_SHIFT
#define CHUNK_BYTES JOURNAL_CHUNK_BYTES
/* Of a number in groups of 7 bits. */
#define WORD_BYTES 10
#define WORDS_MAX 8
/* Room for the bytes of nearly all events. */
#define MIN_PAYLOAD 256

const bool journal_kind_is_forced[JOURNAL_KINDS] = {
#define KIND(name, forced, meaning) [JOURNAL_##name] = (forced),
#include "host/journal_kind.def"
#undef KIND
};

struct payload {
    uint8_t *bytes;
    size_t room;
};

struct journal_body {
    const uint64_t *steps;
    struct journal_sink sink;
    bool has_sink, keeps;
    bool failed; /* out of memory: there is a gap */
    bool loaded; /* comes from a file */
    struct journal_memory *memory;
    /* Chunk n holds the bytes from n * CHUNK_BYTES on; those before first are forgotten. */
    uint8_t **chunks;
    uint64_t first, count, room;
    uint64_t end;           /* bytes in all, from the beginning */
    uint64_t crowded_at;    /* the most that is not crowded */
    uint64_t read;          /* of a replay: behind the head, */
    uint64_t at;            /* and where the head begins */
    struct payload payload; /* the head's bytes, */
    struct payload taken;   /* and those of the event that was taken last */
};

struct journal *journal_create(void)
{
    struct journal *journal = calloc(1, sizeof *journal);
    struct journal_body *body = calloc(1, sizeof *body);
    struct journal_memory *memory = journal_memory_create();
    if (journal != NULL && body != NULL && memory != NULL) {
        body->memory = memory;
        body->crowded_at = UINT64_MAX;
        journal->body = body;
        return journal;
    }
    journal_memory_destroy(memory);
    free(journal);
    free(body);
    return NULL;
}

void journal_destroy(struct journal *journal)
{
    if (journal == NULL)
        return;
    struct journal_body *body = journal->body;
    for (uint64_t i = 0; i < body->count; i++)
        journal_memory_give_back(body->memory, body->chunks[i]);
    journal_memory_destroy(body->memory);
    free(body->chunks);
    free(body->payload.bytes);
    free(body->taken.bytes);
    free(body);
    free(journal);
}

void journal_set_steps(struct journal *journal, const uint64_t *steps)
{
    journal->body->steps = steps;
}

static void consider_recording(struct journal *journal)
{
    const struct journal_body *body = journal->body;
    journal->records = !journal->replays && !body->failed && (body->keeps || body->has_sink);
}

void journal_keep(struct journal *journal, bool keep)
{
    journal->body->keeps = keep;
    consider_recording(journal);
}

void journal_set_sink(struct journal *journal, const struct journal_sink *sink)
{
    journal->body->has_sink = sink != NULL;
    if (sink != NULL)
        journal->body->sink = *sink;
    consider_recording(journal);
}

/* Bytes in chunks. */

static bool make_room_for_chunk(struct journal_body *body)
{
    if (body->count < body->room)
        return true;
    uint64_t room = body->room == 0 ? 16 : 2 * body->room;
    uint8_t **chunks = realloc(body->chunks, room * sizeof *chunks);
    if (chunks == NULL)
        return false;
    body->chunks = chunks;
    body->room = room;
    return true;
}

/* The chunk that the next byte goes to. */
static uint8_t *last_chunk(struct journal_body *body)
{
    if (body->count == 0)
        body->first = body->end >> CHUNK_SHIFT;
    if ((body->end >> CHUNK_SHIFT) < body->first + body->count)
        return body->chunks[body->count - 1];
    if (!make_room_for_chunk(body))
        return NULL;
    uint8_t *chunk = journal_memory_take(body->memory);
    if (chunk != NULL)
        body->chunks[body->count++] = chunk;
    return chunk;
}

static bool append(struct journal_body *body, const uint8_t *bytes, size_t count)
{
    while (count > 0) {
        uint8_t *chunk = last_chunk(body);
        if (chunk == NULL)
            return false;
        uint64_t within = body->end & (CHUNK_BYTES - 1);
        size_t piece = count < CHUNK_BYTES - within ? count : (size_t)(CHUNK_BYTES - within);
        memcpy(chunk + within, bytes, piece);
        body->end += piece;
        bytes += piece;
        count -= piece;
    }
    return true;
}

static void copy_out(const struct journal_body *body, uint64_t position, uint8_t *to, size_t count)
{
    while (count > 0) {
        uint64_t within = position & (CHUNK_BYTES - 1);
        size_t piece = count < CHUNK_BYTES - within ? count : (size_t)(CHUNK_BYTES - within);
        memcpy(to, body->chunks[(position >> CHUNK_SHIFT) - body->first] + within, piece);
        position += piece;
        to += piece;
        count -= piece;
    }
}

uint64_t journal_end(const struct journal *journal)
{
    return journal->body->end;
}

uint64_t journal_position(const struct journal *journal)
{
    const struct journal_body *body = journal->body;
    return journal->replays && journal->has_head ? body->at : body->end;
}

void journal_copy(const struct journal *journal, uint64_t position, void *bytes, size_t count)
{
    copy_out(journal->body, position, bytes, count);
}

void journal_forget(struct journal *journal, uint64_t position)
{
    struct journal_body *body = journal->body;
    uint64_t gone = 0;
    while (gone < body->count && (body->first + gone + 1) << CHUNK_SHIFT <= position)
        journal_memory_give_back(body->memory, body->chunks[gone++]);
    if (gone == 0)
        return;
    memmove(body->chunks, body->chunks + gone, (body->count - gone) * sizeof *body->chunks);
    body->first += gone;
    body->count -= gone;
}

void journal_crowd_after(struct journal *journal, uint64_t bytes)
{
    journal->body->crowded_at = journal->body->end + bytes;
    journal->crowded = false;
}

void journal_trim_memory(struct journal *journal, uint64_t bytes)
{
    journal_memory_trim(journal->body->memory, bytes);
}

size_t journal_bytes(const struct journal *journal)
{
    const struct journal_body *body = journal->body;
    uint64_t used = body->count != 0 ? body->end - (body->first << CHUNK_SHIFT) : 0;
    return (size_t)used + body->room * sizeof *body->chunks + body->payload.room + body->taken.room;
}

bool journal_is_whole(const struct journal *journal)
{
    return !journal->body->failed;
}

void journal_break(struct journal *journal)
{
    journal->body->failed = true;
    consider_recording(journal);
}

/* Writing. */

static size_t put_word(uint8_t *bytes, uint64_t word)
{
    size_t count = 0;
    for (; word >= 0x80; word >>= 7)
        bytes[count++] = (uint8_t)(word | 0x80);
    bytes[count++] = (uint8_t)word;
    return count;
}

static void record(struct journal *journal, const void *bytes, size_t count)
{
    struct journal_body *body = journal->body;
    if (body->has_sink)
        body->sink.write(body->sink.owner, bytes, count);
    if (body->keeps && !append(body, bytes, count))
        journal_break(journal);
    journal->crowded = body->end > body->crowded_at;
}

static size_t put_words(uint8_t *bytes, const uint64_t *words, unsigned count)
{
    size_t used = 0;
    for (unsigned i = 0; i < count; i++)
        used += put_word(bytes + used, words[i]);
    return used;
}

void journal_put_behind_words(struct journal *journal, enum journal_kind kind, unsigned source, const uint64_t *words,
                              unsigned word_count, const void *bytes, size_t count)
{
    if (!journal->records || word_count > WORDS_MAX)
        return;
    uint8_t head[(5 + WORDS_MAX) * WORD_BYTES], first[WORDS_MAX * WORD_BYTES];
    size_t first_bytes = put_words(first, words, word_count);
    size_t used = put_word(head, kind);
    used += put_word(head + used, source);
    used += put_word(head + used, journal->occasion);
    used += put_word(head + used, journal->body->steps != NULL ? *journal->body->steps : 0);
    used += put_word(head + used, first_bytes + count);
    memcpy(head + used, first, first_bytes);
    record(journal, head, used + first_bytes);
    if (count > 0)
        record(journal, bytes, count);
}

void journal_put(struct journal *journal, enum journal_kind kind, unsigned source, const void *bytes, size_t count)
{
    journal_put_behind_words(journal, kind, source, NULL, 0, bytes, count);
}

void journal_put_words(struct journal *journal, enum journal_kind kind, unsigned source, const uint64_t *words,
                       unsigned count)
{
    journal_put_behind_words(journal, kind, source, words, count, NULL, 0);
}

/* Reading. What cannot be read is as if it did not fit. */

static bool get_word(const uint8_t *bytes, size_t count, size_t *at, uint64_t *word)
{
    *word = 0;
    for (unsigned shift = 0; *at < count && shift < 64; shift += 7) {
        uint8_t byte = bytes[(*at)++];
        *word |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0)
            return true;
    }
    return false;
}

static bool make_payload_room(struct payload *payload, uint64_t count)
{
    if (payload->bytes != NULL && count <= payload->room)
        return true;
    size_t room = count < MIN_PAYLOAD ? MIN_PAYLOAD : (size_t)count;
    uint8_t *bytes = realloc(payload->bytes, room);
    if (bytes == NULL)
        return false;
    *payload = (struct payload){bytes, room};
    return true;
}

/* What comes before an event's bytes. Returns how long it is; 0: there is none at this position. */
static size_t read_words(const struct journal_body *body, uint64_t position, uint64_t words[5])
{
    uint8_t bytes[5 * WORD_BYTES];
    uint64_t left = body->end - position;
    size_t have = left < sizeof bytes ? (size_t)left : sizeof bytes, used = 0;
    copy_out(body, position, bytes, have);
    for (unsigned i = 0; i < 5; i++)
        if (!get_word(bytes, have, &used, &words[i]))
            return 0;
    return words[0] < JOURNAL_KINDS && words[1] <= UINT32_MAX && words[4] <= left - used ? used : 0;
}

bool journal_has_end(const struct journal *journal)
{
    const struct journal_body *body = journal->body;
    uint64_t words[5] = {JOURNAL_KINDS}, at = 0;
    size_t used = 1;
    while (at < body->end && (used = read_words(body, at, words)) != 0)
        at += used + words[4];
    return used != 0 && words[0] == JOURNAL_END;
}

void journal_trim(struct journal *journal)
{
    struct journal_body *body = journal->body;
    uint64_t words[5], at = 0, end = 0;
    size_t used;
    while (at < body->end && (used = read_words(body, at, words)) != 0) {
        at += used + words[4];
        if (words[0] == JOURNAL_MARK)
            end = at;
    }
    body->end = end;
}

static bool read_head(struct journal *journal)
{
    struct journal_body *body = journal->body;
    uint64_t words[5];
    size_t used = read_words(body, body->read, words);
    if (used == 0 || !make_payload_room(&body->payload, words[4]))
        return false;
    copy_out(body, body->read + used, body->payload.bytes, (size_t)words[4]);
    journal->head = (struct journal_event){
        .kind = (enum journal_kind)words[0],
        .source = (unsigned)words[1],
        .occasion = words[2],
        .step = words[3],
        .bytes = body->payload.bytes,
        .count = (size_t)words[4],
    };
    body->read += used + words[4];
    return true;
}

static void advance(struct journal *journal)
{
    struct journal_body *body = journal->body;
    body->at = body->read;
    journal->has_head = !journal->lost && body->read < body->end;
    if (journal->has_head && !read_head(journal))
        journal_lose(journal);
}

/* Its bytes stay where they are; the next head's go to the other place. */
static void take(struct journal *journal, struct journal_event *event)
{
    struct journal_body *body = journal->body;
    *event = journal->head;
    struct payload taken = body->payload;
    body->payload = body->taken;
    body->taken = taken;
    advance(journal);
}

bool journal_take(struct journal *journal, enum journal_kind kind, unsigned source, struct journal_event *event)
{
    const struct journal_event *head = &journal->head;
    if (!journal->has_head || head->kind != kind || head->source != source || head->occasion != journal->occasion)
        return false;
    take(journal, event);
    return true;
}

bool journal_take_forced(struct journal *journal, struct journal_event *event)
{
    const struct journal_body *body = journal->body;
    if (journal_forced_step(journal) != *body->steps || journal->head.occasion != journal->occasion)
        return false;
    take(journal, event);
    return true;
}

size_t journal_event_words(const struct journal_event *event, uint64_t *words, unsigned count)
{
    size_t at = 0;
    for (unsigned i = 0; i < count; i++)
        if (!get_word(event->bytes, event->count, &at, &words[i]))
            return 0;
    return at;
}

bool journal_take_words(struct journal *journal, enum journal_kind kind, unsigned source, uint64_t *words,
                        unsigned count)
{
    struct journal_event event;
    if (!journal_take(journal, kind, source, &event))
        return false;
    if (journal_event_words(&event, words, count) != 0)
        return true;
    journal_lose(journal);
    return false;
}

bool journal_is_lost(const struct journal *journal)
{
    bool passed = journal->has_head && journal->head.occasion < journal->occasion;
    return journal->replays && (journal->lost || passed);
}

bool journal_ran_out(const struct journal *journal)
{
    return journal->replays && journal->body->loaded && !journal->has_head;
}

void journal_lose(struct journal *journal)
{
    journal->lost = true;
    journal->has_head = false;
}

void journal_replay_from(struct journal *journal, uint64_t position, uint64_t occasion)
{
    journal->occasion = occasion;
    journal->replays = true;
    journal->lost = false;
    journal->body->read = position;
    consider_recording(journal);
    advance(journal);
}

void journal_go_live(struct journal *journal)
{
    if (journal->body->loaded)
        return;
    journal->replays = journal->has_head = false;
    consider_recording(journal);
}

bool journal_load(struct journal *journal, const void *bytes, size_t count)
{
    struct journal_body *body = journal->body;
    bool whole = append(body, bytes, count);
    body->loaded = true;
    return whole;
}
