/* SPDX-License-Identifier: MIT */
#include "remote/call.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "observe/symbols.h"
#include "remote/table.h"

static const char *const point_kinds[] = {[DEBUG_BREAK] = "break",
                                          [DEBUG_WATCH_WRITE] = "write",
                                          [DEBUG_WATCH_READ] = "read",
                                          [DEBUG_WATCH_ACCESS] = "access"};

const char *remote_point_kind(enum debug_kind kind)
{
    return point_kinds[kind];
}

/* In the words of REMOTE_MODES. */
const char *remote_mode(const struct hart *hart)
{
    if (hart->priv == PRIV_M)
        return "M";
    if (hart->virt)
        return hart->priv == PRIV_S ? "VS" : "VU";
    return hart->priv == PRIV_S ? "S" : "U";
}

bool remote_fail(struct remote_call *call, enum remote_code code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(call->error.text, sizeof call->error.text, format, arguments);
    va_end(arguments);
    call->code = code;
    return false;
}

bool remote_has(const struct remote_call *call, const char *name)
{
    return json_object_get(call->params, name) != NULL;
}

const char *remote_text(const struct remote_call *call, const char *name)
{
    return json_string_value(json_object_get(call->params, name));
}

uint64_t remote_count(const struct remote_call *call, const char *name, uint64_t preset)
{
    const json_t *value = json_object_get(call->params, name);
    return value != NULL ? (uint64_t)json_integer_value(value) : preset;
}

uint64_t remote_word(const struct remote_call *call, const char *name)
{
    return strtoull(remote_text(call, name), NULL, 16);
}

unsigned remote_choice(const struct remote_call *call, const char *name, const char *words, unsigned preset)
{
    const char *word = remote_text(call, name);
    return word != NULL ? (unsigned)remote_word_index(words, word) : preset;
}

bool remote_chosen(const struct remote_call *call, const char *name, const char *word, bool preset)
{
    const json_t *list = json_object_get(call->params, name);
    if (list == NULL)
        return preset;
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(json_string_value(json_array_get(list, i)), word) == 0)
            return true;
    return false;
}

bool remote_address(struct remote_call *call, const char *name, uint64_t *address)
{
    const char *text = remote_text(call, name);
    if (remote_is_word(text)) {
        *address = strtoull(text, NULL, 16);
        return true;
    }
    char symbol[REMOTE_ADDRESS_BYTES + 1];
    size_t length = strcspn(text, "+");
    bool has_offset = text[length] == '+';
    snprintf(symbol, sizeof symbol, "%.*s", (int)length, text);
    if (has_offset && !remote_is_word(text + length + 1))
        return remote_fail(call, REMOTE_BAD_PARAMS, "params.%s: what stands behind + is no word (0x10)", name);
    if (!symbols_value(call->parts->symbols, symbol, address))
        return remote_fail(call, REMOTE_FAILED, "params.%s: neither a word (0x10) nor a symbol: %.100s", name, symbol);
    *address += has_offset ? strtoull(text + length + 1, NULL, 16) : 0;
    return true;
}

struct hart *remote_hart(struct remote_call *call)
{
    struct machine *machine = call->parts->machine;
    const struct pause *pause = machine_paused(machine);
    unsigned present = pause->reason != PAUSE_NONE ? pause->hart : machine_running(machine);
    uint64_t n = remote_count(call, "hart", present);
    if (n < machine_hart_count(machine))
        return machine_hart(machine, (unsigned)n);
    remote_fail(call, REMOTE_BAD_PARAMS, "params.hart: there is no hart %" PRIu64 "; the machine has %u", n,
                machine_hart_count(machine));
    return NULL;
}

bool remote_wants_pause(struct remote_call *call)
{
    return machine_paused(call->parts->machine)->reason != PAUSE_NONE ||
           remote_fail(call, REMOTE_NOT_PAUSED, "the machine runs; pause it first");
}

bool remote_wants_change(struct remote_call *call)
{
    return machine_may_change(call->parts->machine) ||
           remote_fail(call, REMOTE_IN_THE_PAST, "the machine is in its past, which can be looked at but not changed");
}

enum address_space remote_space(const struct remote_call *call)
{
    static const enum address_space spaces[] = {SPACE_VIRTUAL, SPACE_GUEST_PHYSICAL, SPACE_PHYSICAL};
    return spaces[remote_choice(call, "space", REMOTE_SPACES, 0)];
}

static unsigned digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a') + 10;
}

uint8_t *remote_bytes(struct remote_call *call, const char *name, size_t *count)
{
    const char *text = remote_text(call, name);
    *count = strlen(text) / 2;
    uint8_t *bytes = malloc(*count != 0 ? *count : 1);
    if (bytes == NULL)
        remote_fail(call, REMOTE_FAILED, "out of memory");
    for (size_t i = 0; bytes != NULL && i < *count; i++)
        bytes[i] = (uint8_t)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
    return bytes;
}

json_t *remote_json_word(uint64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "0x%" PRIx64, value);
    return json_string(text);
}

json_t *remote_json_text(const char *text, size_t length)
{
    json_t *string = json_stringn(text, length);
    char *plain = string == NULL ? malloc(length + 1) : NULL;
    if (plain == NULL)
        return string;
    for (size_t i = 0; i < length; i++)
        plain[i] = (unsigned char)text[i] < 0x80 ? text[i] : '?';
    string = json_stringn(plain, length);
    free(plain);
    return string;
}

json_t *remote_json_bytes(const uint8_t *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    char *text = malloc(2 * count + 1);
    if (text == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    json_t *string = json_stringn_nocheck(text, 2 * count);
    free(text);
    return string;
}

json_t *remote_json_pause(const struct remote_parts *parts, const struct pause *pause)
{
    static const char *const reasons[] = {
        [PAUSE_ASKED] = "asked", [PAUSE_BREAK] = "breakpoint", [PAUSE_WATCH] = "watchpoint",
        [PAUSE_STEP] = "step",   [PAUSE_RESET] = "reset",      [PAUSE_TRAVEL] = "travel",
        [PAUSE_HOST] = "host",   [PAUSE_PRESENT] = "present"};
    char at[SYMBOLS_TEXT_BYTES];
    const struct hart *hart = machine_hart(parts->machine, pause->hart);
    symbols_text(parts->symbols, hart->pc, at);
    json_t *object =
        json_pack("{s:s, s:I, s:o, s:o, s:o}", "reason", reasons[pause->reason], "hart", (json_int_t)pause->hart, "pc",
                  remote_json_word(hart->pc), "at", remote_json_text(at, strlen(at)), "steps",
                  remote_json_word(machine_now_steps(parts->machine)));
    if (pause->reason != PAUSE_BREAK && pause->reason != PAUSE_WATCH)
        return object;
    json_object_set_new(object, "kind", json_string(remote_point_kind(pause->hit.kind)));
    json_object_set_new(object, "address", remote_json_word(pause->hit.address));
    return object;
}
