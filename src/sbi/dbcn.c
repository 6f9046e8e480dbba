/* SPDX-License-Identifier: MIT */
/* SBI 3.0 ch. "Debug Console Extension": bytes straight from and to guest RAM. */
#include "base/compiler.h"
#include "sbi/impl.h"

/* A call moves no more than so much and says so: a guest that asks for a gigabyte does not keep
 * the machine from its timers and signals. */
#define MAX_BYTES UINT64_C(65536)

/* The range of a0 bytes at the address in a1 (low) and a2 (high). */
static bool range_valid(const struct sbi *sbi, const struct hart *h)
{
    return h->x[A0] == 0 || (h->x[A2] == 0 && guest_mem_contains(&sbi->host.mem, h->x[A1], h->x[A0]));
}

static uint64_t bytes_to_move(const struct hart *h)
{
    return h->x[A0] < MAX_BYTES ? h->x[A0] : MAX_BYTES;
}

static struct sbi_ret console_write(struct sbi *sbi, struct hart *h)
{
    if (!range_valid(sbi, h))
        return sbi_fail(SBI_ERR_INVALID_PARAM);
    uint64_t count = bytes_to_move(h);
    if (count == 0)
        return sbi_ok(0);
    const uint8_t *bytes = guest_mem_source(&sbi->host.mem, h->x[A1], count);
    if (bytes == NULL)
        return sbi_fail(SBI_ERR_FAILED);
    sbi->host.console.write(sbi->host.console.owner, bytes, count);
    return sbi_ok(count);
}

static struct sbi_ret console_read(struct sbi *sbi, struct hart *h)
{
    if (!range_valid(sbi, h))
        return sbi_fail(SBI_ERR_INVALID_PARAM);
    uint64_t count = bytes_to_move(h), address = h->x[A1];
    if (count == 0)
        return sbi_ok(0);
    uint8_t *bytes = guest_mem_target(&sbi->host.mem, address, count);
    if (bytes == NULL)
        return sbi_fail(SBI_ERR_FAILED);
    uint64_t got = sbi->host.console_read(sbi->host.owner, bytes, count);
    guest_mem_wrote(&sbi->host.mem, address, got);
    return sbi_ok(got);
}

void sbi_put_char(struct sbi *sbi, uint8_t byte)
{
    sbi->host.console.write(sbi->host.console.owner, &byte, 1);
}

static struct sbi_ret console_write_byte(struct sbi *sbi, struct hart *h)
{
    sbi_put_char(sbi, (uint8_t)h->x[A0]);
    return sbi_ok(0);
}

static const struct sbi_function functions[] = {
    {"console_write", console_write, 3},
    {"console_read", console_read, 3},
    {"console_write_byte", console_write_byte, 1},
};

const struct sbi_extension sbi_dbcn = {
    .id = 0x4442434e,
    .name = "DBCN",
    .functions = functions,
    .count = ARRAY_SIZE(functions),
};
