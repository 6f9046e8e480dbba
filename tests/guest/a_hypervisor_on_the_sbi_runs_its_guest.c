/* SPDX-License-Identifier: MIT */
/* once: it counts on CSRs and variables as they are at the start */
/* A small hypervisor in HS mode, on the built-in SBI, with one hart and one guest (lib/vs_kernel.h):
 *  - its G stage has 4 KiB leaves without A and D, and the hart sets them (norm:Svadu_hw_update_a_d_bits);
 *  - the guest's devices are not there: guest page faults tell where by htval (norm:htval_trapval) and what by htinst
 *    (norm:H_trap_xtinst_val, norm:H_trap_xtinst_guestpage for a missing table);
 *  - it passes its own timer and external interrupts on by hvip (norm:hvip_acc), and lends its guest vstimecmp
 *    (norm:henvcfg_stce) and a time of its own (norm:htimedelta_sz_acc_op);
 *  - sret enters the guest (norm:hstatus_spv_sret), which serves its own page faults and breakpoints (norm:hedeleg_op) and
 *    interrupts (norm:hideleg_trans), and whose WFI is an exit under VTW (norm:hstatus_vtw_op).
 * Every exit is logged, and all of them are expected in their order. */
/* options: --firmware builtin */
/* address: 0x80200000 */
/* qemu: no, its 7.2 gives 0 in htinst */
#include "lib/mmio.h"
#include "lib/vs_kernel.h"

#define TREE_MAGIC 0xedfe0dd0 /* as a little-endian word */
#define LEVELS 4
#define VMID 9
#define SERVED_BY_GUEST (1 << CAUSE_BREAKPOINT | 1 << CAUSE_FETCH_PAGE | 1 << CAUSE_LOAD_PAGE | 1 << CAUSE_STORE_PAGE)
#define VS_INTERRUPTS (MIP_VSSIP | MIP_VSTIP | MIP_VSEIP)
#define WFI 0x10500073
#define OPCODE_LOAD 0x03
#define OPCODE_STORE 0x23
#define OPCODE_AMO 0x2f
#define TINST_TABLE_READ 0x3000
#define IIR_THRE 2
#define LOGGED 128
#define FRAMES 24

const uint64_t starts_in_s_mode = 1;

struct frame {
    uint64_t x[32];
};

struct exit {
    uint64_t cause, tval, gpa, tinst;
};

/* A load, a store or amoadd.w, as htinst shows it. */
struct access {
    bool load, store, is_signed;
    unsigned bytes, rd, rs2, length;
};

extern uint8_t __start_guest_text[], __stop_guest_text[], __start_guest_data[], __stop_guest_data[];

static uint64_t *root;
static uint64_t frames[FRAMES][PAGE / 8] __attribute__((aligned(PAGE)));
static unsigned frames_used;

static char exits[LOGGED + 1], said[16];
static unsigned exit_count, said_count, timers_set;
static uint64_t scratch, counter;
static uint32_t pending_source;

uint64_t exit_stack[512] __attribute__((aligned(16)));
uint64_t saved_sp;
void exit_entry(void);
void enter_guest(void (*function)(void));
void leave_guest(void);
void on_exit(struct frame *frame);
void test(uint64_t hart, const uint32_t *tree);

/* The guest's sp is in sscratch while the hypervisor runs; on_exit finds it in its place among the others. */
__asm__(".pushsection .text\n"
        ".macro each_but_sp op\n"
        ".irp n, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
        "\\op x\\n, 8*\\n(sp)\n .endr\n .endm\n"
        ".macro each_saved op\n"
        "\\op ra, 0(sp)\n \\op tp, 8(sp)\n \\op gp, 16(sp)\n"
        ".irp n, 0,1,2,3,4,5,6,7,8,9,10,11\n \\op s\\n, 24+8*\\n(sp)\n .endr\n .endm\n"
        ".balign 4\n"
        "exit_entry:\n"
        "csrrw sp, sscratch, sp\n addi sp, sp, -256\n each_but_sp sd\n"
        "csrr t0, sscratch\n sd t0, 16(sp)\n"
        "mv a0, sp\n call on_exit\n"
        "ld t0, 16(sp)\n csrw sscratch, t0\n"
        "each_but_sp ld\n addi sp, sp, 256\n csrrw sp, sscratch, sp\n sret\n"
        "enter_guest:\n"
        "addi sp, sp, -128\n each_saved sd\n la t0, saved_sp\n sd sp, (t0)\n"
        "csrw sepc, a0\n sret\n"
        "leave_guest:\n"
        "la t0, saved_sp\n ld sp, (t0)\n each_saved ld\n addi sp, sp, 128\n ret\n"
        ".popsection");

