/* SPDX-License-Identifier: MIT */
/* microvm inspect: what is in a snapshot. The machine is loaded with nothing behind its devices, and what is said of
 * its harts the monitor
 * says. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bits.h"
#include "base/compiler.h"
#include "cli/command.h"
#include "cli/flag.h"
#include "cli/load.h"
#include "cli/no_host.h"
#include "cli/value.h"
#include "machine/control.h"
#include "machine/inspect.h"
#include "monitor/monitor.h"
#include "observe/symbols.h"
#include "snapshot/snapshot.h"
#include "virtio/slots.h"

#define MAX_SYMBOL_FILES 16
#define MAX_INSTRUCTIONS 100000u

struct request {
    const char *file;
    bool all_regs, fpregs, csrs, verify;
    uint64_t disasm; /* instructions */
    const char *symbol_files[MAX_SYMBOL_FILES];
    unsigned symbol_file_count;
};

static bool set_all_regs(void *owner, UNUSED const char *value, UNUSED struct error *err)
{
    return ((struct request *)owner)->all_regs = true;
}

static bool set_fpregs(void *owner, UNUSED const char *value, UNUSED struct error *err)
{
    return ((struct request *)owner)->fpregs = true;
}

static bool set_csrs(void *owner, UNUSED const char *value, UNUSED struct error *err)
{
    return ((struct request *)owner)->csrs = true;
}

static bool set_verify(void *owner, UNUSED const char *value, UNUSED struct error *err)
{
    return ((struct request *)owner)->verify = true;
}

static bool set_disasm(void *owner, const char *value, struct error *err)
{
    return value_number("disasm", value, 1, MAX_INSTRUCTIONS, &((struct request *)owner)->disasm, err);
}

static bool add_symbols(void *owner, const char *value, struct error *err)
{
    struct request *r = owner;
    if (r->symbol_file_count == MAX_SYMBOL_FILES)
        return error_set(err, "--symbols '%.200s': %d files at most", value, MAX_SYMBOL_FILES);
    r->symbol_files[r->symbol_file_count++] = value;
    return true;
}

static bool set_file(void *owner, const char *word, struct error *err)
{
    struct request *r = owner;
    if (r->file != NULL)
        return error_set(err, "inspect: takes one snapshot, so '%.200s' is too much", word);
    r->file = word;
    return true;
}

static const struct flag flags[] = {
    {"all-regs", false, set_all_regs}, {"fpregs", false, set_fpregs}, {"csrs", false, set_csrs},
    {"disasm", true, set_disasm},      {"verify", false, set_verify}, {"symbols", true, add_symbols},
};

static const struct flag_command syntax = {"inspect", flags, ARRAY_SIZE(flags), set_file};

/* The file. */

static void print_sections(struct snapshot *snapshot, bool verified)
{
    const struct container *container = snapshot_container(snapshot);
    static const char *const pages[] = {"pages, checked when used", "pages, checked"};
    printf("%-24s %7s %14s %14s  %s\n", "section", "version", "bytes", "stored", "form");
    for (unsigned i = 0; i < container_section_count(container); i++) {
        const struct container_section *section = container_section_at(container, i);
        printf("%-24s %7u %14" PRIu64 " %14" PRIu64 "  %s\n", section->name, section->version, section->bytes,
               section->stored, section->form == CONTAINER_PAGES ? pages[verified] : "checked");
    }
}

/* What the machine is made of. */

static void print_disk(const struct saved_disk *disk, unsigned n)
{
    static const char *const caches[] = {"writeback", "writethrough", "unsafe"};
    printf("disk %u: %" PRIu64 " bytes, cache %s%s%s%s%s, digest ", n, disk->size_bytes, caches[disk->cache],
           disk->read_only ? ", read-only" : "", disk->serial[0] != '\0' ? ", serial " : "", disk->serial,
           disk->overlay ? ", with what the guest changed" : "");
    for (unsigned i = 0; i < BLAKE2B_BYTES; i++)
        printf("%02x", disk->digest[i]);
    printf("\n");
}

