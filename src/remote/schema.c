/* SPDX-License-Identifier: MIT */
#include "remote/schema.h"

#include <string.h>

#include "remote/table.h"

static json_t *reference(const char *prefix, const char *name)
{
    return json_pack("{s:o}", "$ref", json_sprintf("#/$defs/%s%s", prefix, name));
}

static json_t *choice(const char *words)
{
    json_t *list = json_array();
    for (size_t length; words[0] != '\0'; words += length + (words[length] == '|')) {
        length = strcspn(words, "|");
        json_array_append_new(list, json_stringn(words, length));
    }
    return json_pack("{s:o}", "enum", list);
}

static json_t *pattern(const char *text)
{
    return json_pack("{s:s, s:s}", "type", "string", "pattern", text);
}

static json_t *type_schema(const struct remote_type *type)
{
    switch (type->shape) {
    case REMOTE_WORD: return reference("", "word");
    case REMOTE_ADDRESS: return reference("", "address");
    case REMOTE_BYTES: return reference("", "bytes");
    case REMOTE_COUNT:
        return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum", (json_int_t)type->low, "maximum",
                         (json_int_t)type->high);
    case REMOTE_BOOLEAN: return json_pack("{s:s}", "type", "boolean");
    case REMOTE_CHOICE: return choice(type->words);
    case REMOTE_CHOICES: return json_pack("{s:s, s:o}", "type", "array", "items", choice(type->words));
    case REMOTE_ONE: return reference("object-", type->words);
    case REMOTE_LIST: return json_pack("{s:s, s:o}", "type", "array", "items", reference("object-", type->words));
    case REMOTE_WORDS: return json_pack("{s:s, s:o}", "type", "object", "additionalProperties", reference("", "word"));
    default: return json_pack("{s:s}", "type", "string");
    }
}

static json_t *closed_object(json_t *properties, json_t *required)
{
    return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties", properties, "required", required,
                     "additionalProperties", 0);
}

/* The rows of that kind as an object's properties; behind those that are there already. */
static json_t *rows_schema(const struct remote_row *of, enum remote_kind kind, json_t *properties, json_t *required)
{
    for (const struct remote_row *row = remote_next(of, kind); row != NULL; row = remote_next(row, kind)) {
        json_t *type = type_schema(&row->type);
        json_object_set_new(type, "description", json_string(row->meaning));
        json_object_set_new(properties, row->name, type);
        if (!row->optional)
            json_array_append_new(required, json_string(row->name));
    }
    return closed_object(properties, required);
}

static json_t *id_schema(bool may_be_null)
{
    return may_be_null ? json_pack("{s:[s, s, s]}", "type", "integer", "string", "null")
                       : json_pack("{s:[s, s]}", "type", "integer", "string");
}

static json_t *request_schema(const struct remote_row *method)
{
    json_t *params = rows_schema(method, REMOTE_PARAM, json_object(), json_array());
    bool needed = json_array_size(json_object_get(params, "required")) > 0;
    json_t *properties =
        json_pack("{s:o, s:{s:s}, s:o}", "id", id_schema(false), "method", "const", method->name, "params", params);
    return closed_object(properties, needed ? json_pack("[s, s, s]", "id", "method", "params")
                                            : json_pack("[s, s]", "id", "method"));
}

static json_t *event_schema(const struct remote_row *event)
{
    json_t *properties = json_pack("{s:{s:s}}", "event", "const", event->name);
    return rows_schema(event, REMOTE_MEMBER, properties, json_pack("[s]", "event"));
}

static json_t *reply_schema(void)
{
    json_t *codes = json_array();
    for (unsigned i = REMOTE_OK + 1; i < REMOTE_CODES; i++)
        json_array_append_new(codes, json_string(remote_failure(i)->name));
    json_t *error = closed_object(json_pack("{s:{s:o}, s:{s:s}}", "code", "enum", codes, "message", "type", "string"),
                                  json_pack("[s, s]", "code", "message"));
    json_t *good = closed_object(json_pack("{s:o, s:{s:s}}", "id", id_schema(false), "result", "type", "object"),
                                 json_pack("[s, s]", "id", "result"));
    json_t *bad = closed_object(json_pack("{s:o, s:o}", "id", id_schema(true), "error", error),
                                json_pack("[s, s]", "id", "error"));
    return json_pack("{s:s, s:[o, o]}", "description", "result is as result-METHOD says", "oneOf", good, bad);
}

static void define(json_t *definitions, const char *prefix, const struct remote_row *row, json_t *schema)
{
    char name[64];
    snprintf(name, sizeof name, "%s%s", prefix, row->name);
    json_object_set_new(schema, "description", json_string(row->meaning));
    json_object_set_new(definitions, name, schema);
}

static json_t *definitions_schema(void)
{
    size_t count;
    const struct remote_row *rows = remote_table(&count);
    json_t *requests = json_array(), *events = json_array();
    json_t *all =
        json_pack("{s:{s:o}, s:o, s:{s:o}, s:o, s:{s:s, s:i, s:i}, s:o}", "request", "oneOf", requests, "reply",
                  reply_schema(), "event", "oneOf", events, "word", pattern("^0x[0-9a-fA-F]{1,16}$"), "address", "type",
                  "string", "minLength", 1, "maxLength", REMOTE_ADDRESS_BYTES, "bytes", pattern("^([0-9a-fA-F]{2})*$"));
    for (size_t i = 0; i < count; i++) {
        const struct remote_row *row = &rows[i];
        if (row->kind == REMOTE_METHOD) {
            json_array_append_new(requests, reference("request-", row->name));
            define(all, "request-", row, request_schema(row));
            define(all, "result-", row, rows_schema(row, REMOTE_RESULT, json_object(), json_array()));
        } else if (row->kind == REMOTE_EVENT) {
            json_array_append_new(events, reference("event-", row->name));
            define(all, "event-", row, event_schema(row));
        } else if (row->kind == REMOTE_OBJECT) {
            define(all, "object-", row, rows_schema(row, REMOTE_MEMBER, json_object(), json_array()));
        }
    }
    return all;
}

bool remote_print_schema(FILE *out)
{
    json_t *schema =
        json_pack("{s:s, s:s, s:s, s:[o, o, o], s:o}", "$schema", "https://json-schema.org/draft/2020-12/schema",
                  "title", "A line of microvm's control socket", "description",
                  "Made by microvm schema json; docs/control.md explains it.", "oneOf", reference("", "request"),
                  reference("", "reply"), reference("", "event"), "$defs", definitions_schema());
    bool ok = schema != NULL && json_dumpf(schema, out, JSON_INDENT(1)) == 0;
    fputc('\n', out);
    json_decref(schema);
    return ok;
}
