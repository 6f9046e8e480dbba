/* SPDX-License-Identifier: MIT */
/* Methods about the guest's keyboard. */
#include <stdlib.h>

#include "machine/input_devices.h"
#include "remote/call.h"

/* Of one request; false: it is not as it should be. */
typedef bool make_function(struct remote_call *call, struct typing *typing, struct error *err);

static bool make_keys(struct remote_call *call, struct typing *typing, struct error *err)
{
    uint64_t hold_ms = remote_count(call, "hold", TYPING_HOLD_MS);
    return typing_add_keys(typing, remote_text(call, "keys"), (uint32_t)hold_ms, err);
}

static bool make_text(struct remote_call *call, struct typing *typing, struct error *err)
{
    return typing_add_text(typing, remote_text(call, "text"), false, err);
}

static bool type(struct remote_call *call, make_function *make, struct typing *typing)
{
    struct input_devices *devices = input_devices_of(machine_peripherals(call->parts->machine));
    struct error err;
    if (!make(call, typing, &err))
        return remote_fail(call, REMOTE_BAD_PARAMS, "%s", err.text);
    if (devices == NULL)
        return remote_fail(call, REMOTE_FAILED,
                           "the machine has no keyboard: give it a screen, or run it with --input keyboard");
    if (!input_devices_type(devices, typing, &err))
        return remote_fail(call, REMOTE_FAILED, "%s", err.text);
    json_object_set_new(call->result, "waiting", json_integer((json_int_t)input_devices_look(devices).typed));
    return true;
}

static bool type_if_allowed(struct remote_call *call, make_function *make)
{
    if (!remote_wants_change(call))
        return false;
    struct typing *typing = calloc(1, sizeof *typing);
    bool done = typing != NULL ? type(call, make, typing) : remote_fail(call, REMOTE_FAILED, "out of memory");
    free(typing);
    return done;
}

bool remote_do_send_key(struct remote_call *call)
{
    return type_if_allowed(call, make_keys);
}

bool remote_do_type_text(struct remote_call *call)
{
    return type_if_allowed(call, make_text);
}
