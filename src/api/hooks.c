/* SPDX-License-Identifier: MIT */
/* What the program hears of the machine while it runs, and puts into it: hooks, ranges of its own, interrupts. */
#include "api/vm.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "devices/plic.h"
#include "machine/map.h"
#include "machine/peripherals.h"

#define HOOKS_FIRST_SIZE (offsetof(struct microvm_hooks, ecall) + sizeof(bool (*)(void *, unsigned)))
#define DEVICE_FIRST_SIZE (offsetof(struct microvm_device, reset) + sizeof(void (*)(void *)))

static void on_trap(void *owner, struct hart *h, const struct observed_trap *trap)
{
    const struct microvm *vm = owner;
    const struct microvm_trap told = {
        .hart = (unsigned)h->id,
        .cause = trap->cause,
        .value = trap->tval,
        .pc = trap->epc,
        .from = trap->from_priv,
        .to = trap->to_priv,
        .from_virtual = trap->from_virt,
        .to_virtual = trap->to_virt,
    };
    vm->hooks.trap(vm->hooks.owner, &told);
}

static void on_instruction(void *owner, struct hart *h, const struct observed_insn *insn)
{
    const struct microvm *vm = owner;
    const struct microvm_instruction told = {(unsigned)h->id, insn->pc, insn->bits, insn->length};
    if (vm->hooks.instruction != NULL)
        vm->hooks.instruction(vm->hooks.owner, &told);
}

static void on_access(void *owner, struct hart *h, enum access_type type, uint64_t va, unsigned size, uint64_t value)
{
    const struct microvm *vm = owner;
    const struct microvm_access told = {(unsigned)h->id, type == ACCESS_STORE, size, va, value};
    vm->hooks.access(vm->hooks.owner, &told);
}

static bool on_ecall(void *owner, struct hart *h)
{
    struct microvm *vm = owner;
    vm->serves = true;
    vm->serving = (unsigned)h->id;
    bool served = vm->hooks.ecall(vm->hooks.owner, vm->serving);
    vm->serves = false;
    return served;
}

/* Only what somebody wants to hear is told. */
void vm_observe(struct microvm *vm)
{
    const struct microvm_hooks *hooks = &vm->hooks;
    bool each = hooks->instruction != NULL || hooks->access != NULL; /* accesses are complete only then */
    vm->observer = (struct observer){
        .owner = vm,
        .trap = hooks->trap != NULL ? on_trap : NULL,
        .insn = each ? on_instruction : NULL,
        .access = hooks->access != NULL ? on_access : NULL,
    };
    vm->ecall_server = (struct ecall_server){vm, on_ecall};
    machine_serve_ecalls(vm->machine, hooks->ecall != NULL ? &vm->ecall_server : NULL);
    if (each || hooks->trap != NULL)
        machine_add_observer(vm->machine, &vm->observer);
}

bool microvm_set_hooks(struct microvm *vm, const struct microvm_hooks *hooks)
{
    if (!vm_is_free(vm))
        return false;
    if (hooks != NULL && hooks->size < HOOKS_FIRST_SIZE)
        return error_set(&vm->error, "hooks.size is %zu: it is sizeof(struct microvm_hooks)", hooks->size);
    if (vm->machine != NULL)
        machine_remove_observer(vm->machine, &vm->observer);
    vm->hooks = (struct microvm_hooks){0};
    if (hooks != NULL)
        memcpy(&vm->hooks, hooks, hooks->size < sizeof vm->hooks ? hooks->size : sizeof vm->hooks);
    if (vm->machine != NULL)
        vm_observe(vm);
    return true;
}

/* Ranges. */

static bool own_read(void *state, uint64_t offset, unsigned size, uint64_t *value)
{
    const struct own_device *own = state;
    *value = 0;
    if (own->calls.read == NULL || !own->calls.read(own->calls.owner, offset, size, value))
        return false;
    *value &= BITS(8 * size - 1, 0);
    return true;
}

static bool own_write(void *state, uint64_t offset, unsigned size, uint64_t value)
{
    const struct own_device *own = state;
    return own->calls.write != NULL && own->calls.write(own->calls.owner, offset, size, value & BITS(8 * size - 1, 0));
}

