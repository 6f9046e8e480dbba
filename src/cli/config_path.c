/* SPDX-License-Identifier: MIT */
#include "cli/config_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"

/* Where file names stand behind something else. Those of options whose completion is FILE are what the value begins with. */
static const struct place {
    const char *option;
    const char *before; /* what a part of the value, between single commas, begins with */
} places[] = {
    {"hvc", "unix:"},   {"hvc", "file:"},         {"gdb", ""},
    {"vsock", "path="}, {"net", "path="},         {"net", "local="},
    {"net", "remote="}, {"display", "vnc=unix:"}, {"display", "password-file="},
    {"audio", "wav:"},  {"audio", "in="},
};

bool config_path_knows(const struct option_row *row)
{
    for (size_t i = 0; i < ARRAY_SIZE(places); i++)
        if (strcmp(places[i].option, row->name) == 0)
            return true;
    return row->completer == COMPLETE_FILE;
}

size_t config_path_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? (size_t)(slash - path) + 1 : 0;
}

static bool has_parts(const struct option_row *row)
{
    return strchr(row->argument, ',') != NULL;
}

/* Bytes up to the next single comma. */
static size_t part_length(const struct option_row *row, const char *text)
{
    size_t at = 0;
    if (!has_parts(row))
        return strlen(text);
    while (text[at] != '\0' && (text[at] != ',' || text[at + 1] == ','))
        at += text[at] == ',' ? 2 : 1;
    return at;
}

/* The bytes of a part before its file name; false: it has none. */
static bool name_begins(const struct option_row *row, const char *part, bool first, size_t *before)
{
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        *before = strlen(places[i].before);
        if (strcmp(places[i].option, row->name) == 0 && strncmp(part, places[i].before, *before) == 0)
            return *before != 0 || first;
    }
    *before = 0;
    return first && row->completer == COMPLETE_FILE;
}

/* One of the words between '|' that the option takes in a name's place; capitals say what a word stands for. */
static bool is_word(const char *argument, const char *name, size_t length)
{
    if (name[0] >= 'A' && name[0] <= 'Z')
        return false;
    for (const char *word = argument; *word != '\0'; word += strspn(word, "[]|")) {
        size_t size = strcspn(word, "[]|");
        if (size == length && memcmp(word, name, length) == 0)
            return true;
        word += size;
    }
    return false;
}

/* A port's number, a URI and a name from the root are the same from everywhere. */
static bool is_relative(const struct option_row *row, const char *name, size_t length)
{
    const char *uri = strstr(name, "://");
    bool port = strstr(row->argument, "PORT") != NULL && strspn(name, "0123456789") >= length;
    bool elsewhere = length == 0 || name[0] == '/' || port || (uri != NULL && (size_t)(uri - name) < length);
    return !elsewhere && !is_word(row->argument, name, length);
}

/* In values with parts the folder's commas are doubled as the name's are. */
static void add_folder(FILE *out, const struct option_row *row, const char *folder)
{
    for (; *folder != '\0'; folder++)
        fputs((const char[]){*folder, has_parts(row) && *folder == ',' ? ',' : '\0', '\0'}, out);
}

/* Bytes of the name that are the folder; 0: it is in another. */
static size_t inside(const struct option_row *row, const char *name, size_t length, const char *folder)
{
    size_t at = 0;
    for (; *folder != '\0' && at < length && name[at] == *folder; folder++)
        at += has_parts(row) && *folder == ',' ? 2 : 1;
    return *folder == '\0' && at < length ? at : 0;
}

static void move_name(FILE *out, const struct option_row *row, const char *name, size_t length,
                      const struct config_move *move)
{
    size_t dropped = inside(row, name, length, move->drop);
    if (is_relative(row, name, length) && dropped == 0)
        add_folder(out, row, move->add);
    fwrite(name + dropped, 1, length - dropped, out);
}

char *config_path_move(const struct option_row *row, const char *value, const struct config_move *move)
{
    char *moved = NULL;
    size_t bytes, before = 0;
    FILE *out = open_memstream(&moved, &bytes);
    if (out == NULL)
        return NULL;
    for (const char *part = value;; fputc(*part++, out)) {
        size_t length = part_length(row, part);
        bool named = name_begins(row, part, part == value, &before);
        fwrite(part, 1, named ? before : length, out);
        if (named)
            move_name(out, row, part + before, length - before, move);
        part += length;
        if (*part == '\0')
            break;
    }
    if (fclose(out) == 0)
        return moved;
    free(moved);
    return NULL;
}
