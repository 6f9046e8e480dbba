/* SPDX-License-Identifier: MIT */
#include "cpu/register.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "cpu/csr.h"

#define REGISTERS 32

static const char *const x_names[REGISTERS] = {
    "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
    "a6",   "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
};

static const char *const f_names[REGISTERS] = {
    "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7", "fs0", "fs1", "fa0",  "fa1",  "fa2", "fa3", "fa4",  "fa5",
    "fa6", "fa7", "fs2", "fs3", "fs4", "fs5", "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11",
};

const char *register_x_name(unsigned n)
{
    return x_names[n];
}

const char *register_f_name(unsigned n)
{
    return f_names[n];
}

const char *register_name(unsigned n)
{
    if (n < REGISTERS)
        return x_names[n];
    if (n < 2 * REGISTERS)
        return f_names[n - REGISTERS];
    if (n == 2 * REGISTERS)
        return "pc";
    const struct csr_info *csr = csr_info(n - 2 * REGISTERS - 1);
    return csr != NULL ? csr->name : NULL;
}

static bool find_among(const char *const *names, const char *name, unsigned *number)
{
    for (unsigned i = 0; i < REGISTERS; i++)
        if (strcmp(names[i], name) == 0) {
            *number = i;
            return true;
        }
    return false;
}

/* x12, f3 */
static bool find_numbered(char letter, const char *name, unsigned *number)
{
    size_t digits = strspn(name + 1, "0123456789");
    if (name[0] != letter || digits == 0 || digits > 2 || name[1 + digits] != '\0')
        return false;
    *number = (unsigned)atoi(name + 1);
    return *number < REGISTERS && (digits == 1 || name[1] != '0');
}

static bool find_csr(const char *name, unsigned *number)
{
    const struct csr_info *csr;
    for (unsigned i = 0; (csr = csr_info(i)) != NULL; i++)
        if (strcmp(csr->name, name) == 0) {
            *number = csr->number;
            return true;
        }
    return false;
}

bool register_find(const char *name, struct register_ref *ref)
{
    name += name[0] == '$';
    *ref = (struct register_ref){REGISTER_PC, 0};
    if (strcmp(name, "pc") == 0)
        return true;
    ref->kind = REGISTER_X;
    if (find_among(x_names, name, &ref->number) || find_numbered('x', name, &ref->number))
        return true;
    if (strcmp(name, "fp") == 0) {
        ref->number = 8;
        return true;
    }
    ref->kind = REGISTER_F;
    if (find_among(f_names, name, &ref->number) || find_numbered('f', name, &ref->number))
        return true;
    ref->kind = REGISTER_CSR;
    return find_csr(name, &ref->number);
}

uint64_t register_get(const struct hart *h, struct register_ref ref)
{
    uint64_t value = 0;
    switch (ref.kind) {
    case REGISTER_X: return h->x[ref.number];
    case REGISTER_F: return h->f[ref.number];
    case REGISTER_PC: return h->pc;
    case REGISTER_CSR: csr_peek(h, ref.number, &value); break;
    }
    return value;
}

/* The guest must not lose what it does not know to be changed. */
static bool set_f(struct hart *h, unsigned number, uint64_t value)
{
    h->f[number] = value;
    if (csr_fp_on(h))
        csr_fp_dirty(h);
    return true;
}

static bool set_csr(struct hart *h, unsigned number, uint64_t value)
{
    bool effect = false;
    if (!csr_poke(h, number, value, &effect))
        return false;
    h->look |= effect;
    return true;
}

bool register_set(struct hart *h, struct register_ref ref, uint64_t value)
{
    switch (ref.kind) {
    case REGISTER_X:
        if (ref.number != 0)
            h->x[ref.number] = value;
        return ref.number != 0;
    case REGISTER_F: return set_f(h, ref.number, value);
    case REGISTER_PC:
        h->pc = value & ~UINT64_C(1);
        h->link = NULL;
        return true;
    default: return set_csr(h, ref.number, value);
    }
}
