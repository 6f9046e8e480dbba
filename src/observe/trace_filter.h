/* SPDX-License-Identifier: MIT */
/* Which records of a trace are wanted: by pc, symbol, privilege, V and hart. A value; owns nothing. */
#ifndef MICROVM_OBSERVE_TRACE_FILTER_H
#define MICROVM_OBSERVE_TRACE_FILTER_H

#include "base/error.h"
#include "observe/symbols.h"
#include "observe/trace_record.h"

#define TRACE_FILTER_RANGES 16

struct trace_filter {
    struct {
        uint64_t first, last; /* both included */
    } range[TRACE_FILTER_RANGES];
    unsigned ranges; /* 0: every pc */
    uint8_t modes;   /* a bit for each mode */
    uint64_t harts;
};

/* "pc=A-B,symbol=NAME,priv=MSU,v=0|1,hart=N" in any order; of pc, symbol and hart several, of which one must fit. NULL: all
 * pass. False: err names the wrong part. */
bool trace_filter_parse(const char *text, const struct symbols *symbols, struct trace_filter *filter,
                        struct error *err);

/* Of traps and returns it is enough that one of their two modes is wanted. */
bool trace_filter_passes(const struct trace_filter *filter, const struct trace_record *record);

#endif
