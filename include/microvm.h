/* SPDX-License-Identifier: MIT */
/* libmicrovm: a RISC-V machine inside a program of one's own. For C17 and C++17; docs/embedding.md is the guide.
 *
 * Nothing here is global: a program may have as many machines as it likes. One machine belongs to one thread at a
 * time, but for microvm_stop, which any thread may call. The library ends no process, installs no signal handler and
 * touches no terminal; what cannot be done is an answer `false` (or NULL, or 0), and microvm_error says why in one
 * line.
 *
 * Addresses and sizes are in bytes. A step is an instruction retired or a trap taken, by any of the machine's harts.
 * A hart is given by its number, from 0. Bytes in guest memory are as the guest has them: RISC-V is little-endian. */
#ifndef MICROVM_H
#define MICROVM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define MICROVM_PUBLIC __attribute__((visibility("default")))
#else
#define MICROVM_PUBLIC
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* What this header describes; the library's own is microvm_api_version(). Within one shared library's name
 * (libmicrovm.so.0) it only grows: structs get members at their ends, and functions are added. */
#define MICROVM_API_VERSION 2
MICROVM_PUBLIC unsigned microvm_api_version(void);

/* "0.1.0" */
MICROVM_PUBLIC const char *microvm_version(void);

struct microvm;

/* Where guest time comes from. */
enum microvm_clock {
    MICROVM_CLOCK_VIRTUAL, /* 100 steps are a tick of 100 ns; waits are skipped; the same run on every host */
    MICROVM_CLOCK_WALL     /* the host's clock; stands still between two calls of microvm_run, unless all harts wait */
};

/* What a machine is to be. microvm_config_init fills in the defaults, named here; microvm_create copies the texts. */
struct microvm_config {
    size_t size;           /* of this struct, set by microvm_config_init: how the library knows its version */
    uint64_t memory_bytes; /* of guest RAM, which begins at MICROVM_RAM_BASE; 128 MiB. Only what is used takes room */
    unsigned harts;        /* 1 to 64; 1 */
    enum microvm_clock clock; /* virtual */
    const char *cpu;          /* extensions, as --cpu takes them: "h=off,svade=on"; NULL: the usual ones */
    const char *firmware;     /* a file; "builtin": the SBI in the library; "none"; NULL: what the kernel needs */
    const char *initrd;       /* a file; NULL: none */
    const char *dtb;          /* a file, in the place of the device tree that the library makes; NULL: none */
    const char *cmdline;      /* for Linux; NULL: the default */
    const char *const *disks; /* as --disk takes them: "image.raw,ro"; disk_count of them, at most 16 */
    size_t disk_count;
    const char *net;    /* the first card, as --net takes it: "user,hostfwd=tcp::2222-:22"; NULL: none */
    const char *strict; /* as --strict takes it, "" for what it is without words; NULL: off */
    bool has_seed;      /* of what the guest gets as entropy; else 0 (virtual clock) or another each time */
    uint64_t seed;
    bool no_reboot;    /* a guest's reset ends the run (MICROVM_RESET); else the machine starts again */
    bool ignore_stuck; /* do not look whether the guest still gets anywhere (MICROVM_STUCK) */
    bool no_sleep;     /* where all harts wait for a timer of the wall clock, come back instead of sleeping */
    const char *const *devices; /* further ones, as the command's options of devices without "--": "gpu=800x600", "balloon" */
    size_t device_count;        /* of them, at most 64 */
};

#define MICROVM_RAM_BASE UINT64_C(0x80000000)

/* size: sizeof *config. */
MICROVM_PUBLIC void microvm_config_init(struct microvm_config *config, size_t size);

/* A machine of this kind, with no program yet. NULL: error, which holds error_bytes, says why (both may be 0). Opens
 * no file: what config names is opened when a program is loaded. config NULL: all defaults. */
MICROVM_PUBLIC struct microvm *microvm_create(const struct microvm_config *config, char *error, size_t error_bytes);

/* Takes NULL. Not from within a hook. */
MICROVM_PUBLIC void microvm_destroy(struct microvm *vm);

/* What went wrong last: one line, without newline; "" if nothing has. Lives until the next call with this machine. */
MICROVM_PUBLIC const char *microvm_error(const struct microvm *vm);

