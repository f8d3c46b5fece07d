"""Compressed instructions on the engines: results, link values, timing, profile, layers."""

import json
import random

import pytest

from nmc.backend.asm.emission import assemble
from nmc.isa.compressed import decode_compressed, expand, is_compressed
from nmc.isa.disassembler import disassemble, disassemble_parcels
from nmc.isa.registers import ABI_NAMES
from nmc.sim import Simulator
from nmc.targets import load_target
from tests.sim.bare import bare_program, run_bare
from tests.sim.measure import measure

FREE = ("a1", "a2", "a3", "a4", "s0", "s1", "s5", "s6", "t4", "t5")
"""Registers that random programs write; a5 and sp point into L1."""
JUMPS = ("c.j", "c.jal", "c.jr", "c.jalr", "c.beqz", "c.bnez", "c.ebreak")


def random_pairs(rng: random.Random, count: int) -> list[tuple[str, str]]:
    """Straight code, each instruction compressed and as what it stands for, some of them long."""
    pairs: list[tuple[str, str]] = []
    free = {ABI_NAMES.index(name) for name in FREE}
    while len(pairs) < count:
        parcel = rng.randrange(1 << 16)
        if rng.random() < 0.3:
            long = f"xori {rng.choice(FREE)}, {rng.choice(FREE)}, {rng.randrange(-2048, 2048)}"
            pairs.append((long, long))
            continue
        found = decode_compressed(parcel) if is_compressed(parcel) else None
        if found is None or found.instruction.mnemonic in JUMPS:
            continue
        row, operands = found
        word = expand(parcel)
        assert word is not None
        written = operands.get("rd", 0)
        is_memory = row.expands.access_bytes
        if is_memory and operands.get("rs1", 15) != 15:
            continue
        if written not in free and row.mnemonic not in ("c.sw", "c.swsp", "c.nop"):
            continue
        pairs.append((disassemble_parcels(parcel), disassemble(word)))
    return pairs


@pytest.mark.parametrize("seed", range(20))
def test_results_and_cycles_are_those_of_what_they_stand_for(seed: int) -> None:
    """But for the instruction cache, which holds twice as many of them."""
    rng = random.Random(seed)
    pairs = random_pairs(rng, 150)
    setup = "".join(f"li {name}, {rng.getrandbits(32):#x}\n" for name in FREE)
    setup += "mv s11, ra\nlui a5, 0x10000\nli sp, 0x10000800\n"
    memory = {0x1000_0000: bytes(rng.getrandbits(8) for _ in range(4096))}
    runs = [
        run_bare(setup + "\n".join(texts) + "\nmv ra, s11", memory=memory)
        for texts in zip(*pairs, strict=True)
    ]
    short, long = runs
    assert {short.register(0, name) for name in FREE} != {0}
    for name in FREE:
        assert short.register(0, name) == long.register(0, name), name
    assert short.simulator.read(0x1000_0000, 4096) == long.simulator.read(0x1000_0000, 4096)
    mine, its = short.result.cores[0], long.result.cores[0]
    assert mine.instructions == its.instructions
    kinds = ("load_use", "bank", "misaligned", "l2", "multicycle", "branch")
    assert [mine.stalls[kind] for kind in kinds] == [its.stalls[kind] for kind in kinds]
    saved = its.stalls["icache"] - mine.stalls["icache"]
    assert long.result.cycles - short.result.cycles == saved > 0


