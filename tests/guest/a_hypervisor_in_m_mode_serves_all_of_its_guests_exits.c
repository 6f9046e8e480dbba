/* SPDX-License-Identifier: MIT */
/* once: it counts on CSRs and variables as they are at the start */
/* A hypervisor that stays in M mode, as Diosix does: it numbers its harts with amoadd.w, probes for mstateen0 by trap,
 * reads mip.STIP right behind a write of stimecmp, checks what hgatp and hideleg have kept, and takes every exit of its
 * guest in M mode: guest page faults by mtval2 (norm:mtval2_trapval) with tables filled on demand, WFI under VTW
 * (norm:hstatus_vtw_op) with the instruction read by hlvx.hu, and environment calls (norm:H_cause_ecall). */
/* cpus: 4 */
#include "lib/guest.h"

#define GUEST_DATA 0x10000000 /* guest physical: nothing is there in the machine */
#define GUEST_PAGES 4
#define CALL_DONE 1

struct frame {
    uint64_t x[32];
};

static uint64_t *root;
static uint64_t pages[GUEST_PAGES][PAGE / 8] __attribute__((aligned(PAGE)));
static unsigned code_faults, data_faults, waits;
static uint32_t numbers;
static uint64_t numbered[MAX_HARTS];

/* All exits come here with the guest's registers on a stack of M mode's. */
uint64_t exit_stack[512] __attribute__((aligned(16)));
uint64_t saved_sp;
void exit_entry(void);
void enter_guest(void (*function)(void), uint64_t sp);
void leave_guest(void);
void on_exit(struct frame *frame);

__asm__(".pushsection .text\n"
        ".balign 4\n"
        "exit_entry:\n"
        "csrrw sp, mscratch, sp\n addi sp, sp, -256\n"
        ".irp n, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
        "sd x\\n, 8*\\n(sp)\n .endr\n"
        "mv a0, sp\n call on_exit\n"
        ".irp n, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
        "ld x\\n, 8*\\n(sp)\n .endr\n"
        "addi sp, sp, 256\n csrrw sp, mscratch, sp\n mret\n"
        /* The caller's registers lie on its stack until leave_guest. */
        "enter_guest:\n"
        "addi sp, sp, -112\n sd ra, 0(sp)\n"
        ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n sd s\\n, 8+8*\\n(sp)\n .endr\n"
        "la t0, saved_sp\n sd sp, (t0)\n"
        "csrw mepc, a0\n mv sp, a1\n mret\n"
        "leave_guest:\n"
        "la t0, saved_sp\n ld sp, (t0)\n ld ra, 0(sp)\n"
        ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n ld s\\n, 8+8*\\n(sp)\n .endr\n"
        "addi sp, sp, 112\n ret\n"
        ".popsection");

static uint16_t guest_half(uint64_t address)
{
    uint64_t value;
    __asm__ volatile(HLVX_HU : "=r"(value) : "r"(address));
    return (uint16_t)value;
}

/* The program's own pages are where they are; the guest's data comes from `pages`. */
static void map_on_demand(uint64_t gpa)
{
    uint64_t page = gpa & ~(uint64_t)(PAGE - 1), pa = page;
    if (gpa < 0x80000000) {
        expect(40, data_faults < GUEST_PAGES, true);
        pa = (uint64_t)pages[data_faults++];
    } else {
        code_faults++;
    }
    *guest_entry(root, 3, page, 0) = PTE_OF(pa) | PTE_RWX | PTE_U;
    hfence_gvma(page, 1);
}

static void end_guest(void)
{
    CSR_CLEAR(mstatus, MSTATUS_MPV);
    CSR_SET(mstatus, MSTATUS_MPP);
    CSR_WRITE(mepc, leave_guest);
}

static void wait_for_interrupt(void)
{
    uint64_t pc = CSR_READ(mepc);
    expect(50, CSR_READ(mtval), 0x10500073);
    expect(51, guest_half(pc) | (uint64_t)guest_half(pc + 2) << 16, 0x10500073);
    waits++;
    CSR_WRITE(mepc, pc + 4);
}

