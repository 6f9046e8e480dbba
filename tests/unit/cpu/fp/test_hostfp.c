/* SPDX-License-Identifier: MIT */
/* The host's FP against the software, bit for bit, flags included, in each rounding mode that
 * the host serves. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fenv.h>

#include "cpu/fp/hostfp.h"
#include "fp_rows.h"

#define A in[0]
#define B in[1]
#define C in[2]
#define ROW(name, verb, format, call)                                                              \
    static uint64_t FUNCTION(name)(const uint64_t in[3], unsigned rm, uint32_t *fl)                \
    {                                                                                              \
        (void)rm;                                                                                  \
        return (uint64_t)call;                                                                     \
    }
#define CALL(name) host_##name
#define FUNCTION(name) run_host_##name
#include "fp_rows.def"
#undef CALL
#undef FUNCTION
#define CALL(name) name
#define FUNCTION(name) run_soft_##name
#include "fp_rows.def"
#undef ROW

static const struct fp_row hosts[] = {
#define ROW(name, verb, format, call) {#name, verb, &format, run_host_##name},
#include "fp_rows.def"
#undef ROW
};
static const struct fp_row softs[] = {
#define ROW(name, verb, format, call) {#name, verb, &format, run_soft_##name},
#include "fp_rows.def"
#undef ROW
};
#define ROW_COUNT (sizeof hosts / sizeof hosts[0])

/* The conversions that truncate in any mode. */
#define TRUNCATIONS(DO)                                                                            \
    DO(f32_to_i32, TO_I32, fp_f32)                                                                 \
    DO(f32_to_u32, TO_U32, fp_f32)                                                                 \
    DO(f32_to_i64, TO_I64, fp_f32)                                                                 \
    DO(f32_to_u64, TO_U64, fp_f32)                                                                 \
    DO(f64_to_i32, TO_I32, fp_f64)                                                                 \
    DO(f64_to_u32, TO_U32, fp_f64)                                                                 \
    DO(f64_to_i64, TO_I64, fp_f64)                                                                 \
    DO(f64_to_u64, TO_U64, fp_f64)

#define DEFINE_TRUNCATION(name, verb, format)                                                      \
    static uint64_t run_host_##name##_rtz(const uint64_t in[3], unsigned rm, uint32_t *fl)         \
    {                                                                                              \
        (void)rm;                                                                                  \
        return (uint64_t)host_##name##_rtz(A, rm, fl);                                             \
    }                                                                                              \
    static uint64_t run_soft_##name##_rtz(const uint64_t in[3], unsigned rm, uint32_t *fl)         \
    {                                                                                              \
        (void)rm;                                                                                  \
        return (uint64_t)name(A, FP_RTZ, fl);                                                      \
    }
#define HOST_TRUNCATION(name, verb, format) {#name "_rtz", verb, &format, run_host_##name##_rtz},
#define SOFT_TRUNCATION(name, verb, format) {#name "_rtz", verb, &format, run_soft_##name##_rtz},
TRUNCATIONS(DEFINE_TRUNCATION)
static const struct fp_row host_truncations[] = {TRUNCATIONS(HOST_TRUNCATION)};
static const struct fp_row soft_truncations[] = {TRUNCATIONS(SOFT_TRUNCATION)};
#define TRUNCATION_COUNT (sizeof host_truncations / sizeof host_truncations[0])

struct pair {
    const struct fp_row *host;
    const struct fp_row *soft;
};

static void check_mode(const struct pair *pair, const uint64_t in[3], unsigned rm)
{
    uint32_t want_flags = 0, flags = 0;
    uint64_t want = pair->soft->run(in, rm, &want_flags);
    hostfp_enter(rm);
    uint64_t got = pair->host->run(in, rm, &flags);
    flags |= hostfp_take_flags();
    hostfp_leave();
    if (got != want || flags != want_flags)
        fail_msg("%s(%#llx, %#llx, %#llx) rm %u: %#llx flags %#x, software %#llx flags %#x",
                 pair->host->name, (unsigned long long)in[0], (unsigned long long)in[1],
                 (unsigned long long)in[2], rm, (unsigned long long)got, flags,
                 (unsigned long long)want, want_flags);
}

static void check(const struct pair *pair, const uint64_t in[3])
{
    for (unsigned rm = FP_RNE; hostfp_serves(rm); rm++)
        check_mode(pair, in, rm);
}

static void check_corners(const struct pair *pair)
{
    uint64_t special[FP_SPECIAL_MAX], state = 1;
    unsigned count = fp_specials(pair->host, special);
    unsigned arity = fp_verb_arity(pair->host->verb);
    for (unsigned i = 0; i < count; i++)
        for (unsigned j = 0; j < (arity == 1 ? 1 : count); j++)
            for (unsigned k = 0; k < (arity == 3 ? 16 : 1); k++) {
                uint64_t third = special[fp_random(&state) % count];
                check(pair, (uint64_t[]){special[i], special[j], third});
            }
}