static volatile uint64_t *leaf_of(uint64_t gpa)
{
    return guest_entry(root, LEVELS, gpa, 0);
}

static uint64_t a_and_d(const volatile void *va)
{
    return *leaf_of((uint64_t)va - VA_MINUS_GPA) & (PTE_A | PTE_D);
}

static volatile uint64_t *give_frame(uint64_t gpa)
{
    if (frames_used == FRAMES)
        fail(98);
    uint64_t *frame = frames[FRAMES - ++frames_used];
    *leaf_of(gpa) = PTE_OF(frame) | PTE_V | PTE_R | PTE_W | PTE_X | PTE_U;
    return frame;
}

/* Frames are handed out from the last to the first, so no page lies where it was linked. */
static void load_section(const uint8_t *start, const uint8_t *stop)
{
    uint64_t first = (uint64_t)start & ~(uint64_t)(PAGE - 1);
    for (uint64_t page = first; page < (uint64_t)stop; page += PAGE) {
        volatile uint64_t *frame = give_frame(page - VA_MINUS_GPA);
        for (unsigned i = 0; i < PAGE / 8; i++)
            frame[i] = ((const uint64_t *)page)[i];
    }
}

static void log_exit(uint64_t cause)
{
    static const struct {
        uint64_t cause;
        char letter;
    } letters[] = {{CAUSE_ECALL_VS, 'E'},    {CAUSE_FETCH_GUEST, 'F'}, {CAUSE_LOAD_GUEST, 'L'}, {CAUSE_VIRTUAL, 'V'},
                   {CAUSE_STORE_GUEST, 'S'}, {INTERRUPT(5), 't'},      {INTERRUPT(9), 'x'}};
    for (unsigned i = 0; i < sizeof letters / sizeof *letters; i++)
        if (letters[i].cause == cause && exit_count < LOGGED) {
            exits[exit_count++] = letters[i].letter;
            return;
        }
    put_text(exits);
    expect(1, cause, 0);
}

static uint32_t guest_half(uint64_t address)
{
    uint64_t value;
    __asm__ volatile(HLVX_HU : "=r"(value) : "r"(address));
    return (uint32_t)value;
}

static void skip_instruction(unsigned length)
{
    CSR_WRITE(sepc, CSR_READ(sepc) + length);
}

/* htinst is the instruction in memory without its offset and rs1, or a longer form of a compressed one. */
static void compare_with_memory(const struct exit *exit, uint32_t fields)
{
    uint64_t pc = CSR_READ(sepc);
    uint32_t low = guest_half(pc);
    expect(2, exit->tinst & 2, (low & 3) == 3 ? 2 : 0);
    if (exit->tinst & 2)
        expect(3, exit->tinst, (low | guest_half(pc + 2) << 16) & fields);
    else
        expect(4, exit->tinst & ~(uint64_t)(fields & ~2U), 0);
}

static struct access decode(const struct exit *exit)
{
    uint32_t bits = (uint32_t)exit->tinst | 2, opcode = bits & 0x7f, width = bits >> 12 & 7;
    struct access access = {.bytes = 1U << (width & 3), .is_signed = !(width & 4), .length = exit->tinst & 2 ? 4 : 2};
    access.load = opcode != OPCODE_STORE;
    access.store = opcode != OPCODE_LOAD;
    access.rd = bits >> 7 & 31;
    access.rs2 = bits >> 20 & 31;
    if (opcode == OPCODE_LOAD) {
        compare_with_memory(exit, 0x7fff);
    } else if (opcode == OPCODE_STORE) {
        compare_with_memory(exit, 0x1f0707f);
    } else {
        expect(5, opcode, OPCODE_AMO);
        expect(5, bits >> 25 | width, 2); /* amoadd.w without aq and rl */
        compare_with_memory(exit, 0xfff07fff);
    }
    return access;
}

