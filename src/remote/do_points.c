/* SPDX-License-Identifier: MIT */
/* Methods about breakpoints and watchpoints. */
#include "remote/call.h"

static json_t *point_json(const struct debug_point *point)
{
    bool is_break = point->kind == DEBUG_BREAK;
    return json_pack("{s:s, s:o, s:I}", "kind", remote_point_kind(point->kind), "address",
                     remote_json_word(point->address), "length", (json_int_t)(is_break ? 1 : point->length));
}

static bool get_point(struct remote_call *call, struct debug_point *point)
{
    static const enum debug_kind kinds[] = {DEBUG_BREAK, DEBUG_WATCH_WRITE, DEBUG_WATCH_READ, DEBUG_WATCH_ACCESS};
    point->kind = kinds[remote_choice(call, "kind", REMOTE_POINT_KINDS, 0)];
    point->length = remote_count(call, "length", 1);
    return remote_address(call, "address", &point->address);
}

bool remote_do_set_breakpoint(struct remote_call *call)
{
    struct debug_point point;
    if (!get_point(call, &point))
        return false;
    if (!machine_set_point(call->parts->machine, &point, &call->error)) {
        call->code = REMOTE_FAILED;
        return false;
    }
    json_object_set_new(call->result, "breakpoint", point_json(&point));
    return true;
}

bool remote_do_clear_breakpoint(struct remote_call *call)
{
    struct debug_point point;
    if (!get_point(call, &point))
        return false;
    machine_clear_point(call->parts->machine, &point);
    return true;
}

bool remote_do_clear_breakpoints(struct remote_call *call)
{
    const struct debug_points *points = machine_points(call->parts->machine);
    while (points->count > 0) {
        struct debug_point point = points->point[points->count - 1];
        machine_clear_point(call->parts->machine, &point);
    }
    return true;
}

bool remote_do_list_breakpoints(struct remote_call *call)
{
    const struct debug_points *points = machine_points(call->parts->machine);
    json_t *list = json_array();
    for (unsigned i = 0; i < points->count; i++)
        json_array_append_new(list, point_json(&points->point[i]));
    json_object_set_new(call->result, "breakpoints", list);
    return true;
}
