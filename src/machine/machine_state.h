/* SPDX-License-Identifier: MIT */
/* What a machine is made of: shared by the files that build, run and digest it, and by nobody else. */
#ifndef MICROVM_MACHINE_MACHINE_STATE_H
#define MICROVM_MACHINE_MACHINE_STATE_H

#include "base/compiler.h"
#include "bus/bus.h"
#include "bus/guest_mem.h"
#include "bus/time_source.h"
#include "cpu/decode.h"
#include "cpu/engine.h"
#include "cpu/profile.h"
#include "cpu/strict.h"
#include "devices/clint.h"
#include "devices/goldfish_rtc.h"
#include "devices/htif.h"
#include "devices/plic.h"
#include "devices/syscon.h"
#include "devices/uart16550.h"
#include "host/journal.h"
#include "machine/boot.h"
#include "machine/clock.h"
#include "machine/control.h"
#include "machine/digest_log.h"
#include "machine/history.h"
#include "machine/inspect.h"
#include "machine/machine.h"
#include "machine/peripherals.h"
#include "machine/travel_state.h"
#include "mmu/tlb.h"
#include "sbi/sbi.h"

/* Turns, and with them all that is looked at between them, end at multiples of this count of steps. */
#define SLICE_STEPS 4096
/* Console input is fetched from the host in pieces of this size. */
#define INPUT_BYTES 256
/* A guest that does not poll gets so much at once, then a byte in the time of ten bits: at 115,200 baud, or at ten times
 * that if it works the RTS handshake. */
#define INPUT_BURST_BYTES 1024
#define INPUT_TICKS_PER_BYTE 868
#define INPUT_TICKS_PER_BYTE_HANDSHAKE 87

/* Of listeners and of event sources from outside. */
#define CONTROL_MAX 16

/* Who controls the machine from outside, and how it runs for them. */
struct control {
    struct pause pause;
    bool selective; /* resume says what each hart may do; else all run */
    struct resume resume[MACHINE_MAX_HARTS];
    struct debug_points points;
    struct observer *observers;
    struct observer *asleep;         /* those that are told nothing while the machine repeats its past */
    const struct block_tally *tally; /* NULL: nobody wants instructions counted */
    bool repeats;
    const struct control_listener *listeners[CONTROL_MAX];
    const struct event_source *sources[CONTROL_MAX];
    unsigned listener_count, source_count;
    bool served;        /* the sources have been, since the last look or sleep */
    bool leave;         /* machine_run is to come back */
    uint64_t left_ns;   /* the host's clock when it did, while that does not count for the guest; else 0 */
    uint64_t paused_ns; /* the host's clock when the pause began */
    struct stop end;    /* asked for from outside, and not yet come to pass */
    const struct step_alarm *alarm;
    uint64_t cut_step; /* of machine_cut_at; UINT64_MAX: none */
};

struct machine {
    struct machine_config config;
    struct machine_host host;
    struct ram ram;
    struct guest_mem mem;
    struct hart *harts;
    struct tlb *tlbs;
    unsigned hart_count;
    struct decoder *decoder;
    struct profile *profile; /* NULL: nothing is counted */
    struct code_cache *cache;
    struct strict_system *strict;       /* NULL: the harts are no stricter than they must be */
    const struct engine *engine;        /* that the harts run on at present */
    const struct engine *chosen_engine; /* and while nobody observes each instruction */
    struct digest_log *digest_log;      /* NULL: none is kept */
    struct bus *bus;
    struct clint *clint;
    struct plic *plic;
    struct uart16550 *uart;
    struct goldfish_rtc *rtc;
    struct syscon *syscon;
    struct htif *htif; /* NULL: the kernel names no tohost */
    struct peripherals *peripherals;
    struct sbi *sbi; /* NULL: the guest brings its own firmware, or none */
    struct boot_plan plan;

    struct journal *journal; /* of all that comes from outside */
    bool own_journal;        /* made here, not given */
    bool quiet;              /* what is done has been done before: nobody is to hear of it again */
    struct history *history; /* NULL: nothing is kept */
    struct travel travel;
    uint64_t history_due; /* the step at which the history wants a look */
    uint64_t leg_end;     /* no slice goes beyond this step */
    bool in_run;          /* a hart runs, */
    bool in_device;       /* and is in the middle of a store to a device */
    struct clock clock;
    struct time_source time;
    uint64_t steps;    /* by all harts, up to the present run */
    unsigned turn;     /* whose turn it is */
    unsigned running;  /* the hart that runs, or ran last */
    uint64_t sync_due; /* the step at which the host is to be asked next */
    uint64_t busy;     /* bit n: since the last sync point hart n has used up a turn and had more to do */
    bool deadline_moved;
    bool round_due;           /* the slice is over, or what it began with has changed */
    uint64_t slice_end;       /* the step at which the slice ends if nothing ends it sooner */
    unsigned slice_hart;      /* whose it is; hart_count: all wait */
    uint64_t held;            /* bit n: a debugger has hart n stand still while the others run */
    uint64_t deadline;        /* in ticks: the next moment at which a comparator changes a line */
    uint64_t started_ns;      /* the host's clock at the start of machine_run */
    struct wait_set wait_set; /* of the present sleep */
    struct stop stop;
    struct error failure;   /* of the host, that ended the run; empty: none */
    uint64_t console_bytes; /* that the guest has written */
    struct control control;
    const struct console_tap *tap;           /* NULL: the console is the host's alone */
    const struct ecall_server *ecall_server; /* NULL: ecalls trap, or call the SBI */
    const struct supervisor *supervisor;     /* NULL: nobody looks between turns */
    const struct sampler *sampler;           /* NULL: nobody looks within them */
    uint64_t sample_due;                     /* the step of its next look */

