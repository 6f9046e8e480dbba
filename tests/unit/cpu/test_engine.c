/* SPDX-License-Identifier: MIT */
/* Both engines, single-stepped and in runs of every length: state and step counts must not tell them apart. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "support.h"

#define CODE FIXTURE_RAM_BASE
#define SLOTS 1200               /* instruction words of a program: it reaches into a second page */
#define SUBROUTINE (CODE + 0x2ff8) /* it crosses a page too */
#define HANDLER (CODE + 0x4000)
#define SCRATCH_CODE (CODE + 0x2000) /* in a page of code, never executed */
#define DATA (CODE + 0x10000)    /* the middle of three pages */
#define ROOT (CODE + 0x100000)

/* Registers with a meaning; programs compute in x5 to x15. */
enum { DATA_REG = 20, ODD_REG = 21, COUNT_REG = 22, HOLE_REG = 23, DEVICE_REG = 24, SCRATCH_REG = 25 };

static uint64_t random_state;

static uint32_t pick(uint32_t limit)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)((random_state * UINT64_C(0x2545f4914f6cdd1d) >> 32) * limit >> 32);
}

static uint32_t reg(void)
{
    return 5 + pick(11);
}

static uint32_t alu(void)
{
    static const uint32_t forms[][2] = {{0, 0}, {0, 32}, {4, 0}, {3, 0}, {0, 1}, {4, 1}, {7, 1}, {5, 32}, {1, 0x30}};
    const uint32_t *form = forms[pick(ARRAY_SIZE(forms))];
    return pick(3) == 0 ? MAKE_ADDI(reg(), reg(), pick(4096)) : MAKE_R(0x33, form[0], form[1], reg(), reg(), reg());
}

/* Two 16-bit instructions: c.addi and c.add or c.sub, on registers of their own. */
static uint32_t pair(void)
{
    uint32_t first = 0x0001u | reg() << 7 | (1 + pick(31)) << 2, second = 0x8c01u | pick(8) << 7 | pick(8) << 2;
    return first | (pick(2) == 0 ? second : 0x9002u | reg() << 7 | reg() << 2) << 16;
}

static uint32_t memory(void)
{
    uint32_t offset = pick(3) == 0 ? pick(8) - 8 : pick(4096);
    switch (pick(6)) {
    case 0: case 1:
        return MAKE_LOAD(pick(7), reg(), DATA_REG, offset);
    case 2: case 3:
        return MAKE_STORE(pick(4), DATA_REG, reg(), offset);
    case 4:
        return MAKE_AMO(pick(2) * 4, 2 + pick(2), reg(), pick(8) == 0 ? ODD_REG : DATA_REG, reg());
    default:
        return pick(2) == 0 ? MAKE_LR_D(reg(), DATA_REG) : MAKE_SC_D(reg(), DATA_REG, reg());
    }
}

static uint32_t device(void)
{
    switch (pick(6)) {
    case 0: return MAKE_LD(reg(), DEVICE_REG, RIG_STEPS);
    case 1: return MAKE_LOAD(pick(7), reg(), DEVICE_REG, pick(16));
    case 2: return MAKE_SW(DEVICE_REG, COUNT_REG, RIG_INTERRUPT);
    case 3: return pick(4) == 0 ? MAKE_SD(DEVICE_REG, reg(), RIG_HALT) : MAKE_SD(DEVICE_REG, reg(), 8);
    default: return MAKE_STORE(pick(4), DEVICE_REG, reg(), pick(16));
    }
}

static uint32_t csr(bool machine)
{
    static const uint16_t read[] = {0xc00, 0xc01, 0xc02, 0xb00, 0xb02, 0x342, 0x142, 0x7c0, 0x003};
    switch (pick(8)) {
    case 0: return MAKE_CSR(1, reg(), machine ? 0x340 : 0x140, reg());       /* xscratch */
    case 1: return MAKE_CSR(1, reg(), 0xb02, reg());                         /* minstret */
    case 2: return MAKE_CSR(5, reg(), 0x002, pick(8));                       /* frm */
    case 3: return MAKE_CSR(6 + pick(2), reg(), machine ? 0x300 : 0x100, 2 + pick(2) * 6); /* xIE */
    case 4: return pick(4) == 0 ? MAKE_CSR(1, 0, machine ? 0x300 : 0x100, 26) /* x26: FS off */
                                : MAKE_CSR(2, 0, machine ? 0x300 : 0x100, 27); /* x27: FS dirty, interrupts on */
    case 5: return MAKE_CSR(2, reg(), 0x320, 0);
    default: return MAKE_CSR(2, reg(), read[pick(ARRAY_SIZE(read))], 0);
    }
}

