/* SPDX-License-Identifier: MIT */
/* Commands about the machine's parts: info harts, mem, mtree, sbi, stats. */
#include <inttypes.h>

#include "base/bits.h"
#include "machine/framebuffer.h"
#include "machine/map.h"
#include "monitor/impl.h"

#define TICKS_PER_SECOND 10000000.0

static const char *wait_name(const struct hart *h)
{
    static const char *const names[] = {
        [HART_RUNS] = "runs", [HART_WFI] = "waits (wfi)", [HART_STOPPED] = "stopped", [HART_SUSPENDED] = "suspended"};
    return names[h->wait];
}

bool monitor_do_info_harts(struct monitor_request *r)
{
    struct machine *machine = r->monitor->parts.machine;
    char place[MONITOR_PLACE_BYTES];
    for (unsigned i = 0; i < machine_hart_count(machine); i++) {
        const struct hart *h = machine_hart(machine, i);
        monitor_say(r, "%s hart %u: %-11s %-2s mode, pc 0x%016" PRIx64 "%s\n", i == r->monitor->hart ? "*" : " ", i,
                    wait_name(h), monitor_mode(h->priv, h->virt), h->pc, monitor_place(r->monitor, h->pc, place));
    }
    return true;
}

static void say_range(const struct monitor_request *r, const char *name, struct boot_range range)
{
    if (range.size != 0)
        monitor_say(r, "%-10s 0x%016" PRIx64 "-0x%016" PRIx64 "  %" PRIu64 " bytes\n", name, range.base,
                    range.base + (range.size - 1), range.size);
}

bool monitor_do_info_mem(struct monitor_request *r)
{
    const struct boot_plan *plan = machine_plan(r->monitor->parts.machine);
    const struct ram *ram = machine_memory(r->monitor->parts.machine).ram;
    char place[MONITOR_PLACE_BYTES];
    uint64_t dram = map_row(MAP_dram)->base;
    const struct framebuffer_size *size = &machine_config(r->monitor->parts.machine)->framebuffer;
    say_range(r, "RAM", (struct boot_range){dram, ram->size - (dram - ram->base)});
    say_range(r, "screen", (struct boot_range){framebuffer_base(), framebuffer_bytes(size)});
    say_range(r, "firmware", plan->firmware);
    say_range(r, "kernel", plan->kernel);
    say_range(r, "initrd", plan->initrd);
    say_range(r, "dtb", plan->dtb);
    monitor_say(r, "%-10s 0x%016" PRIx64 "%s in %s mode\n", "entry", plan->entry,
                monitor_place(r->monitor, plan->entry, place), plan->priv == BOOT_MACHINE ? "M" : "S");
    return true;
}

static void say_mapping(const struct monitor_request *r, uint64_t base, uint64_t size, const char *name)
{
    monitor_say(r, "0x%016" PRIx64 "-0x%016" PRIx64 "  %s\n", base, base + (size - 1), name);
}

static void say_ram(const struct monitor_request *r, const struct ram *ram)
{
    uint64_t dram = map_row(MAP_dram)->base;
    if (ram->base != dram)
        say_mapping(r, ram->base, dram - ram->base, "framebuffer");
    say_mapping(r, dram, ram->size - (dram - ram->base), "RAM");
}

/* RAM is not on the bus, and lies above all that is. */
bool monitor_do_info_mtree(struct monitor_request *r)
{
    const struct ram *ram = machine_memory(r->monitor->parts.machine).ram;
    const char *name;
    uint64_t base, size;
    bool ram_said = false;
    for (unsigned i = 0; bus_mapping(machine_bus(r->monitor->parts.machine), i, &name, &base, &size); i++) {
        if (!ram_said && base > ram->base) {
            say_ram(r, ram);
            ram_said = true;
        }
        say_mapping(r, base, size, name);
    }
    if (!ram_said)
        say_ram(r, ram);
    return true;
}

bool monitor_do_info_sbi(struct monitor_request *r)
{
    struct machine *machine = r->monitor->parts.machine;
    const struct sbi *sbi = machine_sbi(machine);
    if (sbi == NULL)
        return monitor_fail(r, "the built-in SBI is not at work: the guest brings its own firmware, or none");
    for (unsigned i = 0; i < machine_hart_count(machine); i++) {
        uint64_t deadline = sbi_timer_deadline(sbi, i);
        const struct hart *h = machine_hart(machine, i);
        const char *state = h->wait == HART_STOPPED ? "STOPPED" : h->wait == HART_SUSPENDED ? "SUSPENDED" : "STARTED";
        monitor_say(r, "hart %u: %s", i, state);
        if (deadline != UINT64_MAX)
            monitor_say(r, ", timer at tick %" PRIu64, deadline);
        monitor_say(r, "\n");
    }
    monitor_say(r, "now: tick %" PRIu64 "\n", machine_now_ticks(machine));
    return true;
}

bool monitor_do_info_stats(struct monitor_request *r)
{
    struct machine *machine = r->monitor->parts.machine;
    uint64_t ticks = machine_now_ticks(machine);
    monitor_say(r, "steps %" PRIu64 ", all harts together", machine_now_steps(machine));
    monitor_say_past(r);
    monitor_say(r, "\n");
    for (unsigned i = 0; i < machine_hart_count(machine); i++) {
        const struct hart *h = machine_hart(machine, i);
        monitor_say(r, "hart %u: %" PRIu64 " steps, %" PRIu64 " of them traps\n", i, hart_steps(h), h->traps);
    }
    monitor_say(r, "guest time %" PRIu64 " ticks (%.6f s)\n", ticks, (double)ticks / TICKS_PER_SECOND);
    monitor_say(r, "host time that a slow host dropped: %" PRIu64 " ticks\n", machine_clock(machine)->dropped_ticks);
    return true;
}
