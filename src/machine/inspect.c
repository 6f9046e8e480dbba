/* SPDX-License-Identifier: MIT */
#include "machine/inspect.h"

#include <string.h>

#include "base/bits.h"
#include "machine/machine_state.h"
#include "mmu/context.h"

unsigned machine_hart_count(const struct machine *m)
{
    return m->hart_count;
}

struct hart *machine_hart(struct machine *m, unsigned n)
{
    return &m->harts[n];
}

unsigned machine_running(const struct machine *m)
{
    return m->running;
}

const struct machine_config *machine_config(const struct machine *m)
{
    return &m->config;
}

const struct boot_plan *machine_plan(const struct machine *m)
{
    return &m->plan;
}

const struct decoder *machine_decoder(const struct machine *m)
{
    return m->decoder;
}

struct guest_mem machine_memory(const struct machine *m)
{
    return m->mem;
}

struct bus *machine_bus(const struct machine *m)
{
    return m->bus;
}

struct plic *machine_plic(const struct machine *m)
{
    return m->plic;
}

struct clint *machine_clint(const struct machine *m)
{
    return m->clint;
}

struct uart16550 *machine_uart(const struct machine *m)
{
    return m->uart;
}

struct peripherals *machine_peripherals(const struct machine *m)
{
    return m->peripherals;
}

struct sbi *machine_sbi(const struct machine *m)
{
    return m->sbi;
}

struct strict_system *machine_strict(const struct machine *m)
{
    return m->strict;
}

const struct clock *machine_clock(const struct machine *m)
{
    return &m->clock;
}

uint64_t machine_now_ticks(const struct machine *m)
{
    return clock_ticks(&m->clock, machine_now_steps(m));
}

uint64_t machine_console_bytes(const struct machine *m)
{
    return m->console_bytes;
}

void machine_set_verbose(struct machine *m, unsigned level)
{
    m->config.verbose = level;
}

uint64_t machine_now_ns(const struct machine *m)
{
    return clock_ns(&m->clock, machine_now_steps(m));
}

void machine_print_profile(const struct machine *m, FILE *out)
{
    if (m->profile != NULL)
        profile_print(m->profile, m->decoder, out);
}

const void *machine_dtb(const struct machine *m, size_t *size)
{
    *size = m->plan.dtb.size;
    return m->plan.dtb_bytes;
}

const char *machine_note(const struct machine *m)
{
    return m->plan.note[0] != '\0' ? m->plan.note : NULL;
}

const char *machine_choice(const struct machine *m)
{
    return m->plan.choice;
}

void machine_say(const struct machine *m, const char *line)
{
    if (m->quiet)
        return;
    if (m->host.message != NULL)
        m->host.message(m->host.owner, line);
    if (m->tap != NULL)
        m->tap->said(m->tap->owner, line);
}

static void say(void *owner, const char *line)
{
    machine_say(owner, line);
}

struct virtio_message machine_message(struct machine *m)
{
    return (struct virtio_message){m, say};
}

/* With the eyes of one who may read everything. */
static struct mmu_context onlooker(const struct hart *h, enum address_space space)
{
    struct mmu_context ctx = space == SPACE_VIRTUAL ? mmu_data_context(h) : mmu_guest_context(h, PRIV_S);
    if (space == SPACE_GUEST_PHYSICAL)
        ctx.satp = 0;
    if (ctx.priv != PRIV_M)
        ctx.priv = PRIV_S;
    ctx.sum = ctx.mxr = ctx.mxr_both = true;
    return ctx;
}

bool machine_translate(struct machine *m, const struct hart *hart, enum address_space space, uint64_t address,
                       uint64_t *pa)
{
    *pa = address;
    if (space == SPACE_PHYSICAL)
        return true;
    struct mmu_context ctx = onlooker(hart, space);
    struct walk_trace trace;
    walk_explain(&m->harts[hart->id], &ctx, address, ACCESS_LOAD, &trace);
    if (trace.count == 0)
        return false;
    const struct walk_step *last = &trace.step[trace.count - 1];
    if (last->stage == WALK_PMP) { /* whether PMP grants it or not */
        *pa = last->address;
        return true;
    }
    if (last->verdict != WALK_NOT_ACCESSED || last->stage != WALK_S)
        return false;
    uint64_t within = BIT(PAGE_SHIFT + 9 * last->level) - 1;
    *pa = (field_get(last->pte, BITS(53, 10)) << PAGE_SHIFT & ~within) | (address & within);
    return true;
}

/* The bytes from address on that lie in its page, at most count. */
static size_t piece_of(uint64_t address, size_t count)
{
    size_t room = (size_t)(PAGE_BYTES - (address & (PAGE_BYTES - 1)));
    return count < room ? count : room;
}

/* The largest aligned access at pa that count covers. */
static unsigned access_size(uint64_t pa, size_t count)
{
    unsigned size = 8;
    while (size > 1 && (size > count || !is_aligned(pa, size)))
        size /= 2;
    return size;
}

/* From a device, by accesses as large as can be; registers that are wider than what is asked for are asked again by less. */
static size_t peek_device(const struct machine *m, uint64_t pa, uint8_t *bytes, size_t count)
{
    size_t done = 0;
    while (done < count) {
        uint64_t value = 0;
        unsigned size = access_size(pa + done, count - done);
        while (size > 0 && !bus_peek(m->bus, pa + done, size, &value))
            size /= 2;
        if (size == 0)
            break;
        memcpy(bytes + done, &value, size);
        done += size;
    }
    return done;
}

size_t machine_peek(struct machine *m, const struct hart *hart, enum address_space space, uint64_t address, void *bytes,
                    size_t count)
{
    size_t done = 0;
    while (done < count) {
        uint64_t pa;
        size_t piece = piece_of(address + done, count - done), got = piece;
        if (!machine_translate(m, hart, space, address + done, &pa))
            break;
        if (!guest_mem_read(&m->mem, pa, (uint8_t *)bytes + done, piece))
            got = peek_device(m, pa, (uint8_t *)bytes + done, piece);
        done += got;
        if (got < piece)
            break;
    }
    return done;
}

static bool poke_device(struct machine *m, uint64_t pa, const void *bytes, size_t count)
{
    uint64_t value = 0;
    if (count > 8 || (count & (count - 1)) != 0 || !is_aligned(pa, count))
        return false;
    memcpy(&value, bytes, count);
    return bus_write(m->bus, pa, (unsigned)count, value);
}

size_t machine_poke_now(struct machine *m, const struct hart *hart, enum address_space space, uint64_t address,
                        const void *bytes, size_t count)
{
    size_t done = 0;
    while (done < count) {
        uint64_t pa;
        size_t piece = piece_of(address + done, count - done);
        const uint8_t *from = (const uint8_t *)bytes + done;
        if (!machine_translate(m, hart, space, address + done, &pa))
            break;
        if (!guest_mem_write(&m->mem, pa, from, piece) && !poke_device(m, pa, from, piece))
            break;
        done += piece;
    }
    machine_check_timers(m);
    code_cache_fence(m->cache); /* whoever writes code wants it executed */
    return done;
}

size_t machine_poke(struct machine *m, const struct hart *hart, enum address_space space, uint64_t address,
                    const void *bytes, size_t count)
{
    if (journal_replays(m->journal))
        return 0;
    uint64_t words[] = {space, address};
    journal_put_behind_words(m->journal, JOURNAL_MEMORY, (unsigned)hart->id, words, ARRAY_SIZE(words), bytes, count);
    m->round_due = true;
    return machine_poke_now(m, hart, space, address, bytes, count);
}