static void own_reset(void *state)
{
    const struct own_device *own = state;
    if (own->calls.reset != NULL)
        own->calls.reset(own->calls.owner);
}

static const struct device_calls own_calls = {own_read, own_write};
static const struct reg no_registers[] = {REG_END};

static bool attach(struct microvm *vm, struct own_device *own, struct error *err)
{
    uint64_t ram = map_row(MAP_dram)->base, last = own->base + (own->bytes - 1);
    bool ends = own->bytes != 0 && last >= own->base;
    if (ends && last >= ram && own->base < ram + machine_config(vm->machine)->memory_bytes)
        return error_set(err, "%.100s at 0x%" PRIx64 "..0x%" PRIx64 " overlaps RAM", own->calls.name, own->base, last);
    if (!bus_attach(machine_bus(vm->machine), own->base, own->bytes, &own->device, err))
        return false;
    own_reset(own);
    return true;
}

bool vm_attach(struct microvm *vm, struct error *err)
{
    for (unsigned i = 0; i < vm->device_count; i++)
        if (!attach(vm, vm->devices[i], err))
            return false;
    vm_observe(vm);
    return true;
}

static void own_destroy(struct own_device *own)
{
    if (own == NULL)
        return;
    free((char *)(uintptr_t)own->calls.name);
    free(own);
}

void vm_forget_devices(struct microvm *vm)
{
    for (unsigned i = 0; i < vm->device_count; i++)
        own_destroy(vm->devices[i]);
    free(vm->devices);
    vm->devices = NULL;
    vm->device_count = 0;
}

static struct own_device *own_create(uint64_t base, uint64_t bytes, const struct microvm_device *calls)
{
    struct own_device *own = calloc(1, sizeof *own);
    if (own == NULL)
        return NULL;
    own->base = base;
    own->bytes = bytes;
    memcpy(&own->calls, calls, calls->size < sizeof own->calls ? calls->size : sizeof own->calls);
    own->calls.name = strdup(calls->name != NULL ? calls->name : "device");
    own->device = (struct device){
        .name = own->calls.name, .state = own, .regs = no_registers, .calls = &own_calls, .reset = own_reset};
    if (own->calls.name != NULL)
        return own;
    free(own);
    return NULL;
}

/* Room for one more in the list. */
static bool grow(struct microvm *vm)
{
    struct own_device **grown = realloc(vm->devices, (vm->device_count + 1) * sizeof(struct own_device *));
    if (grown != NULL)
        vm->devices = grown;
    return grown != NULL;
}

bool microvm_add_device(struct microvm *vm, uint64_t base, uint64_t bytes, const struct microvm_device *device)
{
    if (!vm_is_free(vm))
        return false;
    if (device == NULL || device->size < DEVICE_FIRST_SIZE)
        return error_set(&vm->error, "device.size: it is sizeof(struct microvm_device)");
    if (bytes == 0 || base + (bytes - 1) < base)
        return error_set(&vm->error, "a range of 0x%" PRIx64 " bytes at 0x%" PRIx64 " is none", bytes, base);
    struct own_device *own = own_create(base, bytes, device);
    if (own == NULL || !grow(vm)) {
        own_destroy(own);
        return error_set(&vm->error, "out of memory");
    }
    if (vm->machine != NULL && !attach(vm, own, &vm->error)) {
        own_destroy(own);
        return false;
    }
    vm->devices[vm->device_count++] = own;
    return true;
}

static bool is_a_devices(const struct microvm *vm, unsigned source)
{
    for (unsigned slot = 0; slot < VIRTIO_SLOT_COUNT; slot++)
        if (virtio_slot(slot).irq == source)
            return peripherals_virtio(machine_peripherals(vm->machine), slot) != NULL;
    return false;
}

bool microvm_set_interrupt(struct microvm *vm, unsigned source, bool level)
{
    if (!vm_is_loaded(vm))
        return false;
    if (source < API_FIRST_INTERRUPT || source > PLIC_SOURCES)
        return error_set(&vm->error, "interrupt source %u: those from %u to %u are free", source, API_FIRST_INTERRUPT,
                         PLIC_SOURCES);
    if (is_a_devices(vm, source))
        return error_set(&vm->error, "interrupt source %u is that of a device which config.devices names", source);
    plic_set_line(machine_plic(vm->machine), source, level);
    return true;
}
