/* SPDX-License-Identifier: MIT */
#include "remote/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "machine/stop.h"
#include "remote/event.h"
#include "remote/table.h"

/* Of console output in one event. */
#define OUTPUT_BYTES 4096
/* Nested arrays and objects; a request needs three. */
#define DEPTH_MAX 16

struct remote_session {
    struct remote_parts parts;
    struct remote_sink sink;
    struct control_listener listener;
    struct console_tap tap;
    bool connected;
    bool paused;         /* as far as the client knows */
    bool skipping;       /* the rest of a line that was too long */
    unsigned subscribed; /* bit n: to the n-th of the events that can be chosen */
    uint8_t output[OUTPUT_BYTES];
    size_t output_count;
    uint8_t *input; /* a ring */
    size_t input_first, input_count;
};

/* The events of `subscribe`, in the order of its parameter's words. */
enum { PAUSED, RESUMED, ENDED, MESSAGE, CONSOLE_OUTPUT };

static void send_json(struct remote_session *s, json_t *object)
{
    char *line = s->connected && object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    size_t length = line != NULL ? strlen(line) : 0;
    if (line != NULL) {
        line[length] = '\n'; /* in place of the 0 */
        s->sink.send(s->sink.owner, line, length + 1);
    }
    free(line);
    json_decref(object);
}

static bool wants(const struct remote_session *s, unsigned event)
{
    return s->connected && (s->subscribed >> event & 1) != 0;
}

void remote_session_flush(struct remote_session *s)
{
    if (s->output_count == 0)
        return;
    size_t count = s->output_count;
    s->output_count = 0;
    send_json(s, json_pack("{s:s, s:o}", "event", "console-output", "data", remote_json_bytes(s->output, count)));
}

/* What the machine tells. */

static void on_paused(void *owner, const struct pause *pause)
{
    struct remote_session *s = owner;
    remote_session_flush(s);
    s->paused = true;
    if (wants(s, PAUSED))
        send_json(s, json_pack("{s:s, s:o}", "event", "paused", "pause", remote_json_pause(&s->parts, pause)));
}

/* A pause that nobody is told of (the monitor's, between two of several steps) does not end either. */
static void on_resumed(void *owner)
{
    struct remote_session *s = owner;
    bool news = s->paused;
    remote_session_flush(s);
    s->paused = false;
    if (news && wants(s, RESUMED))
        send_json(s, json_pack("{s:s}", "event", "resumed"));
}

static void on_ended(void *owner, const struct stop *stop)
{
    struct remote_session *s = owner;
    remote_session_flush(s);
    if (wants(s, ENDED))
        send_json(s, remote_event_ended(stop));
}

static void on_output(void *owner, const uint8_t *bytes, size_t count)
{
    struct remote_session *s = owner;
    while (count != 0 && wants(s, CONSOLE_OUTPUT)) {
        size_t room = OUTPUT_BYTES - s->output_count, piece = count < room ? count : room;
        memcpy(s->output + s->output_count, bytes, piece);
        s->output_count += piece;
        bytes += piece;
        count -= piece;
        if (s->output_count == OUTPUT_BYTES)
            remote_session_flush(s);
    }
}

static void on_message(void *owner, const char *line)
{
    struct remote_session *s = owner;
    remote_session_flush(s);
    if (wants(s, MESSAGE))
        send_json(s, json_pack("{s:s, s:o}", "event", "message", "text", remote_json_text(line, strlen(line))));
}

static size_t read_input(void *owner, uint8_t *bytes, size_t size)
{
    struct remote_session *s = owner;
    size_t done = 0;
    for (; done < size && s->input_count != 0; done++, s->input_count--) {
        bytes[done] = s->input[s->input_first];
        s->input_first = (s->input_first + 1) % REMOTE_INPUT_BYTES;
    }
    return done;
}

bool remote_session_type(struct remote_session *s, const uint8_t *bytes, size_t count, size_t *waiting)
{
    bool fits = count <= REMOTE_INPUT_BYTES - s->input_count;
    for (size_t i = 0; fits && i < count; i++)
        s->input[(s->input_first + s->input_count++) % REMOTE_INPUT_BYTES] = bytes[i];
    *waiting = s->input_count;
    return fits;
}

void remote_session_subscribe(struct remote_session *s, const json_t *events)
{
    const struct remote_row *row = remote_next(remote_find(REMOTE_METHOD, "subscribe"), REMOTE_PARAM);
    remote_session_flush(s);
    s->subscribed = 0;
    for (size_t i = 0; i < json_array_size(events); i++)
        s->subscribed |= 1u << remote_word_index(row->type.words, json_string_value(json_array_get(events, i)));
}

/* Requests. */

static void send_error(struct remote_session *s, json_t *id, enum remote_code code, const struct error *error)
{
    json_t *reason = json_pack("{s:s, s:o}", "code", remote_failure(code)->name, "message",
                               remote_json_text(error->text, strlen(error->text)));
    send_json(s, json_pack("{s:O, s:o}", "id", id, "error", reason));
}

static void send_refusal(struct remote_session *s, enum remote_code code, const char *text)
{
    struct error error;
    error_set(&error, "%s", text);
    send_error(s, json_null(), code, &error);
}

static const struct remote_row *find_method(struct remote_call *call, const char *name)
{
    const struct remote_row *row = remote_find(REMOTE_METHOD, name);
    size_t count;
    const struct remote_row *rows = remote_table(&count);
    struct nearest nearest = {.typed = name};
    for (size_t i = 0; row == NULL && i < count; i++)
        if (rows[i].kind == REMOTE_METHOD)
            nearest_offer(&nearest, rows[i].name);
    if (row == NULL && nearest.best != NULL)
        remote_fail(call, REMOTE_UNKNOWN_METHOD, "unknown method '%.100s'; did you mean %s?", name, nearest.best);
    else if (row == NULL)
        remote_fail(call, REMOTE_UNKNOWN_METHOD, "unknown method '%.100s'", name);
    return row;
}

