# An int8 matrix product on the eight cores of a PULP cluster, without compiler and runtime.
#
#     C[n][m] = clip8(round((bias[m] + sum over k of A[m][k] * B[n][k]) * factor[m] / 2^SHIFT) + zero point)
#
# with M = N = K = 64: A are the weights, a row for each output channel, B the pixels, C their outputs,
# channels innermost. Everything comes from L2 and goes back to it. Core i computes rows 4 i to 4 i + 3
# and 32 + 4 i to 32 + 4 i + 3 of A, for two rows of B at a time: the 4x2 kernel, 14 instructions for 32
# multiply-accumulates. Rows lie PITCH bytes apart, so that they do not all begin in the same bank.
#
# `benchmarks/matmul.py` adds sections .a.l2, .b.l2 and .channels.l2 with the operands, and the symbols
# SHIFT and ZERO (the zero point times 2^SHIFT), and reads .c.l2 and `cycles`, which the cores took between two barriers.

        .equ PITCH, 68
        .equ A_BYTES, 4352                  # 64 rows
        .equ B_BYTES, 4352
        .equ CHANNEL_BYTES, 512             # 64 biases, 64 factors
        .equ C_BYTES, 4096
        .equ TO_L1, 0x60000                 # DMA command: into L1, increment
        .equ TO_L2, 0x40000

        .section .boot, "ax", @progbits
        .globl _start
        .type _start, @function
_start:
        la      t0, core
        li      t1, 0x10200040              # boot addresses
        li      t2, 0x10200060
.Lboot:
        sw      t0, 0(t1)
        addi    t1, t1, 4
        bne     t1, t2, .Lboot
        li      t1, 0x10201400              # instruction cache on
        li      t0, 1
        sw      t0, 0(t1)
        li      t1, 0x10200008              # all cores run
        li      t0, 0xff
        sw      t0, 0(t1)
.Lsleep:
        wfi
        j       .Lsleep
        .size _start, .-_start

        .text
        .balign 16
        .type core, @function
core:
        csrr    s0, mhartid
        andi    s0, s0, 31
        li      s1, 0x10204000              # event unit: barriers end a wait, all take part in 0
        li      t0, 0x10000
        sw      t0, 8(s1)
        li      t0, 0xff
        sw      t0, 0x200(s1)
        sw      t0, 0x20c(s1)
        bnez    s0, .Lloaded
        la      a0, a_near
        la      a1, a_far
        la      a2, A_BYTES
        la      a3, TO_L1
        call    move
        la      a0, b_near
        la      a1, b_far
        la      a2, B_BYTES
        la      a3, TO_L1
        call    move
        la      a0, channels_near
        la      a1, channels_far
        la      a2, CHANNEL_BYTES
        la      a3, TO_L1
        call    move
.Lloaded:
        mv      tp, s0
        mv      gp, s1
        # Twice: the first time the instruction cache is cold.
        li      sp, 2
.Lround:
        p.elw   t0, 0x21c(gp)
        csrr    t0, mcycle
        la      t1, began
        bnez    tp, .Lfirst
        sw      t0, 0(t1)
.Lfirst:
        slli    a0, tp, 2
        call    four_rows
        slli    a0, tp, 2
        addi    a0, a0, 32
        call    four_rows
        p.elw   t0, 0x21c(gp)
        csrr    t0, mcycle
        addi    sp, sp, -1
        bnez    sp, .Lround
        bnez    tp, .Lsleep_here
        la      t1, began
        lw      t2, 0(t1)
        sub     t0, t0, t2
        la      t1, cycles
        sw      t0, 0(t1)
        la      a0, c_near
        la      a1, c_far
        la      a2, C_BYTES
        la      a3, TO_L2
        call    move
        li      t1, 0x1a1040a0
        li      t0, 0x80000000
        sw      t0, 0(t1)
.Lsleep_here:
        wfi
        j       .Lsleep_here
        .size core, .-core

        # Moves a2 bytes between a0 in L1 and a1 in L2, the way a3 says, and waits.
        .balign 16
        .type move, @function
