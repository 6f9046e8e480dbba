/* SPDX-License-Identifier: MIT */
/* A machine under somebody's control: pausing and resuming, steps, breakpoints and watchpoints, onlookers. What GDB, the monitor
 * and the control socket have in common; all of it on the machine's thread: from an event source's serve or poll, or
 * before machine_run. Owned by the machine. */
#ifndef MICROVM_MACHINE_CONTROL_H
#define MICROVM_MACHINE_CONTROL_H

#include "cpu/block_count.h"
#include "cpu/debug.h"
#include "cpu/observer.h"
#include "host/event_source.h"
#include "machine/machine.h"

/* Why a machine is paused. */
enum pause_reason {
    PAUSE_NONE,
    PAUSE_ASKED,  /* machine_pause: Ctrl-C, a monitor's stop, a start that waits for a debugger */
    PAUSE_BREAK,  /* hit says where */
    PAUSE_WATCH,  /* likewise; the instruction is done */
    PAUSE_STEP,   /* the steps asked for are made */
    PAUSE_RESET,  /* machine_restart: everything stands as after power-on */
    PAUSE_TRAVEL, /* machine/travel.h has brought it here */
    PAUSE_HOST,   /* the host refuses what a device wants of it; it goes on by itself once the host does not */
    PAUSE_PRESENT /* coming from the past it has reached what has not happened yet */
};

struct pause {
    enum pause_reason reason;
    unsigned hart; /* that caused it, or whose turn it is */
    struct debug_hit hit;
};

/* What a hart may do until the next pause. */
enum resume_kind {
    RESUME_HOLD, /* nothing: it stays where it is, and takes no interrupt */
    RESUME_RUN,
    RESUME_STEP, /* one step (an instruction or a trap), or further ones as long as pc stays in [first, end) */
    RESUME_COUNT /* as many steps as first says; none if it is 0 */
};

struct resume {
    enum resume_kind kind;
    uint64_t first, end; /* both 0: one step */
};

/* Who wants to hear of pauses. Functions may be NULL, and may pause, resume and stop the machine. */
struct control_listener {
    void *owner;
    void (*paused)(void *owner, const struct pause *pause);
    void (*resumed)(void *owner);
    /* The run is over; nothing runs any more. (Not for a reset that goes on.) */
    void (*ended)(void *owner, const struct stop *stop);
    /* The guest has written to its console. */
    void (*wrote)(void *owner, const uint8_t *bytes, size_t count);
};

/* Pauses before the next instruction of any hart. Nothing happens if it is paused already. */
void machine_pause(struct machine *machine);

/* Says why it is paused; reason PAUSE_NONE: it is not. */
const struct pause *machine_paused(const struct machine *machine);

/* Goes on. how: one for each hart; NULL: all run. The hart that caused the pause passes the breakpoint
 * that it stands at. */
void machine_resume(struct machine *machine, const struct resume *how);

/* Asks for the end of the run: as Ctrl-A x does (quit), or as the guest's power-off or reset. */
enum control_end { CONTROL_QUIT, CONTROL_POWEROFF, CONTROL_RESET };
void machine_end(struct machine *machine, enum control_end end);

/* As after power-on, paused. False: an image cannot be read again. */
bool machine_restart(struct machine *machine, struct error *err);

/* Points count once however often they are set. False: there are DEBUG_POINTS_MAX, or the length is 0 for a watched range or wraps. Removing
 * one that is not there is no matter. */
bool machine_set_point(struct machine *machine, const struct debug_point *point, struct error *err);
void machine_clear_point(struct machine *machine, const struct debug_point *point);
const struct debug_points *machine_points(const struct machine *machine);

/* The records are the caller's and stay where they are until removed, or until the machine is destroyed. An event source's place in the order
 * does not matter. False: there are too many (16 of each). */
bool machine_add_listener(struct machine *machine, const struct control_listener *listener);
bool machine_add_source(struct machine *machine, const struct event_source *source);
void machine_add_observer(struct machine *machine, struct observer *observer);
void machine_remove_observer(struct machine *machine, struct observer *observer);

/* The harts are stopped between two instructions when the machine has made so many steps (as soon as may be, if it has already), and the event
 * sources of machine_add_source are polled there; then it goes on as if nothing had been. One step at a time; UINT64_MAX: none. */
void machine_cut_at(struct machine *machine, uint64_t step);

/* Ends the run because of an error of the host: machine_run fails with it. The first one counts. */
void machine_fail(struct machine *machine, const struct error *why);

/* Whether there was one, and which. */
bool machine_failed(const struct machine *machine, struct error *why);

/* Who shares the console with the host: hears what the guest writes and what the user is told, and types. */
struct console_tap {
    void *owner;
    void (*wrote)(void *owner, const uint8_t *bytes, size_t count);
    void (*said)(void *owner, const char *line); /* machine_say */
    size_t (*read)(void *owner, uint8_t *bytes,
                   size_t size); /* what has been typed comes before the host's input; 0: nothing */
};

/* One at a time; NULL: nobody. */
void machine_tap_console(struct machine *machine, const struct console_tap *tap);

/* Who looks at the machine between the harts' turns, on its thread: after each slice that a hart ran (at most 4,096 steps; so it must cost
 * next to nothing), and when all harts wait (idle: before the sleep). One at a time; NULL: nobody. */
struct supervisor {
    void *owner;
    void (*slice)(void *owner, struct hart *h);
    void (*idle)(void *owner);
    void (*started)(void *owner); /* after power-on and each reset */
};
void machine_set_supervisor(struct machine *machine, const struct supervisor *supervisor);

/* Who wants to act before a step of the machine: due is called once, at the start of the slice that holds the step. One at a time; NULL:
 * nobody. The record is the caller's. */
struct step_alarm {
    void *owner;
    uint64_t step; /* as machine_steps counts before it is made */
    void (*due)(void *owner);
};
void machine_set_alarm(struct machine *machine, const struct step_alarm *alarm);

/* Who wants a look at the guest every so many steps, at places that depend on nothing but the steps. The machine runs as it
 * does unseen. One at a time; NULL: nobody. first: steps to the first look. */
struct sampler {
    void *owner;
    /* The hart is about to make the machine's next step. Returns how many steps there are to the next look, one at least. */
    uint64_t (*sample)(void *owner, struct hart *h);
};
void machine_set_sampler(struct machine *machine, const struct sampler *sampler, uint64_t first);

/* Has every instruction counted (cpu/block_count.h, observer.h's lone_insn); NULL ends it. The tally hears of what was counted whenever
 * blocks are dropped, here too. */
void machine_count_blocks(struct machine *machine, const struct block_tally *tally);

/* Who serves the guest's ecalls, of whatever mode, in the place of what they would lead to. One at a time; NULL: nobody. True: it has set
 * the registers that the guest is to find, and the guest goes on behind the instruction. */
struct ecall_server {
    void *owner;
    bool (*serve)(void *owner, struct hart *h);
};
void machine_serve_ecalls(struct machine *machine, const struct ecall_server *server);

/* Ends the run because the guest is stuck (exit status 121); code says in which way, for whoever reads struct stop. */
void machine_stop_stuck(struct machine *machine, uint64_t code);

#endif
