# Compute-bound: what a requantising kernel does between its loads. Dot products, multiplications,
# shifts and clips on registers; a word is loaded and one is stored once in 40 instructions.

        .text
        .balign 16
        .globl main
        .type main, @function
main:
        slli    s0, a0, 7                   # 128 bytes of L1 for each core
        lui     t0, 0x10000
        add     s0, s0, t0
        li      t0, 0x01020304
        add     a1, a0, t0
        li      a2, 0x7f80fe05
        li      a3, 12345
        li      a4, 0
        li      a5, 1
        li      a6, 2
        li      a7, 3
        li      s1, ROUNDS
        lp.setup x0, s1, .Lround
        pv.sdotsp.b a4, a1, a2
        pv.sdotsp.b a5, a2, a1
        pv.sdotup.b a6, a1, a1
        pv.sdotusp.b a7, a2, a1
        pv.sdotsp.b a4, a2, a6
        pv.sdotsp.b a5, a6, a1
        p.mac   a6, a4, a3
        p.mac   a7, a5, a3
        add     t0, a4, a5
        mul     t1, t0, a3
        srai    t1, t1, 5
        p.clip  t2, t1, 8
        pv.add.b a1, a1, t2
        pv.max.b a2, a2, t2
        xor     t3, a6, a7
        srli    t4, t3, 3
        add     t3, t3, t4
        pv.pack.h t5, t3, t2
        pv.shuffle2.b t5, t2, a1
        sub     a3, a3, t2
        pv.sdotsp.b a4, t5, a2
        pv.sdotsp.b a5, t5, a1
        pv.sdotsp.b a6, t5, a6
        pv.sdotsp.b a7, t5, a7
        p.addRN a4, a4, a5, 1
        p.max   t6, a4, a5
        p.min   t6, t6, a6
        and     a2, a2, t6
        or      a1, a1, t6
        slli    t6, t6, 1
        add     a1, a1, t6
        lw      t0, 0(s0)
        addi    a2, a2, 77
        pv.avg.b a2, a2, a1
        add     t0, t0, a7
        mulh    t1, t0, a3
        add     a7, a7, t1
        slt     t2, a7, a6
        add     a3, a3, t2
.Lround:
        sw      t0, 4(s0)
        xor     a4, a4, a5
        sw      a4, 0(s0)
        ret
        .size main, .-main
