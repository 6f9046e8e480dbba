/* SPDX-License-Identifier: MIT */
/* The functions that a hart is in, the innermost first: by the call frame information of the files with debug
 * information, else by its frame pointers (s0) as far as they make sense, and by ra where a function has no frame of
 * its own. Changes nothing in the guest. */
#ifndef MICROVM_OBSERVE_UNWIND_H
#define MICROVM_OBSERVE_UNWIND_H

#include "cpu/hart.h"
#include "observe/symbols.h"

#define UNWIND_FRAMES_MAX 128
/* Stands for code that no symbol names: nobody knows who called it. */
#define UNWIND_UNKNOWN UINT64_MAX

/* Remembers where functions start, for addresses that come again and again. */
struct unwinder;

struct unwinder *unwinder_create(struct machine *machine, struct symbols *symbols);
void unwinder_destroy(struct unwinder *unwinder);

/* The start of the function at pc; UNWIND_UNKNOWN: no symbol names it. */
uint64_t unwinder_function(struct unwinder *unwinder, uint64_t pc);

/* Fills in the starts of the functions, one frame at least. Returns how many. */
size_t unwinder_stack(struct unwinder *unwinder, const struct hart *h, uint64_t functions[UNWIND_FRAMES_MAX]);

#endif
