/* What the compiler takes for granted, the cluster's variables, and a small printf. */

#include <stdarg.h>
#include <stddef.h>

#include "pulp.h"
#include "runtime.h"

void (*volatile cluster_entry)(int core);
volatile uint32_t cluster_mask, cluster_running;

/* GCC would make calls of the very functions of these loops. */
#if defined(__GNUC__) && !defined(__clang__)
#define PLAIN_LOOP __attribute__((optimize("no-tree-loop-distribute-patterns")))
#else
#define PLAIN_LOOP
#endif

PLAIN_LOOP void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
    uint8_t *t = to;
    const uint8_t *f = from;
    while (count--)
        *t++ = *f++;
    return to;
}

PLAIN_LOOP void *memset(void *to, int value, size_t count)
{
    uint8_t *t = to;
    while (count--)
        *t++ = (uint8_t)value;
    return to;
}

static void put_number(uint32_t value, uint32_t base, int width, char fill)
{
    char digits[10];
    int count = 0;
    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    while (width-- > count)
        put(fill);
    while (count)
        put(digits[--count]);
}

/* %d %u %x %c %s %%, with a width for numbers: %08x. */
void print(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    for (; *format; format++) {
        if (*format != '%') {
            put(*format);
            continue;
        }
        char fill = format[1] == '0' ? '0' : ' ';
        int width = 0;
        while (*++format >= '0' && *format <= '9')
            width = 10 * width + *format - '0';
        switch (*format) {
        case 'd': {
            int value = va_arg(arguments, int);
            if (value < 0) {
                put('-');
                width--;
            }
            put_number(value < 0 ? -(uint32_t)value : (uint32_t)value, 10, width, fill);
            break;
        }
        case 'u':
            put_number(va_arg(arguments, uint32_t), 10, width, fill);
            break;
        case 'x':
            put_number(va_arg(arguments, uint32_t), 16, width, fill);
            break;
        case 'c':
            put((char)va_arg(arguments, int));
            break;
        case 's':
            for (const char *s = va_arg(arguments, const char *); *s; s++)
                put(*s);
            break;
        default:
            put(*format);
        }
    }
    va_end(arguments);
}
