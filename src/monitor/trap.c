/* SPDX-License-Identifier: MIT */
/* Why the hart trapped: explain trap. */
#include <inttypes.h>
#include <stdio.h>

#include "base/bits.h"
#include "cpu/csr.h"
#include "cpu/trap.h"
#include "mmu/context.h"
#include "monitor/impl.h"

/* A mode's own record of its latest trap. */
struct record {
    const char *mode, *prefix; /* "scause" begins with prefix "s" */
    uint64_t cause, epc, tval;
    unsigned from_priv;
    bool from_virt;
};

/* What students should look at first, by cause. */
static const char *const advice[] = {
    [CAUSE_instruction_address_misaligned] = "a jump went to an odd address: look at the register it jumped by",
    [CAUSE_instruction_access_fault] =
        "pc points to where no code is: a return address or function pointer was overwritten, "
        "xtvec is not set, or PMP does not let this mode execute there",
    [CAUSE_illegal_instruction] =
        "the instruction does not exist, or may not be executed in this mode: is it a CSR of a higher "
        "mode, an FP instruction with mstatus.FS off, or data instead of code?",
    [CAUSE_breakpoint] = "an ebreak was executed: an assertion or a panic of the guest, as a rule",
    [CAUSE_load_address_misaligned] = "lr, and loads from devices, must be aligned to their size",
    [CAUSE_load_access_fault] =
        "nothing is at that physical address, or PMP forbids it: is the pointer NULL, a device's address "
        "wrong, or the access wider than the register?",
    [CAUSE_store_address_misaligned] = "sc, amo and stores to devices must be aligned to their size",
    [CAUSE_store_access_fault] =
        "nothing that can be written is at that physical address, or PMP forbids it: has the stack "
        "pointer been set?",
    [CAUSE_ecall_from_u] = "a system call: the handler must add 4 to sepc before it returns",
    [CAUSE_ecall_from_s] = "an SBI call: a7 is the extension, a6 the function",
    [CAUSE_ecall_from_vs] = "a guest's SBI call to its hypervisor: a7 is the extension, a6 the function",
    [CAUSE_ecall_from_m] = "M mode called itself: the handler must add 4 to mepc before it returns",
    [CAUSE_instruction_page_fault] =
        "the page tables do not let code run there: is the kernel's text mapped with X where satp "
        "was switched on, and without U for S mode?",
    [CAUSE_load_page_fault] =
        "the page tables do not let this mode read there: is it a NULL pointer, a page that was never "
        "mapped, or a user's page without sstatus.SUM?",
    [CAUSE_store_page_fault] =
        "the page tables do not let this mode write there: is it a read-only or copy-on-write page, or a "
        "stack that has overflowed into its guard page?",
    [CAUSE_instruction_guest_page_fault] =
        "hgatp's tables do not map the guest physical address (htval << 2): the hypervisor has "
        "to map it, with U and X",
    [CAUSE_load_guest_page_fault] =
        "hgatp's tables do not map the guest physical address (htval << 2): the hypervisor has to map "
        "it, with U and R, or to emulate a device",
    [CAUSE_virtual_instruction] = "the guest may not execute this itself: the hypervisor has to do it for it",
    [CAUSE_store_guest_page_fault] =
        "hgatp's tables do not map the guest physical address (htval << 2): the hypervisor has to "
        "map it, with U and W, or to emulate a device",
};

static bool access_type_of(uint64_t cause, enum access_type *type)
{
    switch (cause) {
    case CAUSE_instruction_page_fault:
    case CAUSE_instruction_guest_page_fault:
    case CAUSE_instruction_access_fault: *type = ACCESS_FETCH; return true;
    case CAUSE_load_page_fault:
    case CAUSE_load_guest_page_fault:
    case CAUSE_load_access_fault: *type = ACCESS_LOAD; return true;
    case CAUSE_store_page_fault:
    case CAUSE_store_guest_page_fault:
    case CAUSE_store_access_fault: *type = ACCESS_STORE; return true;
    default: return false;
    }
}

/* Which bit of which register sent it there. */
static void say_delegation(const struct monitor_request *r, const struct record *record)
{
    const struct hart *h = monitor_hart(r);
    bool interrupt = record->cause & CAUSE_INTERRUPT;
    unsigned code = (unsigned)(record->cause & 63);
    if (interrupt && record->prefix[0] == 'v')
        code += code != IRQ_counter_overflow; /* norm:hideleg_trans */
    uint64_t first = interrupt ? h->csr.mideleg : h->csr.medeleg, second = interrupt ? h->csr.hideleg : h->csr.hedeleg;
    const char *kind = interrupt ? "ideleg" : "edeleg";
    bool out_of_m = record->from_priv == PRIV_M;
    if (record->prefix[0] == 'm' && out_of_m)
        monitor_say(r, "  why M mode: a trap never leads to a less privileged mode, and it came from M mode\n");
    else
        monitor_say(r, "  why %s mode: bit %u of m%s (0x%" PRIx64 ") is %s", record->mode, code, kind, first,
                    first >> code & 1 ? "set" : "clear");
    if (record->prefix[0] == 'm' && out_of_m)
        return;
    if (record->from_virt && first >> code & 1)
        monitor_say(r, ", and bit %u of h%s (0x%" PRIx64 ") is %s", code, kind, second,
                    second >> code & 1 ? "set" : "clear");
    monitor_say(r, "\n");
}

