# Starts the eight cores of a cluster in `main` (a0: the core's number, gp: the event unit), lets them
# meet when all have come back, and ends with status 0. A program follows that defines `main`.

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

        .balign 16
        .globl core
        .type core, @function
core:
        csrr    a0, mhartid
        andi    a0, a0, 31
        li      gp, 0x10204000              # event unit: barriers and the DMA end a wait
        li      t0, 0x10100
        sw      t0, 8(gp)
        li      t0, 0xff                    # all take part in barrier 0
        sw      t0, 0x200(gp)
        sw      t0, 0x20c(gp)
        p.elw   t0, 0x21c(gp)
        call    main
        p.elw   t0, 0x21c(gp)
        csrr    t0, mhartid
        andi    t0, t0, 31
        bnez    t0, .Lrest
        li      t0, 0x1a1040a0
        li      t1, 0x80000000
        sw      t1, 0(t0)
.Lrest:
        wfi
        j       .Lrest
        .size core, .-core
