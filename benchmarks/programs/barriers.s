# Barrier-heavy: a vector that all cores smooth together, eight words each, a barrier before every
# round. What a core reads at its edges its neighbours have written.

        .text
        .balign 16
        .globl main
        .type main, @function
main:
        lui     s0, 0x10000                 # two vectors, which change places
        li      s1, 0x10000200
        slli    t0, a0, 5
        addi    t0, t0, 4
        add     s0, s0, t0
        add     s1, s1, t0
        addi    t0, a0, 100
        sw      t0, 0(s0)
        sw      t0, 16(s0)
        li      s2, ROUNDS
.Lround:
        p.elw   t0, 0x21c(gp)
        mv      a1, s0
        mv      a2, s1
        lw      t1, -4(a1)
        p.lw    t2, 4(a1!)
        lp.setupi x0, 8, .Lwords
        p.lw    t3, 4(a1!)
        add     t4, t1, t2
        mv      t1, t2
        add     t4, t4, t3
        mv      t2, t3
        addi    t4, t4, 1
.Lwords:
        p.sw    t4, 4(a2!)
        mv      t0, s0
        mv      s0, s1
        mv      s1, t0
        addi    s2, s2, -1
        bnez    s2, .Lround
        ret
        .size main, .-main
