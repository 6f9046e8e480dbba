/* SPDX-License-Identifier: MIT */
/* The heart of printf: %d (not below 0), %x, %p, %s and %% into a buffer. In a header, because the
   kernel and the tasks cannot run each other's code: each has a copy on its own pages. */
#include <stdarg.h>
#include <stdint.h>

static char *format_number(char *out, uint64_t value, unsigned base)
{
    if (value >= base)
        out = format_number(out, value / base, base);
    *out = "0123456789abcdef"[value % base];
    return out + 1;
}

/* Returns the number of characters; no 0 follows them. */
static int format(char *buffer, int size, const char *f, va_list args)
{
    char *out = buffer, *end = buffer + size - 20; /* room for the longest number */
    for (; *f && out < end; f++) {
        if (*f != '%' || !f[1]) {
            *out++ = *f;
            continue;
        }
        switch (*++f) {
        case 'd': out = format_number(out, va_arg(args, unsigned), 10); break;
        case 'x': out = format_number(out, va_arg(args, unsigned), 16); break;
        case 'p':
            *out++ = '0';
            *out++ = 'x';
            out = format_number(out, va_arg(args, uint64_t), 16);
            break;
        case 's':
            for (const char *s = va_arg(args, const char *); *s && out < end;)
                *out++ = *s++;
            break;
        default: *out++ = *f;
        }
    }
    return out - buffer;
}
