/* SPDX-License-Identifier: MIT */
/* Runs: how many steps, why they end, and the sleeps in between. */
#include "api/vm.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/compiler.h"
#include "machine/blocks.h"

/* The first reason counts. */
static void come_back(struct microvm *vm, enum microvm_reason reason)
{
    if (!vm->has_reason)
        vm->result.reason = reason;
    vm->has_reason = true;
    machine_leave(vm->machine);
}

static bool take_stop(struct microvm *vm)
{
    uint64_t count;
    if (!atomic_exchange(&vm->stop_asked, false))
        return false;
    while (read(vm->wake_fd, &count, sizeof count) > 0)
        continue;
    return true;
}

void microvm_stop(struct microvm *vm)
{
    static const uint64_t one = 1;
    atomic_store(&vm->stop_asked, true);
    if (atomic_load(&vm->runner) == (uintptr_t)pthread_self())
        machine_leave(vm->machine); /* called by a hook */
    else if (write(vm->wake_fd, &one, sizeof one) < 0)
        return; /* it has been written already */
}

/* The machine's host. */

static void host_write(void *owner, const uint8_t *bytes, size_t count)
{
    const struct microvm *vm = owner;
    if (vm->hooks.console_output != NULL)
        vm->hooks.console_output(vm->hooks.owner, bytes, count);
}

static size_t host_read(void *owner, uint8_t *bytes, size_t size)
{
    struct microvm *vm = owner;
    struct typed_bytes *queue = &vm->input;
    size_t count = queue->count < size ? queue->count : size;
    if (count == 0 && vm->hooks.console_input != NULL) {
        count = vm->hooks.console_input(vm->hooks.owner, bytes, size);
        return count < size ? count : size;
    }
    if (count != 0)
        memcpy(bytes, queue->bytes + queue->first, count);
    queue->first += count;
    queue->count -= count;
    return count;
}

/* Whether something outside the machine is about to answer it. */
static bool awaits_host(struct microvm *vm)
{
    const struct machine_config *config = machine_config(vm->machine);
    bool awaits =
        config->net_count != 0 || config->port_count != 0 || config->vsock != NULL || config->share_count != 0;
    for (unsigned i = 0; i < config->disk_count; i++)
        awaits |= disk_in_flight(peripherals_disk(machine_peripherals(vm->machine), i)) != 0;
    return awaits;
}

static void sleep_for(struct microvm *vm, struct wait_set *set, uint64_t timeout_ns)
{
    struct timespec timeout = {(time_t)(timeout_ns / 1000000000u), (long)(timeout_ns % 1000000000u)};
    wait_set_add(set, vm->wake_fd, POLLIN);
    wait_set_sleep(set, timeout_ns != UINT64_MAX ? &timeout : NULL, NULL);
}

static void host_wait(void *owner, struct wait_set *set, uint64_t timeout_ns)
{
    struct microvm *vm = owner;
    bool awaits = awaits_host(vm);
    if (awaits || (timeout_ns != UINT64_MAX && !vm->no_sleep)) {
        sleep_for(vm, set, timeout_ns);
        return;
    }
    wait_set_look(set);
    vm->result.wait_ns = timeout_ns;
    come_back(vm, MICROVM_WAITING);
}

static bool host_interrupted(UNUSED void *owner, UNUSED struct stop *stop)
{
    return false;
}

static void host_message(void *owner, const char *line)
{
    const struct microvm *vm = owner;
    if (vm->hooks.message != NULL)
        vm->hooks.message(vm->hooks.owner, line);
}

struct machine_host vm_host(struct microvm *vm)
{
    return (struct machine_host){
        .owner = vm,
        .console_write = host_write,
        .console_read = host_read,
        .wait = host_wait,
        .interrupted = host_interrupted,
        .message = host_message,
    };
}

