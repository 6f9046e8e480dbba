/* SPDX-License-Identifier: MIT */
#include "console.h"

#include <stdarg.h>

#include "sbi.h"

enum { DBCN_WRITE_BYTE = 2 };

static int has_dbcn;

void console_init(void)
{
    has_dbcn = sbi_has(SBI_DBCN);
}

void put_char(char c)
{
    if (has_dbcn)
        sbi_call(SBI_DBCN, DBCN_WRITE_BYTE, (unsigned char)c, 0, 0);
    else
        sbi_call(SBI_OLD_PUT_CHAR, 0, (unsigned char)c, 0, 0);
}

enum { DBCN_READ = 1 };

void read_line(char *line, unsigned size)
{
    unsigned n = 0;
    for (volatile char c = 0; c != '\n' && c != '\r';) {
        if (sbi_call(SBI_DBCN, DBCN_READ, 1, (uint64_t)&c, 0).value && c != '\n' && c != '\r' && n + 1 < size)
            line[n++] = c;
    }
    line[n] = 0;
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