static void print_configuration(const struct configuration *c)
{
    char extensions[LOAD_EXTENSIONS_BYTES];
    load_print_extensions(&c->ext, extensions);
    printf("machine: %u hart%s, %" PRIu64 " KiB of RAM, %s clock, %s\n", c->cpus, c->cpus == 1 ? "" : "s",
           c->memory_bytes >> 10, c->clock == CLOCK_VIRTUAL ? "virtual" : "wall", extensions);
    for (unsigned i = 0; i < c->disk_count; i++)
        print_disk(&c->disks[i], i);
    for (unsigned i = 0; i < c->port_count; i++)
        printf("port %u: %s\n", i, c->ports[i].name[0] != '\0' ? c->ports[i].name : "a console");
    for (unsigned i = 0; i < c->device_count; i++)
        printf("%s: %s\n", c->devices[i].kind, c->devices[i].option);
    if (c->framebuffer.width != 0)
        printf("framebuffer: %ux%u\n", c->framebuffer.width, c->framebuffer.height);
}

/* Its state. */

static void write_out(UNUSED void *owner, const char *text, size_t bytes)
{
    fwrite(text, 1, bytes, stdout);
}

static void say_of_hart(struct monitor *monitor, const struct request *r)
{
    const struct monitor_out out = {NULL, write_out, false};
    char line[64];
    snprintf(line, sizeof line, "disasm $pc %" PRIu64, r->disasm);
    if (r->all_regs)
        monitor_execute(monitor, "info regs", &out);
    if (r->fpregs)
        monitor_execute(monitor, "info fregs", &out);
    if (r->csrs)
        monitor_execute(monitor, "info csrs", &out);
    if (r->disasm != 0)
        monitor_execute(monitor, line, &out);
}

static bool say_of_machine(struct machine *machine, struct symbols *symbols, const struct request *r, struct error *err)
{
    const struct monitor_out out = {NULL, write_out, false};
    struct monitor_parts parts = {.machine = machine, .symbols = symbols};
    struct monitor *monitor = monitor_create(&parts, err);
    if (monitor == NULL)
        return false;
    monitor_execute(monitor, "info stats", &out);
    monitor_execute(monitor, "info harts", &out);
    bool more = r->all_regs || r->fpregs || r->csrs || r->disasm != 0;
    for (unsigned i = 0; more && i < machine_hart_count(machine); i++) {
        char line[32];
        printf("\n");
        snprintf(line, sizeof line, "hart %u", i);
        monitor_execute(monitor, line, &out);
        say_of_hart(monitor, r);
    }
    monitor_destroy(monitor);
    return true;
}

static bool read_symbols(const struct request *r, struct symbols *symbols, struct error *err)
{
    if (symbols == NULL)
        return error_set(err, "out of memory for the symbols");
    for (unsigned i = 0; i < r->symbol_file_count; i++)
        if (!symbols_add(symbols, r->symbol_files[i], err))
            return error_prefix(err, "--symbols");
    return true;
}

/* Texts of options for what stands in for disks and ports. */
struct stand_ins {
    int files[MACHINE_MAX_DISKS];
    char disks[MACHINE_MAX_DISKS][128];
    char ports[MACHINE_MAX_PORTS][PORT_NAME_BYTES * 2 + 32];
};

/* As an option's value: a comma is written twice. */
static void put_value(char *out, size_t size, const char *value)
{
    size_t used = strlen(out);
    for (; *value != '\0' && used < size; value++)
        used += (size_t)snprintf(out + used, size - used, *value == ',' ? ",," : "%c", *value);
}