def test_jumps_and_links() -> None:
    run = run_bare(
        """
        mv s11, ra
        c.jal .La           # at a word boundary
    .Lback:
        auipc s2, 0
        sub s3, s1, s2
        la s4, .Lfar
        c.jalr s4
    .Lreturned:
        auipc s2, 0
        sub s5, s1, s2
        c.nop
        jal ra, .La2        # 32 bits, astride or not
    .Lthird:
        auipc s2, 0
        sub s6, s1, s2
        c.li a1, 0
        c.beqz a1, .Lyes
        c.li a2, 9
    .Lyes:
        c.bnez a1, .Lno
        c.li a3, 7
    .Lno:
        c.j .Lend
        c.li a3, 8
    .La:
        c.mv s1, ra
        c.jr ra
    .La2:
        c.mv s1, ra
        jalr x0, 0(ra)
        c.nop
    .Lfar:
        c.mv s1, ra
        jalr x0, 1(ra)      # the lowest bit is dropped
    .Lend:
        mv ra, s11
        """,
    )
    # Each link is the address of the instruction behind the jump, which reads its own address.
    assert [run.register(0, name) for name in ("s3", "s5", "s6")] == [0, 0, 0]
    assert (run.register(0, "a2") & 0xFF, run.register(0, "a3")) == (0, 7)


