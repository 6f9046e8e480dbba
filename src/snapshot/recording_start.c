/* SPDX-License-Identifier: MIT */
#include "snapshot/recording_start.h"

#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/strict.h"
#include "host/disk/disk.h"
#include "host/port.h"
#include "machine/blocks.h"
#include "machine/framebuffer.h"
#include "machine/inspect.h"

/* More than any host has; so that sums of sizes do not wrap. */
#define MOST_MEMORY (UINT64_C(1) << 46)

static const struct state_field ext_fields[] = {
#define EXT(id, named, on, needs, announced, tag)                                                                      \
    {.name = (named),                                                                                                  \
     .offset = offsetof(struct ext_set, has[EXT_##id]),                                                                \
     .size = sizeof(bool),                                                                                             \
     .most = 1,                                                                                                        \
     .meaning = "on"},
#include "cpu/ext.def"
#undef EXT
    STATE_END,
};

static const struct state_field disk_fields[] = {
    STATE(struct recorded_disk, size_bytes, INT64_MAX, "of the image"),
    STATE_BYTES(struct recorded_disk, option, "as --disk takes it, the name aside; zeros behind it"),
    STATE_END,
};

static const struct state_field device_fields[] = {
    STATE_BYTES(struct recorded_device, kind, "its name; zeros behind it"),
    STATE_BYTES(struct recorded_device, option, "as its option takes it, without names of files; zeros behind it"),
    STATE_END,
};

static const struct state_field start_fields[] = {
    STATE(struct recorded_start, memory_bytes, MOST_MEMORY, "of RAM"),
    STATE(struct recorded_start, seed, STATE_ANY, "--seed, or what was chosen for it"),
    STATE(struct recorded_start, max_steps, STATE_ANY, "--max-insns"),
    STATE(struct recorded_start, framebuffer.width, STATE_ANY, "--framebuffer; 0: there is none"),
    STATE(struct recorded_start, framebuffer.height, STATE_ANY, "likewise"),
    STATE(struct recorded_start, cpus, MACHINE_MAX_HARTS, "harts"),
    STATE(struct recorded_start, strict, (1u << STRICT_COUNT) - 1,
          "--strict: a bit for each word, in the order of cpu/strict.def"),
    STATE(struct recorded_start, has_seed, 1, "--seed was given"),
    STATE(struct recorded_start, clock, CLOCK_VIRTUAL, "0: the host's, 1: virtual"),
    STATE(struct recorded_start, no_reboot, 1, "--no-reboot"),
    STATE(struct recorded_start, explain, EXPLAIN_ALL, "--explain: 0 off, 1 on, 2 stop, 3 all"),
    STATE(struct recorded_start, virtio_legacy, 1, "VirtIO devices speak version 1"),
    STATE(struct recorded_start, pmp_open, 1, "PMP lets all through at reset"),
    STATE(struct recorded_start, disk_count, MACHINE_MAX_DISKS, "disks"),
    STATE(struct recorded_start, port_count, MACHINE_MAX_PORTS, "ports of the VirtIO console"),
    STATE(struct recorded_start, device_count, PERIPHERALS_MAX_RECORDED, "further devices"),
    STATE_INNER(struct recorded_start, ext, ext_fields, "each extension, in the order of cpu/ext.def"),
    STATE_INNERS(struct recorded_start, disks, disk_fields, "those that are there come first"),
    STATE_BYTES(struct recorded_start, ports, "as --hvc takes them, 192 bytes for each"),
    STATE_INNERS(struct recorded_start, devices, device_fields, "those that are there come first"),
    STATE_END,
};

static bool ends(const char *text, size_t size)
{
    return memchr(text, '\0', size) != NULL;
}

/* The texts are looked at by those who parse them. */
static bool start_is_legal(const void *object)
{
    const struct recorded_start *s = object;
    bool legal = s->cpus != 0 && s->memory_bytes != 0 && is_aligned(s->memory_bytes, PAGE_BYTES) && s->ext.has[EXT_I] &&
                 framebuffer_is_legal(&s->framebuffer);
    for (unsigned i = 0; i < MACHINE_MAX_DISKS; i++) {
        const struct recorded_disk *disk = &s->disks[i];
        bool there = disk->size_bytes != 0 && disk->size_bytes % DISK_SECTOR_BYTES == 0;
        legal = legal && ends(disk->option, sizeof disk->option) && (there || i >= s->disk_count);
    }
    for (unsigned i = 0; i < MACHINE_MAX_PORTS; i++)
        legal = legal && ends(s->ports[i], sizeof s->ports[i]);
    for (unsigned i = 0; i < PERIPHERALS_MAX_RECORDED; i++)
        legal = legal && ends(s->devices[i].kind, sizeof s->devices[i].kind) &&
                ends(s->devices[i].option, sizeof s->devices[i].option);
    return legal;
}

const struct state_table recorded_start_table = {
    .fields = start_fields,
    .bytes = sizeof(struct recorded_start),
    .check = start_is_legal,
};

/* A comma in a name is written twice. */
static void append_name(char *text, size_t size, const char *name)
{
    size_t used = strlen(text);
    for (; *name != '\0' && used + 3 < size; name++) {
        text[used++] = *name;
        if (*name == ',')
            text[used++] = ',';
    }
    text[used] = '\0';
}

static void disk_of(const struct machine *machine, unsigned n, struct recorded_disk *recorded)
{
    static const char *const caches[] = {"writeback", "writethrough", "unsafe"};
    const struct disk *disk = peripherals_disk(machine_peripherals(machine), n);
    recorded->size_bytes = disk_size_bytes(disk);
    snprintf(recorded->option, sizeof recorded->option, "disk,format=raw,cache=%s%s", caches[disk_cache_mode(disk)],
             disk_is_read_only(disk) ? ",ro" : "");
    if (disk_serial(disk)[0] == '\0')
        return;
    strcat(recorded->option, ",serial=");
    append_name(recorded->option, sizeof recorded->option, disk_serial(disk));
}

/* What is parsed here was parsed when the machine was made. */
static void port_of(const char *option, char *text, size_t size)
{
    struct port_options port;
    if (!port_options_parse(option, &port, NULL))
        return;
    snprintf(text, size, "%s", port.kind == PORT_TERMINAL ? "console" : "file:port");
    if (port.name[0] == '\0')
        return;
    strcat(text, ",name=");
    append_name(text, size, port.name);
}

void recorded_start_of(const struct machine *machine, struct recorded_start *s)
{
    const struct machine_config *config = machine_config(machine);
    *s = (struct recorded_start){
        .memory_bytes = config->memory_bytes,
        .seed = config->seed,
        .max_steps = config->max_steps,
        .framebuffer = config->framebuffer,
        .cpus = config->cpus,
        .has_seed = config->has_seed,
        .clock = (uint8_t)config->clock,
        .no_reboot = config->no_reboot,
        .explain = (uint8_t)config->explain,
        .virtio_legacy = config->virtio_legacy,
        .pmp_open = config->pmp_open,
        .strict = config->strict,
        .disk_count = (uint8_t)config->disk_count,
        .port_count = (uint8_t)config->port_count,
        .ext = config->ext,
    };
    for (unsigned i = 0; i < config->disk_count; i++)
        disk_of(machine, i, &s->disks[i]);
    for (unsigned i = 0; i < config->port_count; i++)
        port_of(config->ports[i], s->ports[i], sizeof s->ports[i]);
    s->device_count = (uint8_t)peripherals_recorded(config, s->devices);
}

bool recorded_start_apply(const struct recorded_start *s, struct machine_config *config, struct error *err)
{
    config->memory_bytes = s->memory_bytes;
    config->seed = s->seed;
    config->max_steps = s->max_steps;
    config->framebuffer = s->framebuffer;
    config->cpus = s->cpus;
    config->has_seed = s->has_seed;
    config->clock = (enum clock_mode)s->clock;
    config->no_reboot = s->no_reboot;
    config->explain = (enum explain_mode)s->explain;
    config->virtio_legacy = s->virtio_legacy;
    config->pmp_open = s->pmp_open;
    config->strict = s->strict;
    if (s->strict != 0)
        config->history_bytes = 0; /* a checkpoint would be a fence of everything */
    config->ext = s->ext;
    config->timeout_secs = 0;
    config->disk_count = s->disk_count;
    for (unsigned i = 0; i < s->disk_count; i++) {
        config->disks[i] = s->disks[i].option;
        config->disk_bytes[i] = s->disks[i].size_bytes;
    }
    config->port_count = s->port_count;
    for (unsigned i = 0; i < s->port_count; i++)
        config->ports[i] = s->ports[i];
    return peripherals_replay(config, s->devices, s->device_count, err);
}
