/* SPDX-License-Identifier: MIT */
/* The program's configuration: its defaults, its checks, and the machine's configuration that comes of it. */
#include "api/vm.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "machine/device_option.h"
#include "machine/strict_config.h"

#define DEFAULT_MEMORY_BYTES (UINT64_C(128) << 20)
#define MIN_MEMORY_BYTES (UINT64_C(1) << 20)
#define MAX_MEMORY_BYTES (UINT64_C(1) << 44)
/* Of the struct as it was in the library's first version. */
#define FIRST_SIZE (offsetof(struct microvm_config, no_sleep) + sizeof(bool))

static const struct microvm_config defaults = {
    .memory_bytes = DEFAULT_MEMORY_BYTES,
    .harts = 1,
    .clock = MICROVM_CLOCK_VIRTUAL,
};

void microvm_config_init(struct microvm_config *config, size_t size)
{
    size_t known = size < sizeof defaults ? size : sizeof defaults;
    memset(config, 0, size);
    memcpy(config, &defaults, known);
    config->size = size;
}

/* Of a program built for another version: what it does not know has its default, what we do not know must be unused. */
static bool take_over(const struct microvm_config *given, struct microvm_config *config, struct error *err)
{
    *config = defaults;
    if (given == NULL)
        return true;
    if (given->size < FIRST_SIZE)
        return error_set(err, "config.size is %zu: microvm_config_init sets it", given->size);
    size_t known = given->size < sizeof *config ? given->size : sizeof *config;
    for (size_t i = known; i < given->size; i++)
        if (((const uint8_t *)given)[i] != 0)
            return error_set(err, "config has something that this library does not know: it is version %s",
                             MICROVM_VERSION);
    memcpy(config, given, known);
    return true;
}

static bool check_numbers(const struct microvm_config *config, struct error *err)
{
    uint64_t bytes = config->memory_bytes;
    if (bytes < MIN_MEMORY_BYTES || bytes > MAX_MEMORY_BYTES || !is_aligned(bytes, PAGE_BYTES))
        return error_set(err, "config.memory_bytes is %" PRIu64 ": it must be a multiple of 4 KiB, 1 MiB to 16 TiB",
                         bytes);
    if (config->harts < 1 || config->harts > MACHINE_MAX_HARTS)
        return error_set(err, "config.harts is %u: it must be 1 to %d", config->harts, MACHINE_MAX_HARTS);
    if (config->clock != MICROVM_CLOCK_VIRTUAL && config->clock != MICROVM_CLOCK_WALL)
        return error_set(err, "config.clock is %d: it must be MICROVM_CLOCK_VIRTUAL or MICROVM_CLOCK_WALL",
                         (int)config->clock);
    if (config->disk_count > MACHINE_MAX_DISKS)
        return error_set(err, "config.disk_count is %zu: a machine has %d disks at most", config->disk_count,
                         MACHINE_MAX_DISKS);
    if (config->disk_count != 0 && config->disks == NULL)
        return error_set(err, "config.disks is NULL, but disk_count is not 0");
    if (config->device_count > MAX_DEVICES)
        return error_set(err, "config.device_count is %zu: %d at most", config->device_count, MAX_DEVICES);
    return config->device_count == 0 || config->devices != NULL ||
           error_set(err, "config.devices is NULL, but device_count is not 0");
}

/* A copy that lives as long as the machine; text NULL stays NULL. */
static bool keep(struct microvm *vm, const char *text, const char **copy, struct error *err)
{
    *copy = NULL;
    if (text == NULL)
        return true;
    char *kept = strdup(text);
    if (kept == NULL)
        return error_set(err, "out of memory");
    vm->texts[vm->text_count++] = kept;
    *copy = kept;
    return true;
}

static bool keep_device(struct microvm *vm, const char *name, const char *value, struct error *err)
{
    const char *kept;
    return keep(vm, value, &kept, err) && device_option_set(&vm->config, name, strlen(name), kept, err);
}