# What is jumped to: the instructions in front of it, and what it is.
TARGETS = {
    "short at a boundary": (".balign 4", "c.nop"),
    "short elsewhere": (".balign 4\nc.nop", "c.nop"),
    "long at a boundary": (".balign 4", "nop"),
    "long astride": (".balign 4\nc.nop", "nop"),
}
WAYS = {
    "jal": ("", "jal x0, .Lx", 2),
    "c.j": ("", "c.j .Lx", 2),
    "c.jal": ("mv s11, ra", "c.jal .Lx", 2),
    "jalr": ("la s4, .Lx", "jalr x0, 0(s4)", 2),
    "c.jr": ("la s4, .Lx", "c.jr s4", 2),
    "branch": ("", "bge x0, x0, .Lx", 3),
    "p.beqimm": ("li s4, 3", "p.beqimm s4, 3, .Lx", 3),
    "c.beqz": ("li s0, 0", "c.beqz s0, .Lx", 3),
    "mret": ("la s4, .Lx\ncsrw mepc, s4", "mret", 2),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("target", TARGETS)
def test_a_jump_to_a_long_instruction_astride_a_word_takes_a_cycle_more(
    way: str, target: str
) -> None:
    setup, jump, cycles = WAYS[way]
    before, at = TARGETS[target]
    code = f"c.nop\nc.nop\n{jump}\nc.j .Lwrong\n{before}\n.Lx:\n{at}\n.Lwrong:\n"
    code += "mv ra, s11" if way == "c.jal" else "addi s11, ra, 0"
    taken, _ = measure(code, setup)
    assert taken == 2 + cycles + 2 + (target == "long astride")


def test_straight_code_costs_nothing_more() -> None:
    """Whatever lies astride a word boundary; a branch not taken passes over its own second half."""
    code = "c.li s0, 1\nli s1, 5\nc.li s4, 2\nbeq s0, x0, .Lq\nc.nop\nbeq s0, x0, .Lq\n.Lq:\nnop"
    for padding in ("", "c.nop\n"):
        taken, run = measure(padding + code)
        assert taken == 7 + len(padding.splitlines())
        assert run.register(0, "s1") == 5


def test_load_use_and_jump_stalls() -> None:
    setup = "lui a5, 0x10000\nsw s0, 0(a5)"
    for load in ("c.lw a1, 0(a5)", "lw a1, 0(a5)", "c.nop\nlw a1, 0(a5)\nc.nop\nnop"):
        plain = measure(load, setup)[0]
        nothing = "c.nop" if load.endswith("nop") else "c.addi a1, 1"
        assert measure(load + "\n" + nothing, setup)[0] - plain == 1 + (nothing != "c.nop")
    # A jump through a register that was written just before.
    for write, stall in (("c.mv s5, s4", 1), ("mv s5, s4", 1), ("mv s5, s4\nc.nop", 0)):
        taken, _ = measure(f"{write}\nc.jr s5\n.balign 4\n.Lx: c.nop", setup + "\nla s4, .Lx")
        assert taken == len(write.splitlines()) + 2 + stall + 1


def test_a_long_instruction_needs_both_its_lines() -> None:
    """Its second half is in a line that nothing has fetched: a miss to L2, once."""

    def stalls(instructions: str) -> int:
        body = f".balign 16\nnop\nnop\nnop\nc.nop\n{instructions}\n.balign 16"
        far = ".balign 64\n.zero 64\n.balign 16\n.Lfar: nop\n"
        run = run_bare(f"mv s11, ra\nli s4, 2\n.Lr:\n{body}\nmv ra, s11\nj .Lend\n{far}\n.Lend:")
        return run.result.cores[0].stalls["icache"]

    # Two codes of 16 bits end with the line; one of 32 bits begins in it, and both lines are needed
    # either way. Jumping away from it shows that it fetched the second line itself.
    assert stalls("c.nop\nc.nop") == stalls("addi s5, x0, 1\nc.nop")
    here, there = stalls("c.j .Lfar"), stalls("jal x0, .Lfar")
    assert there - here == 18


def test_a_branch_not_taken_in_two_lines() -> None:
    """Its second half looks like the first half of another long one."""
    run = run_bare(
        """
        c.li s7, 3
        c.li s5, 0
    .Lagain:
        .balign 16
        nop
        nop
        nop
        c.nop
        beq s7, x0, .Lagain     # in two lines
        sw s7, -4(sp)
        c.addi s5, 1
        c.addi s7, -1
        bne s7, x0, .Lagain
        """,
    )
    assert (run.register(0, "s7"), run.register(0, "s5")) == (0, 3)


def test_with_the_cache_off() -> None:
    """Every line costs a miss, and a code in two lines both of them."""

    def stalls(padding: str) -> int:
        body = f"mv s11, ra\n.balign 16\n{padding}li s5, 77\n.balign 16\nmv ra, s11"
        run = run_bare(body, icache=False)
        assert run.register(0, "s5") == 77
        return run.result.cores[0].stalls["icache"]

    assert stalls("nop\nnop\nnop\nc.nop\n") - stalls("c.nop\n") == 2 * 18


def test_profile_and_counters() -> None:
    body = "csrr s4, minstret\nc.nop\nnop\nc.nop\nnop\ncsrr s5, minstret\nc.li s0, 12\n.Lx:\n"
    body += "c.addi s0, -1\nxori s1, s1, 1\nbnez s0, .Lx\nc.nop"
    plain = run_bare(body).result
    run = run_bare(body, profile=True)
    assert (run.result.cycles, run.result.cores) == (plain.cycles, plain.cores)
    assert run.register(0, "s5") - run.register(0, "s4") == 5
    counts = {entry.name: entry.instructions for entry in run.result.hot_spots}
    assert counts["c.addi s0, -1"] == counts["xori s1, s1, 1"] == 12
    main = next(entry for entry in run.result.symbols if entry.name == "main")
    assert main.instructions == 1 + 4 + 1 + 1 + 36 + 1 + 1


def test_layers_stop_at_compressed_entries() -> None:
    data = """
    .text
    .type one, @function
    one: c.jr ra
    .size one, .-one
    c.nop
    .balign 16
    nop
    nop
    nop
    c.nop
    .type two, @function
    two: jalr x0, 0(ra)
    .size two, .-two
    """
    note = json.dumps({"layers": [{"name": name, "symbol": name} for name in ("one", "two")]})
    escaped = note.replace('"', '\\"')
    meta = f'.section .nmc.meta, ""\n.ascii "{escaped}"\n'
    body = "mv s11, ra\ncall one\ncall two\nmv ra, s11"
    elf, target = bare_program(body, data=data + meta)
    result = Simulator(elf, target).run()
    assert [layer.name for layer in result.layers] == ["one", "two"]
    plain, _ = bare_program(body, data=data)
    assert Simulator(plain, target).run().cycles == result.cycles


def test_entry_may_be_a_halfword() -> None:
    text = """
    .section .boot, "ax", @progbits
    c.nop
    .globl _start
    _start:
        li a1, 0x1A1040A0
        li a2, 0x80000005
        c.sw a2, 0(a1)
    """
    assert Simulator(assemble(text, load_target()), load_target()).run().exit_code == 5
