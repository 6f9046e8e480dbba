/* SPDX-License-Identifier: MIT */
/* Methods about the connection, the whole machine, its monitor and its console. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "monitor/monitor.h"
#include "observe/symbols.h"
#include "remote/session.h"

#define PROTOCOL 1
/* Of what a command of the monitor prints. */
#define MONITOR_TEXT_BYTES ((size_t)512 << 10)

bool remote_do_version(struct remote_call *call)
{
    json_object_set_new(call->result, "program", json_string("microvm"));
    json_object_set_new(call->result, "version", json_string(MICROVM_VERSION));
    json_object_set_new(call->result, "protocol", json_integer(PROTOCOL));
    return true;
}

bool remote_do_subscribe(struct remote_call *call)
{
    remote_session_subscribe(call->session, json_object_get(call->params, "events"));
    return true;
}

static json_t *hart_json(const struct remote_parts *parts, const struct hart *hart)
{
    static const char *const doing[] = {
        [HART_RUNS] = "runs", [HART_WFI] = "waits", [HART_STOPPED] = "stopped", [HART_SUSPENDED] = "suspended"};
    char at[SYMBOLS_TEXT_BYTES];
    symbols_text(parts->symbols, hart->pc, at);
    return json_pack("{s:I, s:o, s:o, s:s, s:s, s:o}", "hart", (json_int_t)hart->id, "pc", remote_json_word(hart->pc),
                     "at", remote_json_text(at, strlen(at)), "mode", remote_mode(hart), "doing", doing[hart->wait],
                     "steps", remote_json_word(hart_steps(hart)));
}

bool remote_do_status(struct remote_call *call)
{
    struct machine *machine = call->parts->machine;
    const struct pause *pause = machine_paused(machine);
    bool paused = pause->reason != PAUSE_NONE;
    json_t *harts = json_array();
    for (unsigned i = 0; i < machine_hart_count(machine); i++)
        json_array_append_new(harts, hart_json(call->parts, machine_hart(machine, i)));
    json_object_set_new(call->result, "state", json_string(paused ? "paused" : "running"));
    if (paused)
        json_object_set_new(call->result, "pause", remote_json_pause(call->parts, pause));
    json_object_set_new(call->result, "steps", remote_json_word(machine_now_steps(machine)));
    json_object_set_new(call->result, "ticks", remote_json_word(machine_now_ticks(machine)));
    json_object_set_new(call->result, "past", json_boolean(machine_in_the_past(machine)));
    json_object_set_new(call->result, "harts", harts);
    return true;
}

/* What a command prints, up to a limit. */
struct text {
    char *bytes;
    size_t count;
};

static void add_text(void *owner, const char *more, size_t count)
{
    struct text *text = owner;
    size_t room = MONITOR_TEXT_BYTES - text->count;
    count = count < room ? count : room;
    memcpy(text->bytes + text->count, more, count);
    text->count += count;
}

bool remote_do_monitor(struct remote_call *call)
{
    struct text text = {malloc(MONITOR_TEXT_BYTES), 0};
    const struct monitor_out out = {&text, add_text, false};
    const char *line = remote_text(call, "line");
    if (line[strcspn(line, "\r\n")] != '\0')
        return free(text.bytes), remote_fail(call, REMOTE_BAD_PARAMS, "params.line: is more than one line");
    if (text.bytes == NULL)
        return remote_fail(call, REMOTE_FAILED, "out of memory");
    bool ok = monitor_execute(call->parts->monitor, line, &out);
    json_object_set_new(call->result, "ok", json_boolean(ok));
    json_object_set_new(call->result, "text", remote_json_text(text.bytes, text.count));
    free(text.bytes);
    return true;
}

static bool type(struct remote_call *call, const uint8_t *bytes, size_t count)
{
    size_t waiting;
    if (!remote_session_type(call->session, bytes, count, &waiting))
        return remote_fail(call, REMOTE_FAILED,
                           "the guest has not taken %zu bytes yet, so there is no room for %zu more; %zu may wait",
                           waiting, count, REMOTE_INPUT_BYTES);
    json_object_set_new(call->result, "waiting", json_integer((json_int_t)waiting));
    return true;
}

bool remote_do_console_input(struct remote_call *call)
{
    if (remote_has(call, "text") == remote_has(call, "data"))
        return remote_fail(call, REMOTE_BAD_PARAMS, "console-input: wants either text or data");
    const char *text = remote_text(call, "text");
    if (text != NULL)
        return type(call, (const uint8_t *)text, strlen(text));
    size_t count;
    uint8_t *bytes = remote_bytes(call, "data", &count);
    bool done = bytes != NULL && type(call, bytes, count);
    free(bytes);
    return done;
}
