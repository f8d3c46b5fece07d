"""Source of the engine: operations that are not translated from the table.

Jumps, hardware loops, the way into a body's machine code, and the forms that branches and rows of
one operation take. Names are those of the loop in nmc.sim.source.
"""

HAND_WRITTEN = {
    "jal": """
s[base + d] = (code_base + idx + ((w >> S2_SHIFT) & FIELD_MASK)) & MASK32
idx += imm
w = BEHIND
cur = -1
t += jal_cycles - 1
lost += jal_cycles - 1
s[u64(sb | STALL_BRANCH)] += jal_cycles - 1
""",
    "jalr": """
target = ((a + imm) & 0xFFFFFFFE) - code_base
if u64(target) >= u64(code_bytes) or target & 3 != 0:
    s[u64(p | KIND)] = KIND_FETCH_FAULT
    address = target + code_base
    break
s[base + d] = (code_base + idx + ((w >> S2_SHIFT) & FIELD_MASK)) & MASK32
idx = target
w = BEHIND
cur = -1
t += jalr_cycles - 1
lost += jalr_cycles - 1
s[u64(sb | STALL_BRANCH)] += jalr_cycles - 1
""",
    "jal.outward": """
s[u64(p | KIND)] = KIND_FETCH_FAULT
address = code_base + ((idx + imm) >> slot_shift)
break
""",
    "jal.mixed": """
s[base + d] = (code_base + ((idx + ((w >> S2_SHIFT) & FIELD_MASK)) >> 1)) & MASK32
idx += imm
w = BEHIND
cur = -1
extra = jal_cycles - 1 + ((s[u64(code_at + idx)] >> ASTRIDE_BIT) & 1) * astride
t += extra
lost += extra
s[u64(sb | STALL_BRANCH)] += extra
""",
    "jalr.mixed": """
target = (((a + imm) & 0xFFFFFFFE) - code_base) << 1
if u64(target) >= u64(code_bytes << 1):
    s[u64(p | KIND)] = KIND_FETCH_FAULT
    address = (target >> 1) + code_base
    break
s[base + d] = (code_base + ((idx + ((w >> S2_SHIFT) & FIELD_MASK)) >> 1)) & MASK32
idx = target
w = BEHIND
cur = -1
extra = jalr_cycles - 1 + ((s[u64(code_at + idx)] >> ASTRIDE_BIT) & 1) * astride
t += extra
lost += extra
s[u64(sb | STALL_BRANCH)] += extra
""",
    "lp.start": """
s[u64(p + (LOOP + 3 * ((w >> D_SHIFT) & 1)))] = idx + imm
""",
    "lp.end": """
s[u64(p + (LOOP + 3 * ((w >> D_SHIFT) & 1) + 1))] = idx + imm
""",
    "lp.count": """
s[u64(p + (LOOP + 3 * ((w >> D_SHIFT) & 1) + 2))] = a + (imm >> 16)
""",
    "lp.setup": """
loop = p + LOOP + 3 * ((w >> D_SHIFT) & 1)
s[u64(loop)] = idx + ((w >> S2_SHIFT) & FIELD_MASK)
s[u64(loop + 1)] = idx + (imm & 0xFFFF)
s[u64(loop + 2)] = a + (imm >> 16)
""",
}
"""Operations whose code is not translated from the table: jumps and hardware loops.

`mixed` ones are those of programs with compressed instructions, in which a slot is half a byte of
code; the target of an `outward` one is not in the code.
"""

REPEATED = """
while True:
    @BODY@
    t += 1
    following = s[u64(code_at + idx + 4)]
    if w & BEHIND != 0 or following & OP_MASK != op:
        break
    if w & LINE_END != 0:
        line = (idx + 4) >> line_shift
        way = s[u64(line_base + line)]
        if way == 0 or t > horizon:
            break
        s[u64(age_base + way)] = t
        cur = line
    idx += 4
    w = following
    d = u64((w >> D_SHIFT) & FIELD_MASK)
    a = s[base + u64((w >> S1_SHIFT) & FIELD_MASK)]
    b = s[base + u64((w >> S2_SHIFT) & FIELD_MASK)]
continue
"""
"""An operation of two registers that mostly stands in a row: the next one needs no choice."""

CROSSING = """
way = s[u64(line_base + (idx >> line_shift) + 1)]
if way == 0:
    s[u64(p | KIND)] = KIND_MISS_NEXT
    break
s[u64(age_base + way)] = t
idx = (idx | 3) - 1
w = BEHIND
continue
"""
"""On the way to a 32-bit instruction that lies in two cache lines."""

BODY = """
loop = p + LOOP + 3 * ((w >> D_SHIFT) & 1)
other = p + LOOP + 3 - 3 * ((w >> D_SHIFT) & 1)
end = idx + (imm >> 16)
function = s[u64(code_at + idx + 2)]
if function <= 0:
    s[u64(code_at + idx + 2)] = function - 1
elif (
    t + (imm & 0xFFFF) <= full
    and s[u64(loop)] == idx
    and s[u64(loop + 1)] == end
    and s[u64(other + 1)] != end
):
    numbers = (c, t, lost, place, stored, full, stream, idx, loop)
    behind = call_body(function, s, mem8, numbers)
    t = s[BODY]
    lost = s[BODY + 1]
    place = s[BODY + 2]
    stored = s[BODY + 3]
    idx = s[BODY + 4]
    cur = idx >> line_shift
    w = 0
    if behind:
        w = s[u64(code_at + idx)]
    else:
        idx -= 4
    continue
idx -= 3
w = 0
continue
"""
"""At the first instruction of a loop's body: turns of its machine code, if they are surely private
and fit; else the instruction itself, in the next slot. Without machine code turns are counted."""

BRANCH = """
if @CONDITION@:
    idx += @DISTANCE@
    w = BEHIND
    cur = -1
    t += taken - 1
    lost += taken - 1
    s[u64(sb | STALL_BRANCH)] += taken - 1
"""
"""A branch. There is never anything to do behind a jump or branch."""

MIXED_BRANCH = """
if @CONDITION@:
    idx += @DISTANCE@
    w = BEHIND
    cur = -1
    extra = taken - 1 + ((s[u64(code_at + idx)] >> ASTRIDE_BIT) & 1) * astride
    t += extra
    lost += extra
    s[u64(sb | STALL_BRANCH)] += extra
elif w & WIDE != 0:
    idx = (idx & ~3) + 8
    w = BEHIND
"""
"""The same in a program with compressed instructions; it passes over its own second half."""

OUTWARD_BRANCH = """
if @CONDITION@:
    s[u64(p | KIND)] = KIND_FETCH_FAULT
    address = code_base + ((idx + @DISTANCE@) >> slot_shift)
    break
elif w & WIDE != 0:
    idx = (idx & ~3) + 8
    w = BEHIND
"""
"""A branch to where no instruction can be: a fault if it is taken."""
