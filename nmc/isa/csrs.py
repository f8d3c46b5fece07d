"""Numbers of the control and status registers programs may name."""

XDC = 0x8C0
"""Counter of the N:M gathers (extension xnm): 32 bits, read and write."""

STATE_CSRS: dict[str, int] = {"xdc": XDC} | {f"xa{i}": XDC + 1 + i for i in range(4)}
"""Hidden state of the extension by its name in the table: the counter, four accumulators."""

CSR_NUMBERS: dict[str, int] = {
    "mstatus": 0x300,
    "mtvec": 0x305,
    "mscratch": 0x340,
    "mepc": 0x341,
    "mcause": 0x342,
    "lpstart0": 0x7C0,
    "lpend0": 0x7C1,
    "lpcount0": 0x7C2,
    "lpstart1": 0x7C4,
    "lpend1": 0x7C5,
    "lpcount1": 0x7C6,
    **STATE_CSRS,
    "mcycle": 0xB00,
    "minstret": 0xB02,
    "mhartid": 0xF14,
}

CSR_NAMES: dict[int, str] = {number: name for name, number in CSR_NUMBERS.items()}

STOCK_CSRS = frozenset({"mstatus", "mtvec", "mscratch", "mepc", "mcause", "mcycle", "minstret"}) | {
    "mhartid"
}
"""Those that other assemblers know by name."""
