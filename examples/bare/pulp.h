/* The registers of a PULP cluster that a program without an operating system needs, and a few
 * functions on top of them. */
#ifndef PULP_H
#define PULP_H

#define PULP_FETCH_ENABLE 0x10200008  /* bit i: core i of the cluster runs */
#define PULP_BOOT_ADDRESS 0x10200040  /* of core i at + 4 i */
#define PULP_ICACHE_ENABLE 0x10201400
#define PULP_EVENT_UNIT 0x10204000    /* each core of the cluster sees its own */
#define PULP_DMA 0x10204400           /* likewise */
#define PULP_EXIT 0x1A1040A0          /* 0x80000000 | status ends the program */
#define PULP_PUTCHAR 0x1A10F000

/* In the event unit. */
#define PULP_EVENT_MASK_OR 0x008
#define PULP_EVENT_DMA 8
#define PULP_EVENT_BARRIER 16
#define PULP_BARRIER_CORES 0x200      /* of barrier 0; barrier i is 0x20 i further */
#define PULP_BARRIER_TARGETS 0x20C
#define PULP_BARRIER_WAIT 0x21C

/* Of a DMA command; bits 16:0 are the length. */
#define PULP_DMA_TO_L1 (1 << 17)
#define PULP_DMA_INCREMENT (1 << 18)

#ifndef __ASSEMBLER__

#include <stdint.h>

#define PULP_REGISTER(address) (*(volatile uint32_t *)(address))
#define L1 __attribute__((section(".l1")))

void exit(int status) __attribute__((noreturn));
void barrier(void);
void cluster_core(void);
extern void (*volatile cluster_entry)(int core);
extern volatile uint32_t cluster_mask, cluster_running;

static inline void put(char c) { PULP_REGISTER(PULP_PUTCHAR) = (uint8_t)c; }

static inline uint32_t cycles(void)
{
    uint32_t value;
    __asm__ volatile("csrr %0, mcycle" : "=r"(value));
    return value;
}

/* Runs entry(core) on the first `cores` cores of the cluster and waits for all of them; on the main
 * core, once in a program. */
static inline void cluster_run(int cores, void (*entry)(int core))
{
    cluster_entry = entry;
    cluster_mask = (1u << cores) - 1;
    cluster_running = 1;
    for (int core = 0; core < cores; core++)
        PULP_REGISTER(PULP_BOOT_ADDRESS + 4 * core) = (uint32_t)(uintptr_t)cluster_core;
    PULP_REGISTER(PULP_ICACHE_ENABLE) = 1;
    PULP_REGISTER(PULP_FETCH_ENABLE) = cluster_mask;
    while (cluster_running)
        ;
}

/* Moves bytes between L1 and L2 and waits until they have arrived; on a core of the cluster. */
static inline void dma_move(void *l1, const void *l2, uint32_t bytes, uint32_t direction)
{
    uint32_t id = PULP_REGISTER(PULP_DMA);
    PULP_REGISTER(PULP_DMA) = bytes | PULP_DMA_INCREMENT | direction;
    PULP_REGISTER(PULP_DMA) = (uint32_t)(uintptr_t)l1;
    PULP_REGISTER(PULP_DMA) = (uint32_t)(uintptr_t)l2;
    while (PULP_REGISTER(PULP_DMA + 4) >> id & 1)
        ;
    PULP_REGISTER(PULP_DMA + 4) = 1u << id;
}

#endif
#endif
