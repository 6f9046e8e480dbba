/* SPDX-License-Identifier: MIT */
/* The software FP against MPFR, bit for bit, flags included, in all five rounding modes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "cpu/fp/softfp.h"
#include "fp_oracle.h"
#include "fp_rows.h"

#define A in[0]
#define B in[1]
#define C in[2]
#define CALL(name) name
#define ROW(name, verb, format, call)                                                              \
    static uint64_t run_##name(const uint64_t in[3], unsigned rm, uint32_t *fl)                    \
    {                                                                                              \
        (void)rm;                                                                                  \
        return (uint64_t)call;                                                                     \
    }
#include "fp_rows.def"
#undef ROW

static const struct fp_row rows[] = {
#define ROW(name, verb, format, call) {#name, verb, &format, run_##name},
#include "fp_rows.def"
#undef ROW
};
#define ROW_COUNT (sizeof rows / sizeof rows[0])

static void check_mode(struct fp_oracle *o, const struct fp_row *row, const uint64_t in[3],
                       unsigned rm)
{
    uint32_t want_flags = 0, flags = 0;
    uint64_t want = fp_oracle_run(o, row, in, rm, &want_flags);
    uint64_t got = row->run(in, rm, &flags);
    if (got != want || flags != want_flags)
        fail_msg("%s(%#llx, %#llx, %#llx) rm %u: %#llx flags %#x, MPFR says %#llx flags %#x",
                 row->name, (unsigned long long)in[0], (unsigned long long)in[1],
                 (unsigned long long)in[2], rm, (unsigned long long)got, flags,
                 (unsigned long long)want, want_flags);
}

static void check(struct fp_oracle *o, const struct fp_row *row, const uint64_t in[3])
{
    for (unsigned rm = FP_RNE; rm <= FP_RMM; rm++)
        check_mode(o, row, in, rm);
}

/* All pairs of corners; a third operand is drawn a few times for each. */
static void check_corners(struct fp_oracle *o, const struct fp_row *row)
{
    uint64_t special[FP_SPECIAL_MAX], state = 1;
    unsigned count = fp_specials(row, special);
    unsigned arity = fp_verb_arity(row->verb);
    for (unsigned i = 0; i < count; i++)
        for (unsigned j = 0; j < (arity == 1 ? 1 : count); j++)
            for (unsigned k = 0; k < (arity == 3 ? 4 : 1); k++) {
                uint64_t third = special[fp_random(&state) % count];
                check(o, row, (uint64_t[]){special[i], special[j], third});
            }
}

static void agrees_with_mpfr(void **state)
{
    const struct fp_row *row = *state;
    struct fp_oracle oracle;
    fp_oracle_init(&oracle);
    check_corners(&oracle, row);
    uint64_t random = (uint64_t)(row - rows);
    for (unsigned long n = fp_scaled(20000); n != 0; n--) {
        uint64_t in[3] = {0};
        fp_random_operands(&random, row, in);
        check(&oracle, row, in);
    }
    fp_oracle_clear(&oracle);
}

static void classify_names_each_class(void **state)
{
    (void)state;
    struct fp_oracle oracle;
    fp_oracle_init(&oracle);
    struct fp_row single = {"f32", ADD, &fp_f32, NULL}, real = {"f64", ADD, &fp_f64, NULL};
    uint64_t special[FP_SPECIAL_MAX];
    uint32_t seen = 0;
    for (unsigned i = fp_specials(&single, special); i-- != 0;) {
        seen |= f32_classify((uint32_t)special[i]);
        assert_int_equal(f32_classify((uint32_t)special[i]),
                         fp_oracle_classify(&oracle, &fp_f32, special[i]));
    }
    assert_int_equal(seen, 0x3ff);
    for (unsigned i = fp_specials(&real, special); i-- != 0;)
        assert_int_equal(f64_classify(special[i]),
                         fp_oracle_classify(&oracle, &fp_f64, special[i]));
    fp_oracle_clear(&oracle);
}

