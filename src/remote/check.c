/* SPDX-License-Identifier: MIT */
/* Whether the parameters of a request are what method.def says. */
#include <inttypes.h>
#include <string.h>

#include "base/nearest.h"
#include "remote/table.h"

#define HEX_DIGITS "0123456789abcdefABCDEF"

bool remote_is_word(const char *text)
{
    size_t digits = strncmp(text, "0x", 2) == 0 ? strspn(text + 2, HEX_DIGITS) : 0;
    return digits >= 1 && digits <= 16 && text[2 + digits] == '\0';
}

static bool is_choice(const json_t *value, const char *words)
{
    return json_is_string(value) && remote_word_index(words, json_string_value(value)) >= 0;
}

static bool are_choices(const json_t *value, const char *words)
{
    for (size_t i = 0; i < json_array_size(value); i++)
        if (!is_choice(json_array_get(value, i), words))
            return false;
    return json_is_array(value);
}

static bool is_count(const json_t *value, const struct remote_type *type)
{
    json_int_t number = json_integer_value(value);
    return json_is_integer(value) && number >= type->low && number <= type->high;
}

static bool fits(const json_t *value, const struct remote_type *type)
{
    const char *text = json_string_value(value);
    switch (type->shape) {
    case REMOTE_WORD: return text != NULL && remote_is_word(text);
    case REMOTE_ADDRESS: return text != NULL && text[0] != '\0' && strlen(text) <= REMOTE_ADDRESS_BYTES;
    case REMOTE_COUNT: return is_count(value, type);
    case REMOTE_TEXT: return text != NULL;
    case REMOTE_BYTES: return text != NULL && strlen(text) % 2 == 0 && text[strspn(text, HEX_DIGITS)] == '\0';
    case REMOTE_BOOLEAN: return json_is_boolean(value);
    case REMOTE_CHOICE: return is_choice(value, type->words);
    case REMOTE_CHOICES: return are_choices(value, type->words);
    default: return false;
    }
}

static bool misfit(struct remote_call *call, const struct remote_row *row)
{
    const struct remote_type *type = &row->type;
    const char *name = row->name;
    switch (type->shape) {
    case REMOTE_WORD:
        return remote_fail(call, REMOTE_BAD_PARAMS, "params.%s: wants a word such as \"0x80000000\"", name);
    case REMOTE_ADDRESS:
        return remote_fail(call, REMOTE_BAD_PARAMS,
                           "params.%s: wants a word such as \"0x80000000\", or a symbol as \"main\" or \"main+0x10\"",
                           name);
    case REMOTE_COUNT:
        return remote_fail(call, REMOTE_BAD_PARAMS, "params.%s: wants an integer from %" PRId64 " to %" PRId64, name,
                           type->low, type->high);
    case REMOTE_BYTES:
        return remote_fail(call, REMOTE_BAD_PARAMS, "params.%s: wants two hexadecimal digits for each byte", name);
    case REMOTE_BOOLEAN: return remote_fail(call, REMOTE_BAD_PARAMS, "params.%s: wants true or false", name);
    case REMOTE_CHOICE: return remote_fail(call, REMOTE_BAD_PARAMS, "params.%s: wants one of %s", name, type->words);
    case REMOTE_CHOICES:
        return remote_fail(call, REMOTE_BAD_PARAMS, "params.%s: wants a list of %s", name, type->words);
    default: return remote_fail(call, REMOTE_BAD_PARAMS, "params.%s: wants a string", name);
    }
}

static bool unknown_param(struct remote_call *call, const struct remote_row *method, const char *name)
{
    struct nearest nearest = {.typed = name};
    const struct remote_row *row = method;
    while ((row = remote_next(row, REMOTE_PARAM)) != NULL)
        nearest_offer(&nearest, row->name);
    if (nearest.best != NULL)
        return remote_fail(call, REMOTE_BAD_PARAMS, "%s: unknown parameter '%.100s'; did you mean %s?", method->name,
                           name, nearest.best);
    return remote_fail(call, REMOTE_BAD_PARAMS, "%s: unknown parameter '%.100s'", method->name, name);
}

static const struct remote_row *find_param(const struct remote_row *method, const char *name)
{
    const struct remote_row *row = method;
    while ((row = remote_next(row, REMOTE_PARAM)) != NULL)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

bool remote_check(struct remote_call *call, const struct remote_row *method)
{
    const char *name;
    json_t *value;
    json_object_foreach(call->params, name, value)
    {
        const struct remote_row *row = find_param(method, name);
        if (row == NULL)
            return unknown_param(call, method, name);
        if (!fits(value, &row->type))
            return misfit(call, row);
    }
    const struct remote_row *row = method;
    while ((row = remote_next(row, REMOTE_PARAM)) != NULL)
        if (!row->optional && !remote_has(call, row->name))
            return remote_fail(call, REMOTE_BAD_PARAMS, "%s: wants the parameter %s (%s)", method->name, row->name,
                               row->meaning);
    return true;
}
