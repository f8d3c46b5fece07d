# DMA-heavy: core 0 streams tiles of 4 KiB from L2 through L1 and back, one way while the other is
# under way, and all cores add the tile up; a tile is hardly more work than its transfers.

        .equ GROUPS, 32                     # groups of 16 bytes of a tile for each core
        .equ TO_L1, 0x161000                # DMA command: 4096 bytes, into L1, increment, event
        .equ TO_L2, 0x141000

        .text
        .balign 16
        .globl main
        .type main, @function
main:
        mv      s0, a0
        mv      s11, ra
        li      s1, 0x10000000              # the tile that is there
        li      s2, 0x10002000              # the one that comes
        li      s3, 0x1c020000              # where tiles come from
        li      s4, 0x1c060000              # where they go to
        li      s5, 0
        li      s6, ROUNDS
        bnez    s0, .Lround
        mv      a1, s1
        call    bring
        call    wait
.Lround:
        p.elw   t0, 0x21c(gp)
        bnez    s0, .Lsum
        mv      a1, s2
        call    bring
        li      t0, TO_L2
        mv      a1, s1
        mv      a2, s4
        call    command
.Lsum:
        slli    t0, s0, 9                   # 512 bytes of the tile for each core
        add     t0, t0, s1
        li      t1, GROUPS
        lp.setup x0, t1, .Lwords
        p.lw    t2, 4(t0!)
        p.lw    t3, 4(t0!)
        p.lw    t4, 4(t0!)
        p.lw    t5, 4(t0!)
        add     s5, s5, t2
        add     s5, s5, t3
        add     s5, s5, t4
.Lwords:
        add     s5, s5, t5
        bnez    s0, .Lnext
        call    wait
.Lnext:
        mv      t0, s1
        mv      s1, s2
        mv      s2, t0
        addi    s6, s6, -1
        bnez    s6, .Lround
        li      t0, 0x1c0a0000              # the sum of each core
        slli    t1, s0, 2
        add     t0, t0, t1
        sw      s5, 0(t0)
        jr      s11
        .size main, .-main

# Starts the transfer of a tile to a1.
        .type bring, @function
bring:
        li      t0, TO_L1
        mv      a2, s3
        .size bring, .-bring

# Starts a transfer: t0 the command, a1 the address in L1, a2 in L2. Its id goes to t6.
        .type command, @function
command:
        lw      t6, 0x400(gp)
        sw      t0, 0x400(gp)
        sw      a1, 0x400(gp)
        sw      a2, 0x400(gp)
        ret
        .size command, .-command

# Waits until no transfer is under way, and gives all ids back.
        .type wait, @function
wait:
        lw      t0, 0x404(gp)
        beqz    t0, .Ldone
        p.elw   t0, 0x3c(gp)
        j       wait
.Ldone:
        li      t0, 0xffff
        sw      t0, 0x404(gp)
        ret
        .size wait, .-wait