    /* From the host, not yet taken by the guest. What is fetched goes behind room for what the UART may give back. */
    uint8_t input[UART16550_FIFO_BYTES + INPUT_BYTES];
    size_t input_first, input_count;
    uint64_t input_taken;  /* bytes that have come from the host */
    bool terminal_open;    /* the guest has opened the port of the VirtIO console that has the terminal */
    uint64_t input_credit; /* bytes that the UART may get at once */
    uint64_t input_ticks;  /* the time up to which credit has been given */
};

/* Gives the turn to another hart: whatever the others have reserved is broken. */
void machine_pass_turn(struct machine *machine, unsigned hart);

/* Moves console input from the host to whoever has room for it; what has no room stays where it is. */
void machine_feed_input(struct machine *machine);

/* In ticks: when input that lies ready may go on; UINT64_MAX: nothing lies ready, or the guest has no room. */
uint64_t machine_input_deadline(const struct machine *machine, uint64_t now);

/* Puts back the last `count` bytes that the UART took. */
void machine_unread_input(struct machine *machine, const uint8_t *bytes, size_t count);

/* Runs a started machine until something stops it. */
void machine_loop(struct machine *machine);

/* To the host's console, and to whoever shares it. */
void machine_write_console(struct machine *machine, const uint8_t *bytes, size_t count);

/* The user's terminal, for a port of the VirtIO console. */
struct port_backend machine_terminal(struct machine *machine);

/* machine_say, for devices. */
struct virtio_message machine_message(struct machine *machine);

/* Passes a change of the terminal's size on. */
void machine_look_at_terminal(struct machine *machine);

/* A digest that has taken in one word, or all of a hart's state, more. */
uint64_t digest_mix(uint64_t digest, uint64_t word);
uint64_t digest_hart(uint64_t digest, const struct hart *hart);

/* For the event loop, of a machine under control: whether the hart may not run at present, the steps that it may make of those that
 * it could, what follows when it has made some, and the news that the run is over. */
bool control_holds(const struct machine *machine, const struct hart *hart);
uint64_t control_limit(const struct machine *machine, const struct hart *hart, uint64_t steps);
void control_after_slice(struct machine *machine, struct hart *hart, uint64_t made);
void control_ended(struct machine *machine);

/* From the present to the past, and back: what was told and counted once is not told again, but to observers that want that. */
void control_repeats(struct machine *machine, bool repeats);

/* Stands here from now on, for this reason: everybody hears of it. */
void control_stand(struct machine *machine, struct pause pause);

/* One turn of the loop, in a replay that nobody looks after. False: it does not go on. */
bool machine_repeat(struct machine *machine);

/* At the end and at the beginning of machine_run, where machine_leave has ended it. */
void control_left(struct machine *machine);
void control_come_back(struct machine *machine);

/* The user has closed the machine's window (a peripherals_quit's function). */
void control_quit(void *machine);

/* Ends the run as control.end asks. */
void control_end(struct machine *machine);

/* Pauses the machine (struct machine) until the host does what a device wants of it; and looks whether it does now. */
void control_wait_for_host(void *machine);
void control_retry_host(struct machine *m);

/* In a replay: does what was done from outside at this very moment. */
void control_repeat(struct machine *machine);

/* Drives the comparators' lines if one was written or its time has come. */
void machine_check_timers(struct machine *machine);

/* The hart may have moved its timer: a round is due. */
void machine_note_timer(struct machine *machine, struct hart *hart);

/* machine_poke as it is done, whoever asked for it. */
size_t machine_poke_now(struct machine *machine, const struct hart *hart, enum address_space space, uint64_t address,
                        const void *bytes, size_t count);

/* Before each slice, if there is an alarm: it may be due. */
void control_alarm(struct machine *machine);

/* Where --strict was given: what its harts remember. */
bool machine_make_strict(struct machine *machine, struct error *err);

/* Asks for the end of the run; the first reason counts. */
void machine_stop(struct machine *machine, enum stop_reason reason, uint64_t code);

/* Chooses the journal and the seed. */
bool machine_begin(struct machine *machine, struct error *err);

/* The guest's wall clock at tick 0. */
uint64_t machine_epoch_ns(struct machine *machine);

/* Puts the machine into its state after power-on, with the guest's image loaded. fresh: for the first time. */
bool machine_start(struct machine *machine, bool fresh, struct error *err);

#endif