static uint32_t floating(void)
{
    switch (pick(6)) {
    case 0: return MAKE_R(0x53, 7, 0x01, pick(8), pick(8), pick(8));  /* fadd.d dyn */
    case 1: return MAKE_R(0x53, pick(8), 0x0c, pick(8), pick(8), pick(8)); /* fdiv.s, any mode */
    case 2: return MAKE_I(0x07, 3, pick(8), DATA_REG, pick(4096));    /* fld */
    case 3: return MAKE_S(0x27, 2, DATA_REG, pick(8), pick(4096));    /* fsw */
    case 4: return MAKE_R(0x53, 1, 0x61, reg(), pick(8), 2);          /* fcvt.l.d rtz */
    default: return MAKE_R(0x53, 0, 0x79, pick(8), reg(), 0);         /* fmv.d.x */
    }
}

static uint32_t special(void)
{
    static const uint32_t words[] = {INSN_WORD_ECALL, INSN_WORD_EBREAK, 0xffffffffu, INSN_WORD_FENCE_I, INSN_WORD_WFI,
                                     INSN_WORD_SFENCE_ALL, 0x0100000fu, MAKE_LD(5, HOLE_REG, 0), MAKE_SD(HOLE_REG, 5, 0),
                                     MAKE_SD(SCRATCH_REG, 6, 0), MAKE_SW(SCRATCH_REG, 7, 64), 0x0ff0000fu};
    return words[pick(ARRAY_SIZE(words))];
}

static uint32_t jump(unsigned slot)
{
    int32_t by = 4 * (int32_t)(1 + pick(6));
    uint64_t pc = CODE + 4 * slot;
    if (pick(4) == 0)
        return make_jal(1, (int32_t)(SUBROUTINE - pc));
    if (pick(6) == 0 && slot > 40) /* backwards, while x22 counts down: the next word is the count's */
        return make_branch(5, 0, COUNT_REG, 4);
    return make_branch((uint32_t[]){0, 1, 4, 5, 6, 7}[pick(6)], reg(), reg(), by);
}

static uint32_t any(unsigned slot, bool machine)
{
    switch (pick(16)) {
    case 0: case 1: case 2: return jump(slot);
    case 3: case 4: case 5: return memory();
    case 6: return pick(2) == 0 ? device() : alu();
    case 7: return csr(machine);
    case 8: return floating();
    case 9: return pick(2) == 0 ? special() : alu();
    case 10: case 11: return pair();
    default: return alu();
    }
}

/* Exceptions go on behind the instruction; interrupts switch the line off. */
static void put_handler(struct rig *rig, bool machine)
{
    uint32_t base = machine ? 0x300 : 0x100;
    const uint32_t words[] = {
        MAKE_CSR(2, 28, base + 0x42, 0),
        make_branch(4, 28, 0, 20),
        MAKE_CSR(2, 28, base + 0x41, 0),
        MAKE_ADDI(28, 28, 4),
        MAKE_CSR(1, 0, base + 0x41, 28),
        machine ? INSN_WORD_MRET : INSN_WORD_SRET,
        MAKE_SD(DEVICE_REG, 0, RIG_INTERRUPT),
        MAKE_ADDI(30, 30, 1),
        machine ? INSN_WORD_MRET : INSN_WORD_SRET,
        0,
    };
    rig_program(rig, HANDLER, words);
    fixture_set(rig->f, machine ? CSR_mtvec : CSR_stvec, HANDLER);
}

static void put_program(struct rig *rig, bool machine)
{
    for (unsigned slot = 0; slot < SLOTS; slot++)
        rig_put32(rig, CODE + 4 * slot, any(slot, machine));
    rig_put32(rig, CODE + 4 * SLOTS, MAKE_ADDI(COUNT_REG, COUNT_REG, 1));
    rig_put32(rig, CODE + 4 * (SLOTS + 1), make_jal(0, -4 * (SLOTS + 1)));
    for (unsigned i = 0; i < 5; i++)
        rig_put32(rig, SUBROUTINE + 2 + 4 * i, alu());
    rig_put32(rig, SUBROUTINE, 0x0505u | rig_get64(rig, SUBROUTINE + 2) << 16); /* c.addi x10, 1: what follows straddles */
    rig_put32(rig, SUBROUTINE + 2, MAKE_ADDI(6, 6, 1));
    rig_put32(rig, SUBROUTINE + 6, MAKE_ADD(7, 7, 6));
    rig_put32(rig, SUBROUTINE + 10, MAKE_JALR(0, 1, 0));
}