/* Programs. Each of these makes the machine anew and puts it into its state after power-on, with no step made; points
 * and interrupt lines are forgotten, while hooks and ranges of one's own stay. False: it has no program now.
 *
 * An ELF file, a Linux Image, or raw bytes, each maybe packed with gzip; what it is is seen from its first bytes.
 * address: where raw bytes go, and begin; MICROVM_ANYWHERE: where such files go. What lies below MICROVM_RAM_BASE + 2
 * MiB starts in M mode, all else in S mode on the built-in SBI (config.firmware changes that). The bytes of
 * microvm_load_memory are copied. microvm_load_nothing leaves RAM empty, and has hart 0 begin at MICROVM_RAM_BASE in
 * M mode. */
#define MICROVM_ANYWHERE UINT64_MAX
MICROVM_PUBLIC bool microvm_load_file(struct microvm *vm, const char *path, uint64_t address);
MICROVM_PUBLIC bool microvm_load_memory(struct microvm *vm, const void *bytes, size_t count, uint64_t address);
MICROVM_PUBLIC bool microvm_load_nothing(struct microvm *vm);

/* A machine that microvm_save (or the command's --save-snapshot) has saved: it goes on where it was. Memory, harts,
 * extensions, clock and seed are the saved ones, whatever config says; disks and network must be there as they were. */
MICROVM_PUBLIC bool microvm_load_snapshot(struct microvm *vm, const char *path);
MICROVM_PUBLIC bool microvm_save(struct microvm *vm, const char *path);

/* Does again what the last load did. */
MICROVM_PUBLIC bool microvm_reset(struct microvm *vm);

/* One line: what was loaded where, and in which mode it starts. "" before a load. */
MICROVM_PUBLIC const char *microvm_describe(const struct microvm *vm);

/* Why microvm_run has come back. */
enum microvm_reason {
    MICROVM_BUDGET,     /* the steps are made */
    MICROVM_STOPPED,    /* microvm_stop */
    MICROVM_BREAKPOINT, /* hart is about to execute the instruction at address */
    MICROVM_WATCHPOINT, /* hart has touched the watched range at address; the instruction is done */
    MICROVM_WAITING,    /* all harts wait: for input, or (config.no_sleep) for wait_ns */
    MICROVM_ENDED,      /* the guest has ended: powered off or passed (code 0), or failed with its own code */
    MICROVM_RESET,      /* the guest wants a reset (config.no_reboot) */
    MICROVM_STUCK       /* the guest cannot get any further; the message hook was told why */
};

struct microvm_result {
    enum microvm_reason reason;
    unsigned hart;    /* that caused it, or that ran last */
    uint64_t steps;   /* made by this call */
    uint64_t address; /* of a point */
    uint64_t code;    /* of MICROVM_ENDED */
    int status;       /* the exit status that the command would have: 0, 1 to 119, 121 or 123 */
    uint64_t wait_ns; /* MICROVM_WAITING: until the next timer; UINT64_MAX: only input ends it */
    uint64_t reserved[4];
};

/* Runs on, for so many steps at most (exactly so many with MICROVM_BUDGET; UINT64_MAX: without end). result may be
 * NULL. A run in pieces does what one in a single piece does. After MICROVM_ENDED, MICROVM_RESET and MICROVM_STUCK
 * the machine can be looked at, but only a load or microvm_reset has it run again: until then this call gives the
 * same answer. False: nothing is loaded, it was called from a hook, or something of the host failed (a disk, say). */
MICROVM_PUBLIC bool microvm_run(struct microvm *vm, uint64_t steps, struct microvm_result *result);

/* Has the present microvm_run come back, or the next one at once. From any thread, and from hooks; from a hook the
 * harts stop behind the present instruction. (A signal handler may call it, too.) */
MICROVM_PUBLIC void microvm_stop(struct microvm *vm);

/* Steps made since the load, exact in hooks, too. 0 before a load. */
MICROVM_PUBLIC uint64_t microvm_steps(const struct microvm *vm);

/* Harts that it has; 0 before a load. */
MICROVM_PUBLIC unsigned microvm_harts(const struct microvm *vm);

/* A digest of all of the machine's state: two machines that agree in it have done the same. 0 before a load. */
MICROVM_PUBLIC uint64_t microvm_digest(const struct microvm *vm);