move:
        li      t0, 0x10204400
        lw      t1, 0(t0)
        or      a2, a2, a3
        sw      a2, 0(t0)
        sw      a0, 0(t0)
        sw      a1, 0(t0)
        li      t2, 1
        sll     t1, t2, t1
.Lbusy:
        lw      t2, 4(t0)
        and     t2, t2, t1
        bnez    t2, .Lbusy
        sw      t1, 4(t0)
        ret
        .size move, .-move

        # Rows a0 to a0 + 3 of A with all of B. Keeps ra, sp, gp, tp.
        .balign 16
        .type four_rows, @function
four_rows:
        la      a7, c_near
        add     a7, a7, a0
        la      t1, channels_near
        slli    t2, a0, 2
        add     t1, t1, t2
        lw      t3, 0(t1)                   # biases
        lw      t4, 4(t1)
        lw      t5, 8(t1)
        lw      t6, 12(t1)
        lw      s8, 256(t1)                 # factors
        lw      s9, 260(t1)
        lw      s10, 264(t1)
        lw      s11, 268(t1)
        la      t0, a_near
        li      t1, PITCH
        mul     t1, t1, a0
        add     t0, t0, t1
        la      t1, b_near
        la      a6, ZERO
        li      t2, 32
        lp.setup x1, t2, .Lpair
        mv      s0, t3
        mv      s1, t4
        mv      s2, t5
        mv      s3, t6
        mv      s4, t3
        mv      s5, t4
        mv      s6, t5
        mv      s7, t6
        lp.setupi x0, 16, .Lproduct
        p.lw    a0, 4(t0!)
        lw      a1, PITCH - 4(t0)
        lw      a2, 132(t0)                 # 2 PITCH - 4
        lw      a3, 200(t0)                 # 3 PITCH - 4
        p.lw    a4, 4(t1!)
        lw      a5, PITCH - 4(t1)
        pv.sdotsp.b s0, a0, a4
        pv.sdotsp.b s1, a1, a4
        pv.sdotsp.b s2, a2, a4
        pv.sdotsp.b s3, a3, a4
        pv.sdotsp.b s4, a0, a5
        pv.sdotsp.b s5, a1, a5
        pv.sdotsp.b s6, a2, a5
.Lproduct:
        pv.sdotsp.b s7, a3, a5
        mul     s0, s0, s8
        mul     s1, s1, s9
        mul     s2, s2, s10
        mul     s3, s3, s11
        mul     s4, s4, s8
        mul     s5, s5, s9
        mul     s6, s6, s10
        mul     s7, s7, s11
        p.addRN s0, s0, a6, SHIFT
        p.addRN s1, s1, a6, SHIFT
        p.addRN s2, s2, a6, SHIFT
        p.addRN s3, s3, a6, SHIFT
        p.addRN s4, s4, a6, SHIFT
        p.addRN s5, s5, a6, SHIFT
        p.addRN s6, s6, a6, SHIFT
        p.addRN s7, s7, a6, SHIFT
        p.clip  s0, s0, 8
        p.clip  s1, s1, 8
        p.clip  s2, s2, 8
        p.clip  s3, s3, 8
        p.clip  s4, s4, 8
        p.clip  s5, s5, 8
        p.clip  s6, s6, 8
        p.clip  s7, s7, 8
        pv.packlo.b s0, s1, s0
        pv.packhi.b s0, s3, s2
        pv.packlo.b s4, s5, s4
        pv.packhi.b s4, s7, s6
        p.sw    s0, 64(a7!)
        p.sw    s4, 64(a7!)
        addi    t0, t0, -64                 # the same rows of A,
.Lpair:
        addi    t1, t1, 72                  # the next two of B: 2 PITCH - 64
        ret
        .size four_rows, .-four_rows

        .section .near.l1, "aw", @nobits
a_near:
        .zero   4352
b_near:
        .zero   4352
channels_near:
        .zero   512
c_near:
        .zero   4096

        .section .results.l2, "aw", @progbits
c_far:
        .zero   4096
cycles:
        .word   0
began:
        .word   0