static void set_registers(struct rig *rig)
{
    struct hart *h = rig_hart(rig);
    for (unsigned i = 5; i < 16; i++)
        h->x[i] = (uint64_t)pick(~0u) << 32 | pick(~0u);
    h->x[1] = SUBROUTINE;
    h->x[DATA_REG] = DATA;
    h->x[ODD_REG] = DATA + 2;
    h->x[COUNT_REG] = 1;
    h->x[HOLE_REG] = 0x1000;
    h->x[DEVICE_REG] = RIG_DEVICE;
    h->x[SCRATCH_REG] = SCRATCH_CODE;
    h->x[26] = 0;
    h->x[27] = 0x600a;
    h->pc = CODE;
}

/* The tables for S mode: everything where it is, data and device included, the hole not. */
static void put_tables(struct rig *rig)
{
    uint64_t free_page = ROOT + 4096;
    for (uint64_t page = CODE; page < CODE + 0x20000; page += 4096)
        rig_map(rig, ROOT, &free_page, page, page, PTE_RWX);
    rig_map(rig, ROOT, &free_page, RIG_DEVICE, RIG_DEVICE, PTE_RW);
    rig_enter_s(rig, ROOT, 1);
}

static struct rig *make_case(const struct engine *engine, uint64_t seed, bool machine, size_t cache_bytes)
{
    struct rig *rig = rig_create(engine, "", cache_bytes);
    random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    rig->interrupt = machine ? MIP_MSIP : MIP_SEIP;
    put_handler(rig, machine);
    put_program(rig, machine);
    set_registers(rig);
    fixture_set(rig->f, CSR_mie, ~UINT64_C(0));
    fixture_set(rig->f, CSR_mstatus, 0x600a);
    if (!machine)
        put_tables(rig);
    return rig;
}

/* The digests behind each of the first `steps` steps, one at a time, and the memory's at the end. */
static uint64_t *trace(const struct engine *engine, uint64_t seed, bool machine, unsigned steps)
{
    uint64_t *digests = calloc(steps + 1, sizeof *digests);
    struct rig *rig = make_case(engine, seed, machine, 1 << 20);
    for (unsigned i = 0; i < steps; i++) {
        digests[i] = rig_digest(rig);
        rig_steps(rig, 1);
    }
    digests[steps] = rig_digest(rig) ^ rig_ram_digest(rig);
    assert_true(rig->f->hart.traps > steps / 500);
    rig_destroy(rig);
    return digests;
}

static void compare_in_slices(const struct engine *engine, uint64_t seed, bool machine, unsigned steps, unsigned slice,
                              size_t cache_bytes, const uint64_t *digests)
{
    struct rig *rig = make_case(engine, seed, machine, cache_bytes);
    uint64_t slices = seed * 77 + 1;
    unsigned done = 0;
    while (done < steps) {
        slices = slices * UINT64_C(6364136223846793005) + 1442695040888963407u;
        unsigned next = 1 + (unsigned)(slices >> 33) % slice;
        next = next < steps - done ? next : steps - done;
        rig_steps(rig, next);
        done += next;
        uint64_t digest = rig_digest(rig) ^ (done == steps ? rig_ram_digest(rig) : 0);
        if (digest != digests[done])
            fail_msg("seed %u, %s mode, slices of up to %u: differs in the %u steps before step %u, pc %lx",
                     (unsigned)seed, machine ? "M" : "S", slice, next, done, (unsigned long)rig_hart(rig)->pc);
    }
    rig_destroy(rig);
}

static void compare_all_ways(const struct engine *engine, bool machine)
{
    const char *scale = getenv("MICROVM_TEST_SCALE");
    unsigned seeds = 10 * (scale != NULL ? (unsigned)strtoul(scale, NULL, 10) : 1), steps = 20000;
    for (unsigned seed = 1; seed <= seeds; seed++) {
        uint64_t *digests = trace(&engine_switch, seed, machine, steps);
        compare_in_slices(engine, seed, machine, steps, 3, 1 << 20, digests);
        compare_in_slices(engine, seed, machine, steps, 70, 1 << 20, digests);
        compare_in_slices(engine, seed, machine, steps, 4096, 1 << 20, digests);
        compare_in_slices(engine, seed, machine, steps, 1000, 24 << 10, digests); /* a cache that is full time and again */
        compare_in_slices(engine, seed, machine, steps, 20000, 1 << 20, digests);
        free(digests);
    }
}

static const struct engine *engine_of(void **state)
{
    return *state;
}

static void slices_of_any_length_give_the_states_of_single_steps_in_m_mode(void **state)
{
    compare_all_ways(engine_of(state), true);
}

static void slices_of_any_length_give_the_states_of_single_steps_in_s_mode(void **state)
{
    compare_all_ways(engine_of(state), false);
}

