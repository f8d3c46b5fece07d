/* All cores of the cluster: barriers, the DMA, L1; then they print in turn, and core 2 ends it. */

#include "pulp.h"
#include "runtime.h"

#define CORES 8
#define WORDS 512

static uint32_t input[WORDS], output[WORDS];
L1 static uint32_t a[WORDS], b[WORDS];

static void work(int core)
{
    if (core == 0)
        dma_move(a, input, sizeof a, PULP_DMA_TO_L1);
    barrier();
    /* Ten rounds of a stencil, each core on its own part of the ring. */
    for (int round = 0; round < 10; round++) {
        uint32_t *from = round & 1 ? b : a, *to = round & 1 ? a : b;
        for (int i = core * WORDS / CORES; i < (core + 1) * WORDS / CORES; i++)
            to[i] = from[(i + WORDS - 1) % WORDS] + 3 * from[i] + from[(i + 1) % WORDS];
        barrier();
    }
    if (core == 5)
        dma_move(a, output, sizeof a, 0);
    barrier();
    for (int turn = 0; turn < CORES; turn++) {
        if (turn == core)
            print("core %d: %08x\n", core, output[core * WORDS / CORES]);
        barrier();
    }
    if (core == 2)
        exit(99);
    for (;;)
        barrier();
}

int main(void)
{
    for (uint32_t i = 0; i < WORDS; i++)
        input[i] = i * i;
    print("start\n");
    cluster_run(CORES, work);
    print("never\n");
    return 1;
}
