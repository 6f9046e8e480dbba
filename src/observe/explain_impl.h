/* SPDX-License-Identifier: MIT */
/* What the files of the explanations share: the state kept for each hart, and how a message is put together. For
 * src/observe/explain*.c and sanitizer*.c alone. */
#ifndef MICROVM_OBSERVE_EXPLAIN_IMPL_H
#define MICROVM_OBSERVE_EXPLAIN_IMPL_H

#include <stdarg.h>

#include "base/compiler.h"
#include "cpu/observer.h"
#include "machine/control.h"
#include "machine/inspect.h"
#include "observe/explain.h"

enum explain_kind {
#define EXPLAIN(id, anchor, kind, headline, usual, next) KIND_##id,
#include "observe/explain.def"
#undef EXPLAIN
    KIND_COUNT
};

/* A loop that a hart was seen to go round in with nothing changed. */
struct spin {
    uint64_t pc;           /* of one instruction of it */
    uint64_t length;       /* in instructions */
    uint64_t interrupts;   /* of mie, that can end it: enabled at one place of the loop at least */
    uint64_t device;       /* the address of the register that it reads, if any */
    uint64_t value;        /* and what it reads there */
    uint64_t device_pc;    /* and where */
    uint64_t mask;         /* the bits that it looks at; all: unknown */
    unsigned device_reads; /* 2 and more: of different registers */
    unsigned device_bytes;
    bool reads_memory; /* not by way of sp */
    bool memory_known;
    uint64_t memory;    /* the address of what it reads, if known */
    uint64_t memory_pc; /* and where */
    unsigned memory_bytes;
};

/* How a hart's registers stood at the end of a slice, and how often they have come back to that. */
struct hart_watch {
    uint64_t pc, x[32];
    unsigned age;       /* slices since it was kept, or last seen again */
    unsigned matches;   /* slices that ended in that very state, one after each period at the latest */
    unsigned period;    /* slices */
    uint64_t since;     /* the step at which the first of them ended, or at which the hart fell asleep */
    uint64_t probe_at;  /* not to be looked at more closely before that step */
    uint64_t patience;  /* steps to the next close look, should one find nothing */
    uint64_t proved_at; /* the step at which spin was true; 0: it is not known to spin */
    struct spin spin;
    uint64_t astray_pc;    /* of the last trap of the last slice, if no code was there */
    unsigned astray;       /* slices in a row after whose last trap the hart was where no code is */
    uint64_t traps, steps; /* of the hart, at the last look at its traps */
    uint64_t retired;      /* of the trap watch then */
    uint64_t again_at;     /* how often a trap must have come again to be looked at anew */
    unsigned late_looks;   /* at a timer that was set anew, and no less late */
};

/* A close look at one hart's loop, instruction by instruction. */
struct probe {
    struct observer observer;
    struct hart *hart; /* NULL: none is going on */
    uint64_t f[32];    /* beside pc and x of the watch */
    uint64_t trace, first_trace;
    uint64_t count, length;
    unsigned rounds;
    unsigned slices;
    bool failed, done;
    bool mmio;       /* the present instruction has read a device */
    unsigned loaded; /* the register that holds what was read; 0: none */
    uint64_t mask;   /* its bits that the loop has looked at since */
    bool spilled;    /* and where it lies in memory, if it was stored */
    unsigned spill_base;
    int32_t spill_offset;
    struct spin spin;
};

/* A close look at a trap that comes again and again. */
struct explain_again {
    struct observer observer;
    struct hart *hart;   /* NULL: none is going on */
    uint64_t count;      /* of such traps at its start */
    uint64_t mip_bit;    /* if it is an interrupt */
    uint64_t context;    /* at the PLIC */
    uint64_t comparator; /* of the timer, at its start */
    uint64_t late;       /* by so much the time was past it */
    unsigned slices;
    unsigned claimed;              /* the latest source that the handler got from the PLIC */
    bool serves;                   /* the interrupt goes away, or what it was for is taken from the device */
    bool asks;                     /* the handler looks at what may change: time, devices, the firmware */
    bool prints;                   /* and writes to the console */
    uint64_t ra, sp, a0, a7, tval; /* as the latest came */
};

