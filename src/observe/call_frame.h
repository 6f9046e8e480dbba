/* SPDX-License-Identifier: MIT */
/* Where a function keeps its caller's registers at some point of its code, from the call frame information (DWARF
 * CFI) of one file. Only the forms that compilers make for RISC-V: a frame at a register and a distance, registers
 * at distances from there. Owned by source_lines. */
#ifndef MICROVM_OBSERVE_CALL_FRAME_H
#define MICROVM_OBSERVE_CALL_FRAME_H

#include "observe/source_lines.h"

struct call_frame {
    uint8_t base; /* the register (x number) that the caller's sp is so far from: */
    int64_t base_offset;
    bool ra_saved, s0_saved;      /* else they are in their registers still */
    int64_t ra_offset, s0_offset; /* from the caller's sp */
};

/* Of the code at addr, as linked. False: nothing is known, or it is of another form. */
bool source_lines_frame(struct source_lines *lines, uint64_t addr, struct call_frame *frame);

#endif
