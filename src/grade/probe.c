/* SPDX-License-Identifier: MIT */
#include "grade/probe.h"

#include "cpu/csr.h"
#include "cpu/register.h"
#include "machine/inspect.h"
#include "machine/screen.h"

struct probe_time probe_now(struct machine *m)
{
    return (struct probe_time){machine_now_steps(m), machine_now_ticks(m) * CLOCK_TICK_NS};
}

bool probe_symbol(struct machine *m, const char *name, uint64_t *gpa)
{
    return boot_symbol_address(machine_plan(m), name, gpa);
}

bool probe_memory(struct machine *m, uint64_t gpa, void *bytes, uint64_t length)
{
    struct guest_mem memory = machine_memory(m);
    return guest_mem_read(&memory, gpa, bytes, length);
}

bool probe_register_exists(const char *name)
{
    struct register_ref ref;
    return register_find(name, &ref);
}

bool probe_register(struct machine *m, unsigned hart, const char *name, uint64_t *value)
{
    struct register_ref ref;
    if (hart >= machine_hart_count(m) || !register_find(name, &ref))
        return false;
    *value = register_get(machine_hart(m, hart), ref);
    return true;
}

enum probe_pixel probe_pixel(struct machine *m, uint32_t x, uint32_t y, uint32_t *colour)
{
    struct error err;
    const struct display *display = screen_now(screen_of(machine_peripherals(m)), 0, &err);
    if (display == NULL)
        return PROBE_NO_SCREEN;
    return display_pixel(display, x, y, colour) ? PROBE_PIXEL_THERE : PROBE_NO_PIXEL;
}

/* Whether the instruction at pc is a jump to itself; only where no page table stands between. */
static bool jumps_to_itself(struct machine *m, const struct hart *h)
{
    uint32_t jal = 0;
    uint16_t c_j = 0;
    bool bare = h->priv == PRIV_M || (!h->virt && field_get(h->csr.satp, SATP_MODE) == 0);
    if (!bare || !probe_memory(m, h->pc, &c_j, sizeof c_j))
        return false;
    return c_j == 0xa001 || (probe_memory(m, h->pc, &jal, sizeof jal) && jal == 0x0000006f);
}

static bool interrupts_are_off(const struct hart *h)
{
    uint64_t enable = h->priv == PRIV_M ? MSTATUS_MIE : MSTATUS_SIE;
    return h->csr.mie == 0 || (!(h->csr.mstatus & enable) && (h->priv == PRIV_M || !(h->csr.mie & ~h->csr.mideleg)));
}

bool probe_has_ended(struct machine *m)
{
    for (unsigned i = 0; i < machine_hart_count(m); i++) {
        const struct hart *h = machine_hart(m, i);
        bool ended = h->wait == HART_STOPPED || (h->wait == HART_WFI && h->csr.mie == 0) ||
                     (h->wait == HART_RUNS && jumps_to_itself(m, h) && interrupts_are_off(h));
        if (!ended)
            return false;
    }
    return true;
}