bool microvm_input(struct microvm *vm, const void *bytes, size_t count)
{
    struct typed_bytes *queue = &vm->input;
    if (count == 0)
        return true;
    if (queue->first != 0 && queue->count != 0)
        memmove(queue->bytes, queue->bytes + queue->first, queue->count);
    queue->first = 0;
    if (count > queue->capacity - queue->count) {
        size_t capacity = 2 * (queue->count + count);
        uint8_t *grown = count > SIZE_MAX / 4 ? NULL : realloc(queue->bytes, capacity);
        if (grown == NULL)
            return error_set(&vm->error, "out of memory for %zu bytes of input", count);
        queue->bytes = grown;
        queue->capacity = capacity;
    }
    memcpy(queue->bytes + queue->count, bytes, count);
    queue->count += count;
    return true;
}

/* Pauses and ends. */

static void on_pause(void *owner, const struct pause *pause)
{
    struct microvm *vm = owner;
    vm->result.hart = pause->hart;
    vm->result.address = pause->hit.address;
    come_back(vm, pause->reason == PAUSE_WATCH ? MICROVM_WATCHPOINT : MICROVM_BREAKPOINT);
}

/* Between two slices: the steps may be made, or somebody wants a stop. */
static void on_poll(void *owner)
{
    struct microvm *vm = owner;
    if (take_stop(vm))
        come_back(vm, MICROVM_STOPPED);
    else if (machine_steps(vm->machine) >= vm->target)
        come_back(vm, MICROVM_BUDGET);
}

void vm_prepare_runs(struct microvm *vm)
{
    vm->listener = (struct control_listener){.owner = vm, .paused = on_pause};
    vm->source = (struct event_source){.owner = vm, .poll = on_poll};
    machine_add_listener(vm->machine, &vm->listener);
    machine_add_source(vm->machine, &vm->source);
}

/* The guest's end, for the program. */
static void note_end(struct microvm *vm, const struct stop *stop)
{
    struct microvm_result *result = &vm->result;
    result->reason = MICROVM_ENDED;
    if (stop->reason == STOP_RESET)
        result->reason = MICROVM_RESET;
    else if (stop->reason == STOP_STUCK)
        result->reason = MICROVM_STUCK;
    else
        result->code = stop->code;
    result->status = stop_exit_status(stop);
    vm->over = true;
}

static void note_return(struct microvm *vm, const struct stop *stop, uint64_t before)
{
    struct microvm_result *result = &vm->result;
    if (!vm->has_reason || result->reason < MICROVM_BREAKPOINT || result->reason > MICROVM_WATCHPOINT)
        result->hart = machine_running(vm->machine);
    if (result->reason != MICROVM_WAITING)
        result->wait_ns = 0;
    if (stop->reason != STOP_NONE)
        note_end(vm, stop);
    else if (!vm->has_reason)
        result->reason = take_stop(vm) ? MICROVM_STOPPED : MICROVM_BUDGET;
    result->steps = machine_steps(vm->machine) - before;
}

/* With a machine that may run. */
static bool run(struct microvm *vm, uint64_t steps)
{
    struct stop stop = {STOP_NONE, 0};
    uint64_t before = machine_steps(vm->machine);
    vm->target = steps < UINT64_MAX - before ? before + steps : UINT64_MAX;
    vm->has_reason = false;
    vm->result = (struct microvm_result){.reason = MICROVM_BUDGET};
    machine_resume(vm->machine, NULL);
    machine_cut_at(vm->machine, vm->target);
    vm->runs = true;
    atomic_store(&vm->runner, (uintptr_t)pthread_self());
    bool ran = machine_run(vm->machine, &stop, &vm->error);
    atomic_store(&vm->runner, 0);
    vm->runs = false;
    machine_cut_at(vm->machine, UINT64_MAX);
    vm->failed = !ran;
    if (ran)
        note_return(vm, &stop, before);
    return ran;
}

bool microvm_run(struct microvm *vm, uint64_t steps, struct microvm_result *result)
{
    if (!vm_is_free(vm) || !vm_is_loaded(vm))
        return false;
    if (vm->failed)
        return error_set(&vm->error, "the machine has failed before: load a program, or reset it");
    if (vm->over)
        vm->result.steps = 0;
    else if (!run(vm, steps))
        return false;
    if (result != NULL)
        *result = vm->result;
    return true;
}
