/* SPDX-License-Identifier: MIT */
#include "cli/config_save.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/config_file.h"
#include "cli/config_path.h"
#include "host/atomic_file.h"

#define INDENTATION 4
/* Digits that a JSON number surely keeps. */
#define DIGITS_MAX 15

struct collector {
    json_t *members; /* in the order of their last use: a later one may change what an earlier one has done */
    struct config_move move;
};

static bool is_plain_number(const char *text)
{
    size_t length = strlen(text);
    bool leading_zero = text[0] == '0' && length > 1;
    return length <= DIGITS_MAX && strspn(text, "0123456789") == length && !leading_zero;
}

static json_t *value_of(const struct option_row *row, const char *value)
{
    bool number = config_takes_number(row) && is_plain_number(value);
    return number ? json_integer(strtoll(value, NULL, 10)) : json_string(value);
}

/* NULL: it cannot be told in JSON. */
static json_t *moved_value(const struct collector *c, const struct option_row *row, const char *value)
{
    if (value == NULL)
        return json_true();
    char *moved = config_path_move(row, value, &c->move);
    json_t *result = moved != NULL ? value_of(row, moved) : NULL;
    free(moved);
    return result;
}

/* The next of several: a number counts those without an argument. */
static json_t *added(const json_t *old, const struct option_row *row, json_t *value)
{
    if (row->argument == NULL) {
        json_decref(value);
        return json_integer(json_integer_value(old) + 1);
    }
    json_t *list = json_is_array(old) ? json_copy((json_t *)(uintptr_t)old) : json_array();
    json_array_append_new(list, value);
    return list;
}

/* A kernel and an example take each other's place. */
static void drop_other(struct collector *c, const struct option_row *row)
{
    if (strcmp(row->name, "kernel") == 0)
        json_object_del(c->members, "example");
    if (strcmp(row->name, "example") == 0)
        json_object_del(c->members, "kernel");
}

static bool collect(void *owner, const struct option_row *row, const char *value, struct error *err)
{
    struct collector *c = owner;
    if (!config_takes(row))
        return true;
    json_t *result = moved_value(c, row, value);
    if (result == NULL)
        return error_set(err, "--save-config: --%s '%.200s' is not UTF-8 text, which JSON is made of", row->name,
                         value);
    if (row->list)
        result = added(json_object_get(c->members, row->name), row, result);
    drop_other(c, row);
    json_object_del(c->members, row->name);
    return json_object_set_new(c->members, row->name, result) == 0 || error_set(err, "out of memory");
}

static bool write_text(const char *path, const char *text, struct error *err)
{
    struct atomic_file *file = atomic_file_open(path, file_calls_host(), err);
    if (file == NULL)
        return error_prefix(err, "--save-config");
    if (atomic_file_write(file, text, strlen(text), err) && atomic_file_write(file, "\n", 1, err))
        return atomic_file_commit(file, err) || error_prefix(err, "--save-config");
    atomic_file_abort(file);
    return error_prefix(err, "--save-config");
}

static bool write_members(const char *path, const json_t *members, struct error *err)
{
    char *text = json_dumps(members, JSON_INDENT(INDENTATION));
    bool ok = text != NULL ? write_text(path, text, err) : error_set(err, "out of memory");
    free(text);
    return ok;
}

/* Names become relative to the file's folder where they are in it, else absolute, unless the file goes to the present
 * folder. */
static bool choose_move(const char *path, char *folder, char *here, size_t size, struct error *err)
{
    size_t length = config_path_folder(path);
    here[0] = '\0';
    memcpy(folder, path, length);
    folder[length] = '\0';
    if (length == 0)
        return true;
    if (getcwd(here, size - 1) == NULL)
        return error_set(err, "--save-config: cannot tell the present folder: %s", strerror(errno));
    if (strcmp(here, "/") != 0)
        strcat(here, "/");
    return true;
}

bool config_save(const struct options *options, int count, char *const *arguments, struct error *err)
{
    char folder[PATH_MAX], here[PATH_MAX];
    if (strlen(options->save_config) >= sizeof folder)
        return error_set(err, "--save-config '%.200s...': %s", options->save_config, strerror(ENAMETOOLONG));
    if (!choose_move(options->save_config, folder, here, sizeof here, err))
        return false;
    struct collector collector = {json_object(), {folder, here}};
    const struct option_visitor visitor = {&collector, collect};
    bool ok = options_walk_all(options, count, arguments, &visitor, err) &&
              write_members(options->save_config, collector.members, err);
    json_decref(collector.members);
    return ok;
}
