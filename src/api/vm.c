/* SPDX-License-Identifier: MIT */
/* Machines from their making to their end: loads, resets, and what they are. */
#include "api/vm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

unsigned microvm_api_version(void)
{
    return MICROVM_API_VERSION;
}

const char *microvm_version(void)
{
    return MICROVM_VERSION;
}

const char *microvm_error(const struct microvm *vm)
{
    return vm->error.text;
}

static bool begin(struct microvm *vm, const struct microvm_config *config, struct error *err)
{
    vm->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (vm->wake_fd < 0)
        return error_set(err, "no descriptor is left for the machine: too many files are open");
    return vm_configure(vm, config, err);
}

struct microvm *microvm_create(const struct microvm_config *config, char *error, size_t error_bytes)
{
    struct error err = {""};
    struct microvm *vm = calloc(1, sizeof *vm);
    if (vm != NULL)
        vm->wake_fd = -1;
    if (vm != NULL && begin(vm, config, &err))
        return vm;
    if (vm == NULL)
        error_set(&err, "out of memory");
    if (error != NULL && error_bytes != 0)
        snprintf(error, error_bytes, "%s", err.text);
    microvm_destroy(vm);
    return NULL;
}

/* What lives from a load to the next. */
static void unload(struct microvm *vm)
{
    explain_destroy(vm->explain);
    symbols_destroy(vm->symbols);
    machine_destroy(vm->machine);
    snapshot_close(vm->snapshot);
    vm->explain = NULL;
    vm->symbols = NULL;
    vm->machine = NULL;
    vm->snapshot = NULL;
    vm->over = vm->failed = false;
}

static void forget_origin(struct origin *origin)
{
    free(origin->path);
    free(origin->bytes);
    *origin = (struct origin){.kind = ORIGIN_NONE};
}

void microvm_destroy(struct microvm *vm)
{
    if (vm == NULL)
        return;
    unload(vm);
    forget_origin(&vm->origin);
    vm_forget_devices(vm);
    vm_forget_configuration(vm);
    free(vm->input.bytes);
    if (vm->wake_fd >= 0)
        close(vm->wake_fd);
    free(vm);
}

bool vm_is_loaded(struct microvm *vm)
{
    return vm->machine != NULL || error_set(&vm->error, "the machine has no program: load one first");
}

bool vm_is_free(struct microvm *vm)
{
    return !vm->runs || error_set(&vm->error, "this cannot be done while the machine runs: not from a hook");
}

struct hart *vm_hart(struct microvm *vm, unsigned hart)
{
    if (!vm_is_loaded(vm))
        return NULL;
    unsigned count = machine_hart_count(vm->machine);
    if (hart < count)
        return machine_hart(vm->machine, hart);
    error_set(&vm->error, "there is no hart %u: the machine has %u", hart, count);
    return NULL;
}

/* A program that is nothing: what RAM holds anyway. */
static const uint8_t nothing[4];

/* A saved machine has its start behind it, and goes on as what it was. */
static bool open_snapshot(struct microvm *vm, struct machine_config *config, struct error *err)
{
    config->has_load_addr = false;
    config->initrd = config->dtb = config->cmdline = config->firmware_path = NULL;
    config->firmware = FIRMWARE_AUTO;
    vm->snapshot = snapshot_open(vm->origin.path, err);
    return vm->snapshot != NULL && snapshot_configure(vm->snapshot, config, err);
}

/* The program in the machine's configuration. */
static bool name_origin(struct microvm *vm, struct machine_config *config, struct error *err)
{
    const struct origin *origin = &vm->origin;
    config->has_load_addr = origin->address != MICROVM_ANYWHERE;
    config->load_addr = origin->address;
    switch (origin->kind) {
    case ORIGIN_NONE: return error_set(err, "the machine has no program: load one first");
    case ORIGIN_FILE: config->kernel = origin->path; return true;
    case ORIGIN_MEMORY:
        config->image = origin->bytes;
        config->image_bytes = origin->count;
        config->image_name = "in memory";
        return true;
    case ORIGIN_NOTHING:
        if (config->firmware == FIRMWARE_FILE)
            return true;
        config->image = nothing;
        config->image_bytes = sizeof nothing;
        config->image_name = "nothing";
        return true;
    case ORIGIN_SNAPSHOT: break;
    }
    return open_snapshot(vm, config, err);
}

