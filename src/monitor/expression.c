/* SPDX-License-Identifier: MIT */
/* Values as users write them, and places as they read them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "cpu/register.h"
#include "monitor/impl.h"

#define TERM_BYTES 256

/* All of the term must be digits: strtoull alone would take "-1" and "12abc". */
static bool parse_number(const char *term, uint64_t *value)
{
    char *end;
    if (term[0] < '0' || term[0] > '9')
        return false;
    bool binary = strncmp(term, "0b", 2) == 0 && term[2] != '\0';
    bool prefixed = term[0] == '0' && (term[1] == 'x' || term[1] == 'X');
    errno = 0;
    *value = strtoull(binary ? term + 2 : term, &end, binary ? 2 : prefixed ? 16 : 10);
    return errno == 0 && *end == '\0';
}

static bool term_value(const struct monitor_request *r, const char *term, uint64_t *value)
{
    struct register_ref ref;
    if (parse_number(term, value))
        return true;
    if (register_find(term, &ref)) {
        *value = register_get(monitor_hart(r), ref);
        return true;
    }
    if (term[0] != '\0' && symbols_value(r->monitor->parts.symbols, term, value))
        return true;
    if (term[0] >= '0' && term[0] <= '9')
        return monitor_fail(r, "'%.60s' is no number (hexadecimal ones begin with 0x)", term);
    return monitor_fail(r, "there is no register or symbol '%.60s'", term);
}

bool monitor_value(const struct monitor_request *r, const char *text, uint64_t *value)
{
    char term[TERM_BYTES];
    bool minus = false;
    *value = 0;
    for (;;) {
        uint64_t one;
        size_t length = strcspn(text, "+-");
        if (length == 0 && *text == '-') { /* a sign */
            minus = !minus;
            text++;
            continue;
        }
        if (length == 0 || length >= sizeof term)
            return monitor_fail(r, "'%.60s' is no value", text);
        snprintf(term, sizeof term, "%.*s", (int)length, text);
        if (!term_value(r, term, &one))
            return false;
        *value += minus ? -one : one;
        if (text[length] == '\0')
            return true;
        minus = text[length] == '-';
        text += length + 1;
    }
}

const char *monitor_place(const struct monitor *m, uint64_t address, char out[MONITOR_PLACE_BYTES])
{
    struct symbol_place place;
    out[0] = '\0';
    if (!symbols_at(m->parts.symbols, address, &place))
        return out;
    if (place.offset == 0)
        snprintf(out, MONITOR_PLACE_BYTES, " <%.80s>", place.name);
    else
        snprintf(out, MONITOR_PLACE_BYTES, " <%.80s+0x%" PRIx64 ">", place.name, place.offset);
    return out;
}

const char *monitor_mode(unsigned priv, bool virt)
{
    static const char *const names[2][4] = {{"U", "S", "?", "M"}, {"VU", "VS", "?", "?"}};
    return names[virt][priv & 3];
}

static bool set_letter(struct monitor_format *format, char letter)
{
    static const struct {
        char letter;
        uint8_t bytes;
    } sizes[] = {{'b', 1}, {'h', 2}, {'w', 4}, {'g', 8}};
    for (unsigned i = 0; i < ARRAY_SIZE(sizes); i++)
        if (sizes[i].letter == letter) {
            format->size = sizes[i].bytes;
            return true;
        }
    if (strchr("xduotacfsi", letter) == NULL)
        return false;
    format->letter = letter;
    return true;
}

bool monitor_format_parse(const struct monitor_request *r, const char *text, struct monitor_format *format)
{
    size_t digits = strspn(text, "0123456789");
    const char *letters = text + digits;
    bool sized = strpbrk(letters, "bhwg") != NULL;
    format->count = digits > 0 && digits < 10 ? strtoull(text, NULL, 10) : 1;
    if (digits >= 10)
        return monitor_fail(r, "/%.40s: that is too many", text);
    for (; *letters != '\0'; letters++)
        if (!set_letter(format, *letters))
            return monitor_fail(r, "/%.40s: a format is a count, one of x d u o t a c f s i, and one of b h w g", text);
    if (!sized && format->letter == 'a')
        format->size = 8;
    if (!sized && format->letter == 'c')
        format->size = 1;
    if (format->letter == 'f' && format->size < 4)
        format->size = 8;
    return true;
}

static void put_binary(uint64_t value, unsigned bits, char *out)
{
    while (bits > 1 && (value >> (bits - 1) & 1) == 0)
        bits--;
    for (; bits > 0; bits--)
        *out++ = (char)('0' + (value >> (bits - 1) & 1));
    *out = '\0';
}

static void put_float(uint64_t value, unsigned size, char *out)
{
    float single;
    double number;
    uint32_t low = (uint32_t)value;
    memcpy(&single, &low, sizeof single);
    memcpy(&number, &value, sizeof number);
    snprintf(out, MONITOR_VALUE_BYTES, size == 4 ? "%.9g" : "%.17g", size == 4 ? (double)single : number);
}

static void put_char(uint64_t value, char *out)
{
    int byte = (int)(value & 0xff);
    snprintf(out, MONITOR_VALUE_BYTES, byte >= 0x20 && byte < 0x7f ? "%d '%c'" : "%d", byte, byte);
}

const char *monitor_format_value(const struct monitor *m, const struct monitor_format *format, uint64_t value,
                                 char out[MONITOR_VALUE_BYTES])
{
    char place[MONITOR_PLACE_BYTES];
    unsigned bits = 8 * format->size;
    switch (format->letter) {
    case 'd': snprintf(out, MONITOR_VALUE_BYTES, "%" PRId64, sign_extend(value, bits)); break;
    case 'u': snprintf(out, MONITOR_VALUE_BYTES, "%" PRIu64, value); break;
    case 'o': snprintf(out, MONITOR_VALUE_BYTES, "0%" PRIo64, value); break;
    case 't': put_binary(value, bits, out); break;
    case 'c': put_char(value, out); break;
    case 'f': put_float(value, format->size, out); break;
    case 'a': snprintf(out, MONITOR_VALUE_BYTES, "0x%" PRIx64 "%s", value, monitor_place(m, value, place)); break;
    default: snprintf(out, MONITOR_VALUE_BYTES, "0x%0*" PRIx64, (int)(2 * format->size), value);
    }
    return out;
}
