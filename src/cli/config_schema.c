/* SPDX-License-Identifier: MIT */
#include "cli/config_schema.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/config_file.h"

static json_t *words(const char *argument)
{
    json_t *list = json_array();
    for (const char *word = argument; *word != '\0'; word += strspn(word, "|")) {
        size_t length = strcspn(word, "|");
        json_array_append_new(list, json_stringn(word, length));
        word += length;
    }
    return list;
}

/* What one value of the option may be: any of these types, or a word. */
static json_t *types(const struct option_row *row)
{
    json_t *list = json_array();
    bool bare = row->argument == NULL || option_argument_is_optional(row);
    if (row->argument != NULL)
        json_array_append_new(list, json_string("string"));
    if (config_takes_number(row))
        json_array_append_new(list, json_string(row->argument == NULL ? "integer" : "number"));
    if (bare)
        json_array_append_new(list, json_string("boolean"));
    json_array_append_new(list, json_string("null"));
    return json_pack("{s:o}", "type", list);
}

static json_t *property(const struct option_row *row)
{
    json_t *one = types(row);
    if (row->completer == COMPLETE_WORDS && !config_takes_number(row)) {
        json_decref(one);
        one = json_pack("{s:o}", "enum", words(row->argument));
        json_array_append_new(json_object_get(one, "enum"), json_null());
    }
    if (row->list && row->argument != NULL)
        one = json_pack("{s:[O,{s:s,s:o}]}", "anyOf", one, "type", "array", "items", one);
    json_object_set_new(one, "description", json_string(row->meaning));
    return one;
}

bool config_print_schema(void)
{
    size_t count;
    const struct option_row *rows = option_table(&count);
    json_t *properties = json_pack("{s:{s:s}}", "$schema", "type", "string");
    for (size_t i = 0; i < count; i++)
        if (config_takes(&rows[i]))
            json_object_set_new(properties, rows[i].name, property(&rows[i]));
    json_t *root = json_pack("{s:s,s:s,s:s,s:b,s:o}", "$schema", "https://json-schema.org/draft/2020-12/schema",
                             "title", "options of microvm run, for --config", "type", "object", "additionalProperties",
                             0, "properties", properties);
    bool ok = root != NULL && json_dumpf(root, stdout, JSON_INDENT(4)) == 0;
    putchar('\n');
    json_decref(root);
    return ok;
}
