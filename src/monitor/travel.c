/* SPDX-License-Identifier: MIT */
/* Commands that go through time: back, rcontinue, goto, who wrote, info history. */
#include <inttypes.h>
#include <string.h>

#include "base/bits.h"
#include "monitor/impl.h"

#define WRITTEN_BYTES 8
#define MEBIBYTE (1024.0 * 1024.0)

static struct machine *machine_of(const struct monitor_request *r)
{
    return r->monitor->parts.machine;
}

bool monitor_is_traveling(const struct monitor *m)
{
    return m->travels;
}

void monitor_say_past(const struct monitor_request *r)
{
    struct machine *machine = machine_of(r);
    uint64_t left = machine_travel_range(machine).present - machine_now_steps(machine);
    if (machine_in_the_past(machine))
        monitor_say(r, ", %" PRIu64 " step%s before the present", left, left == 1 ? "" : "s");
}

/* Where a way through time has ended, and why there. */
static bool say_arrival(const struct monitor_request *r, const struct travel_result *result)
{
    char place[MONITOR_PLACE_BYTES];
    r->monitor->hart = result->hart;
    if (result->end == TRAVEL_BEGIN)
        monitor_say(r, "history begins here, at ");
    if (result->end == TRAVEL_BREAK)
        monitor_say(r, "breakpoint, at ");
    if (result->end == TRAVEL_WATCH)
        monitor_say(r, "before the access to 0x%" PRIx64 "%s, at ", result->hit.address,
                    monitor_place(r->monitor, result->hit.address, place));
    monitor_say(r, "step %" PRIu64, machine_now_steps(machine_of(r)));
    monitor_say_past(r);
    monitor_say(r, ": ");
    monitor_where(r);
    return true;
}

static bool arrive(struct monitor_request *r, bool went, const struct travel_result *result, const struct error *err)
{
    r->monitor->travels = false;
    return went ? say_arrival(r, result) : monitor_fail(r, "%s", err->text);
}

bool monitor_do_back(struct monitor_request *r)
{
    struct travel_result result = {0};
    struct error err = {""};
    uint64_t count = 1;
    if (!monitor_must_be_paused(r) || (r->count > 0 && !monitor_value(r, r->words[0], &count)))
        return false;
    if (count == 0)
        return monitor_fail(r, "back: 0 steps are none");
    r->monitor->travels = true;
    bool went = machine_step_back(machine_of(r), r->monitor->hart, count, NULL, &result, &err);
    return arrive(r, went, &result, &err);
}

bool monitor_do_rcontinue(struct monitor_request *r)
{
    struct travel_result result = {0};
    struct error err = {""};
    if (!monitor_must_be_paused(r))
        return false;
    r->monitor->travels = true;
    bool went = machine_run_back(machine_of(r), NULL, &result, &err);
    return arrive(r, went, &result, &err);
}

/* What `goto` is given. */
static bool take_step(const struct monitor_request *r, uint64_t *step)
{
    const char *word = r->words[0];
    struct travel_range range = machine_travel_range(machine_of(r));
    uint64_t here = machine_now_steps(machine_of(r)), distance;
    *step = strcmp(word, "begin") == 0 ? range.first : range.present;
    if (strcmp(word, "begin") == 0 || strcmp(word, "present") == 0)
        return true;
    if (word[0] != '+' && word[0] != '-')
        return monitor_value(r, word, step);
    if (!monitor_value(r, word + 1, &distance))
        return false;
    bool wraps = word[0] == '+' ? here + distance < here : distance > here;
    *step = word[0] == '+' ? here + distance : here - distance;
    return !wraps || monitor_fail(r, "goto: there is no such step");
}

bool monitor_do_goto(struct monitor_request *r)
{
    struct travel_result result = {0};
    struct error err = {""};
    uint64_t step;
    if (!monitor_must_be_paused(r) || !take_step(r, &step))
        return false;
    r->monitor->travels = true;
    bool went = machine_travel_to(machine_of(r), step, NULL, &result, &err);
    return arrive(r, went, &result, &err);
}

/* The bytes have to lie side by side in RAM. */
static bool find_bytes(const struct monitor_request *r, uint64_t address, uint64_t length, uint64_t *pa)
{
    uint64_t last;
    const struct ram *ram = machine_memory(machine_of(r)).ram;
    if (length == 0 || length > PAGE_BYTES)
        return monitor_fail(r, "who wrote: takes 1 to %d bytes", (int)PAGE_BYTES);
    if (!machine_translate(machine_of(r), monitor_hart(r), SPACE_VIRTUAL, address, pa) ||
        !machine_translate(machine_of(r), monitor_hart(r), SPACE_VIRTUAL, address + length - 1, &last))
        return monitor_fail(r, "who wrote: 0x%" PRIx64 " is mapped to nothing (explain va 0x%" PRIx64 ")", address,
                            address);
    if (last - *pa != length - 1)
        return monitor_fail(r, "who wrote: the bytes lie in two pages that are no neighbours; ask for each");
    return ram_at(ram, *pa, length) != NULL ||
           monitor_fail(r, "who wrote: physical 0x%" PRIx64 " is a device's; history tells of RAM alone", *pa);
}

static void say_writer(const struct monitor_request *r, uint64_t address, bool by_device)
{
    char place[MONITOR_PLACE_BYTES];
    monitor_say(r, "0x%" PRIx64 "%s was written by ", address, monitor_place(r->monitor, address, place));
    if (by_device)
        monitor_say(r, "a device or the firmware, behind ");
    else
        monitor_say(r, "hart %u in ", r->monitor->hart);
}

bool monitor_do_who_wrote(struct monitor_request *r)
{
    struct travel_result result = {0};
    struct error err = {""};
    uint64_t address, length = WRITTEN_BYTES, pa;
    bool by_device = false;
    if (!monitor_must_be_paused(r) || !monitor_value(r, r->words[0], &address) ||
        (r->count > 1 && !monitor_value(r, r->words[1], &length)) || !find_bytes(r, address, length, &pa))
        return false;
    r->monitor->travels = true;
    bool went = machine_find_writer(machine_of(r), pa, length, NULL, &result, &by_device, &err);
    if (went && result.end == TRAVEL_BEGIN)
        monitor_say(r, "nothing has written it within history; ");
    if (went && result.end == TRAVEL_WATCH) {
        r->monitor->hart = result.hart;
        say_writer(r, address, by_device);
        result.end = TRAVEL_THERE;
    }
    return arrive(r, went, &result, &err);
}

bool monitor_do_info_history(struct monitor_request *r)
{
    struct machine *machine = machine_of(r);
    struct travel_range range = machine_travel_range(machine);
    struct travel_memory memory = machine_travel_memory(machine);
    if (!range.on) {
        monitor_say(r, "off (--history 0)\n");
        return true;
    }
    monitor_say(r, "steps %" PRIu64 " to %" PRIu64 "; the machine is at %" PRIu64, range.first, range.present,
                machine_now_steps(machine));
    monitor_say_past(r);
    monitor_say(r,
                "\n%" PRIu64 " checkpoints, their pages %.1f MiB, what came from outside %.1f MiB; at most %.1f MiB\n",
                memory.checkpoints, (double)memory.page_bytes / MEBIBYTE, (double)memory.journal_bytes / MEBIBYTE,
                (double)memory.limit_bytes / MEBIBYTE);
    return true;
}
