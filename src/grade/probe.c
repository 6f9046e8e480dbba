/* SPDX-License-Identifier: MIT */
#include "grade/probe.h"

#include <stdlib.h>
#include <string.h>

#include "cpu/csr.h"
#include "machine/inspect.h"

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

enum register_file { FILE_NONE, FILE_X, FILE_F, FILE_PC, FILE_CSR };

struct place {
    enum register_file file;
    unsigned number;
};

static const char *const x_names[32] = {"zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
                                        "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
                                        "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6"};
static const char *const f_names[32] = {"ft0", "ft1", "ft2", "ft3", "ft4",  "ft5",  "ft6", "ft7", "fs0",  "fs1", "fa0",
                                        "fa1", "fa2", "fa3", "fa4", "fa5",  "fa6",  "fa7", "fs2", "fs3",  "fs4", "fs5",
                                        "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11"};

/* "x17" as 17; 32: it is none. */
static unsigned plain_number(const char *name, char letter)
{
    bool digits = name[0] == letter && name[1] != '\0' && strspn(name + 1, "0123456789") == strlen(name + 1);
    bool padded = digits && name[1] == '0' && name[2] != '\0';
    unsigned long number = digits && !padded ? strtoul(name + 1, NULL, 10) : 32;
    return number < 32 ? (unsigned)number : 32;
}

static struct place find_csr(const char *name)
{
    const struct csr_info *row;
    for (unsigned i = 0; (row = csr_info(i)) != NULL; i++)
        if (strcmp(row->name, name) == 0)
            return (struct place){FILE_CSR, row->number};
    return (struct place){FILE_NONE, 0};
}

static struct place find(const char *name)
{
    if (strcmp(name, "pc") == 0)
        return (struct place){FILE_PC, 0};
    if (strcmp(name, "fp") == 0)
        name = "s0";
    for (unsigned i = 0; i < 32; i++) {
        if (strcmp(x_names[i], name) == 0 || plain_number(name, 'x') == i)
            return (struct place){FILE_X, i};
        if (strcmp(f_names[i], name) == 0 || plain_number(name, 'f') == i)
            return (struct place){FILE_F, i};
    }
    return find_csr(name);
}

bool probe_register_exists(const char *name)
{
    return find(name).file != FILE_NONE;
}

bool probe_register(struct machine *m, unsigned hart, const char *name, uint64_t *value)
{
    struct place place = find(name);
    if (hart >= machine_hart_count(m) || place.file == FILE_NONE)
        return false;
    const struct hart *h = machine_hart(m, hart);
    if (place.file == FILE_CSR)
        return csr_peek(h, place.number, value);
    *value = place.file == FILE_PC ? h->pc : place.file == FILE_X ? h->x[place.number] : h->f[place.number];
    return true;
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
