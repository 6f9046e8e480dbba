/* SPDX-License-Identifier: MIT */
/* What a machine that goes back in time keeps of its present, and of its search. For machine/ alone. */
#ifndef MICROVM_MACHINE_TRAVEL_STATE_H
#define MICROVM_MACHINE_TRAVEL_STATE_H

#include "machine/saved.h"
#include "machine/travel.h"

/* What a replay looks for. */
enum travel_search { SEARCH_NOTHING, SEARCH_POINT, SEARCH_STEP, SEARCH_WRITE };

struct travel {
    bool past; /* the machine is before its present */
    uint64_t present_step;
    uint64_t present_occasion;
    uint64_t present_position; /* in the journal */
    uint64_t present_digest;
    uint64_t host_lag_ns; /* the host's time since the present's last sync point */
    struct {
        uint8_t *bytes; /* NULL: none */
        size_t count;
    } results[MACHINE_MAX_PARTS]; /* blobs of the parts, as they are at present */

    bool alone; /* a replay runs that nobody looks after */
    enum travel_search search;
    bool found;
    struct travel_result last; /* that was found */
    bool by_device;
    unsigned hart; /* SEARCH_STEP: for the moment before it made its hart_step-th step */
    uint64_t hart_step;
    uint64_t pa, length; /* SEARCH_WRITE */
};

/* For the event loop: whether a machine in the past has come to its present again, and the change to what is live. False: it is
 * not as it was. */
bool travel_is_at_present(const struct machine *machine);
bool travel_arrive(struct machine *machine, struct error *err);

/* For control_after_slice, in the past: a point was met, and the hart has made so many steps. */
void travel_note_hit(struct machine *machine, struct hart *hart);
void travel_note_steps(struct machine *machine, const struct hart *hart, uint64_t made);

void travel_destroy(struct machine *machine);

#endif
