/* SPDX-License-Identifier: MIT */
/* SBI 3.0 ch. "Base Extension": who answers, and what is there. */
#include "base/compiler.h"
#include "cpu/csr.h"
#include "sbi/impl.h"

#define SPEC_MAJOR 3
#define SPEC_MINOR 0
/* No id has been assigned to this firmware; this one ("mvm") is far from those that have been. */
#define IMPLEMENTATION_ID 0x6d766d
#define IMPLEMENTATION_VERSION 1

static struct sbi_ret get_spec_version(struct sbi *sbi, struct hart *h)
{
    (void)sbi, (void)h;
    return sbi_ok(SPEC_MAJOR << 24 | SPEC_MINOR);
}

static struct sbi_ret get_impl_id(struct sbi *sbi, struct hart *h)
{
    (void)sbi, (void)h;
    return sbi_ok(IMPLEMENTATION_ID);
}

static struct sbi_ret get_impl_version(struct sbi *sbi, struct hart *h)
{
    (void)sbi, (void)h;
    return sbi_ok(IMPLEMENTATION_VERSION);
}

static struct sbi_ret probe_extension(struct sbi *sbi, struct hart *h)
{
    (void)sbi;
    return sbi_ok(sbi_find_extension(h->x[A0]) != NULL);
}

static struct sbi_ret csr_value(const struct hart *h, unsigned number)
{
    uint64_t value = 0;
    csr_peek(h, number, &value);
    return sbi_ok(value);
}

static struct sbi_ret get_mvendorid(struct sbi *sbi, struct hart *h)
{
    (void)sbi;
    return csr_value(h, CSR_mvendorid);
}

static struct sbi_ret get_marchid(struct sbi *sbi, struct hart *h)
{
    (void)sbi;
    return csr_value(h, CSR_marchid);
}

static struct sbi_ret get_mimpid(struct sbi *sbi, struct hart *h)
{
    (void)sbi;
    return csr_value(h, CSR_mimpid);
}

static const struct sbi_function functions[] = {
    {"get_spec_version", get_spec_version, 0},
    {"get_impl_id", get_impl_id, 0},
    {"get_impl_version", get_impl_version, 0},
    {"probe_extension", probe_extension, 1},
    {"get_mvendorid", get_mvendorid, 0},
    {"get_marchid", get_marchid, 0},
    {"get_mimpid", get_mimpid, 0},
};

const struct sbi_extension sbi_base = {
    .id = 0x10,
    .name = "BASE",
    .functions = functions,
    .count = ARRAY_SIZE(functions),
};