/* Every budget from the start: it ends on, before and behind each instruction. */
static void every_budget_ends_exactly_where_it_should(void **state)
{
    for (unsigned mode = 0; mode < 2; mode++) {
        uint64_t *digests = trace(&engine_switch, 3, mode, 700);
        for (unsigned budget = 1; budget <= 700; budget += 1 + (budget > 300) * 7) {
            struct rig *rig = make_case(engine_of(state), 3, mode, 1 << 20);
            rig_steps(rig, budget);
            assert_int_equal(hart_steps(rig_hart(rig)), budget);
            uint64_t digest = rig_digest(rig) ^ (budget == 700 ? rig_ram_digest(rig) : 0);
            if (digest != digests[budget])
                fail_msg("mode %u: a run of %u steps", mode, budget);
            rig_destroy(rig);
        }
        free(digests);
    }
}

/* norm:minstret_op and architecture.md: a trap is a step that retires nothing. */
static void traps_count_as_steps_but_not_as_instructions(void **state)
{
    struct rig *rig = rig_create(engine_of(state), "", 1 << 20);
    put_handler(rig, true);
    const uint32_t words[] = {MAKE_ADDI(5, 0, 1), INSN_WORD_ECALL, 0xffffffffu, MAKE_CSR(2, 6, 0xb02, 0),
                              MAKE_CSR(2, 7, 0xb00, 0), make_jal(0, 0), 0};
    rig_program(rig, CODE, words);
    /* addi, ecall and its handler (6), illegal and its handler (6), two reads: 17 steps, of which 2 retire nothing. */
    rig_steps(rig, 17);
    assert_int_equal(rig_hart(rig)->traps, 2);
    assert_int_equal(rig_hart(rig)->x[6], 13); /* addi and two handlers */
    assert_int_equal(rig_hart(rig)->pc, CODE + 20);
    rig_destroy(rig);
}

static void a_budget_beyond_32_bits_is_served(void **state)
{
    struct rig *rig = rig_create(engine_of(state), "", 1 << 20);
    struct hart *h = rig_hart(rig);
    const uint32_t words[] = {MAKE_ADDI(5, 5, 1), make_branch(1, 5, 6, -4), make_jal(0, 8), 0xffffffffu,
                              MAKE_SD(DEVICE_REG, 5, RIG_HALT), make_jal(0, -4), 0};
    rig_program(rig, CODE, words);
    h->x[6] = 1000;
    h->x[DEVICE_REG] = RIG_DEVICE;
    assert_int_equal(engine_run(rig->engine, h, UINT64_C(1) << 40), 2002);
    assert_int_equal(h->x[5], 1000);
    assert_int_equal(h->traps, 0);
    rig_destroy(rig);
}

static void interrupts_raised_between_slices_are_taken_at_once(void **state)
{
    struct rig *rig = rig_create(engine_of(state), "", 1 << 20);
    struct hart *h = rig_hart(rig);
    const uint32_t words[] = {MAKE_ADDI(5, 5, 1), MAKE_ADDI(6, 6, 1), make_jal(0, -8), 0};
    put_handler(rig, true);
    rig_program(rig, CODE, words);
    h->x[DEVICE_REG] = RIG_DEVICE;
    fixture_set(rig->f, CSR_mie, MIP_MSIP);
    fixture_set(rig->f, CSR_mstatus, MSTATUS_MIE);
    for (unsigned slice = 1; slice < 200; slice++) {
        rig_steps(rig, slice);
        uint64_t pc = h->pc, count = h->x[30];
        hart_set_line(h, MIP_MSIP, true);
        rig_steps(rig, 1);
        assert_int_equal(h->pc, HANDLER);
        assert_int_equal(h->csr.mepc, pc);
        rig_steps(rig, 5);
        assert_int_equal(h->pc, pc);
        assert_int_equal(h->x[30], count + 1);
    }
    rig_destroy(rig);
}

#define ON_BOTH(test)                                                                                                   \
    {#test " (tail)", test, NULL, NULL, (void *)(uintptr_t)&engine_tail},                                               \
    {                                                                                                                   \
#test " (switch)", test, NULL, NULL, (void *)(uintptr_t)&engine_switch                                          \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(every_budget_ends_exactly_where_it_should),
        ON_BOTH(slices_of_any_length_give_the_states_of_single_steps_in_m_mode),
        ON_BOTH(slices_of_any_length_give_the_states_of_single_steps_in_s_mode),
        ON_BOTH(traps_count_as_steps_but_not_as_instructions),
        ON_BOTH(a_budget_beyond_32_bits_is_served),
        ON_BOTH(interrupts_raised_between_slices_are_taken_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
