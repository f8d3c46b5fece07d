# Memory-bound: two instructions of three load or store. Every core adds two vectors of words into a
# third; the vectors of all cores lie in the same banks, so that they meet now and then.

        .equ GROUPS, 128                    # of four words

        .text
        .balign 16
        .globl main
        .type main, @function
main:
        lui     t0, 0x10000
        slli    t1, a0, 13                  # 8 KiB for each core
        add     s0, t0, t1
        li      s1, ROUNDS
.Lround:
        mv      a1, s0
        addi    a2, s0, 2044
        addi    a2, a2, 4
        li      a3, 4096
        add     a3, a3, s0
        li      t0, GROUPS
        lp.setup x0, t0, .Lwords
        p.lw    t1, 4(a1!)
        p.lw    t2, 4(a1!)
        p.lw    t3, 4(a1!)
        p.lw    t4, 4(a1!)
        p.lw    a4, 4(a2!)
        p.lw    a5, 4(a2!)
        p.lw    a6, 4(a2!)
        p.lw    a7, 4(a2!)
        pv.add.b t1, t1, a4
        pv.add.b t2, t2, a5
        pv.add.b t3, t3, a6
        pv.add.b t4, t4, a7
        p.sw    t1, 4(a3!)
        p.sw    t2, 4(a3!)
        p.sw    t3, 4(a3!)
.Lwords:
        p.sw    t4, 4(a3!)
        addi    s1, s1, -1
        bnez    s1, .Lround
        ret
        .size main, .-main