static uint64_t bits_of(unsigned bytes)
{
    return UINT64_MAX >> (64 - 8 * bytes);
}

static uint64_t read_device(uint64_t gpa)
{
    if (gpa == INTC_GPA + CLAIM) {
        uint32_t source = pending_source;
        pending_source = 0;
        CSR_CLEAR(hvip, MIP_VSEIP);
        return source;
    }
    if (gpa == DEVICE_GPA + COUNTER)
        return ++counter;
    expect(10, gpa >= DEVICE_GPA + SCRATCH && gpa < DEVICE_GPA + SCRATCH + 8, true);
    return scratch >> (8 * (gpa & 7));
}

/* The UART asks as long as its transmitter is empty and it may. */
static void ring_for_external(void)
{
    write32(PLIC_PRIORITY(UART_SOURCE), 1);
    write32(PLIC_ENABLE(S_CONTEXT(0)), 1 << UART_SOURCE);
    write32(PLIC_THRESHOLD(S_CONTEXT(0)), 0);
    uart_write(UART_IER, 2);
    for (unsigned i = 0; i < 1000000 && !(CSR_READ(sip) & MIP_SEIP); i++) {
    }
}

static void print(uint8_t character)
{
    if (said_count + 1 < sizeof said)
        said[said_count++] = (char)character;
    expect(11, (uint64_t)sbi(SBI_PUTCHAR, 0, character, 0, 0).error, 0);
}

static void write_device(uint64_t gpa, unsigned bytes, uint64_t value)
{
    if (gpa == INTC_GPA + CLAIM) {
        expect(12, value, CLAIMED_SOURCE);
    } else if (gpa == DEVICE_GPA + OUTPUT) {
        print((uint8_t)value);
    } else if (gpa == DEVICE_GPA + BELL) {
        if (value & BELL_SOFTWARE)
            CSR_SET(hvip, MIP_VSSIP);
        if (value & BELL_EXTERNAL)
            ring_for_external();
    } else {
        expect(13, gpa >= DEVICE_GPA + SCRATCH && gpa < DEVICE_GPA + SCRATCH + 8, true);
        uint64_t mask = bits_of(bytes) << (8 * (gpa & 7));
        scratch = (scratch & ~mask) | (value << (8 * (gpa & 7)) & mask);
    }
}

static void emulate(struct frame *frame, const struct exit *exit)
{
    struct access access = decode(exit);
    uint64_t operand = frame->x[access.rs2], old = 0;
    expect(14, exit->cause, access.store ? CAUSE_STORE_GUEST : CAUSE_LOAD_GUEST);
    expect(15, exit->tval, exit->gpa - (exit->gpa < INTC_GPA ? DEVICE_GPA - DEVICE_VA : INTC_GPA - INTC_VA));
    if (access.load) {
        unsigned unused = 64 - 8 * access.bytes;
        old = read_device(exit->gpa) << unused;
        old = access.is_signed ? (uint64_t)((int64_t)old >> unused) : old >> unused;
        if (access.rd != 0)
            frame->x[access.rd] = old;
    }
    if (access.store)
        write_device(exit->gpa, access.bytes, operand + old);
    skip_instruction(access.length);
}

/* A page of code, or an empty table for what the guest's own walk reads. */
static void bring_page(const struct exit *exit)
{
    uint64_t page = exit->gpa & ~(uint64_t)(PAGE - 1);
    bool table = page == MISSING_TABLE_GPA;
    expect(16, exit->cause, table ? CAUSE_LOAD_GUEST : CAUSE_FETCH_GUEST);
    expect(17, exit->tval, table ? NO_TABLE_VA : DEMAND_VA + 0x100);
    expect(18, exit->gpa, table ? MISSING_TABLE_GPA + 5 * 8 : DEMAND_GPA + 0x100);
    expect(19, exit->tinst, table ? TINST_TABLE_READ : 0);
    volatile uint64_t *frame = give_frame(page);
    if (!table)
        frame[0x100 / 8] = UINT64_C(0x0000806702a00513); /* li a0, 42; ret */
    __asm__ volatile("fence.i" ::: "memory");
    hfence_gvma(page, VMID);
}

