/* SPDX-License-Identifier: MIT */
/* A digest of all that the machine remembers: two runs that agree in it have done the same and will go on alike. */
#include "machine/machine_state.h"

#include <string.h>
#include <unistd.h>

#include "cpu/csr.h"

uint64_t digest_mix(uint64_t digest, uint64_t word)
{
    digest = (digest ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return digest ^ digest >> 29;
}

uint64_t digest_hart(uint64_t digest, const struct hart *h)
{
    for (unsigned i = 1; i < 32; i++)
        digest = digest_mix(digest, h->x[i]);
    for (unsigned i = 0; i < 32; i++)
        digest = digest_mix(digest, h->f[i]);
    const struct csr_info *row;
    for (unsigned i = 0; (row = csr_info(i)) != NULL; i++) {
        uint64_t value = 0;
        csr_peek(h, row->number, &value);
        digest = digest_mix(digest, value);
    }
    digest = digest_mix(digest, h->pc);
    digest = digest_mix(digest, (uint64_t)h->priv << 8 | (uint64_t)h->virt << 4 | (uint64_t)h->wait);
    digest = digest_mix(digest, h->reservation.valid ? h->reservation.pa + 1 : 0);
    return digest_mix(digest, hart_steps(h));
}

/* A page of zeros counts as one never touched. */
static uint64_t digest_page(uint64_t digest, const uint8_t *page, uint64_t number)
{
    uint64_t words[PAGE_BYTES / 8], any = 0;
    memcpy(words, page, sizeof words);
    for (unsigned i = 0; i < PAGE_BYTES / 8; i++)
        any |= words[i];
    if (any == 0)
        return digest;
    digest = digest_mix(digest, number);
    for (unsigned i = 0; i < PAGE_BYTES / 8; i++)
        digest = digest_mix(digest, words[i]);
    return digest;
}

/* Only what the memfd has pages for. */
static uint64_t digest_ram(uint64_t digest, const struct ram *ram)
{
    off_t at = 0, end;
    while ((at = lseek(ram->fd, at, SEEK_DATA)) >= 0) {
        end = lseek(ram->fd, at, SEEK_HOLE);
        for (; at < end; at += (off_t)PAGE_BYTES)
            digest = digest_page(digest, ram->host + at, (uint64_t)at >> PAGE_SHIFT);
    }
    return digest;
}

static void mix_number(void *owner, const struct state_field *field, uint64_t value)
{
    uint64_t *digest = owner;
    (void)field;
    *digest = digest_mix(*digest, value);
}

static uint64_t digest_parts(uint64_t digest, const struct machine *m)
{
    struct state_part parts[MACHINE_MAX_PARTS];
    unsigned count = machine_parts(m, parts);
    for (unsigned i = 0; i < count; i++)
        state_each(parts[i].table, parts[i].object, mix_number, &digest);
    return digest;
}

uint64_t machine_state_hash(const struct machine *m)
{
    uint64_t digest = digest_mix(digest_mix(0, m->steps), clock_ticks(&m->clock, m->steps));
    for (unsigned i = 0; i < m->hart_count; i++)
        digest = digest_hart(digest, &m->harts[i]);
    return digest_ram(digest_parts(digest, m), &m->ram);
}
