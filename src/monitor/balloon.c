/* SPDX-License-Identifier: MIT */
/* Commands about the memory balloon: balloon, info balloon. */
#include <inttypes.h>

#include "base/bits.h"
#include "base/number_text.h"
#include "machine/balloon.h"
#include "monitor/impl.h"

#define TICKS_PER_SECOND 10000000.0

static struct balloon *find_balloon(const struct monitor_request *r)
{
    struct balloon *balloon = balloon_of(machine_peripherals(r->monitor->parts.machine));
    if (balloon == NULL)
        monitor_fail(r, "the machine has no balloon: start it with --balloon");
    return balloon;
}

static void say_pages(const struct monitor_request *r, const char *what, uint64_t bytes)
{
    monitor_say(r, "%-20s %10" PRIu64 " KiB\n", what, bytes >> 10);
}

/* The names that VirtIO 1.3 5.5.6.4 gives them; some are counts. */
static const struct {
    const char *name;
    bool bytes;
} stats[VIRTIO_BALLOON_STATS] = {
    {"swapped in", true},          {"swapped out", true}, {"major faults", false},
    {"minor faults", false},       {"free", true},        {"total", true},
    {"available", true},           {"caches", true},      {"huge pages taken", false},
    {"huge pages refused", false},
};

static void say_stats(const struct monitor_request *r, const struct virtio_balloon_stats *s)
{
    uint64_t now = machine_now_ticks(r->monitor->parts.machine);
    if (s->known == 0)
        return;
    monitor_say(r, "the guest's statistics, %.1f s old:\n", (double)(now - s->ticks) / TICKS_PER_SECOND);
    for (unsigned i = 0; i < VIRTIO_BALLOON_STATS; i++) {
        if ((s->known & BIT(i)) == 0)
            continue;
        if (stats[i].bytes)
            say_pages(r, stats[i].name, s->values[i]);
        else
            monitor_say(r, "%-20s %10" PRIu64 "\n", stats[i].name, s->values[i]);
    }
}

bool monitor_do_info_balloon(struct monitor_request *r)
{
    struct virtio_balloon_view view;
    struct balloon *balloon = find_balloon(r);
    if (balloon == NULL)
        return false;
    balloon_look(balloon, &view);
    const char *driver = !view.driven   ? "none yet"
                         : view.reports ? "runs, and reports which pages are free"
                                        : "runs, and does not report which pages are free";
    monitor_say(r, "%-20s %s\n", "the guest's driver", driver);
    say_pages(r, "to be given away", (uint64_t)view.target << PAGE_SHIFT);
    say_pages(r, "given away", (uint64_t)view.actual << PAGE_SHIFT);
    monitor_say(
        r, "back to the host so far: %" PRIu64 " KiB that were given away, %" PRIu64 " KiB that were reported free\n",
        view.inflated >> 10, view.reported >> 10);
    say_stats(r, &view.stats);
    if (machine_may_change(r->monitor->parts.machine))
        balloon_ask(balloon);
    return true;
}

bool monitor_do_balloon(struct monitor_request *r)
{
    uint64_t bytes = 0;
    struct error err;
    struct balloon *balloon = find_balloon(r);
    if (balloon == NULL)
        return false;
    if (!machine_may_change(r->monitor->parts.machine))
        return monitor_fail(r, MONITOR_PAST_TEXT);
    if (size_text(r->words[0], &bytes) == NUMBER_TEXT_NONE)
        return monitor_fail(r, "'%.60s' is not a size; write MiB as a bare number, or 512M, 2G", r->words[0]);
    return balloon_set_memory(balloon, bytes, &err) || monitor_fail(r, "balloon: %s", err.text);
}