/* Whose addresses: physical ones, or those of the hart's loads and stores as it is now (rights aside). */
enum microvm_space { MICROVM_PHYSICAL, MICROVM_VIRTUAL };

/* Memory: RAM, ROM and the machine's device registers. Reading has no side effects, and nothing is read from ranges
 * of one's own. A write to a device is what a store would be (1, 2, 4 or 8 bytes, aligned); one to RAM that holds
 * code makes the guest see the new code. False: not all of the range is there; what was read or written before that
 * is undefined. From hooks only RAM can be written, and new code is seen as by a device's write (after fence.i). */
MICROVM_PUBLIC bool microvm_read(struct microvm *vm, unsigned hart, enum microvm_space space, uint64_t address,
                                 void *bytes, size_t count);
MICROVM_PUBLIC bool microvm_write(struct microvm *vm, unsigned hart, enum microvm_space space, uint64_t address,
                                  const void *bytes, size_t count);

/* Where a virtual address leads to, rights aside. */
MICROVM_PUBLIC bool microvm_translate(struct microvm *vm, unsigned hart, uint64_t address, uint64_t *physical);

/* Registers, by name: x0 or zero, f0 or ft0, pc, each CSR, priv (0: U, 1: S, 3: M) and virt (1: V=1). CSRs also by
 * number. Reading has no side effects; a write is as the guest's own would be (fields hold what is legal), and x0
 * stays 0. False: there is no such register on this hart. Not to be written from hooks; the ecall hook may write x
 * and f registers. */
MICROVM_PUBLIC bool microvm_get_register(struct microvm *vm, unsigned hart, const char *name, uint64_t *value);
MICROVM_PUBLIC bool microvm_set_register(struct microvm *vm, unsigned hart, const char *name, uint64_t value);
MICROVM_PUBLIC bool microvm_get_csr(struct microvm *vm, unsigned hart, unsigned number, uint64_t *value);
MICROVM_PUBLIC bool microvm_set_csr(struct microvm *vm, unsigned hart, unsigned number, uint64_t value);

/* Breakpoints and watched ranges, by virtual address, for all harts; together 256 at most. What watches: the
 * instruction before it is executed, or data that was read, written, or either. bytes: of a watched range. Setting a
 * point twice is setting it once; clearing one that is not there changes nothing. */
enum microvm_point { MICROVM_EXECUTE, MICROVM_WRITE, MICROVM_READ, MICROVM_ACCESS };
MICROVM_PUBLIC bool microvm_set_point(struct microvm *vm, enum microvm_point kind, uint64_t address, uint64_t bytes);
MICROVM_PUBLIC bool microvm_clear_point(struct microvm *vm, enum microvm_point kind, uint64_t address, uint64_t bytes);

/* Symbols of the program (ELF): the address of a name; the name that an address lies in, which lives until the next
 * load, and how far into it. False: there is none. */
MICROVM_PUBLIC bool microvm_symbol_address(struct microvm *vm, const char *name, uint64_t *address);
MICROVM_PUBLIC bool microvm_symbol_at(struct microvm *vm, uint64_t address, const char **name, uint64_t *offset);

/* The instruction whose bits these are (of a 16-bit one: the low half), at address, in the style of objdump. Returns
 * its length in bytes, 2 or 4; 0: nothing is loaded. text holds text_bytes; 80 are always enough. */
MICROVM_PUBLIC unsigned microvm_disassemble(struct microvm *vm, uint32_t bits, uint64_t address, char *text,
                                            size_t text_bytes);

/* A trap that a hart has just taken. */
struct microvm_trap {
    unsigned hart;
    uint64_t cause;    /* as mcause shows it: bit 63 set for interrupts */
    uint64_t value;    /* as mtval shows it */
    uint64_t pc;       /* as mepc shows it */
    unsigned from, to; /* modes: 0 U, 1 S, 3 M */
    bool from_virtual, to_virtual;
};

/* An instruction that has retired; what it changed stands in the registers. */
struct microvm_instruction {
    unsigned hart;
    uint64_t pc;
    uint32_t bits;   /* of a 16-bit instruction the low half */
    unsigned length; /* in bytes */
};