static void agrees_with_software(void **state)
{
    const struct pair *pair = *state;
    check_corners(pair);
    uint64_t random = 7;
    for (unsigned long n = fp_scaled(60000); n != 0; n--) {
        uint64_t in[3] = {0};
        fp_random_operands(&random, pair->host, in);
        check(pair, in);
    }
}

#define ONE UINT64_C(0x3ff0000000000000)
#define THREE UINT64_C(0x4008000000000000)
#define THIRD_BELOW UINT64_C(0x3fd5555555555555)

/* Operands known at compile time: nothing may be computed before the mode is set or lose its
 * flags. */
static void constants_are_not_folded(void **state)
{
    (void)state;
    uint32_t fl = 0;
    hostfp_enter(FP_RUP);
    uint64_t above = host_f64_div(ONE, THREE, FP_RUP, &fl);
    uint32_t inexact = fl | hostfp_take_flags();
    fl = 0;
    uint32_t exact = hostfp_take_flags();
    hostfp_enter(FP_RDN);
    uint64_t below = host_f64_div(ONE, THREE, FP_RDN, &fl);
    hostfp_leave();
    assert_true(above == THIRD_BELOW + 1);
    assert_true(below == THIRD_BELOW);
    assert_int_equal(inexact, FP_NX);
    assert_int_equal(exact, 0);
}

/* A result nobody uses still raises its flags. */
static void unused_results_raise_flags(void **state)
{
    (void)state;
    uint32_t fl = 0;
    hostfp_enter(FP_RNE);
    (void)host_f64_div(ONE, 0, FP_RNE, &fl);
    (void)host_f32_add(0x3f800000, 1, FP_RNE, &fl);
    fl |= hostfp_take_flags();
    hostfp_leave();
    assert_int_equal(fl, FP_DZ | FP_NX);
}

/* a * b + c by two operations rounds twice. */
static void product_and_sum_are_not_fused(void **state)
{
    (void)state;
    uint32_t fl = 0;
    const uint64_t a = ONE + 1;
    hostfp_enter(FP_RNE);
    uint64_t product = host_f64_mul(a, a, FP_RNE, &fl);
    uint64_t difference = host_f64_sub(product, ONE + 2, FP_RNE, &fl);
    uint64_t fused = host_f64_mul_add(a, a, (ONE + 2) | UINT64_C(1) << 63, FP_RNE, &fl);
    hostfp_leave();
    assert_true(difference == 0);
    assert_true(fused == UINT64_C(0x3970000000000000)); /* 2^-104 */
}

static void leaving_gives_c_its_environment_back(void **state)
{
    (void)state;
    uint32_t fl = 0;
    feclearexcept(FE_ALL_EXCEPT);
    hostfp_enter(FP_RUP);
    (void)host_f64_div(ONE, 0, FP_RUP, &fl);
    hostfp_leave();
    assert_int_equal(fegetround(), FE_TONEAREST);
    assert_int_equal(fetestexcept(FE_ALL_EXCEPT), 0);
}

static void entering_drops_what_c_raised(void **state)
{
    (void)state;
    feraiseexcept(FE_DIVBYZERO);
    hostfp_enter(FP_RNE);
    uint32_t fl = hostfp_take_flags();
    hostfp_leave();
    feclearexcept(FE_ALL_EXCEPT);
    assert_int_equal(fl, 0);
}

#define FIXED 5

int main(void)
{
    static struct pair pairs[ROW_COUNT + TRUNCATION_COUNT];
    struct CMUnitTest tests[FIXED + ROW_COUNT + TRUNCATION_COUNT] = {
        cmocka_unit_test(constants_are_not_folded),
        cmocka_unit_test(unused_results_raise_flags),
        cmocka_unit_test(product_and_sum_are_not_fused),
        cmocka_unit_test(leaving_gives_c_its_environment_back),
        cmocka_unit_test(entering_drops_what_c_raised),
    };
    for (size_t i = 0; i < ROW_COUNT; i++)
        pairs[i] = (struct pair){&hosts[i], &softs[i]};
    for (size_t i = 0; i < TRUNCATION_COUNT; i++)
        pairs[ROW_COUNT + i] = (struct pair){&host_truncations[i], &soft_truncations[i]};
    for (size_t i = 0; i < ROW_COUNT + TRUNCATION_COUNT; i++)
        tests[FIXED + i] = (struct CMUnitTest){pairs[i].host->name, agrees_with_software, NULL,
                                               NULL, &pairs[i]};
    return cmocka_run_group_tests_name("hostfp agrees with softfp", tests, NULL, NULL);
}