static bool keep_disks(struct microvm *vm, const struct microvm_config *config, struct error *err)
{
    for (size_t i = 0; i < config->disk_count; i++) {
        if (config->disks[i] == NULL)
            return error_set(err, "config.disks[%zu] is NULL", i);
        if (!keep_device(vm, "disk", config->disks[i], err))
            return error_prefix(err, "config.disks[%zu]", i);
    }
    return true;
}

/* "NAME" or "NAME=VALUE". */
static bool keep_named_device(struct microvm *vm, const char *text, struct error *err)
{
    const char *kept;
    if (!keep(vm, text, &kept, err))
        return false;
    size_t name_bytes = strcspn(kept, "=");
    const char *value = kept[name_bytes] == '=' ? kept + name_bytes + 1 : NULL;
    return device_option_set(&vm->config, kept, name_bytes, value, err);
}

static bool keep_devices(struct microvm *vm, const struct microvm_config *config, struct error *err)
{
    for (size_t i = 0; i < config->device_count; i++) {
        if (config->devices[i] == NULL)
            return error_set(err, "config.devices[%zu] is NULL", i);
        if (!keep_named_device(vm, config->devices[i], err))
            return error_prefix(err, "config.devices[%zu] '%.100s'", i, config->devices[i]);
    }
    return true;
}

static bool keep_firmware(struct microvm *vm, const char *firmware, struct error *err)
{
    struct machine_config *c = &vm->config;
    if (firmware == NULL)
        return true;
    if (strcmp(firmware, "none") == 0)
        c->firmware = FIRMWARE_NONE;
    else if (strcmp(firmware, "builtin") == 0)
        c->firmware = FIRMWARE_BUILTIN;
    else
        c->firmware = FIRMWARE_FILE;
    return c->firmware != FIRMWARE_FILE || keep(vm, firmware, &c->firmware_path, err);
}

static bool parse_words(struct microvm *vm, const struct microvm_config *config, struct error *err)
{
    struct machine_config *c = &vm->config;
    if (config->cpu != NULL && !ext_set_parse(&c->ext, config->cpu, err))
        return error_prefix(err, "config.cpu");
    if (config->strict == NULL)
        return true;
    c->strict = strict_standard();
    return config->strict[0] == '\0' || strict_parse(config->strict, &c->strict, err) ||
           error_prefix(err, "config.strict");
}

static bool keep_net(struct microvm *vm, const char *net, struct error *err)
{
    return net == NULL || keep_device(vm, "net", net, err) || error_prefix(err, "config.net");
}

static bool keep_texts(struct microvm *vm, const struct microvm_config *config, struct error *err)
{
    struct machine_config *c = &vm->config;
    return keep_firmware(vm, config->firmware, err) && keep(vm, config->initrd, &c->initrd, err) &&
           keep(vm, config->dtb, &c->dtb, err) && keep(vm, config->cmdline, &c->cmdline, err) &&
           keep_net(vm, config->net, err) && keep_disks(vm, config, err) && keep_devices(vm, config, err);
}

bool vm_configure(struct microvm *vm, const struct microvm_config *given, struct error *err)
{
    struct microvm_config config;
    if (!take_over(given, &config, err) || !check_numbers(&config, err))
        return false;
    machine_config_init(&vm->config);
    vm->config.memory_bytes = config.memory_bytes;
    vm->config.cpus = config.harts;
    vm->config.clock = config.clock == MICROVM_CLOCK_WALL ? CLOCK_WALL : CLOCK_VIRTUAL;
    vm->config.has_seed = config.has_seed;
    vm->config.seed = config.seed;
    vm->config.no_reboot = config.no_reboot;
    vm->config.explain = config.ignore_stuck ? EXPLAIN_OFF : EXPLAIN_STOP;
    vm->config.console = CONSOLE_RAW;
    vm->config.history_bytes = 0;
    vm->no_sleep = config.no_sleep;
    return parse_words(vm, &config, err) && keep_texts(vm, &config, err);
}

void vm_forget_configuration(struct microvm *vm)
{
    for (unsigned i = 0; i < vm->text_count; i++)
        free(vm->texts[i]);
    vm->text_count = 0;
}
