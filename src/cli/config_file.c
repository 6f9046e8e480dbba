/* SPDX-License-Identifier: MIT */
#include "cli/config_file.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/nearest.h"
#include "cli/config_path.h"

#define FILE_BYTES_MAX (UINT32_C(1) << 20)
/* How often one number may repeat an option without an argument. */
#define TIMES_MAX 9u

struct text {
    struct text *next;
    char *bytes;
};

struct config_file {
    struct config_file *before;
    const char *path;
    char *folder; /* "" or with a slash at its end */
    char *json;
    struct text *texts; /* the values that somebody was told of */
};

/* A place in a text that is known to be JSON. */
struct token {
    const char *begin, *end;
};

static bool read_all(struct config_file *file, FILE *stream, size_t *bytes, struct error *err)
{
    file->json = malloc(FILE_BYTES_MAX + 1);
    if (file->json == NULL)
        return error_set(err, "out of memory");
    *bytes = fread(file->json, 1, FILE_BYTES_MAX + 1, stream);
    if (ferror(stream))
        return error_set(err, "--config '%.200s': %s", file->path, strerror(errno));
    if (*bytes > FILE_BYTES_MAX)
        return error_set(err, "--config '%.200s': more than %u bytes: this is no file of options", file->path,
                         FILE_BYTES_MAX);
    file->json[*bytes] = '\0';
    return true;
}

static bool check_json(const struct config_file *file, size_t bytes, struct error *err)
{
    json_error_t wrong;
    json_t *root = json_loadb(file->json, bytes, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &wrong);
    bool object = json_is_object(root);
    if (root == NULL)
        return error_set(err, "%.200s:%d:%d: %.200s", file->path, wrong.line, wrong.column > 0 ? wrong.column : 1,
                         wrong.text);
    json_decref(root);
    return object || error_set(err, "%.200s:1:1: wants an object, {\"option\": value, ...}", file->path);
}

static bool read_file(struct config_file *file, struct error *err)
{
    size_t bytes = 0;
    FILE *stream = fopen(file->path, "re");
    if (stream == NULL)
        return error_set(err, "--config '%.200s': %s", file->path, strerror(errno));
    bool ok = read_all(file, stream, &bytes, err);
    fclose(stream);
    return ok && check_json(file, bytes, err);
}

struct config_file *config_file_open(const char *path, struct config_file *before, struct error *err)
{
    struct config_file *file = calloc(1, sizeof *file);
    char *folder = strndup(path, config_path_folder(path));
    if (file == NULL || folder == NULL) {
        free(file);
        free(folder);
        error_set(err, "out of memory");
        return NULL;
    }
    file->path = path;
    file->folder = folder;
    if (read_file(file, err)) {
        file->before = before;
        return file;
    }
    config_files_close(file);
    return NULL;
}

static void free_texts(struct text *text)
{
    for (struct text *next; text != NULL; text = next) {
        next = text->next;
        free(text->bytes);
        free(text);
    }
}

void config_files_close(struct config_file *last)
{
    for (struct config_file *before; last != NULL; last = before) {
        before = last->before;
        free_texts(last->texts);
        free(last->json);
        free(last->folder);
        free(last);
    }
}