/* By hand, so that the oracle is not alone to judge: norm:fma_nv_flag,
 * norm:fmin-s_fmax-s_zero_compare and others. */
static void examples_by_hand_hold(void **state)
{
    (void)state;
    uint32_t fl = 0;
    assert_int_equal(f32_mul_add(0x7f800000, 0, 0x7fc00001, FP_RNE, &fl), F32_CANONICAL_NAN);
    assert_int_equal(fl, FP_NV);
    fl = 0;
    assert_int_equal(f32_min(0x80000000, 0, &fl), 0x80000000);
    assert_int_equal(f32_max(0x80000000, 0, &fl), 0);
    assert_int_equal(fl, 0);
    assert_int_equal(f32_min(0x7fc00001, 0x7f800001, &fl), F32_CANONICAL_NAN);
    assert_int_equal(fl, FP_NV);
    fl = 0;
    assert_int_equal(f32_to_u32(0xbf000000, FP_RTZ, &fl), 0); /* -0.5 */
    assert_int_equal(fl, FP_NX);
    fl = 0;
    assert_int_equal(f32_to_u32(0xbf800000, FP_RTZ, &fl), 0); /* -1 */
    assert_int_equal(fl, FP_NV);
    fl = 0;
    assert_int_equal(f64_to_i32(0x4004000000000000, FP_RNE, &fl), 2); /* 2.5 */
    assert_int_equal(f64_to_i32(0x4004000000000000, FP_RMM, &fl), 3);
    assert_int_equal(fl, FP_NX);
}

/* norm:ieee_std_tininess: both numbers round up to the least normal one, but only the second
 * would if exponents had no bound. */
static void tininess_is_detected_after_rounding(void **state)
{
    (void)state;
    uint32_t fl = 0;
    /* (1 - 2^-24) * 2^-126 rounds to 24 bits exactly: tiny. */
    assert_int_equal(f64_to_f32(0x380fffffe0000000, FP_RNE, &fl), 0x00800000);
    assert_int_equal(fl, FP_NX | FP_UF);
    /* (1 - 2^-25) * 2^-126 rounds to 24 bits as 2^-126: not tiny. */
    fl = 0;
    assert_int_equal(f64_to_f32(0x380ffffff0000000, FP_RNE, &fl), 0x00800000);
    assert_int_equal(fl, FP_NX);
}

static void flags_accumulate(void **state)
{
    (void)state;
    uint32_t fl = FP_DZ;
    f64_add(0x3ff0000000000000, 1, FP_RNE, &fl);
    assert_int_equal(fl, FP_DZ | FP_NX);
}

static void only_boxed_singles_are_taken(void **state)
{
    (void)state;
    assert_true(box32(0x3f800000) == UINT64_C(0xffffffff3f800000));
    assert_int_equal(unbox32(UINT64_C(0xffffffff3f800000)), 0x3f800000);
    assert_int_equal(unbox32(UINT64_C(0xfffffffe3f800000)), F32_CANONICAL_NAN);
    assert_int_equal(unbox32(UINT64_C(0x000000003f800000)), F32_CANONICAL_NAN);
}

#define FIXED 5

int main(void)
{
    struct CMUnitTest tests[ROW_COUNT + FIXED] = {
        cmocka_unit_test(classify_names_each_class),
        cmocka_unit_test(examples_by_hand_hold),
        cmocka_unit_test(tininess_is_detected_after_rounding),
        cmocka_unit_test(flags_accumulate),
        cmocka_unit_test(only_boxed_singles_are_taken),
    };
    for (size_t i = 0; i < ROW_COUNT; i++)
        tests[i + FIXED] = (struct CMUnitTest){rows[i].name, agrees_with_mpfr, NULL, NULL,
                                               (void *)&rows[i]};
    return cmocka_run_group_tests_name("softfp agrees with MPFR", tests, NULL, NULL);
}
