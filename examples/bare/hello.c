/* Every core of the cluster adds up its part of the squares of 1 to 4096; the main core prints. */

#include "pulp.h"
#include "runtime.h"

#define CORES 8
#define COUNT 4096

L1 static volatile uint32_t parts[CORES];
static uint32_t total, taken;

static void work(int core)
{
    uint32_t sum = 0, begin = cycles();
    for (uint32_t i = 1 + (uint32_t)core; i <= COUNT; i += CORES)
        sum += i * i;
    parts[core] = sum;
    barrier();
    if (core == 0) {
        taken = cycles() - begin;
        for (int i = 0; i < CORES; i++)
            total += parts[i];
    }
}

int main(void)
{
    print("Hello from the main core\n");
    cluster_run(CORES, work);
    print("%d cores: the squares of 1 to %d add up to %u modulo 2^32\n", CORES, COUNT, total);
    print("core 0 took %u cycles\n", taken);
    return 7;
}
