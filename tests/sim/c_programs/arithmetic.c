/* 32- and 64-bit arithmetic at the edges: products, quotients, shifts, comparisons. */

#include "pulp.h"
#include "runtime.h"

static volatile uint64_t values[] = {
    0, 1, 7, 0xFFFFFFFFu, 0x100000000u, 0x123456789ABCDEFu, 0x7FFFFFFFFFFFFFFFu,
    0x8000000000000000u, 0xFFFFFFFFFFFFFFFFu, 0xFFFFFFFF00000001u,
};

#define COUNT (sizeof values / sizeof *values)

static uint32_t hash = 2166136261u;

static void note32(uint32_t value)
{
    for (int i = 0; i < 4; i++)
        hash = (hash ^ (value >> 8 * i & 0xFF)) * 16777619u;
}

static void note(uint64_t value)
{
    note32((uint32_t)value);
    note32((uint32_t)(value >> 32));
}

static void report(const char *what)
{
    print("%s %08x\n", what, hash);
    hash = 2166136261u;
}

int main(void)
{
    for (unsigned i = 0; i < COUNT; i++)
        for (unsigned j = 0; j < COUNT; j++) {
            note(values[i] + values[j]);
            note(values[i] - values[j]);
            note(values[i] * values[j]);
        }
    report("add sub mul");
#ifdef LIBGCC
    for (unsigned i = 0; i < COUNT; i++)
        for (unsigned j = 1; j < COUNT; j++) {
            note(values[i] / values[j]);
            note(values[i] % values[j]);
            if (values[j] != ~(uint64_t)0) {
                note((uint64_t)((int64_t)values[i] / (int64_t)values[j]));
                note((uint64_t)((int64_t)values[i] % (int64_t)values[j]));
            }
        }
    report("div rem");
#endif
    for (unsigned i = 0; i < COUNT; i++)
        for (unsigned shift = 0; shift < 64; shift += 7) {
            note(values[i] << shift);
            note(values[i] >> shift);
            note((uint64_t)((int64_t)values[i] >> shift));
        }
    report("shifts");
    for (unsigned i = 0; i < COUNT; i++)
        for (unsigned j = 0; j < COUNT; j++) {
            uint32_t a = (uint32_t)values[i], b = (uint32_t)values[j];
            note32(values[i] < values[j]);
            note32((int64_t)values[i] < (int64_t)values[j]);
            note32((uint32_t)((uint64_t)a * b >> 32));
            note32((uint32_t)((int64_t)(int32_t)a * (int32_t)b >> 32));
            note32((uint32_t)((int64_t)(int32_t)a * (int64_t)(uint64_t)b >> 32));
            if (b != 0) {
                note32(a / b);
                note32(a % b);
            }
            if (b != 0 && b != 0xFFFFFFFFu) {
                note32((uint32_t)((int32_t)a / (int32_t)b));
                note32((uint32_t)((int32_t)a % (int32_t)b));
            }
        }
    report("compare mulh div32");
    return 0;
}