static void on_guest_page_fault(struct frame *frame, const struct exit *exit)
{
    uint64_t page = exit->gpa & ~(uint64_t)(PAGE - 1);
    if (page == DEVICE_GPA || page == INTC_GPA)
        emulate(frame, exit);
    else
        bring_page(exit);
}

/* By the firmware, and at last by the hart's own comparator. */
static void set_timer(uint64_t deadline)
{
    CSR_CLEAR(hvip, MIP_VSTIP);
    if (deadline != UINT64_MAX)
        deadline -= CSR_READ(htimedelta);
    if (timers_set++ < 2 * (TIMER_ROUNDS - 1))
        expect(20, (uint64_t)sbi(SBI_TIME, 0, deadline, 0, 0).error, 0);
    else
        CSR_WRITE(stimecmp, deadline);
    CSR_SET(sie, MIP_STIP);
}

static void check_time(uint64_t guest_time)
{
    expect(21, guest_time >= BOOT_TIME, true);
    expect(22, guest_time <= CSR_READ(time) + CSR_READ(htimedelta), true);
}

static void end_guest(void)
{
    CSR_CLEAR(hstatus, HSTATUS_SPV);
    CSR_WRITE(sepc, leave_guest);
}

static void on_call(struct frame *frame)
{
    uint64_t *a = &frame->x[10], number = frame->x[17];
    skip_instruction(4);
    if (number == SBI_SHUTDOWN) {
        end_guest();
        return;
    }
    if (number == SBI_PUTCHAR) {
        print((uint8_t)a[0]);
    } else if (number == SBI_SET_TIMER) {
        set_timer(a[0]);
    } else if (number == CALL_LOADED || number == CALL_STORED) {
        check_time(a[0]);
        expect(23, a_and_d(vs_only_read), PTE_A);
        expect(24, a_and_d(vs_written), number == CALL_STORED ? PTE_A | PTE_D : PTE_A);
        expect(25, a_and_d(vs_untouched), 0);
    } else {
        expect(26, number, CALL_FAIL);
        expect((unsigned)a[0], a[1], a[2]);
    }
    a[0] = 0;
}

/* WFI once, under VTW; then stimecmp, which the guest tries again. */
static void on_virtual_instruction(const struct exit *exit)
{
    if (CSR_READ(hstatus) & HSTATUS_VTW) {
        expect(27, exit->tval, WFI);
        while (!(CSR_READ(sip) & CSR_READ(sie)) && CSR_READ(hvip) == 0)
            __asm__ volatile("wfi");
        CSR_CLEAR(hstatus, HSTATUS_VTW);
        skip_instruction(4);
        return;
    }
    expect(28, exit->tval & 0xfff0707f, 0x14d01073); /* csrw stimecmp */
    CSR_WRITE(vstimecmp, UINT64_MAX);
    CSR_SET(henvcfg, ENVCFG_STCE);
    expect(29, CSR_READ(henvcfg) & ENVCFG_STCE, ENVCFG_STCE);
}

static void on_external_interrupt(void)
{
    expect(30, read32(PLIC_CLAIM(S_CONTEXT(0))), UART_SOURCE);
    expect(31, uart_read(UART_IIR) & 0xf, IIR_THRE);
    uart_write(UART_IER, 0);
    write32(PLIC_CLAIM(S_CONTEXT(0)), UART_SOURCE);
    expect(32, CSR_READ(sip) & MIP_SEIP, 0);
    pending_source = CLAIMED_SOURCE;
    CSR_SET(hvip, MIP_VSEIP);
}

static bool is_guest_page_fault(uint64_t cause)
{
    return cause == CAUSE_FETCH_GUEST || cause == CAUSE_LOAD_GUEST || cause == CAUSE_STORE_GUEST;
}

static void check_state(const struct exit *exit)
{
    bool fault = is_guest_page_fault(exit->cause);
    uint64_t hstatus = CSR_READ(hstatus);
    expect(33, hstatus & (HSTATUS_SPV | HSTATUS_SPVP), HSTATUS_SPV | HSTATUS_SPVP);
    expect(34, hstatus & HSTATUS_GVA, fault ? HSTATUS_GVA : 0);
    expect(35, CSR_READ(sstatus) & MSTATUS_SPP, MSTATUS_SPP);
    if (!fault)
        expect(36, CSR_READ(htval) | exit->tinst, 0);
}

