"""Numbers the decoder, the compiled engine and the Python side agree on.

All mutable state of the machine lives in flat int64 arrays (`nmc.sim.state.Machine`); this file
names the places in them.
"""

# --- a decoded slot: one int64 for each byte of code, see nmc.sim.decoder -------------------
OP_BITS = 9
OP_MASK = (1 << OP_BITS) - 1
S2_SHIFT = 11
S1_SHIFT = 17
D_SHIFT = 23
STEP_SHIFT = 29
IMM_SHIFT = 32
FIELD_MASK = 63

# --- registers: 64 places a core ------------------------------------------------------------
REG_SHIFT = 6
DUMMY = 32
"""Where results for x0 go."""
SPLAT = 33
"""Second operand of a `.sc` instruction, replicated to all lanes by a pseudo-operation."""
XDC = 34
"""Counter of the xdecimate instructions."""

# --- operations that are not generated from the table ---------------------------------------
OP_ILLEGAL = 0
OP_STALL = 1
"""Pseudo: `imm` cycles of stall kind `s1`."""
OP_LOOP_END = 2
"""Pseudo: behind the last instruction of a hardware loop."""
OP_SPLAT_B = 3
OP_SPLAT_H = 4
OP_LAYER = 5
"""Pseudo: core 0 enters a layer."""
OP_CSR = 6
OP_FENCE = 7
OP_TRAP = 8
OP_WFI = 9
OP_MRET = 10
OP_BAD_LOOP = 11
OP_BAD_TARGET = 12
OP_FIRST_GENERATED = 16

# Memory operations: bit 8 set, bits 4:0 the type of access, bit 5 post-increment.
OP_MEMORY = 256
OP_POST = 32
TYPE_MASK = 31
LB, LBU, LH, LHU, LW, SB, SH, SW = range(8)
FIRST_CUSTOM_LOAD = 8
ELW = 30
SPLIT = 31
"""An access that crosses a word boundary, waiting for one of its two banks."""

# --- what an entity of the time wheel waits for ---------------------------------------------
# Kinds below KIND_RESUME are operation numbers: the operation is carried out by `handle_event`.
KIND_RESUME = 512
KIND_FINISH = 513
"""A gather's byte has come from outside L1."""
KIND_MISS = 514
KIND_ACCESS = 515
"""A load or store that is not a plain L1 access."""
KIND_FETCH_FAULT = 516
KIND_L3 = 517

# --- entities: cluster cores 0.., then the fabric controller; above them the engines --------
MAX_CORES = 24
RX = 28
"""DMA channel into L1."""
TX = 29
"""DMA channel out of L1."""
L3_CHANNEL = 30
ENTITIES = 32
CORE_BITS = (1 << RX) - 1
DMA_BITS = (1 << RX) | (1 << TX)

# --- pend: 16 int64 an entity ---------------------------------------------------------------
PEND_SHIFT = 4
IDX, KIND, WORD, OFF, DATA, LINE = 0, 1, 2, 3, 4, 5
"""Slot index; kind; decoded word, L1 offset or address, and store data of a memory access;
instruction cache line the core fetches from (-1: look it up again)."""
LOOP = 6
"""Hardware loop L: start, end (slot indices), count at LOOP + 3*L."""
RETIRED = 12
BANK = 13
"""Banks a request needs, one bit each."""
PROF_IDX, PROF_TIME = 14, 15

# --- side: 32 int64 a core ------------------------------------------------------------------
SIDE_SHIFT = 5
EU_MASK, EU_BUFFER, EU_WAIT, EU_SINCE, EU_DEST = 0, 1, 2, 3, 4
"""Event mask and buffer; 0 awake, 1 waits, 2 waits and clears; when it fell asleep; where the
value goes."""
DMA_WORD, DMA_COMMAND, DMA_L1, DMA_EXT, DMA_LINE, DMA_ID = 5, 6, 7, 8, 9, 10
"""Command words received, their values, and the id last allocated."""
CSR_STATUS, CSR_TVEC, CSR_SCRATCH, CSR_EPC, CSR_CAUSE = 11, 12, 13, 14, 15
HART = 16
BOOT = 17
ENABLED = 18
SPLIT_STAGE, SPLIT_VALUE = 19, 20
EU_STATUS = 21