/* The members of a request, with what is known of each. */
static bool check_request(struct remote_call *call, const json_t *request, const json_t *id)
{
    const char *name;
    json_t *value;
    if (!json_is_integer(id) && !json_is_string(id))
        return remote_fail(call, REMOTE_BAD_REQUEST,
                           "id: wants an integer or a string, which the reply will have, too");
    if (!json_is_string(json_object_get(request, "method")))
        return remote_fail(call, REMOTE_BAD_REQUEST, "method: wants the name of a method");
    json_object_foreach((json_t *)request, name, value)
    {
        if (strcmp(name, "id") != 0 && strcmp(name, "method") != 0 && strcmp(name, "params") != 0)
            return remote_fail(call, REMOTE_BAD_REQUEST, "unknown member '%.100s'; a request has id, method and params",
                               name);
    }
    return json_is_object(call->params) || remote_fail(call, REMOTE_BAD_REQUEST, "params: wants an object");
}

static bool execute(struct remote_call *call, const json_t *request, const json_t *id)
{
    if (!check_request(call, request, id))
        return false;
    const struct remote_row *method = find_method(call, json_string_value(json_object_get(request, "method")));
    if (method == NULL || !remote_check(call, method))
        return false;
    return method->function(call);
}

static void serve_request(struct remote_session *s, const json_t *request)
{
    json_t *params = json_object_get(request, "params"), *id = json_object_get(request, "id");
    bool has_id = json_is_integer(id) || json_is_string(id);
    struct remote_call call = {
        .parts = &s->parts,
        .session = s,
        .params = params != NULL ? json_incref(params) : json_object(),
        .result = json_object(),
    };
    bool done = execute(&call, request, id);
    remote_session_flush(s);
    if (done)
        send_json(s, json_pack("{s:O, s:O}", "id", id, "result", call.result));
    else
        send_error(s, has_id ? id : json_null(), call.code, &call.error);
    json_decref(call.params);
    json_decref(call.result);
}

/* The parser's own limit is 2048, which a line could reach: so much recursion is not to be had for the asking. Brackets within
 * strings do not count. */
static bool is_too_deep(const char *line, size_t length)
{
    unsigned depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < length; i++) {
        if (in_string && line[i] == '\\')
            i++;
        else if (line[i] == '"')
            in_string = !in_string;
        else if (!in_string && (line[i] == '[' || line[i] == '{') && ++depth > DEPTH_MAX)
            return true;
        else if (!in_string && (line[i] == ']' || line[i] == '}') && depth > 0)
            depth--;
    }
    return false;
}

static void serve_line(struct remote_session *s, const char *line, size_t length)
{
    json_error_t why;
    if (length == 0 || (length == 1 && line[0] == '\r'))
        return;
    if (is_too_deep(line, length)) {
        send_refusal(s, REMOTE_BAD_JSON, "nested too deep");
        return;
    }
    json_t *request = json_loadb(line, length, JSON_REJECT_DUPLICATES, &why);
    if (request == NULL)
        send_refusal(s, REMOTE_BAD_JSON, why.text);
    else if (!json_is_object(request))
        send_refusal(s, REMOTE_BAD_REQUEST, "a request is an object: {\"id\": 1, \"method\": \"status\"}");
    else
        serve_request(s, request);
    json_decref(request);
}

size_t remote_session_receive(struct remote_session *s, const char *bytes, size_t count)
{
    const char *end = memchr(bytes, '\n', count);
    bool whole = end != NULL, too_long = (whole ? (size_t)(end - bytes) : count) >= REMOTE_LINE_BYTES;
    size_t taken = whole ? (size_t)(end - bytes) + 1 : count;
    if (too_long && !s->skipping)
        send_refusal(s, REMOTE_TOO_LONG, "the line is longer than 262144 bytes");
    if (!whole && !too_long && !s->skipping)
        return 0;
    if (!too_long && !s->skipping)
        serve_line(s, bytes, taken - 1);
    s->skipping = !whole;
    return taken;
}

void remote_session_connect(struct remote_session *s, bool connected)
{
    s->connected = connected;
    s->skipping = false;
    s->subscribed = 1u << PAUSED | 1u << RESUMED | 1u << ENDED | 1u << MESSAGE;
    s->output_count = 0;
}

struct remote_session *remote_session_create(const struct remote_parts *parts, const struct remote_sink *sink,
                                             struct error *err)
{
    struct remote_session *s = calloc(1, sizeof *s);
    if (s == NULL) {
        error_set(err, "out of memory");
        return NULL;
    }
    s->parts = *parts;
    s->paused = machine_paused(parts->machine)->reason != PAUSE_NONE;
    s->sink = *sink;
    s->input = malloc(REMOTE_INPUT_BYTES);
    s->listener = (struct control_listener){.owner = s, .paused = on_paused, .resumed = on_resumed, .ended = on_ended};
    s->tap = (struct console_tap){s, on_output, on_message, read_input};
    if (s->input == NULL) {
        error_set(err, "out of memory");
    } else if (!machine_add_listener(parts->machine, &s->listener)) {
        error_set(err, "too many listen to the machine already");
    } else {
        machine_tap_console(parts->machine, &s->tap);
        return s;
    }
    remote_session_destroy(s);
    return NULL;
}

void remote_session_destroy(struct remote_session *s)
{
    if (s == NULL)
        return;
    machine_tap_console(s->parts.machine, NULL);
    free(s->input);
    free(s);
}