void on_exit(struct frame *frame)
{
    struct exit exit = {CSR_READ(scause), CSR_READ(stval), CSR_READ(htval) << 2, CSR_READ(htinst)};
    exit.gpa |= exit.tval & 3;
    log_exit(exit.cause);
    check_state(&exit);
    switch (exit.cause) {
    case CAUSE_ECALL_VS: on_call(frame); break;
    case CAUSE_VIRTUAL: on_virtual_instruction(&exit); break;
    case INTERRUPT(5):
        CSR_CLEAR(sie, MIP_STIP);
        CSR_SET(hvip, MIP_VSTIP);
        break;
    case INTERRUPT(9): on_external_interrupt(); break;
    default: on_guest_page_fault(frame, &exit);
    }
}

static void prepare_guest(void)
{
    root = guest_roots[guest_roots_used++];
    load_section(__start_guest_text, __stop_guest_text);
    load_section(__start_guest_data, __stop_guest_data);
    __asm__ volatile("fence.i" ::: "memory");
    CSR_WRITE(hgatp, guest_hgatp(root, LEVELS, VMID));
    expect(37, CSR_READ(hgatp), guest_hgatp(root, LEVELS, VMID));
    hfence_gvma_all();
    CSR_WRITE(hedeleg, SERVED_BY_GUEST);
    CSR_WRITE(hideleg, VS_INTERRUPTS);
    CSR_WRITE(hvip, 0);
    CSR_WRITE(hcounteren, 2); /* TM */
    CSR_WRITE(henvcfg, 0);
    CSR_WRITE(htimedelta, BOOT_TIME - CSR_READ(time));
    CSR_WRITE(vsstatus, MSTATUS_FS); /* its handler saves all registers */
    CSR_WRITE(vsatp, 0);
    CSR_WRITE(vsie, 0);
}

static void run_guest(void)
{
    uint64_t stvec = CSR_READ(stvec), sscratch = CSR_READ(sscratch);
    CSR_WRITE(stvec, exit_entry);
    CSR_WRITE(sscratch, exit_stack + sizeof exit_stack / sizeof *exit_stack);
    CSR_WRITE(sie, MIP_SEIP);
    CSR_SET(hstatus, HSTATUS_SPV | HSTATUS_SPVP | HSTATUS_VTW);
    CSR_CLEAR(sstatus, MSTATUS_SIE);
    CSR_SET(sstatus, MSTATUS_SPP);
    enter_guest((void (*)(void))((uint64_t)vs_start - VA_MINUS_GPA));
    CSR_WRITE(stvec, stvec);
    CSR_WRITE(sscratch, sscratch);
}

static void expect_text(unsigned number, const char *got, const char *want)
{
    for (unsigned i = 0; i == 0 || want[i - 1] != '\0'; i++) {
        if (got[i] != want[i])
            put_text(got);
        expect(number, (uint8_t)got[i], (uint8_t)want[i]);
    }
}

void test(uint64_t hart, const uint32_t *tree)
{
    expect(38, hart, 0);
    expect(39, *tree, TREE_MAGIC);
    expect(40, vs_taken_count, 0);
    prepare_guest();
    run_guest();
    expect_text(41, said, "sbi\nmmio\n");
    expect_text(42, exits,
                "EE"               /* memory */
                "EEEESSSSS"        /* console */
                "SLLLLLLLLLLLLL"   /* loads */
                "SSSLSLSSLSSLSLLL" /* stores */
                "FL"               /* pages on demand */
                "EVtEEtEEtE"       /* timer by SBI calls; the first WFI under VTW */
                "V"                /* timer of its own */
                "SxLSS"            /* external and software interrupt */
                "SSxLS"            /* all three at once */
                "E");
    expect(43, counter, 3);
    expect(44, CSR_READ(hvip), 0);
    expect(45, a_and_d((void *)vs_start), PTE_A);
    expect(46, vs_taken_count, 0); /* the guest's own is in its frame */
}
