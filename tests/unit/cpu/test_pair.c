/* SPDX-License-Identifier: MIT */
/* Every pair that has one handler, in every relation of its registers, against the switch engine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cpu/pair.h"
#include "support.h"

#define CODE FIXTURE_RAM_BASE
#define HANDLER (CODE + 0x4000)
#define DATA (CODE + 0x10000) /* the middle of three pages */
#define DATA_BYTES 0x3000
#define FIRST_REG 5
#define REGS 8
#define TRIES 12 /* of each relation */

static uint64_t random_state;

static uint64_t roll(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * UINT64_C(0x2545f4914f6cdd1d);
}

static uint32_t reg(void)
{
    return FIRST_REG + (uint32_t)(roll() >> 40) % REGS;
}

/* An instruction of the row with these registers, as far as its pattern lets them be. */
static uint32_t encode(const struct insn_info *info, uint32_t rd, uint32_t rs1, uint32_t rs2)
{
    uint32_t rest = (uint32_t)(roll() >> 32) & 0xfe000000u;
    uint32_t bits = rest | rd << 7 | rs1 << 15 | rs2 << 20;
    if (info->class == CLASS_STORE || info->class == CLASS_BRANCH)
        bits = (bits & ~0xf80u) | (uint32_t)(roll() >> 60) << 8; /* short of odd targets */
    return (bits & ~info->mask) | info->match;
}

/* Half of the registers are addresses of data. */
static void set_registers(struct rig *rig, const uint64_t values[REGS])
{
    for (unsigned i = 0; i < REGS; i++)
        rig_hart(rig)->x[FIRST_REG + i] = values[i];
    rig_hart(rig)->pc = CODE;
}

static void choose_values(uint64_t values[REGS])
{
    for (unsigned i = 0; i < REGS; i++)
        values[i] = i % 2 ? roll() >> (roll() & 63) : DATA + 0x1000 + (roll() & 0xff8);
}

static uint8_t *data_of(const struct rig *rig)
{
    return ram_at(&rig->f->ram, DATA, DATA_BYTES);
}

static void run(struct rig *rig, const uint32_t words[3], const uint64_t values[REGS], unsigned steps)
{
    code_cache_flush(rig_hart(rig)->cache);
    for (unsigned i = 0; i < 3; i++)
        rig_put32(rig, CODE + 4 * i, words[i]);
    set_registers(rig, values);
    rig_steps(rig, steps);
}

/* relation: bit 0: the second's rs1 is the first's rd, bit 1: its rs2 is. */
static void compare(struct rig *tail, struct rig *plain, unsigned first, unsigned second, unsigned relation)
{
    const struct decoder *decoder = rig_hart(tail)->decoder;
    const struct insn_info *one = insn_info(decoder, (enum insn_id)first);
    const struct insn_info *two = insn_info(decoder, (enum insn_id)second);
    uint32_t rd = reg();
    uint64_t values[REGS];
    choose_values(values);
    bool ends = two->class == CLASS_JAL || two->class == CLASS_JALR;
    const uint32_t words[3] = {
        encode(one, rd, reg(), reg()),
        encode(two, roll() & 1 << 20 ? reg() : rd, relation & 1 ? rd : reg(), relation & 2 ? rd : reg()),
        make_jal(0, 0)};
    run(tail, words, values, ends ? 2 : 3);
    run(plain, words, values, ends ? 2 : 3);
    if (rig_digest(tail) != rig_digest(plain) || memcmp(data_of(tail), data_of(plain), DATA_BYTES) != 0)
        fail_msg("%s (%08x) and %s (%08x)", one->mnemonic, words[0], two->mnemonic, words[1]);
}

static struct rig *make_rig(const struct engine *engine)
{
    struct rig *rig = rig_create(engine, "", 1 << 20);
    fixture_set(rig->f, CSR_mtvec, HANDLER);
    rig_put32(rig, HANDLER, make_jal(0, 0));
    memset(data_of(rig), 0x5a, DATA_BYTES);
    return rig;
}

static void pairs_do_what_their_two_instructions_do(void **state)
{
    struct rig *tail = make_rig(&engine_tail), *plain = make_rig(&engine_switch);
    unsigned pairs = 0;
    (void)state;
    random_state = 2026;
    for (unsigned first = 0; first < INSN_COUNT; first++)
        for (unsigned second = 0; second < INSN_COUNT; second++) {
            if (!pair_exists(first, second))
                continue;
            pairs++;
            for (unsigned i = 0; i < 4 * TRIES; i++)
                compare(tail, plain, first, second, i % 4);
        }
    assert_true(pairs > 500);
    rig_destroy(tail);
    rig_destroy(plain);
}

/* What is fused is found in a block: else the test above looks at nothing. */
static void a_block_has_the_pairs_handler(void **state)
{
    struct rig *rig = make_rig(&engine_tail);
    const uint32_t words[] = {MAKE_ADDI(5, 5, 1), MAKE_ADD(6, 5, 7), make_jal(0, 0), 0};
    (void)state;
    rig_program(rig, CODE, words);
    rig_hart(rig)->pc = CODE;
    const struct block *block = code_cache_find(rig_hart(rig)->cache, rig_hart(rig));
    assert_non_null(block);
    assert_ptr_equal(block->ops[0].run, pair_handler(block->ops, INSN_addi, INSN_add));
    rig_destroy(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_do_what_their_two_instructions_do),
        cmocka_unit_test(a_block_has_the_pairs_handler),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