static bool make(struct microvm *vm, struct error *err)
{
    struct machine_config config = vm->config;
    struct machine_host host = vm_host(vm);
    if (!name_origin(vm, &config, err))
        return false;
    vm->machine = machine_create(&config, &host, err);
    if (vm->machine == NULL || (vm->snapshot != NULL && !snapshot_load(vm->snapshot, vm->machine, true, err)))
        return false;
    vm->symbols = symbols_create(vm->machine);
    vm->explain = vm->symbols != NULL ? explain_create(vm->machine, vm->symbols) : NULL;
    if (vm->explain == NULL)
        return error_set(err, "out of memory for the symbols");
    vm_prepare_runs(vm);
    return vm_attach(vm, err);
}

static bool make_again(struct microvm *vm)
{
    unload(vm);
    if (make(vm, &vm->error))
        return true;
    unload(vm);
    return false;
}

bool microvm_reset(struct microvm *vm)
{
    return vm_is_free(vm) && make_again(vm);
}

/* Takes over what origin holds. */
static bool load(struct microvm *vm, struct origin origin)
{
    if (vm_is_free(vm)) {
        forget_origin(&vm->origin);
        vm->origin = origin;
        return make_again(vm);
    }
    forget_origin(&origin);
    return false;
}

static bool load_path(struct microvm *vm, enum origin_kind kind, const char *path, uint64_t address)
{
    if (path == NULL)
        return error_set(&vm->error, "the file's name is NULL");
    char *copy = strdup(path);
    if (copy == NULL)
        return error_set(&vm->error, "out of memory");
    return load(vm, (struct origin){.kind = kind, .path = copy, .address = address});
}

bool microvm_load_file(struct microvm *vm, const char *path, uint64_t address)
{
    return load_path(vm, ORIGIN_FILE, path, address);
}

bool microvm_load_snapshot(struct microvm *vm, const char *path)
{
    return load_path(vm, ORIGIN_SNAPSHOT, path, MICROVM_ANYWHERE);
}

bool microvm_load_memory(struct microvm *vm, const void *bytes, size_t count, uint64_t address)
{
    if (bytes == NULL || count == 0)
        return error_set(&vm->error, "the program in memory is empty (microvm_load_nothing wants none)");
    void *copy = malloc(count);
    if (copy == NULL)
        return error_set(&vm->error, "out of memory for a program of %zu bytes", count);
    memcpy(copy, bytes, count);
    return load(vm, (struct origin){.kind = ORIGIN_MEMORY, .bytes = copy, .count = count, .address = address});
}

bool microvm_load_nothing(struct microvm *vm)
{
    return load(vm, (struct origin){.kind = ORIGIN_NOTHING, .address = MICROVM_RAM_BASE});
}

bool microvm_save(struct microvm *vm, const char *path)
{
    if (path == NULL)
        return error_set(&vm->error, "the file's name is NULL");
    return vm_is_free(vm) && vm_is_loaded(vm) && snapshot_save(vm->machine, path, SNAPSHOT_COMPRESSED, &vm->error);
}

const char *microvm_describe(const struct microvm *vm)
{
    return vm->machine != NULL ? machine_choice(vm->machine) : "";
}

uint64_t microvm_steps(const struct microvm *vm)
{
    return vm->machine != NULL ? machine_now_steps(vm->machine) : 0;
}

unsigned microvm_harts(const struct microvm *vm)
{
    return vm->machine != NULL ? machine_hart_count(vm->machine) : 0;
}

uint64_t microvm_digest(const struct microvm *vm)
{
    return vm->machine != NULL ? machine_state_hash(vm->machine) : 0;
}
