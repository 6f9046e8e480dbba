/* SPDX-License-Identifier: MIT */
#include "host/console/line_editor.h"

#include <stdlib.h>
#include <string.h>

#include "host/console/line_library.h"

#define ESCAPE 0x1b
#define KEYS_BYTES 4096
#define LISTED_MAX 100
#define WORD_BYTES 128
#define ERASE_LINE "\r\033[K"

enum { CTRL_C = 0x03, CTRL_D = 0x04, BACKSPACE = 0x08, TAB = 0x09, CTRL_U = 0x15, DELETE = 0x7f };

/* The words that may complete the present one. */
struct completion {
    const char *typed;
    unsigned count;
    char common[WORD_BYTES]; /* what all begin with */
    char listed[LISTED_MAX][WORD_BYTES];
    char more[WORD_BYTES]; /* what is to be added */
};

struct line_editor {
    struct line_editor_config config;
    struct line_library *library; /* NULL: without */
    bool looked;                  /* for it */
    bool typing;                  /* a line is begun */
    bool shown;
    size_t key_count, length;
    char keys[KEYS_BYTES]; /* typed and not yet taken */
    char line[LINE_EDITOR_BYTES];
    struct completion completion;
};

static void put(struct line_editor *e, const char *text, size_t bytes)
{
    e->config.write(e->config.owner, text, bytes);
}

static void put_text(struct line_editor *e, const char *text)
{
    put(e, text, strlen(text));
}

/* Completion. */

static void take_offer(void *list, const char *word)
{
    struct completion *c = list;
    for (unsigned i = 0; i < c->count && i < LISTED_MAX; i++)
        if (strcmp(c->listed[i], word) == 0)
            return;
    if (strlen(word) >= WORD_BYTES)
        return;
    if (c->count < LISTED_MAX)
        strcpy(c->listed[c->count], word);
    if (c->count++ == 0)
        strcpy(c->common, word);
    size_t same = 0;
    while (c->common[same] != '\0' && c->common[same] == word[same])
        same++;
    c->common[same] = '\0';
}

static void list_words(struct line_editor *e)
{
    const struct completion *c = &e->completion;
    put_text(e, "\n");
    for (unsigned i = 0; i < c->count && i < LISTED_MAX; i++) {
        put_text(e, c->listed[i]);
        put_text(e, i + 1 < c->count && i + 1 < LISTED_MAX ? "  " : "");
    }
    put_text(e, c->count > LISTED_MAX ? "  ...\n" : "\n");
}

/* What Tab adds. Where several words are meant and nothing more is common to them, they are listed. */
static const char *complete(void *owner, const char *line, bool *listed)
{
    struct line_editor *e = owner;
    struct completion *c = &e->completion;
    *c = (struct completion){0};
    size_t start = e->config.complete(e->config.owner, line, c, take_offer);
    size_t typed = strlen(line) - start, common = strlen(c->common);
    if (c->count > 1 && common <= typed) {
        *listed = true;
        list_words(e);
    } else if (c->count > 0 && common >= typed) {
        strcpy(c->more, c->common + typed);
        if (c->count == 1 && strlen(c->more) + 1 < sizeof c->more)
            strcat(c->more, " ");
    }
    return c->more;
}

static void library_write(void *owner, const char *text, size_t bytes)
{
    put(owner, text, bytes);
}

