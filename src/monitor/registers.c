/* SPDX-License-Identifier: MIT */
/* Commands about registers: info regs, fregs and csrs, print, set, pc, hart. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/csr.h"
#include "cpu/register.h"
#include "monitor/impl.h"

#define REGISTERS 32
#define VALUE_BYTES 256

bool monitor_do_info_regs(struct monitor_request *r)
{
    const struct hart *h = monitor_hart(r);
    char place[MONITOR_PLACE_BYTES];
    for (unsigned i = 0; i < REGISTERS; i++)
        monitor_say(r, "%-4s 0x%016" PRIx64 "%s", register_x_name(i), h->x[i], i % 4 == 3 ? "\n" : "  ");
    monitor_say(r, "pc   0x%016" PRIx64 "%s\n", h->pc, monitor_place(r->monitor, h->pc, place));
    monitor_say(r, "hart %u, %s mode\n", (unsigned)h->id, monitor_mode(h->priv, h->virt));
    return true;
}

/* Singles are boxed: ones above them. */
bool monitor_do_info_fregs(struct monitor_request *r)
{
    const struct hart *h = monitor_hart(r);
    for (unsigned i = 0; i < REGISTERS; i++) {
        struct monitor_format format = {1, 'f', h->f[i] >> 32 == UINT32_MAX ? 4 : 8};
        char text[MONITOR_VALUE_BYTES];
        monitor_say(r, "%-4s 0x%016" PRIx64 "  %s%s\n", register_f_name(i), h->f[i],
                    monitor_format_value(r->monitor, &format, h->f[i], text), format.size == 4 ? " (single)" : "");
    }
    uint64_t fcsr = 0;
    csr_peek(h, CSR_fcsr, &fcsr);
    monitor_say(r, "fcsr 0x%02" PRIx64 "\n", fcsr);
    return true;
}

static void say_fields(const struct monitor_request *r, unsigned number, uint64_t value)
{
    const struct csr_field_info *field;
    for (unsigned i = 0; (field = csr_field_info(i)) != NULL; i++) {
        if (field->number != number)
            continue;
        uint64_t field_value = field_get(value, field->mask);
        if (field_value == 0 && strcmp(field->meaning, "reserved") == 0)
            continue;
        unsigned low = count_trailing_zeros64(field->mask), high = 63 - count_leading_zeros64(field->mask);
        char bits[16];
        snprintf(bits, sizeof bits, high == low ? "%u" : "%u:%u", high, low);
        monitor_say(r, "  %-5s %-10s 0x%-4" PRIx64 " %s\n", bits, field->name, field_value,
                    hart_has(monitor_hart(r), field->ext) ? field->meaning : "(its extension is off)");
    }
}

static void say_csr(const struct monitor_request *r, const struct csr_info *csr)
{
    uint64_t value = 0;
    char place[MONITOR_PLACE_BYTES];
    csr_peek(monitor_hart(r), csr->number, &value);
    monitor_say(r, "%-14s 0x%016" PRIx64 "  %s%s\n", csr->name, value, csr->meaning,
                value != 0 ? monitor_place(r->monitor, value, place) : "");
}

/* Event counters that count nothing would bury the others. */
static bool is_dull(const struct csr_info *csr)
{
    return strstr(csr->name, "hpm") != NULL;
}

bool monitor_do_info_csrs(struct monitor_request *r)
{
    const struct csr_info *csr;
    for (unsigned i = 0; (csr = csr_info(i)) != NULL; i++) {
        if (r->count > 0 && strcmp(csr->name, r->words[0]) == 0) {
            uint64_t value = 0;
            csr_peek(monitor_hart(r), csr->number, &value);
            say_csr(r, csr);
            say_fields(r, csr->number, value);
            return true;
        }
        if (r->count == 0 && !is_dull(csr))
            say_csr(r, csr);
    }
    return r->count == 0 || monitor_fail(r, "there is no CSR '%.60s'", r->words[0]);
}

/* The words behind the first `from`, as one. */
static const char *joined(const struct monitor_request *r, unsigned from, char out[VALUE_BYTES])
{
    size_t used = 0;
    out[0] = '\0';
    for (unsigned i = from; i < r->count && used < VALUE_BYTES; i++)
        used += (size_t)snprintf(out + used, VALUE_BYTES - used, "%s", r->words[i]);
    return out;
}

bool monitor_do_print(struct monitor_request *r)
{
    struct monitor_format format = {1, 'x', 8};
    char text[VALUE_BYTES], number[MONITOR_VALUE_BYTES], place[MONITOR_PLACE_BYTES];
    uint64_t value;
    if (r->format != NULL && !monitor_format_parse(r, r->format, &format))
        return false;
    if (strchr("si", format.letter) != NULL)
        return monitor_fail(r, "print: /%c is for memory; see x", format.letter);
    if (!monitor_value(r, joined(r, 0, text), &value))
        return false;
    format.size = format.letter == 'c' ? 1 : format.size;
    value &= BITS(8 * format.size - 1, 0);
    if (r->format != NULL)
        monitor_say(r, "%s\n", monitor_format_value(r->monitor, &format, value, number));
    else
        monitor_say(r, "0x%" PRIx64 " = %" PRId64 "%s\n", value, (int64_t)value,
                    monitor_place(r->monitor, value, place));
    return true;
}

bool monitor_do_set_register(struct monitor_request *r)
{
    struct register_ref ref;
    char text[VALUE_BYTES];
    uint64_t value;
    unsigned from = r->count > 2 && strcmp(r->words[1], "=") == 0 ? 2 : 1;
    if (!register_find(r->words[0], &ref))
        return monitor_fail(r, "there is no register '%.60s'", r->words[0]);
    if (!monitor_value(r, joined(r, from, text), &value))
        return false;
    if (!machine_may_change(r->monitor->parts.machine))
        return monitor_fail(r, MONITOR_PAST_TEXT);
    if (!register_set(monitor_hart(r), ref, value))
        return monitor_fail(r, "%.60s cannot be written", r->words[0]);
    machine_hart_changed(r->monitor->parts.machine, r->monitor->hart);
    uint64_t now = register_get(monitor_hart(r), ref);
    if (now != value)
        monitor_say(r, "%s is 0x%" PRIx64 ": its other bits cannot hold what was written\n", r->words[0], now);
    return true;
}

void monitor_where(const struct monitor_request *r)
{
    const struct hart *h = monitor_hart(r);
    const char *file;
    unsigned line;
    if (symbols_line(r->monitor->parts.symbols, h->pc, &file, &line))
        monitor_say(r, "hart %u, %s mode, %s:%u\n", (unsigned)h->id, monitor_mode(h->priv, h->virt), file, line);
    else
        monitor_say(r, "hart %u, %s mode\n", (unsigned)h->id, monitor_mode(h->priv, h->virt));
    monitor_say_insn(r, SPACE_VIRTUAL, h->pc);
}

bool monitor_do_pc(struct monitor_request *r)
{
    monitor_where(r);
    return true;
}

bool monitor_do_hart(struct monitor_request *r)
{
    struct monitor *m = r->monitor;
    unsigned count = machine_hart_count(m->parts.machine);
    uint64_t n = m->hart;
    if (r->count > 0 && !monitor_value(r, r->words[0], &n))
        return false;
    if (n >= count)
        return monitor_fail(r, "there are harts 0 to %u", count - 1);
    m->hart = (unsigned)n;
    monitor_where(r);
    return true;
}
