/* SPDX-License-Identifier: MIT */
/* A digest of all that the machine remembers: two runs that agree in it have done the same and will go on alike. */
#include <stdlib.h>
#include <string.h>

#include "machine/hart_saved.h"
#include "machine/machine_state.h"
#include "machine/saved.h"

uint64_t digest_mix(uint64_t digest, uint64_t word)
{
    digest = (digest ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return digest ^ digest >> 29;
}

static void mix_number(void *owner, const struct state_field *field, uint64_t value)
{
    uint64_t *digest = owner;
    (void)field;
    *digest = digest_mix(*digest, value);
}

uint64_t digest_hart(uint64_t digest, const struct hart *h)
{
    state_each(&hart_saved, h, mix_number, &digest);
    return digest;
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

/* A template's broken page, which ends the run, counts as zeros. */
static uint64_t digest_ram(uint64_t digest, const struct ram *ram)
{
    for (uint64_t at = 0, end = 0; ram_next_data(ram, &at, &end); at = end)
        for (; at < end; at += PAGE_BYTES) {
            const uint8_t *page = ram_at(ram, ram->base + at, PAGE_BYTES);
            digest = page != NULL ? digest_page(digest, page, at >> PAGE_SHIFT) : digest;
        }
    return digest;
}

static uint64_t digest_blob(uint64_t digest, const struct state_part *part)
{
    size_t count = part->blob->bytes(part->object);
    uint8_t *bytes = malloc(count + 1);
    if (bytes == NULL)
        return digest;
    part->blob->save(part->object, bytes);
    for (size_t i = 0; i < count; i++)
        digest = digest_mix(digest, bytes[i]);
    free(bytes);
    return digest;
}

static uint64_t digest_parts(uint64_t digest, const struct machine *m)
{
    struct state_part parts[MACHINE_MAX_PARTS];
    unsigned count = machine_parts(m, parts);
    for (unsigned i = 0; i < count; i++) {
        state_each(parts[i].table, parts[i].object, mix_number, &digest);
        if (parts[i].blob != NULL && !parts[i].blob->outside)
            digest = digest_blob(digest, &parts[i]);
    }
    return digest;
}

uint64_t machine_state_hash(const struct machine *m)
{
    return digest_ram(digest_parts(0, m), &m->ram);
}
