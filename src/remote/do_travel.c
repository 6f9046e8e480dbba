/* SPDX-License-Identifier: MIT */
/* Methods that go through time. */
#include <inttypes.h>
#include <string.h>

#include "observe/symbols.h"
#include "remote/call.h"

#define WRITTEN_BYTES 8

bool remote_do_history(struct remote_call *call)
{
    struct travel_range range = machine_travel_range(call->parts->machine);
    struct travel_memory memory = machine_travel_memory(call->parts->machine);
    json_object_set_new(call->result, "on", json_boolean(range.on));
    json_object_set_new(call->result, "first", remote_json_word(range.first));
    json_object_set_new(call->result, "present", remote_json_word(range.present));
    json_object_set_new(call->result, "checkpoints", remote_json_word(memory.checkpoints));
    json_object_set_new(call->result, "bytes", remote_json_word(memory.page_bytes + memory.journal_bytes));
    json_object_set_new(call->result, "limit", remote_json_word(memory.limit_bytes));
    return true;
}

static json_t *arrival_json(const struct remote_call *call, const struct travel_result *result)
{
    static const char *const ends[] = {[TRAVEL_THERE] = "there",
                                       [TRAVEL_BREAK] = "breakpoint",
                                       [TRAVEL_WATCH] = "watchpoint",
                                       [TRAVEL_BEGIN] = "begin",
                                       [TRAVEL_GIVEN_UP] = "there"};
    char at[SYMBOLS_TEXT_BYTES];
    const struct hart *hart = machine_hart(call->parts->machine, result->hart);
    symbols_text(call->parts->symbols, hart->pc, at);
    json_t *object = json_pack("{s:s, s:I, s:o, s:o, s:o}", "end", ends[result->end], "hart", (json_int_t)hart->id,
                               "pc", remote_json_word(hart->pc), "at", remote_json_text(at, strlen(at)), "steps",
                               remote_json_word(machine_now_steps(call->parts->machine)));
    if (result->end == TRAVEL_BREAK || result->end == TRAVEL_WATCH)
        json_object_set_new(object, "address", remote_json_word(result->hit.address));
    return object;
}

/* The result, or why there is none. */
static bool arrive(struct remote_call *call, bool went, const struct travel_result *result)
{
    call->code = REMOTE_FAILED;
    if (went)
        json_object_set_new(call->result, "arrival", arrival_json(call, result));
    return went;
}

bool remote_do_step_back(struct remote_call *call)
{
    struct travel_result result = {0};
    const struct hart *hart = remote_hart(call);
    if (hart == NULL || !remote_wants_pause(call))
        return false;
    bool went = machine_step_back(call->parts->machine, (unsigned)hart->id, remote_count(call, "count", 1), NULL,
                                  &result, &call->error);
    return arrive(call, went, &result);
}

bool remote_do_run_back(struct remote_call *call)
{
    struct travel_result result = {0};
    if (!remote_wants_pause(call))
        return false;
    return arrive(call, machine_run_back(call->parts->machine, NULL, &result, &call->error), &result);
}

bool remote_do_go_to(struct remote_call *call)
{
    struct travel_result result = {0};
    struct machine *machine = call->parts->machine;
    if (!remote_wants_pause(call))
        return false;
    uint64_t step = remote_has(call, "step") ? remote_word(call, "step") : machine_travel_range(machine).present;
    return arrive(call, machine_travel_to(machine, step, NULL, &result, &call->error), &result);
}

/* The bytes have to lie side by side in RAM. */
static bool find_bytes(struct remote_call *call, const struct hart *hart, uint64_t length, uint64_t *pa)
{
    struct machine *machine = call->parts->machine;
    uint64_t address, last;
    if (!remote_address(call, "address", &address))
        return false;
    bool there = machine_translate(machine, hart, remote_space(call), address, pa) &&
                 machine_translate(machine, hart, remote_space(call), address + length - 1, &last) &&
                 last - *pa == length - 1 && ram_at(machine_memory(machine).ram, *pa, length) != NULL;
    return there || remote_fail(call, REMOTE_FAILED, "no %" PRIu64 " bytes of RAM lie side by side at 0x%" PRIx64,
                                length, address);
}

bool remote_do_who_wrote(struct remote_call *call)
{
    struct travel_result result = {0};
    const struct hart *hart = remote_hart(call);
    uint64_t length = remote_count(call, "length", WRITTEN_BYTES), pa;
    bool by_device = false;
    if (hart == NULL || !remote_wants_pause(call) || !find_bytes(call, hart, length, &pa))
        return false;
    bool went = machine_find_writer(call->parts->machine, pa, length, NULL, &result, &by_device, &call->error);
    const char *writer = result.end == TRAVEL_BEGIN ? "nobody" : by_device ? "device" : "hart";
    json_object_set_new(call->result, "writer", json_string(writer));
    return arrive(call, went, &result);
}
