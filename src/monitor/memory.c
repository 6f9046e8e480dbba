/* SPDX-License-Identifier: MIT */
/* Commands about memory: x, xp, xg, disasm, set mem. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/disasm.h"
#include "monitor/impl.h"

/* What one command prints at most, so that an answer stays one that somebody reads. */
#define COUNT_MAX 4096
#define INSN_COUNT_MAX 1024
#define STRING_COUNT_MAX 256
#define STRING_BYTES 200
#define DISASM_COUNT 10

static const char *const space_names[] = {
    [SPACE_VIRTUAL] = "virtual", [SPACE_GUEST_PHYSICAL] = "guest physical", [SPACE_PHYSICAL] = "physical"};

static size_t peek(const struct monitor_request *r, enum address_space space, uint64_t address, void *bytes,
                   size_t count)
{
    return machine_peek(r->monitor->parts.machine, monitor_hart(r), space, address, bytes, count);
}

static bool nothing_there(const struct monitor_request *r, enum address_space space, uint64_t address)
{
    uint64_t pa;
    bool leads = machine_translate(r->monitor->parts.machine, monitor_hart(r), space, address, &pa);
    if (leads && space != SPACE_PHYSICAL)
        return monitor_fail(r, "cannot read 0x%" PRIx64 ": no memory or register at physical 0x%" PRIx64, address, pa);
    if (leads)
        return monitor_fail(r, "cannot read physical 0x%" PRIx64 ": no memory or register there", address);
    return monitor_fail(r, "cannot read %s 0x%" PRIx64 ": the page tables map it to nothing (explain va 0x%" PRIx64 ")",
                        space_names[space], address, address);
}

unsigned monitor_say_insn(const struct monitor_request *r, enum address_space space, uint64_t address)
{
    uint32_t bits = 0;
    struct disasm text;
    char place[MONITOR_PLACE_BYTES];
    size_t got = peek(r, space, address, &bits, sizeof bits);
    if (got < 2 || ((bits & 3) == 3 && got < 4)) {
        nothing_there(r, space, address + (got < 2 ? 0 : 2));
        return 0;
    }
    disasm(machine_decoder(r->monitor->parts.machine), bits, address, &text);
    bool here = space == SPACE_VIRTUAL && address == monitor_hart(r)->pc;
    monitor_say(r, "%s 0x%" PRIx64 "%s: %s", here ? "=>" : "  ", address, monitor_place(r->monitor, address, place),
                text.text);
    if (text.has_target)
        monitor_say(r, "%s", monitor_place(r->monitor, text.target, place));
    monitor_say(r, "\n");
    return text.length;
}

static bool say_insns(const struct monitor_request *r, enum address_space space, uint64_t *address, uint64_t count)
{
    for (; count > 0; count--) {
        unsigned length = monitor_say_insn(r, space, *address);
        if (length == 0)
            return false;
        *address += length;
    }
    return true;
}

/* Up to the NUL; false: nothing can be read. */
static bool say_string(const struct monitor_request *r, enum address_space space, uint64_t *address)
{
    char bytes[STRING_BYTES], text[4 * STRING_BYTES + 1];
    size_t got = peek(r, space, *address, bytes, sizeof bytes), length = strnlen(bytes, got), used = 0;
    if (got == 0)
        return nothing_there(r, space, *address);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)bytes[i];
        used +=
            (size_t)snprintf(text + used, sizeof text - used, isprint(c) && c != '"' && c != '\\' ? "%c" : "\\%03o", c);
    }
    monitor_say(r, "0x%" PRIx64 ": \"%.*s\"%s\n", *address, (int)used, text, length == got ? "..." : "");
    *address += length + (length < got);
    return true;
}

/* As many to a line as GDB puts there. */
static unsigned per_line(const struct monitor_format *format)
{
    if (format->letter == 't')
        return 8 / format->size;
    if (format->letter == 'a')
        return 2;
    return format->size == 8 ? 2 : format->size == 4 ? 4 : 8;
}

static bool say_values(const struct monitor_request *r, enum address_space space, const struct monitor_format *format,
                       uint64_t *address)
{
    char place[MONITOR_PLACE_BYTES], text[MONITOR_VALUE_BYTES];
    for (uint64_t i = 0; i < format->count; i++) {
        uint64_t value = 0;
        bool begins = i % per_line(format) == 0;
        if (peek(r, space, *address, &value, format->size) < format->size) {
            if (!begins)
                monitor_say(r, "\n");
            return nothing_there(r, space, *address);
        }
        if (begins)
            monitor_say(r, "0x%" PRIx64 "%s:", *address, monitor_place(r->monitor, *address, place));
        monitor_say(r, " %s", monitor_format_value(r->monitor, format, value, text));
        if ((i + 1) % per_line(format) == 0 || i + 1 == format->count)
            monitor_say(r, "\n");
        *address += format->size;
    }
    return true;
}