# --- stalls: 16 int64 an entity -------------------------------------------------------------
STALL_SHIFT = 4
STALL_KINDS = (
    "load_use",
    "bank",
    "icache",
    "branch",
    "l2",
    "misaligned",
    "multicycle",
    "peripheral",
    "barrier",
    "dma",
    "l3",
    "sleep",
)
(
    STALL_LOAD_USE,
    STALL_BANK,
    STALL_ICACHE,
    STALL_BRANCH,
    STALL_L2,
    STALL_MISALIGNED,
    STALL_MULTICYCLE,
    STALL_PERIPHERAL,
    STALL_BARRIER,
    STALL_DMA,
    STALL_L3,
    STALL_SLEEP,
) = range(len(STALL_KINDS))

# --- globals --------------------------------------------------------------------------------
(
    NOW,
    REQUESTS,
    PARITY,
    RELEASED,
    EXIT_VALUE,
    FAULT,
    FAULT_CORE,
    FAULT_ADDRESS,
    FAULT_BYTES,
    LAYER,
    OUT_COUNT,
    ICACHE_ENABLED,
    L2_FREE,
    ID_WAITERS,
    DMA_BYTES,
    L3_BYTES,
    SHARED_STAMP,
    FAULT_DETAIL,
) = range(18)
GLOBALS = 32

# --- configuration, constant during a run ---------------------------------------------------
(
    CFG_CORES,
    CFG_CODE_BASE,
    CFG_CODE_BYTES,
    CFG_L1_BASE,
    CFG_L1_BYTES,
    CFG_BANK_MASK,
    CFG_L2_BASE,
    CFG_L2_BYTES,
    CFG_L2_OFFSET,
    CFG_L3_BYTES,
    CFG_L3_OFFSET,
    CFG_MULH,
    CFG_DIV,
    CFG_DIV_ZERO,
    CFG_TAKEN,
    CFG_JAL,
    CFG_JALR,
    CFG_JALR_ALU,
    CFG_JALR_LOAD,
    CFG_LOAD_USE,
    CFG_CSR,
    CFG_FENCE,
    CFG_MISALIGNED,
    CFG_L2_ACCESS,
    CFG_EU_ACCESS,
    CFG_PERIPHERAL,
    CFG_BARRIER,
    CFG_LINE_SHIFT,
    CFG_LINES,
    CFG_PRIVATE_SETS,
    CFG_PRIVATE_WAYS,
    CFG_SHARED_SETS,
    CFG_SHARED_WAYS,
    CFG_SHARED_BANKS,
    CFG_SHARED_HIT,
    CFG_MISS,
    CFG_DMA_BURST,
    CFG_DMA_OUTSTANDING,
    CFG_DMA_IDS,
    CFG_DMA_MAX,
    CFG_DMA_WIDTH,
    CFG_DMA_LATENCY_IN,
    CFG_DMA_LATENCY_OUT,
    CFG_DMA_BURST_OUT,
    CFG_DMA_LINE,
    CFG_L3_LATENCY,
    CFG_L3_CYCLES_256,
    CFG_FETCH_ENABLE,
    CFG_BOOT_ADDRESS,
    CFG_ICACHE_ENABLE,
    CFG_EVENT_UNIT,
    CFG_DMA_BASE,
    CFG_L3_BASE,
    CFG_EXIT,
    CFG_PUTCHAR,
    CFG_BARRIERS,
    CFG_EVENT_DMA,
    CFG_EVENT_L3,
    CFG_EVENT_BARRIER,
    CFG_L2_WIDTH,
) = range(60)
CONFIGURATION = 64

# --- time wheel -----------------------------------------------------------------------------
WHEEL = 2048
WHEEL_MASK = WHEEL - 1
HORIZON = 512
"""Cycles a core may run ahead without a shared access before it lets the others catch up."""

# --- why the engine returned ----------------------------------------------------------------
(
    STATUS_OK,
    STATUS_EXIT,
    STATUS_LAYER,
    STATUS_OUTPUT,
    STATUS_LIMIT,
    STATUS_DEADLOCK,
    STATUS_FAULT,
    STATUS_LOOP_END,
) = range(8)

# --- faults, see nmc.sim.faults for the words -----------------------------------------------
(
    FAULT_NONE,
    FAULT_ILLEGAL,
    FAULT_FETCH,
    FAULT_MEMORY,
    FAULT_CODE_WRITE,
    FAULT_DMA_L1,
    FAULT_DMA_EXT,
    FAULT_DMA_LENGTH,
    FAULT_DMA_CODE,
    FAULT_L3_RANGE,
    FAULT_L3_BUSY,
    FAULT_L3_CODE,
    FAULT_TRAP,
    FAULT_LOOP,
    FAULT_CSR,
    FAULT_REGISTER,
    FAULT_BOOT,
) = range(17)

OUTPUT_BYTES = 4096

MASK32 = 0xFFFF_FFFF