struct explain {
    struct machine *machine;
    struct symbols *symbols;
    struct sanitizer *sanitizer; /* NULL: --strict does not ask for it */
    enum explain_mode mode;
    struct supervisor supervisor;
    bool said[KIND_COUNT];
    unsigned board_findings;
    bool over;              /* until the next reset there is nothing to explain any more */
    uint64_t text_check_at; /* the step at which code that was written is to be compared with its file, */
    uint32_t text_fences;   /* unless fence.i has been executed by then */
    struct probe probe;
    struct explain_again again;
    unsigned hart_count;
    struct hart_watch watch[];
};

/* A message (explain_say.c): begin, facts, end. True from begin: it is to be said. Ends the run, or the search until the next reset;
 * a BOARD one does not end the search. */
bool explain_begin(struct explain *e, enum explain_kind kind, const struct hart *h, const char *format, ...)
    PRINTF_FORMAT(4, 5);
void explain_line(struct explain *e, const char *format, ...) PRINTF_FORMAT(2, 3);
void explain_end(struct explain *e, enum explain_kind kind);

/* "0x80000010 (main+0x10)" */
#define PLACE_BYTES SYMBOLS_TEXT_BYTES
const char *explain_place(const struct explain *e, uint64_t address, char out[PLACE_BYTES]);
/* A return address, with the function that called: "0x80000014 (from main+0x10)". */
const char *explain_caller(const struct explain *e, uint64_t ra, char out[PLACE_BYTES]);
/* "S", "VU"... */
const char *explain_mode_name(unsigned priv, bool virt);
/* The bits of a value of mie or mip by name, "MTIE, SEIE", or "none". */
#define INTERRUPTS_BYTES 160
const char *explain_interrupts(unsigned csr, uint64_t value, char out[INTERRUPTS_BYTES]);
/* "uart LSR" and the meaning of its bits, or "" for what is no device. */
#define REGISTER_BYTES 320
const char *explain_register(const struct explain *e, uint64_t pa, unsigned size, uint64_t value,
                             char out[REGISTER_BYTES]);
/* Whether data can lie there: in RAM or ROM. */
bool explain_is_memory(const struct explain *e, uint64_t pa);
/* The mapping of a device or ROM at pa, or NULL. */
const char *explain_mapping(const struct explain *e, uint64_t pa, uint64_t *base);

/* Traps (explain_trap.c): true if the hart's latest trap was the end of it. */
void explain_watch_traps(struct explain *e, struct hart *h, struct hart_watch *w);
/* The hart goes round in a loop because of a trap that it could not handle: explains that. False: that is not so. */
bool explain_gave_up(struct explain *e, struct hart *h);

/* Traps that come again as soon as their handler returns (explain_again.c). */
void explain_watch_again(struct explain *e, struct hart *h, struct hart_watch *w);
void explain_again_stop(struct explain *e);

/* Which of the interrupts in mask can still come, as far as timers and devices are concerned (explain_wake.c). */
uint64_t explain_wakers(const struct explain *e, const struct hart *h, uint64_t mask);
/* Those of mie that the hart would take in its present mode. */
uint64_t explain_takeable(const struct hart *h);
/* Whether any device has been told to interrupt. */
bool explain_device_may_interrupt(const struct explain *e);
/* Whether a virtio device with this DeviceID (0: any) is in use by a driver. */
bool explain_virtio_in_use(const struct explain *e, uint64_t device_id);
/* Every hart sleeps. */
void explain_idle(struct explain *e);

/* Loops (explain_spin.c, explain_probe.c). */
void explain_watch_spin(struct explain *e, struct hart *h, struct hart_watch *w);
void explain_spin_found(struct explain *e, struct hart *h, struct hart_watch *w);
void explain_spin_nothing(struct explain *e, struct hart_watch *w);
void explain_probe_start(struct explain *e, struct hart *h);
void explain_probe_look(struct explain *e, struct hart *h);
void explain_probe_stop(struct explain *e);

/* Stores into code (explain_code.c): pages of code have been written; and an illegal instruction at pc that was
 * none when it was loaded, which is explained then (true). */
void explain_watch_text(struct explain *e, struct hart *h);
bool explain_text_overwritten(struct explain *e, struct hart *h, uint64_t pc);

/* Whether address is one that the kernel was linked for while it lies elsewhere; *at: where that byte was loaded. */
bool explain_linked_at(const struct explain *e, uint64_t address, uint64_t *base, uint64_t *at);

#endif
