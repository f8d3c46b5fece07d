/* Sorting, a table-driven checksum, recursion, an interpreter with a jump table. */

#include "pulp.h"
#include "runtime.h"

static uint32_t seed = 12345;

static uint32_t next(void) { return seed = seed * 1664525 + 1013904223; }

static uint32_t crc32(const uint8_t *bytes, int count)
{
    static uint32_t table[256];
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; bit++)
            value = value & 1 ? value >> 1 ^ 0xEDB88320 : value >> 1;
        table[i] = value;
    }
    uint32_t crc = ~0u;
    for (int i = 0; i < count; i++)
        crc = table[(crc ^ bytes[i]) & 0xFF] ^ crc >> 8;
    return ~crc;
}

static void sort(int32_t *first, int32_t *last)
{
    while (first < last) {
        int32_t pivot = first[(last - first) / 2], *low = first, *high = last;
        do {
            while (*low < pivot)
                low++;
            while (*high > pivot)
                high--;
            if (low <= high) {
                int32_t kept = *low;
                *low++ = *high;
                *high-- = kept;
            }
        } while (low <= high);
        sort(first, high);
        first = low;
    }
}

static unsigned ackermann(unsigned m, unsigned n)
{
    if (m == 0)
        return n + 1;
    return ackermann(m - 1, n == 0 ? 1 : ackermann(m, n - 1));
}

static int queens(int row, int columns, int left, int right)
{
    int found = 0;
    if (row == 6)
        return 1;
    for (int column = 0; column < 6; column++)
        if (!(columns >> column & 1) && !(left >> (row + column) & 1) && !(right >> (row - column + 6) & 1))
            found += queens(row + 1, columns | 1 << column, left | 1 << (row + column),
                            right | 1 << (row - column + 6));
    return found;
}

enum { SET, ADD, SUB, MUL, XOR, SHIFT, PRINT, JUMP_IF, STOP };

static int interpret(const int *code)
{
    uint32_t r[4] = {0};
    for (int steps = 1, pc = 0;; steps++) {
        const int *i = code + pc;
        pc += 4;
        switch (i[0]) {
        case SET:
            r[i[1]] = (uint32_t)i[2];
            break;
        case ADD:
            r[i[1]] += r[i[2]] + (uint32_t)i[3];
            break;
        case SUB:
            r[i[1]] -= r[i[2]];
            break;
        case MUL:
            r[i[1]] *= r[i[2]];
            break;
        case XOR:
            r[i[1]] ^= r[i[2]];
            break;
        case SHIFT:
            r[i[1]] = r[i[1]] << i[2] | r[i[1]] >> (32 - i[2]);
            break;
        case PRINT:
            print("%u ", r[i[1]]);
            break;
        case JUMP_IF:
            if (r[i[1]])
                pc = i[2];
            break;
        default:
            return steps;
        }
    }
}

/* 10, 10 * 9, ... 10!, then a mixture of them all. */
static const int factorials[] = {
    SET, 0, 1, 0, SET, 1, 10, 0, MUL, 0, 1, 0, PRINT, 0, 0, 0, XOR, 2, 0, 0, SHIFT, 2, 5, 0,
    ADD, 1, 3, -1, JUMP_IF, 1, 8, 0, SUB, 2, 0, 0, PRINT, 2, 0, 0, STOP, 0, 0, 0,
};

int main(void)
{
    static uint8_t bytes[1000];
    static int32_t numbers[300];
    uint32_t weighted = 0;
    for (int i = 0; i < 1000; i++)
        bytes[i] = (uint8_t)(next() >> 24);
    print("crc32 %08x\n", crc32(bytes, 1000));
    for (int i = 0; i < 300; i++)
        numbers[i] = (int32_t)next();
    sort(numbers, numbers + 299);
    for (int i = 0; i < 300; i++)
        weighted += (uint32_t)numbers[i] * (uint32_t)(i + 1);
    print("sorted %d %d %08x\n", numbers[0], numbers[299], weighted);
    print("ackermann %u\n", ackermann(2, 3));
    print("queens %d\n", queens(0, 0, 0, 0));
    print("after %d steps\n", interpret(factorials));
    print("|%5d|%05d|%d%%|%c|%s|%8x|\n", -42, -42, 7, 'x', "text", 0xBEEFu);
    return 42;
}
