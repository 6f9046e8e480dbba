/* SPDX-License-Identifier: MIT */
/* Methods that run the machine, or end it. */
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "machine/balloon.h"
#include "remote/call.h"
#include "snapshot/saver.h"

bool remote_do_pause(struct remote_call *call)
{
    machine_pause(call->parts->machine);
    return true;
}

/* Each hart does as `others` says, but the one. */
static bool resume_one(struct remote_call *call, const struct hart *one, struct resume how, enum resume_kind others)
{
    unsigned count = machine_hart_count(call->parts->machine);
    struct resume *all = calloc(count, sizeof *all);
    if (all == NULL)
        return remote_fail(call, REMOTE_FAILED, "out of memory");
    for (unsigned i = 0; i < count; i++)
        all[i].kind = others;
    all[one->id] = how;
    machine_resume(call->parts->machine, all);
    free(all);
    return true;
}

bool remote_do_resume(struct remote_call *call)
{
    const struct hart *hart = remote_hart(call);
    if (hart == NULL || !remote_wants_pause(call))
        return false;
    if (remote_has(call, "hart"))
        return resume_one(call, hart, (struct resume){.kind = RESUME_RUN}, RESUME_HOLD);
    machine_resume(call->parts->machine, NULL);
    return true;
}

/* A count of steps, or a range. */
static bool get_step(struct remote_call *call, struct resume *how)
{
    bool ranged = remote_has(call, "first");
    *how = (struct resume){RESUME_COUNT, remote_count(call, "count", 1), 0};
    if (ranged != remote_has(call, "end") || (ranged && remote_has(call, "count")))
        return remote_fail(call, REMOTE_BAD_PARAMS, "step: first and end go together, and without count");
    if (!ranged)
        return true;
    how->kind = RESUME_STEP;
    return remote_address(call, "first", &how->first) && remote_address(call, "end", &how->end);
}

bool remote_do_step(struct remote_call *call)
{
    static const enum resume_kind others[] = {RESUME_HOLD, RESUME_RUN};
    struct resume how;
    const struct hart *hart = remote_hart(call);
    if (hart == NULL || !remote_wants_pause(call) || !get_step(call, &how))
        return false;
    return resume_one(call, hart, how, others[remote_choice(call, "others", "hold|run", 0)]);
}

bool remote_do_reset(struct remote_call *call)
{
    call->code = REMOTE_FAILED;
    return machine_restart(call->parts->machine, &call->error);
}

bool remote_do_snapshot(struct remote_call *call)
{
    const char *path;
    call->code = REMOTE_FAILED;
    if (call->parts->saver == NULL)
        return remote_fail(call, REMOTE_FAILED, "snapshot: nothing can be saved here");
    if (!saver_save(call->parts->saver, &path, &call->error))
        return false;
    json_object_set_new(call->result, "path", remote_json_text(path, strlen(path)));
    json_object_set_new(call->result, "steps", remote_json_word(machine_steps(call->parts->machine)));
    return true;
}

static void put_stat(struct remote_call *call, const struct virtio_balloon_stats *stats, const char *name, unsigned tag)
{
    if ((stats->known & BIT(tag)) != 0)
        json_object_set_new(call->result, name, remote_json_word(stats->values[tag]));
}

static void put_balloon(struct remote_call *call, const struct virtio_balloon_view *view)
{
    json_object_set_new(call->result, "driven", json_boolean(view->driven));
    json_object_set_new(call->result, "target", remote_json_word((uint64_t)view->target << PAGE_SHIFT));
    json_object_set_new(call->result, "given", remote_json_word((uint64_t)view->actual << PAGE_SHIFT));
    json_object_set_new(call->result, "returned", remote_json_word(view->inflated + view->reported));
    put_stat(call, &view->stats, "free", VIRTIO_BALLOON_FREE);
    put_stat(call, &view->stats, "available", VIRTIO_BALLOON_AVAILABLE);
    put_stat(call, &view->stats, "total", VIRTIO_BALLOON_TOTAL);
}

bool remote_do_balloon(struct remote_call *call)
{
    struct virtio_balloon_view view;
    struct machine *machine = call->parts->machine;
    struct balloon *balloon = balloon_of(machine_peripherals(machine));
    if (balloon == NULL)
        return remote_fail(call, REMOTE_FAILED, "balloon: the machine has none; start it with --balloon");
    if (remote_has(call, "memory") && !remote_wants_change(call))
        return false;
    call->code = REMOTE_BAD_PARAMS;
    if (remote_has(call, "memory") && !balloon_set_memory(balloon, remote_word(call, "memory"), &call->error))
        return error_prefix(&call->error, "params.memory");
    if (machine_may_change(machine))
        balloon_ask(balloon);
    balloon_look(balloon, &view);
    put_balloon(call, &view);
    return true;
}

bool remote_do_poweroff(struct remote_call *call)
{
    machine_end(call->parts->machine, CONTROL_POWEROFF);
    return true;
}

bool remote_do_quit(struct remote_call *call)
{
    machine_end(call->parts->machine, CONTROL_QUIT);
    return true;
}