static bool say_memory(const struct monitor_request *r, enum address_space space, const struct monitor_format *format,
                       uint64_t *address)
{
    if (format->letter == 'i')
        return say_insns(r, space, address, format->count);
    if (format->letter != 's')
        return say_values(r, space, format, address);
    for (uint64_t i = 0; i < format->count; i++)
        if (!say_string(r, space, address))
            return false;
    return true;
}

static uint64_t most(const struct monitor_format *format)
{
    return format->letter == 's' ? STRING_COUNT_MAX : format->letter == 'i' ? INSN_COUNT_MAX : COUNT_MAX;
}

static bool count_argument(const struct monitor_request *r, const char *word, uint64_t *count)
{
    if (!monitor_value(r, word, count))
        return false;
    return (*count > 0 && *count <= COUNT_MAX) || monitor_fail(r, "a count is 1 to %d", COUNT_MAX);
}

static bool examine(struct monitor_request *r, enum address_space space)
{
    struct monitor *m = r->monitor;
    struct monitor_format format = m->format;
    uint64_t address = m->next_address;
    if (r->format != NULL && !monitor_format_parse(r, r->format, &format))
        return false;
    if (r->format == NULL && !r->repeated)
        format.count = 1;
    if (r->format == NULL && r->count > 1)
        format = (struct monitor_format){1, 'x', 4}; /* x ADDRESS COUNT: words, whatever was shown before */
    if (r->count > 0 && !r->repeated && !monitor_value(r, r->words[0], &address))
        return false;
    if (r->count > 1 && !count_argument(r, r->words[1], &format.count))
        return false;
    if (format.count > most(&format))
        return monitor_fail(r, "a count is at most %" PRIu64 " here", most(&format));
    m->format = format;
    bool ok = say_memory(r, space, &format, &address);
    m->next_address = address;
    return ok;
}

bool monitor_do_x(struct monitor_request *r)
{
    return examine(r, SPACE_VIRTUAL);
}

bool monitor_do_xp(struct monitor_request *r)
{
    return examine(r, SPACE_PHYSICAL);
}

bool monitor_do_xg(struct monitor_request *r)
{
    return examine(r, SPACE_GUEST_PHYSICAL);
}

/* `disasm 10`: no address that anybody has code at. */
static bool is_count(const char *word)
{
    return word[strspn(word, "0123456789")] == '\0' && strtoull(word, NULL, 10) <= INSN_COUNT_MAX;
}

bool monitor_do_disasm(struct monitor_request *r)
{
    uint64_t count = DISASM_COUNT, address = r->repeated ? r->monitor->next_address : monitor_hart(r)->pc;
    bool count_alone = r->count == 1 && is_count(r->words[0]);
    if (r->count > 0 && !count_alone && !r->repeated && !monitor_value(r, r->words[0], &address))
        return false;
    if ((r->count > 1 || count_alone) && !count_argument(r, r->words[r->count - 1], &count))
        return false;
    if (count > INSN_COUNT_MAX)
        return monitor_fail(r, "a count is at most %d here", INSN_COUNT_MAX);
    bool ok = say_insns(r, SPACE_VIRTUAL, &address, count);
    r->monitor->next_address = address;
    return ok;
}

/* The letters behind `set mem ADDRESS VALUE`. */
static bool write_options(const struct monitor_request *r, enum address_space *space, size_t *size)
{
    static const char letters[] = "bhwg";
    *space = SPACE_VIRTUAL;
    *size = 8;
    for (unsigned i = 2; i < r->count; i++) {
        const char *word = r->words[i], *found = strchr(letters, word[0]);
        if (strcmp(word, "p") == 0)
            *space = SPACE_PHYSICAL;
        else if (found != NULL && word[0] != '\0' && word[1] == '\0')
            *size = (size_t)1 << (found - letters);
        else
            return monitor_fail(r, "set mem: '%.40s' is none of b h w g p", word);
    }
    return true;
}

bool monitor_do_set_mem(struct monitor_request *r)
{
    enum address_space space;
    size_t size;
    uint64_t address, value;
    if (!write_options(r, &space, &size) || !monitor_value(r, r->words[0], &address) ||
        !monitor_value(r, r->words[1], &value))
        return false;
    if (!machine_may_change(r->monitor->parts.machine))
        return monitor_fail(r, MONITOR_PAST_TEXT);
    if (machine_poke(r->monitor->parts.machine, monitor_hart(r), space, address, &value, size) == size)
        return true;
    return monitor_fail(r, "cannot write %zu bytes at %s 0x%" PRIx64, size, space_names[space], address);
}