/* An image of nothing: no instruction will run that could read it. */
static bool stand_in_for_disk(struct stand_ins *s, const struct saved_disk *disk, unsigned n, struct error *err)
{
    static const char *const caches[] = {"writeback", "writethrough", "unsafe"};
    s->files[n] = memfd_create("disk", MFD_CLOEXEC);
    if (s->files[n] < 0 || ftruncate(s->files[n], (off_t)disk->size_bytes) != 0)
        return error_set(err, "cannot make a stand-in for disk %u", n);
    snprintf(s->disks[n], sizeof s->disks[n], "/proc/self/fd/%d,format=raw,cache=%s%s%s", s->files[n],
             caches[disk->cache], disk->read_only ? ",ro" : "", disk->serial[0] != '\0' ? ",serial=" : "");
    put_value(s->disks[n], sizeof s->disks[n], disk->serial);
    return true;
}

static void stand_in_for_port(struct stand_ins *s, const struct saved_port *port, unsigned n)
{
    snprintf(s->ports[n], sizeof s->ports[n], "file:/dev/null%s", port->name[0] != '\0' ? ",name=" : "");
    put_value(s->ports[n], sizeof s->ports[n], port->name);
}

static bool make_stand_ins(struct stand_ins *s, const struct configuration *c, struct machine_config *config,
                           struct error *err)
{
    for (; config->disk_count < c->disk_count; config->disk_count++) {
        if (!stand_in_for_disk(s, &c->disks[config->disk_count], config->disk_count, err))
            return false;
        config->disks[config->disk_count] = s->disks[config->disk_count];
    }
    for (; config->port_count < c->port_count; config->port_count++) {
        stand_in_for_port(s, &c->ports[config->port_count], config->port_count);
        config->ports[config->port_count] = s->ports[config->port_count];
    }
    return peripherals_replay(config, c->devices, c->device_count, err);
}

static bool look_into(struct machine *machine, const struct request *r, struct error *err)
{
    struct symbols *symbols = symbols_create(machine);
    bool ok = read_symbols(r, symbols, err) && say_of_machine(machine, symbols, r, err);
    symbols_destroy(symbols);
    return ok;
}

static bool inspect_machine(struct snapshot *snapshot, struct stand_ins *s, const struct request *r, struct error *err)
{
    struct machine_config config;
    struct error trouble;
    machine_config_init(&config);
    config.explain = EXPLAIN_OFF;
    config.share_program = "";
    if (!make_stand_ins(s, snapshot_configuration(snapshot), &config, err) ||
        !snapshot_configure(snapshot, &config, err))
        return false;
    struct machine *machine = machine_create(&config, no_host(), err);
    bool ok = machine != NULL && snapshot_load(snapshot, machine, false, err) && look_into(machine, r, err);
    if (ok && machine_failed(machine, &trouble))
        ok = error_set(err, "%s", trouble.text);
    machine_destroy(machine);
    return ok;
}

static bool inspect(struct snapshot *snapshot, const struct request *r, struct error *err)
{
    struct stand_ins *s = calloc(1, sizeof *s);
    if (s == NULL)
        return error_set(err, "out of memory");
    for (unsigned i = 0; i < MACHINE_MAX_DISKS; i++)
        s->files[i] = -1;
    print_sections(snapshot, r->verify);
    print_configuration(snapshot_configuration(snapshot));
    bool ok = inspect_machine(snapshot, s, r, err);
    for (unsigned i = 0; i < MACHINE_MAX_DISKS; i++)
        if (s->files[i] >= 0)
            close(s->files[i]);
    free(s);
    return ok;
}

bool command_inspect(int count, char *const *arguments, UNUSED int *status, struct error *err)
{
    struct request request = {0};
    if (!flags_parse(&syntax, &request, count, arguments, err))
        return false;
    if (request.file == NULL)
        return error_set(err, "inspect: which one? Name the file that run --save-snapshot wrote");
    struct snapshot *snapshot = snapshot_open(request.file, err);
    if (snapshot == NULL)
        return false;
    bool ok = (!request.verify || container_check_pages(snapshot_container(snapshot), err)) &&
              inspect(snapshot, &request, err);
    snapshot_close(snapshot);
    return ok;
}
