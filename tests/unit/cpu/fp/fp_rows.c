/* SPDX-License-Identifier: MIT */
/* Formats and operands of the FP tests. */
#include "fp_rows.h"

#include <stdlib.h>

const struct fp_parameters fp_f32 = {32, 24, 127, 128, -125, -148, UINT64_C(0x7fc00000)};
const struct fp_parameters fp_f64 = {
    64, 53, 1023, 1024, -1021, -1073, UINT64_C(0x7ff8000000000000),
};

unsigned fp_verb_arity(enum fp_verb verb)
{
    if (verb == MUL_ADD)
        return 3;
    return verb == SQRT || verb >= TO_I32 ? 1 : 2;
}

static uint64_t make(const struct fp_parameters *f, unsigned sign, int field, uint64_t fraction)
{
    uint64_t fraction_mask = (UINT64_C(1) << (f->precision - 1)) - 1;
    int field_max = 2 * f->bias + 1;
    field = field < 0 ? 0 : field > field_max ? field_max : field;
    return (uint64_t)(sign & 1) << (f->width - 1) | (uint64_t)field << (f->precision - 1) |
           (fraction & fraction_mask);
}

static unsigned fp_corners(const struct fp_parameters *f, uint64_t *out)
{
    const int bias = f->bias;
    const int fields[] = {
        0,        1,         2,         bias - (int)f->precision, bias - 2,      bias - 1,
        bias,     bias + 1,  bias + 22, bias + 30,                bias + 31,     bias + 32,
        bias + 52, bias + 62, bias + 63, bias + 64,               2 * bias - 1,  2 * bias,
        2 * bias + 1,
    };
    const uint64_t quiet = UINT64_C(1) << (f->precision - 2);
    const uint64_t fractions[] = {0, 1, quiet, UINT64_MAX};
    unsigned count = 0;
    for (unsigned i = 0; i < sizeof fields / sizeof fields[0]; i++)
        for (unsigned j = 0; j < 8; j++)
            out[count++] = make(f, j & 1, fields[i], fractions[j / 2]);
    return count;
}

static uint64_t as_type(enum fp_verb verb, uint64_t value)
{
    if (verb == FROM_I32)
        return (uint64_t)(int32_t)value;
    return verb == FROM_U32 ? (uint32_t)value : value;
}

static unsigned int_corners(enum fp_verb verb, uint64_t *out)
{
    static const unsigned places[] = {0, 1, 23, 24, 25, 31, 32, 52, 53, 54, 62, 63};
    unsigned count = 0;
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++)
        for (int delta = -2; delta <= 2; delta++) {
            uint64_t value = (UINT64_C(1) << places[i]) + (uint64_t)delta;
            out[count++] = as_type(verb, value);
            out[count++] = as_type(verb, -value);
        }
    return count;
}

unsigned fp_specials(const struct fp_row *row, uint64_t out[FP_SPECIAL_MAX])
{
    if (row->verb >= FROM_I32 && row->verb <= FROM_U64)
        return int_corners(row->verb, out);
    return fp_corners(row->format, out);
}

/* splitmix64 */
uint64_t fp_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static int between(uint64_t *state, int low, int high)
{
    return low + (int)(fp_random(state) % (uint64_t)(high - low + 1));
}

/* Runs of zeros and ones, few bits, or anything. */
static uint64_t random_fraction(uint64_t *state)
{
    uint64_t bits = fp_random(state);
    unsigned place = between(state, 0, 53), other = between(state, 0, 53);
    switch (between(state, 0, 5)) {
    case 0:
        return UINT64_C(1) << place | UINT64_C(1) << other;
    case 1:
        return ~(UINT64_C(1) << place | UINT64_C(1) << other);
    case 2:
        return UINT64_MAX << place;
    case 3:
        return bits << place;
    default:
        return bits;
    }
}

static int random_field(uint64_t *state, const struct fp_parameters *f)
{
    switch (between(state, 0, 5)) {
    case 0:
        return between(state, 0, 3);
    case 1:
        return between(state, 2 * f->bias - 2, 2 * f->bias + 1);
    case 2:
        return between(state, f->bias - 3, f->bias + 3);
    case 3:
        return between(state, f->bias - 3, f->bias + 66);
    default:
        return between(state, 0, 2 * f->bias);
    }
}

static int field_of(const struct fp_parameters *f, uint64_t bits)
{
    return (int)(bits >> (f->precision - 1)) & (2 * f->bias + 1);
}

/* A second operand that has something to do with the first. */
static uint64_t related(uint64_t *state, const struct fp_row *row, uint64_t a)
{
    const struct fp_parameters *f = row->format;
    int p = (int)f->precision, field = field_of(f, a);
    int target = between(state, -p - 2, 3);
    if (between(state, 0, 3) == 0)
        target = 2 * f->bias + between(state, -2, 2);
    unsigned sign = (unsigned)fp_random(state);
    if (row->verb == MUL || row->verb == MUL_ADD)
        return make(f, sign, target - field + f->bias, random_fraction(state));
    if (row->verb == DIV)
        return make(f, sign, field - target + f->bias, random_fraction(state));
    if (between(state, 0, 1))
        return make(f, sign, field + between(state, -p - 2, p + 2), random_fraction(state));
    return make(f, sign, field + between(state, -1, 1), a + (uint64_t)between(state, -2, 2));
}

static uint64_t random_number(uint64_t *state, const struct fp_parameters *f)
{
    return make(f, (unsigned)fp_random(state), random_field(state, f), random_fraction(state));
}

/* An addend near a * b: within the precision's reach, or its exact opposite at the top. */
static uint64_t addend(uint64_t *state, const struct fp_row *row, const uint64_t in[3])
{
    const struct fp_parameters *f = row->format;
    int p = (int)f->precision;
    int field = field_of(f, in[0]) + field_of(f, in[1]) - f->bias;
    uint64_t fraction = between(state, 0, 2) ? random_fraction(state) : in[between(state, 0, 1)];
    return make(f, (unsigned)fp_random(state), field + between(state, -2 * p - 2, p + 2), fraction);
}

/* A number with a short root, or one of its neighbours. */
static uint64_t near_square(uint64_t *state, const struct fp_parameters *f)
{
    uint64_t root = fp_random(state) >> (64 - f->precision / 2) | 1;
    uint64_t square = root * root;
    int field = between(state, f->bias / 2, f->bias);
    while (square >> (f->precision - 1) == 0)
        square <<= 1, field--;
    return make(f, 0, field, square) + (uint64_t)between(state, -1, 1);
}

void fp_random_operands(uint64_t *state, const struct fp_row *row, uint64_t in[3])
{
    if (row->verb >= FROM_I32 && row->verb <= FROM_U64) {
        uint64_t value = fp_random(state) >> between(state, 0, 63);
        in[0] = as_type(row->verb, between(state, 0, 1) ? value : random_fraction(state) - value);
        return;
    }
    in[0] = random_number(state, row->format);
    if (row->verb == SQRT && between(state, 0, 1))
        in[0] = near_square(state, row->format);
    in[1] = between(state, 0, 2) ? related(state, row, in[0]) : random_number(state, row->format);
    in[2] = between(state, 0, 2) ? addend(state, row, in) : random_number(state, row->format);
}

unsigned long fp_scaled(unsigned long count)
{
    const char *scale = getenv("MICROVM_TEST_SCALE");
    unsigned long factor = scale == NULL ? 1 : strtoul(scale, NULL, 10);
    return count * (factor == 0 ? 1 : factor);
}
