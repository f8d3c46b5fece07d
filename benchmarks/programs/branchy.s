# Branchy: Collatz sequences. Every third instruction is a branch or a jump that depends on data; a
# core counts the steps of its own numbers and keeps the counts in L1.

        .text
        .balign 16
        .globl main
        .type main, @function
main:
        lui     s0, 0x10000
        slli    t0, a0, 9                   # 128 counts for each core
        add     s0, s0, t0
        slli    s1, a0, 10
        addi    s1, s1, 27                  # the first number
        li      s2, ROUNDS
.Lnumber:
        mv      a1, s1
        li      a2, 0
.Lstep:
        andi    t0, a1, 1
        beqz    t0, .Leven
        slli    t1, a1, 1
        add     a1, a1, t1
        addi    a1, a1, 1
        j       .Lcount
.Leven:
        srli    a1, a1, 1
.Lcount:
        addi    a2, a2, 1
        p.bneimm a1, 1, .Lstep
        andi    t0, s1, 127
        slli    t0, t0, 2
        add     t0, t0, s0
        lw      t1, 0(t0)
        bltu    a2, t1, .Lless
        sw      a2, 0(t0)
.Lless:
        addi    s1, s1, 1
        addi    s2, s2, -1
        bnez    s2, .Lnumber
        ret
        .size main, .-main
