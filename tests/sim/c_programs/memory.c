/* Accesses at every alignment, in L2 and, through the main core, in L1. */

#include "pulp.h"
#include "runtime.h"

typedef struct __attribute__((packed)) {
    uint8_t tag;
    uint16_t half;
    uint32_t word;
    int8_t byte;
    int16_t signed_half;
    uint64_t twice;
} packed;

static uint32_t sum(const uint8_t *bytes, int count)
{
    uint32_t a = 1, b = 0;
    for (int i = 0; i < count; i++) {
        a = (a + bytes[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

static void fill(uint8_t *bytes, int count)
{
    for (int i = 0; i < count; i++)
        bytes[i] = (uint8_t)(37 * i + 11);
}

L1 static uint8_t near[256];
static uint8_t far[256];
static packed records[5];

static void copies(const char *where, uint8_t *bytes)
{
    fill(bytes, 256);
    for (int from = 0; from < 4; from++)
        for (int to = 0; to < 4; to++)
            memcpy(bytes + 128 + 16 * to + to, bytes + 16 * from + from, (size_t)(13 + from));
    memset(bytes + 243, 0x5A, 7);
    print("%s %08x\n", where, sum(bytes, 256));
}

static void words(const char *where, volatile uint8_t *bytes)
{
    uint32_t total = 0;
    fill((uint8_t *)bytes, 64);
    for (int i = 0; i < 8; i++) {
        total = 31 * total + *(volatile uint32_t *)(bytes + 5 * i);
        total = 31 * total + *(volatile uint16_t *)(bytes + 3 * i);
        total = 31 * total + (uint32_t)*(volatile int16_t *)(bytes + 7 * i);
        total = 31 * total + (uint32_t)*(volatile int8_t *)(bytes + 6 * i);
        *(volatile uint32_t *)(bytes + 64 + 5 * i) = total;
        *(volatile uint16_t *)(bytes + 112 + 3 * i) = (uint16_t)total;
    }
    print("%s %08x %08x\n", where, total, sum((uint8_t *)bytes, 140));
}

int main(void)
{
    copies("copies in L2", far);
    copies("copies in L1", near);
    words("words in L2", far);
    words("words in L1", near);
    for (int i = 0; i < 5; i++)
        records[i] = (packed){(uint8_t)i, (uint16_t)(1000 * i), 0x01020304u * (uint32_t)i,
                              (int8_t)-i, (int16_t)(-300 * i), 0x1122334455667788u + (uint64_t)i};
    print("packed %d %08x\n", (int)sizeof(packed), sum((uint8_t *)records, sizeof records));
    return 200;
}
