/* SPDX-License-Identifier: MIT */
/* What a hart sees of the machine around it: a few functions, given by whoever owns the hart. */
#ifndef MICROVM_CPU_ENV_H
#define MICROVM_CPU_ENV_H

#include <stdbool.h>
#include <stdint.h>

struct hart;

struct cpu_env {
    void *owner;
    /* Guest time in ticks of the timebase, exact to the step: a pure function of (steps, last sync point). */
    uint64_t (*time)(void *owner, const struct hart *h);
    /* Physical access outside RAM, size 1, 2, 4 or 8, naturally aligned. False: nothing answers there (access fault). */
    bool (*mmio_read)(void *owner, struct hart *h, uint64_t pa, unsigned size, uint64_t *value);
    bool (*mmio_write)(void *owner, struct hart *h, uint64_t pa, unsigned size, uint64_t value);
    /* The same for two bytes of an instruction: what devices hold is not code, and is not touched. */
    bool (*mmio_fetch)(void *owner, struct hart *h, uint64_t pa, uint64_t *value);
    /* A store reached a page of RAM that somebody watches (HTIF's words). */
    void (*watched_store)(void *owner, struct hart *h, uint64_t pa, unsigned size);
    /* An ecall from S (HS) mode, offered before it traps; a VS mode's is its hypervisor's. True: the built-in SBI served
     * it (a0, a1 set). */
    bool (*ecall)(void *owner, struct hart *h);
    /* Whoever serves ecalls of all modes, V included, before anybody else is asked; NULL: nobody. True: it did. */
    bool (*serve_ecall)(void *owner, struct hart *h);
    /* True if another hart could run while this one waits (pause, wrs). */
    bool (*has_peers)(void *owner);
};

#endif
