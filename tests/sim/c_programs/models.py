"""What the C programs of this directory print, worked out in Python."""

import zlib
from collections.abc import Callable, Iterator

U32, U64 = (1 << 32) - 1, (1 << 64) - 1


def hello() -> str:
    """examples/bare/hello.c."""
    total = sum(i * i for i in range(1, 4097)) & U32
    return (
        "Hello from the main core\n"
        f"8 cores: the squares of 1 to 4096 add up to {total} modulo 2^32\n"
        "core 0 took some cycles\n"
    )


def signed(value: int, bits: int = 32) -> int:
    """The low bits as a number with a sign."""
    value &= (1 << bits) - 1
    return value - (value >> (bits - 1) << bits)


def algorithms() -> str:
    """algorithms.c."""
    randoms = congruential(12345)
    crc = zlib.crc32(bytes(next(randoms) >> 24 for _ in range(1000)))
    numbers = sorted(signed(next(randoms)) for _ in range(300))
    weighted = sum(number * (i + 1) for i, number in enumerate(numbers)) & U32
    products, mixed = [1], 0
    for factor in range(10, 0, -1):
        products.append(products[-1] * factor & U32)
        mixed ^= products[-1]
        mixed = (mixed << 5 | mixed >> 27) & U32
    printed = " ".join(str(number) for number in [*products[1:], (mixed - products[-1]) & U32])
    return (
        f"crc32 {crc:08x}\n"
        f"sorted {numbers[0]} {numbers[-1]} {weighted:08x}\n"
        "ackermann 9\n"
        "queens 4\n"
        f"{printed} after {2 + 10 * 6 + 3} steps\n"
        "|-  42|-0042|7%|x|text|    beef|\n"
    )


def congruential(seed: int) -> Iterator[int]:
    """The numbers of the program's generator."""
    while True:
        seed = (seed * 1664525 + 1013904223) & U32
        yield seed


class Hash:
    """FNV-1a of 32- and 64-bit words."""

    def __init__(self) -> None:
        self.value = 2166136261

    def note(self, value: int, count: int = 8) -> None:
        """Takes in the low bytes of a value."""
        for byte in (value & U64).to_bytes(8, "little")[:count]:
            self.value = (self.value ^ byte) * 16777619 & U32


def quotient(a: int, b: int) -> tuple[int, int]:
    """Quotient and remainder of a division that truncates."""
    q = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
    return q, a - q * b


def arithmetic() -> str:
    """arithmetic.c, compiled with LIBGCC."""
    values = [0, 1, 7, U32, U32 + 1, 0x123456789ABCDEF, U64 >> 1, 1 << 63, U64]
    values.append(0xFFFFFFFF00000001)
    parts: dict[str, Callable[[Hash], None]] = {
        "add sub mul": lambda found: _sums(found, values),
        "div rem": lambda found: _divisions(found, values),
        "shifts": lambda found: _shifts(found, values),
        "compare mulh div32": lambda found: _words(found, values),
    }
    lines: list[str] = []
    for name, part in parts.items():
        found = Hash()
        part(found)
        lines.append(f"{name} {found.value:08x}\n")
    return "".join(lines)


def _sums(found: Hash, values: list[int]) -> None:
    for a in values:
        for b in values:
            for result in (a + b, a - b, a * b):
                found.note(result)


def _divisions(found: Hash, values: list[int]) -> None:
    for a in values:
        for b in values[1:]:
            found.note(a // b)
            found.note(a % b)
            if b != U64:
                for result in quotient(signed(a, 64), signed(b, 64)):
                    found.note(result)


def _shifts(found: Hash, values: list[int]) -> None:
    for a in values:
        for shift in range(0, 64, 7):
            for result in (a << shift, a >> shift, signed(a, 64) >> shift):
                found.note(result)


def _words(found: Hash, values: list[int]) -> None:
    for x in values:
        for y in values:
            a, b = x & U32, y & U32
            found.note(x < y, 4)
            found.note(signed(x, 64) < signed(y, 64), 4)
            for product in (a * b, signed(a) * signed(b), signed(a) * b):
                found.note(product >> 32, 4)
            if b != 0:
                found.note(a // b, 4)
                found.note(a % b, 4)
            if b not in (0, U32):
                for result in quotient(signed(a), signed(b)):
                    found.note(result, 4)


def memory() -> str:
    """memory.c."""
    lines = [f"copies in {where} {zlib.adler32(_copied()):08x}\n" for where in ("L2", "L1")]
    lines += [f"words in {where} {_accesses(_copied())}\n" for where in ("L2", "L1")]
    records = b"".join(
        bytes([i])
        + (1000 * i).to_bytes(2, "little")
        + (0x01020304 * i).to_bytes(4, "little")
        + (-i).to_bytes(1, "little", signed=True)
        + (-300 * i).to_bytes(2, "little", signed=True)
        + (0x1122334455667788 + i).to_bytes(8, "little")
        for i in range(5)
    )
    return "".join(lines) + f"packed {len(records) // 5} {zlib.adler32(records):08x}\n"


def _filled(count: int) -> bytearray:
    return bytearray((37 * i + 11) & 0xFF for i in range(count))


def _copied() -> bytearray:
    content = _filled(256)
    for source in range(4):
        for sink in range(4):
            place = 128 + 17 * sink
            content[place : place + 13 + source] = content[17 * source :][: 13 + source]
    content[243:250] = b"\x5a" * 7
    return content


def _accesses(content: bytearray) -> str:
    total = 0
    for i in range(8):
        loads = ((5, 4, False), (3, 2, False), (7, 2, True), (6, 1, True))
        for step, count, is_signed in loads:
            part = content[step * i :][:count]
            total = (31 * total + int.from_bytes(part, "little", signed=is_signed)) & U32
        content[64 + 5 * i : 68 + 5 * i] = total.to_bytes(4, "little")
        content[112 + 3 * i : 114 + 3 * i] = (total & 0xFFFF).to_bytes(2, "little")
    return f"{total:08x} {zlib.adler32(content[:140]):08x}"


def cluster() -> str:
    """cluster.c."""
    ring = [i * i for i in range(512)]
    for _ in range(10):
        ring = [(ring[i - 1] + 3 * ring[i] + ring[(i + 1) % 512]) & U32 for i in range(512)]
    lines = [f"core {core}: {ring[64 * core]:08x}\n" for core in range(8)]
    return "start\n" + "".join(lines)
