/* SPDX-License-Identifier: MIT */
/* From what observers are told to records. Owns what a hart's present instruction has done so far. */
#ifndef MICROVM_OBSERVE_TRACE_COLLECT_H
#define MICROVM_OBSERVE_TRACE_COLLECT_H

#include "cpu/observer.h"
#include "machine/machine.h"
#include "observe/trace_record.h"

struct collector;

/* Who takes the records. */
struct collector_sink {
    void *owner;
    void (*put)(void *owner, const struct trace_record *record);
};

/* kinds: a bit for each enum trace_kind that is wanted. NULL: out of memory. */
struct collector *collector_create(struct machine *machine, unsigned kinds, const struct collector_sink *sink);
void collector_destroy(struct collector *collector);

/* To be added to the machine and removed from it. It has the functions alone that the kinds need. */
struct observer *collector_observer(struct collector *collector);

/* Before it is added: forgets what was told of earlier instructions. */
void collector_begin(struct collector *collector);

#endif