struct line_editor *line_editor_create(const struct line_editor_config *config, struct error *err)
{
    struct line_editor *e = calloc(1, sizeof *e);
    if (e == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    e->config = *config;
    return e;
}

void line_editor_destroy(struct line_editor *e)
{
    if (e == NULL)
        return;
    line_library_destroy(e->library);
    free(e);
}

/* Without the library. */

static void draw_plain(struct line_editor *e)
{
    put_text(e, e->config.prompt);
    put(e, e->line, e->length);
}

static void add_plain(struct line_editor *e, const char *text)
{
    for (; *text != '\0' && e->length + 1 < sizeof e->line; text++) {
        e->line[e->length++] = *text;
        put(e, text, 1);
    }
    e->line[e->length] = '\0';
}

static void complete_plain(struct line_editor *e)
{
    bool listed = false;
    const char *more = complete(e, e->line, &listed);
    if (listed)
        draw_plain(e);
    add_plain(e, more);
}

static void rub_out(struct line_editor *e)
{
    if (e->length == 0)
        return;
    e->line[--e->length] = '\0';
    put_text(e, "\b \b");
}

/* The line, if the key ends it. Keys of several bytes mean nothing here. */
static const char *plain_key(struct line_editor *e, const char *key, size_t count)
{
    char text[2] = {key[0], '\0'};
    if (count > 1)
        return NULL;
    switch (key[0]) {
    case '\r':
    case '\n': put_text(e, "\n"); return e->line;
    case BACKSPACE:
    case DELETE: rub_out(e); break;
    case CTRL_U:
        while (e->length > 0)
            rub_out(e);
        break;
    case TAB: complete_plain(e); break;
    default:
        if (key[0] >= ' ')
            add_plain(e, text);
    }
    return NULL;
}

/* Either way. */

/* Not before there is somebody who types: most runs have no use for it. */
static void look_for_library(struct line_editor *e)
{
    struct line_library_config library = {
        .prompt = e->config.prompt,
        .size_fd = e->config.size_fd,
        .owner = e,
        .write = library_write,
        .complete = complete,
    };
    if (!e->config.plain && !e->looked)
        e->library = line_library_create(&library);
    e->looked = true;
}

static bool is_empty(struct line_editor *e)
{
    return e->library != NULL ? line_library_is_empty(e->library) : e->length == 0;
}

void line_editor_begin(struct line_editor *e)
{
    look_for_library(e);
    e->length = 0;
    e->line[0] = '\0';
    e->typing = e->shown = true;
    if (e->library != NULL)
        line_library_begin(e->library);
    else
        draw_plain(e);
}

void line_editor_hide(struct line_editor *e)
{
    if (e->typing && e->shown)
        put_text(e, ERASE_LINE);
    e->shown = false;
}

void line_editor_show(struct line_editor *e)
{
    if (e->shown || !e->typing)
        return;
    e->shown = true;
    if (e->library != NULL)
        line_library_draw(e->library);
    else
        draw_plain(e);
}

void line_editor_end(struct line_editor *e)
{
    line_editor_hide(e);
    e->typing = false;
    e->key_count = 0;
}

bool line_editor_is_shown(const struct line_editor *e)
{
    return e->shown || !e->typing;
}

/* How many of the bytes are the first key; 0: it is not there as a whole. Sequences are ESC and one byte, ESC O and one, or
 * ESC [ up to a byte from @ on. */
static size_t key_length(const char *keys, size_t count)
{
    if (keys[0] != ESCAPE)
        return 1;
    if (count < 2)
        return 0;
    if (keys[1] == 'O')
        return count < 3 ? 0 : 3;
    if (keys[1] != '[')
        return 2;
    for (size_t i = 2; i < count; i++)
        if (keys[i] >= '@')
            return i + 1;
    return 0;
}

static void abandon_line(struct line_editor *e)
{
    put_text(e, "^C\n");
    line_editor_begin(e);
}

static void finish_line(struct line_editor *e, const char *line)
{
    char copy[LINE_EDITOR_BYTES];
    size_t length = strnlen(line, sizeof copy - 1);
    memcpy(copy, line, length);
    copy[length] = '\0';
    e->typing = false;
    e->config.line(e->config.owner, copy);
}

static void serve_key(struct line_editor *e, const char *key, size_t count)
{
    line_editor_show(e);
    if (key[0] == CTRL_C) {
        abandon_line(e);
    } else if (key[0] == CTRL_D && is_empty(e)) {
        e->typing = false;
        put_text(e, "\n");
        e->config.closed(e->config.owner);
    } else {
        const char *line = e->library != NULL ? line_library_key(e->library, key, count) : plain_key(e, key, count);
        if (line != NULL)
            finish_line(e, line);
    }
}

/* What is no ASCII is no part of a command. */
static size_t take_key(struct line_editor *e, char key[KEYS_BYTES])
{
    size_t length = e->key_count > 0 ? key_length(e->keys, e->key_count) : 0;
    memcpy(key, e->keys, length);
    e->key_count -= length;
    memmove(e->keys, e->keys + length, e->key_count);
    return length;
}

void line_editor_type(struct line_editor *e, const char *keys, size_t count)
{
    char key[KEYS_BYTES];
    size_t room = sizeof e->keys - e->key_count, length;
    count = count < room ? count : room;
    memcpy(e->keys + e->key_count, keys, count);
    e->key_count += count;
    while (e->typing && (length = take_key(e, key)) > 0)
        if (length > 1 || (unsigned char)key[0] < 0x80)
            serve_key(e, key, length);
    if (e->key_count == sizeof e->keys)
        e->key_count = 0; /* an escape sequence without end */
}
