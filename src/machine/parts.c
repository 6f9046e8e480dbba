/* SPDX-License-Identifier: MIT */
/* What of a machine has state beside harts, RAM and clock. */
#include "machine/machine_state.h"

unsigned machine_parts(const struct machine *m, struct state_part *parts)
{
    const struct device *devices[] = {clint_device(m->clint), plic_device(m->plic), uart16550_device(m->uart),
                                      goldfish_rtc_device(m->rtc), syscon_device(m->syscon)};
    unsigned count = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(devices); i++)
        parts[count++] = (struct state_part){devices[i]->name, devices[i]->state, devices[i]->saved};
    if (m->htif != NULL)
        parts[count++] = htif_part(m->htif);
    return count + peripherals_states(m->peripherals, parts + count);
}
