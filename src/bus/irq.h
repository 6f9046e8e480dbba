/* SPDX-License-Identifier: MIT */
/* An interrupt line: a level that somebody drives into an input of somebody else. */
#ifndef MICROVM_BUS_IRQ_H
#define MICROVM_BUS_IRQ_H

#include <stdbool.h>
#include <stddef.h>

struct irq_line {
    void *target;
    void (*set)(void *target, unsigned input, bool level);
    unsigned input;
};

/* A line that leads nowhere (set == NULL) may be driven. */
static inline void irq_set(const struct irq_line *line, bool level)
{
    if (line->set != NULL)
        line->set(line->target, line->input, level);
}

#endif