/* With the eyes of the mode that trapped, as far as the registers still tell. */
static void say_walk(const struct monitor_request *r, const struct record *record)
{
    enum access_type type;
    if (!access_type_of(record->cause, &type))
        return;
    struct hart eyes = *monitor_hart(r);
    eyes.priv = (uint8_t)record->from_priv;
    eyes.virt = record->from_virt;
    eyes.csr.mstatus &= ~MSTATUS_MPRV;
    struct mmu_context ctx = mmu_code_context(&eyes);
    monitor_say(r, "the address, as the tables are now: ");
    monitor_say_walk(r, &ctx, record->tval, type);
}

static void say_record(const struct monitor_request *r, const struct record *record)
{
    char place[MONITOR_PLACE_BYTES];
    bool interrupt = record->cause & CAUSE_INTERRUPT;
    uint64_t code = record->cause & ~CAUSE_INTERRUPT;
    monitor_say(r, "latest trap into %s mode: %s (%scause 0x%" PRIx64 "), from %s mode\n", record->mode,
                trap_cause_name(record->cause), record->prefix, record->cause,
                monitor_mode(record->from_priv, record->from_virt));
    monitor_say(r, "  %sepc 0x%" PRIx64 "%s, %stval 0x%" PRIx64 "\n", record->prefix, record->epc,
                monitor_place(r->monitor, record->epc, place), record->prefix, record->tval);
    if (!interrupt && code != CAUSE_instruction_access_fault && code != CAUSE_instruction_page_fault)
        monitor_say_insn(r, SPACE_VIRTUAL, record->epc);
    say_delegation(r, record);
    if (interrupt)
        return;
    say_walk(r, record);
    if (code < ARRAY_SIZE(advice) && advice[code] != NULL)
        monitor_say(r, "  check: %s\n", advice[code]);
}

/* A mode whose cause and tval are both 0 has taken no trap since the reset: cause 0 comes with the misaligned address. (xepc says
 * nothing: it is written for an xRET, too.) */
static bool was_taken(const struct record *record)
{
    return record->cause != 0 || record->tval != 0;
}

static bool say_last_exception(const struct monitor_request *r)
{
    const struct trap_record *last = &monitor_hart(r)->watch.last;
    char place[MONITOR_PLACE_BYTES];
    if (last->pc == 0 && last->cause == 0 && last->tval == 0)
        return false;
    monitor_say(r,
                "latest exception (calls apart): %s in %s mode at pc 0x%" PRIx64 "%s, tval 0x%" PRIx64 ", ra 0x%" PRIx64
                "\n",
                trap_cause_name(last->cause), monitor_mode(last->priv, last->virt), last->pc,
                monitor_place(r->monitor, last->pc, place), last->tval, last->ra);
    return true;
}

bool monitor_do_explain_trap(struct monitor_request *r)
{
    const struct hart *h = monitor_hart(r);
    const struct csr_state *c = &h->csr;
    const struct record records[] = {
        {"M", "m", c->mcause, c->mepc, c->mtval, (unsigned)field_get(c->mstatus, MSTATUS_MPP),
         (c->mstatus & MSTATUS_MPV) != 0},
        {"S", "s", c->scause, c->sepc, c->stval, (unsigned)field_get(c->mstatus, MSTATUS_SPP),
         (c->hstatus & HSTATUS_SPV) != 0},
        {"VS", "vs", c->vscause, c->vsepc, c->vstval, (unsigned)field_get(c->vsstatus, MSTATUS_SPP), true},
    };
    bool any = say_last_exception(r);
    for (unsigned i = 0; i < ARRAY_SIZE(records); i++)
        any |= was_taken(&records[i]);
    if (!any)
        monitor_say(r, "hart %u has taken no trap that left a trace since it was started\n", (unsigned)h->id);
    for (unsigned i = 0; any && i < ARRAY_SIZE(records); i++) {
        if (was_taken(&records[i]))
            say_record(r, &records[i]);
        else if (records[i].prefix[0] != 'v')
            monitor_say(r, "no trap has gone to %s mode\n", records[i].mode);
    }
    return true;
}