/* A load or store of data that was done, by virtual address. */
struct microvm_access {
    unsigned hart;
    bool is_store;
    unsigned size; /* 1, 2, 4 or 8 bytes */
    uint64_t address;
    uint64_t value;
};

/* What the machine tells its program, on the thread that called microvm_run. Each may be NULL, and costs nothing
 * then; with instruction or access a guest runs some fifty times slower, with the others as fast as ever. Hooks may
 * look at the machine and call microvm_stop, and write RAM; other changes are for when microvm_run has come back. */
struct microvm_hooks {
    size_t size; /* sizeof(struct microvm_hooks) */
    void *owner; /* first argument of each */
    /* What the guest has written to its console: its UART, or SBI's or HTIF's. */
    void (*console_output)(void *owner, const uint8_t *bytes, size_t count);
    /* What the guest may read there: at most size bytes, 0: none now. Asked for often, so it must be quick, not wait.
     * microvm_input is the other way, and what was given there comes first. */
    size_t (*console_input)(void *owner, uint8_t *bytes, size_t size);
    /* A line for whoever runs the guest: why it is stuck, or what a device did not understand. */
    void (*message)(void *owner, const char *line);
    void (*trap)(void *owner, const struct microvm_trap *trap);
    void (*instruction)(void *owner, const struct microvm_instruction *instruction);
    void (*access)(void *owner, const struct microvm_access *access);
    /* The guest executes ecall, in any mode. True: it is served here: results are set by microvm_set_register, and the
     * guest goes on behind it. False: it does what ecall does. */
    bool (*ecall)(void *owner, unsigned hart);
};

/* hooks is copied; NULL: none any more. Not from within a hook. */
MICROVM_PUBLIC bool microvm_set_hooks(struct microvm *vm, const struct microvm_hooks *hooks);

/* Bytes for the guest's console, copied; they wait until the guest has room. */
MICROVM_PUBLIC bool microvm_input(struct microvm *vm, const void *bytes, size_t count);

/* What a screen shows now (devices "gpu", "framebuffer"): rows without gaps, from the top left on, of words of which the
 * lower 24 bits are red, green and blue, without the pointer. They live until the machine runs on, is loaded or destroyed.
 * screen: from 0. NULL: there is no such screen, or the guest has not switched it on; width and height are 0 then. */
MICROVM_PUBLIC const uint32_t *microvm_screen(struct microvm *vm, unsigned screen, uint32_t *width, uint32_t *height);

/* Does something at the keyboard and the pointer of a machine that has a screen (or the device "input"). code: of a key or a
 * button, as linux/input-event-codes.h has them (KEY_A is 30, BTN_LEFT 0x110); pressing what is down is nothing. The
 * pointer's x and y go from 0 to 32767 over the screen. Also from hooks. */
MICROVM_PUBLIC bool microvm_key(struct microvm *vm, unsigned code, bool down);
MICROVM_PUBLIC bool microvm_point(struct microvm *vm, uint32_t x, uint32_t y);

/* A range of physical addresses of one's own: a device. offset is from base; accesses are of 1, 2, 4 or 8 bytes,
 * naturally aligned. False from one of its functions: an access fault in the guest; NULL: always so. */
struct microvm_device {
    size_t size;      /* sizeof(struct microvm_device) */
    const char *name; /* copied */
    void *owner;      /* first argument of each */
    bool (*read)(void *owner, uint64_t offset, unsigned size, uint64_t *value);
    bool (*write)(void *owner, uint64_t offset, unsigned size, uint64_t value);
    /* The machine is powered on or reset. May be NULL. */
    void (*reset)(void *owner);
};

/* Before or after a load; it stays for all later ones. False: the range is empty, or overlaps RAM or a device. Saved
 * machines hold nothing of it. */
MICROVM_PUBLIC bool microvm_add_device(struct microvm *vm, uint64_t base, uint64_t bytes,
                                       const struct microvm_device *device);

/* The level of a wire into the PLIC, for devices of one's own: sources 28 to 95 are free, but for those of
 * devices in config.devices (docs/memory-map.md). Also from hooks. */
MICROVM_PUBLIC bool microvm_set_interrupt(struct microvm *vm, unsigned source, bool level);

#ifdef __cplusplus
}
#endif

#endif
