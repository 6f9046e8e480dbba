/* SPDX-License-Identifier: MIT */
#include "console.h"

#include <stdarg.h>

#include "board.h"
#include "text.h"

enum { THR = 0, LSR = 5 };         /* registers: transmit holding, line status */
enum { LSR_THR_EMPTY = 0x20 };

void put_char(char c)
{
    text_put(c);
    while (!(REGISTER(uint8_t, UART + LSR) & LSR_THR_EMPTY))
        ;                          /* until there is room */
    REGISTER(uint8_t, UART + THR) = c;
}

static void put_string(const char *s)
{
    while (*s)
        put_char(*s++);
}

static void put_number(uint64_t value, unsigned base)
{
    if (value >= base)
        put_number(value / base, base);
    put_char("0123456789abcdef"[value % base]);
}

static void put_signed(int64_t value)
{
    if (value < 0)
        put_char('-');
    put_number(value < 0 ? -(uint64_t)value : (uint64_t)value, 10);
}

/* One conversion; f points behind the %. Returns its last character. */
static const char *convert(const char *f, va_list *args)
{
    int is_long = *f == 'l';
    f += is_long;
    switch (*f) {
    case 's': put_string(va_arg(*args, const char *)); break;
    case 'c': put_char(va_arg(*args, int)); break;
    case 'd': put_signed(is_long ? va_arg(*args, int64_t) : va_arg(*args, int)); break;
    case 'u': put_number(is_long ? va_arg(*args, uint64_t) : va_arg(*args, unsigned), 10); break;
    case 'x': put_number(is_long ? va_arg(*args, uint64_t) : va_arg(*args, unsigned), 16); break;
    case 'p': put_string("0x"), put_number((uint64_t)va_arg(*args, void *), 16); break;
    default: put_char(*f); break;
    }
    return f;
}

void printf(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    for (const char *f = format; *f; f++) {
        if (*f == '%' && f[1])
            f = convert(f + 1, &args);
        else
            put_char(*f);
    }
    va_end(args);
}

void power_off(unsigned status)
{
    REGISTER(uint32_t, FINISHER) = status ? status << 16 | 0x3333 : 0x5555;
    for (;;)
        ;
}