static const char *skip_blank(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

static const char *skip_string(const char *at)
{
    for (at++; *at != '"'; at++)
        at += *at == '\\';
    return at + 1;
}

/* Behind the value that begins here. */
static const char *skip_value(const char *at)
{
    unsigned depth = 0;
    do {
        if (*at == '"') {
            at = skip_string(at);
            continue;
        }
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
        at++;
    } while (depth != 0 || (at[-1] != '}' && at[-1] != ']' && at[-1] != '"' && strchr(",]} \t\r\n", *at) == NULL));
    return at;
}

static struct token token_at(const char *at)
{
    at = skip_blank(at);
    return (struct token){at, skip_value(at)};
}

/* The value behind this one and a comma; false: it is the last. */
static bool next_token(struct token *token)
{
    const char *at = skip_blank(token->end);
    if (*at != ',')
        return false;
    *token = token_at(at + 1);
    return true;
}

/* Puts the place before the text of err; columns count characters, both begin with 1. */
static bool at_place(const struct config_file *file, const char *place, struct error *err)
{
    unsigned line = 1, column = 1;
    for (const char *c = file->json; c < place; c++) {
        column = *c == '\n' ? 1 : column + ((*c & 0xc0) != 0x80);
        line += *c == '\n';
    }
    return error_prefix(err, "%.200s:%u:%u", file->path, line, column);
}

static bool keep(struct config_file *file, char *bytes, struct error *err)
{
    struct text *text = malloc(sizeof *text);
    if (text == NULL || bytes == NULL) {
        free(text);
        free(bytes);
        return error_set(err, "out of memory");
    }
    *text = (struct text){file->texts, bytes};
    file->texts = text;
    return true;
}

bool config_takes(const struct option_row *row)
{
    return row->name != NULL && strcmp(row->name, "config") != 0 && strcmp(row->name, "save-config") != 0;
}

bool config_takes_number(const struct option_row *row)
{
    static const char *const numbers[] = {"N", "SIZE", "SECONDS", "ADDRESS", "PORT"};
    if (row->argument == NULL)
        return row->list;
    const char *word = row->argument + option_argument_is_optional(row);
    size_t length = strcspn(word, "|]");
    for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
        if (strlen(numbers[i]) == length && memcmp(numbers[i], word, length) == 0)
            return true;
    return strspn(word, "0123456789") == length;
}

static bool may_be_bare(const struct option_row *row)
{
    return row->argument == NULL || option_argument_is_optional(row);
}

static bool wrong_type(const struct option_row *row, struct error *err)
{
    bool list = row->list && row->argument != NULL;
    return error_set(err, "\"%s\" wants %s%s%s%s", row->name, may_be_bare(row) ? "true or false" : "",
                     row->argument != NULL && may_be_bare(row) ? ", or " : "",
                     row->argument == NULL      ? (row->list ? ", or a number up to 9" : "")
                     : config_takes_number(row) ? "a number or a string"
                                                : "a string",
                     list ? ", or an array of such" : "");
}

/* Values as they stand in the arguments: strings without their escapes, numbers as they are written. */
static char *value_text(const struct token *value)
{
    if (*value->begin != '"')
        return strndup(value->begin, (size_t)(value->end - value->begin));
    json_t *string = json_loadb(value->begin, (size_t)(value->end - value->begin), JSON_DECODE_ANY, NULL);
    char *text = string != NULL ? strdup(json_string_value(string)) : NULL;
    json_decref(string);
    return text;
}

static bool use_text(struct config_file *file, const struct option_row *row, const struct token *value,
                     const struct option_visitor *visitor, struct error *err)
{
    const struct config_move move = {"", file->folder};
    char *text = value_text(value);
    char *moved = text != NULL ? config_path_move(row, text, &move) : NULL;
    free(text);
    return keep(file, moved, err) && option_visit(visitor, row, file->texts->bytes, err);
}

/* So many times, for an option without an argument. */
static bool use_times(const struct option_row *row, const struct token *value, const struct option_visitor *visitor,
                      struct error *err)
{
    if (value->end - value->begin != 1 || *value->begin < '0')
        return wrong_type(row, err);
    for (char n = '0'; n < *value->begin; n++)
        if (!option_visit(visitor, row, NULL, err))
            return false;
    return true;
}

static bool use_scalar(struct config_file *file, const struct option_row *row, const struct token *value,
                       const struct option_visitor *visitor, struct error *err)
{
    bool number = strchr("-0123456789", *value->begin) != NULL;
    if (number && config_takes_number(row) && row->argument == NULL)
        return use_times(row, value, visitor, err);
    if (number ? config_takes_number(row) : *value->begin == '"' && row->argument != NULL)
        return use_text(file, row, value, visitor, err);
    if (*value->begin == 't' && may_be_bare(row))
        return option_visit(visitor, row, NULL, err);
    bool absent = *value->begin == 'n' || (*value->begin == 'f' && may_be_bare(row));
    return absent || wrong_type(row, err);
}

static bool use_list(struct config_file *file, const struct option_row *row, const struct token *value,
                     const struct option_visitor *visitor, struct error *err)
{
    struct token element = {skip_blank(value->begin + 1), NULL};
    if (*element.begin == ']')
        return true;
    element = token_at(element.begin);
    do {
        if (!use_scalar(file, row, &element, visitor, err))
            return at_place(file, element.begin, err);
    } while (next_token(&element));
    return true;
}

static bool unknown(const char *name, struct error *err)
{
    size_t count;
    const struct option_row *rows = option_table(&count);
    struct nearest nearest = {.typed = name};
    for (size_t i = 0; i < count; i++)
        if (rows[i].name != NULL && config_takes(&rows[i]))
            nearest_offer(&nearest, rows[i].name);
    if (nearest.best != NULL)
        return error_set(err, "unknown option \"%.100s\"; did you mean \"%s\"?", name, nearest.best);
    return error_set(err, "unknown option \"%.100s\"; microvm run --help lists them", name);
}

static bool use_member(struct config_file *file, const struct token *key, const struct token *value,
                       const struct option_visitor *visitor, struct error *err)
{
    char *name = value_text(key);
    if (!keep(file, name, err))
        return false;
    if (strcmp(name, "$schema") == 0)
        return true;
    const struct option_row *row = option_find(name, strlen(name));
    if (row == NULL)
        return unknown(name, err) || at_place(file, key->begin, err);
    if (!config_takes(row))
        return error_set(err, "\"%s\" is for the command line alone", name) || at_place(file, key->begin, err);
    if (*value->begin == '[' && row->list && row->argument != NULL)
        return use_list(file, row, value, visitor, err);
    return use_scalar(file, row, value, visitor, err) || at_place(file, value->begin, err);
}

static bool walk_file(struct config_file *file, const struct option_visitor *visitor, struct error *err)
{
    struct token key = {skip_blank(skip_blank(file->json) + 1), NULL};
    if (*key.begin == '}')
        return true;
    key = token_at(key.begin);
    for (;;) {
        struct token value = token_at(skip_blank(key.end) + 1);
        if (!use_member(file, &key, &value, visitor, err))
            return false;
        key = value;
        if (!next_token(&key))
            return true;
    }
}

bool config_files_walk(struct config_file *last, const struct option_visitor *visitor, struct error *err)
{
    return last == NULL || (config_files_walk(last->before, visitor, err) && walk_file(last, visitor, err));
}
