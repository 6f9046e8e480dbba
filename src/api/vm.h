/* SPDX-License-Identifier: MIT */
/* What stands behind struct microvm of microvm.h: a machine, what it is made from again, and what the program hears
 * of it. Shared by the files of this folder. */
#ifndef MICROVM_API_VM_H
#define MICROVM_API_VM_H

#include <microvm.h>
#include <stdatomic.h>

#include "bus/device.h"
#include "machine/control.h"
#include "machine/inspect.h"
#include "machine/machine.h"
#include "observe/explain.h"
#include "observe/symbols.h"
#include "snapshot/snapshot.h"

/* Sources of the PLIC from here on are the program's, but for those of VirtIO devices that config.devices has; those below are the
 * board's and of devices that any machine may have. */
#define API_FIRST_INTERRUPT 28u

/* What the machine is made from, at each load and reset. */
enum origin_kind { ORIGIN_NONE, ORIGIN_FILE, ORIGIN_MEMORY, ORIGIN_NOTHING, ORIGIN_SNAPSHOT };

struct origin {
    enum origin_kind kind;
    char *path;  /* of FILE and SNAPSHOT */
    void *bytes; /* of MEMORY */
    size_t count;
    uint64_t address; /* MICROVM_ANYWHERE: as the file says */
};

/* A range of the program's own. */
struct own_device {
    uint64_t base, bytes;
    struct microvm_device calls; /* name is ours */
    struct device device;
};

/* Devices that a program may name. */
#define MAX_DEVICES 64

/* Console input that nobody has taken yet. */
struct typed_bytes {
    uint8_t *bytes;
    size_t first, count, capacity;
};

struct microvm {
    struct machine_config config; /* without a program; its texts are ours */
    char *texts[MACHINE_MAX_DISKS + MAX_DEVICES + 8];
    unsigned text_count;
    bool no_sleep;
    struct origin origin;
    struct microvm_hooks hooks;
    struct own_device **devices;
    unsigned device_count;
    struct typed_bytes input;

    /* From a load to the next; all NULL before the first. */
    struct machine *machine;
    struct snapshot *snapshot;
    struct symbols *symbols;
    struct explain *explain;
    struct observer observer;
    struct ecall_server ecall_server;
    struct control_listener listener;
    struct event_source source;

    /* Of the present run. */
    bool runs;
    bool serves;      /* an ecall, */
    unsigned serving; /* of this hart */
    uint64_t target;  /* the machine's step at which it comes back */
    bool has_reason;  /* result.reason is known */
    struct microvm_result result;
    bool over;   /* the guest has ended, as result says */
    bool failed; /* the host has failed: the error stays */
    int wake_fd; /* ends a sleep */
    atomic_bool stop_asked;
    _Atomic uintptr_t runner; /* the thread that runs it; 0: none */

    struct error error;
};

/* Makes config, which is whole, that of the machines to come. False: err says what is wrong with it. */
bool vm_configure(struct microvm *vm, const struct microvm_config *config, struct error *err);
void vm_forget_configuration(struct microvm *vm);

/* Connects a fresh machine with the hooks and the ranges. */
bool vm_attach(struct microvm *vm, struct error *err);
void vm_observe(struct microvm *vm);
void vm_forget_devices(struct microvm *vm);

/* The machine's way out (microvm_run). */
struct machine_host vm_host(struct microvm *vm);
void vm_prepare_runs(struct microvm *vm);

/* Whether there is a machine, and (free) none of its hooks is being called; else the error says so. */
bool vm_is_loaded(struct microvm *vm);
bool vm_is_free(struct microvm *vm);

/* The hart of that number; NULL, and an error: there is none. */
struct hart *vm_hart(struct microvm *vm, unsigned hart);

#endif