void on_exit(struct frame *frame)
{
    uint64_t cause = CSR_READ(mcause);
    expect(30, CSR_READ(mstatus) & MSTATUS_MPV, MSTATUS_MPV);
    switch (cause) {
    case CAUSE_FETCH_GUEST:
    case CAUSE_LOAD_GUEST:
    case CAUSE_STORE_GUEST:
        expect(31, CSR_READ(mstatus) & MSTATUS_GVA, MSTATUS_GVA);
        expect(32, CSR_READ(mtval2), CSR_READ(mtval) >> 2); /* the guest has no tables of its own */
        map_on_demand(CSR_READ(mtval2) << 2 | (CSR_READ(mtval) & 3));
        break;
    case CAUSE_VIRTUAL: wait_for_interrupt(); break;
    case CAUSE_ECALL_VS:
        expect(33, frame->x[17], CALL_DONE);
        end_guest();
        break;
    default: expect(34, cause, 0);
    }
}

/* The guest: needs no stack, and touches data on several pages. */
__attribute__((naked)) static void guest(void)
{
    __asm__ volatile("li t0, %0\n li t1, %1\n"
                     "1: ld t2, (t0)\n addi t2, t2, 5\n sd t2, (t0)\n wfi\n"
                     "li t2, %2\n add t0, t0, t2\n addi t1, t1, -1\n bnez t1, 1b\n"
                     "li a7, %3\n ecall" ::"i"(GUEST_DATA + 8),
                     "i"(GUEST_PAGES), "i"(PAGE), "i"(CALL_DONE));
}

static void probe(void)
{
    uint64_t value = 0;
    uint64_t cause = TRY("csrr %0, mstateen0", value, 0);
    expect(1, cause == NO_TRAP || cause == CAUSE_ILLEGAL, true);
    if (cause == NO_TRAP)
        CSR_WRITE(mstateen0, UINT64_MAX);
    CSR_WRITE(menvcfg, ENVCFG_STCE | ENVCFG_ADUE);
    CSR_WRITE(stimecmp, 0);
    expect(2, CSR_READ(mip) & MIP_STIP, MIP_STIP);
    CSR_WRITE(stimecmp, UINT64_MAX);
    expect(3, CSR_READ(mip) & MIP_STIP, 0);
    CSR_WRITE(hideleg, 0x644);
    expect(4, CSR_READ(hideleg), 0x444);
    CSR_WRITE(hideleg, 0x1666);
    expect(5, CSR_READ(hideleg), 0x444);
    CSR_WRITE(hgatp, guest_hgatp(root, 3, 1));
    expect(6, CSR_READ(hgatp), guest_hgatp(root, 3, 1));
}

static void number_this_hart(void)
{
    uint32_t number;
    __asm__ volatile("amoadd.w %0, %1, (%2)" : "=r"(number) : "r"(1), "r"(&numbers) : "memory");
    __atomic_fetch_add(&numbered[number & (MAX_HARTS - 1)], 1, __ATOMIC_SEQ_CST);
}

void other_hart(void)
{
    number_this_hart();
}

static void check_numbers(void)
{
    uint64_t harts = wait_for_harts(4);
    for (unsigned i = 0; i < harts; i++)
        while (__atomic_load_n(&numbered[i], __ATOMIC_SEQ_CST) == 0)
            __asm__ volatile("nop");
    for (unsigned i = 0; i < MAX_HARTS; i++)
        expect(10, numbered[i], i < harts);
}

void test(void)
{
    number_this_hart();
    check_numbers();
    root = guest_roots[guest_roots_used++]; /* empty: every page comes by a fault */
    probe();

    uint64_t mtvec = CSR_READ(mtvec), mscratch = CSR_READ(mscratch);
    CSR_WRITE(mtvec, exit_entry);
    CSR_WRITE(mscratch, exit_stack + sizeof exit_stack / sizeof *exit_stack);
    CSR_WRITE(medeleg, 0);
    CSR_WRITE(hstatus, HSTATUS_VTW | HSTATUS_SPVP);
    CSR_CLEAR(mstatus, MSTATUS_MPP);
    CSR_SET(mstatus, MSTATUS_MPV | UINT64_C(1) << MSTATUS_MPP_SHIFT);
    enter_guest(guest, 0);
    CSR_WRITE(mtvec, mtvec);
    CSR_WRITE(mscratch, mscratch);

    expect(20, data_faults, GUEST_PAGES);
    expect(21, code_faults >= 1 && code_faults <= 2, true);
    expect(22, waits, GUEST_PAGES);
    for (unsigned i = 0; i < GUEST_PAGES; i++)
        expect(23, pages[i][1], 5);
}
