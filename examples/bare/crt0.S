# Start-up code: the main core runs main(); the cores of the cluster, once released, the function
# that was given to cluster_run() (see pulp.h).

#include "pulp.h"

        .section .boot, "ax", @progbits
        .globl _start
        .type _start, @function
_start:
        .option push
        .option norelax
        la      gp, __global_pointer$
        .option pop
        la      sp, __stack_top
        la      t0, __bss_start
        la      t1, __bss_end
.Lclear:
        bgeu    t0, t1, .Lmain
        sw      zero, 0(t0)
        addi    t0, t0, 4
        j       .Lclear
.Lmain:
        call    main
        # What main() returns is the status of the program.
        .globl exit
exit:
        li      t0, 0x80000000
        or      a0, a0, t0
        li      t1, PULP_EXIT
        sw      a0, 0(t1)
.Lsleep:
        wfi
        j       .Lsleep
        .size _start, .-_start

        .globl cluster_core
        .type cluster_core, @function
cluster_core:
        .option push
        .option norelax
        la      gp, __global_pointer$
        .option pop
        csrr    a0, mhartid
        andi    a0, a0, 31
        la      sp, __cluster_stack_top
        la      t0, CLUSTER_STACK_BYTES
        mul     t0, t0, a0
        sub     sp, sp, t0
        # Barriers end a wait of the event unit, and all cores that run take part in barrier 0.
        li      t0, PULP_EVENT_UNIT
        li      t1, 1 << PULP_EVENT_BARRIER
        sw      t1, PULP_EVENT_MASK_OR(t0)
        lw      t1, cluster_mask
        sw      t1, PULP_BARRIER_CORES(t0)
        sw      t1, PULP_BARRIER_TARGETS(t0)
        lw      t1, cluster_entry
        jalr    t1
        # When all have come back the main core may go on.
        call    barrier
        csrr    a0, mhartid
        andi    a0, a0, 31
        bnez    a0, .Lsleep
        la      t0, cluster_running
        sw      zero, 0(t0)
        j       .Lsleep
        .size cluster_core, .-cluster_core

        # void barrier(void): the load ends when all cores of barrier 0 have begun it. p.elw puts the
        # core to sleep meanwhile; stock assemblers know it by its encoding alone.
        .text
        .globl barrier
        .type barrier, @function
barrier:
        li      t0, PULP_EVENT_UNIT
        .insn i 0x03, 6, t1, PULP_BARRIER_WAIT(t0)
        ret
        .size barrier, .-barrier
