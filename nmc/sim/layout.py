"""Numbers the decoder, the compiled engine and the Python side agree on.

All state of the machine but the bytes of its memories lives in one flat int64 array, `s` (see
nmc.sim.state): compiled functions that take one array compile several times faster than ones that
take many. This file names the places in it.
"""

# --- a decoded slot: one int64, see nmc.sim.decoder -----------------------------------------
OP_BITS = 10
OP_MASK = (1 << OP_BITS) - 1
BEHIND = 1 << OP_BITS
"""Something happens behind the instruction: the slot at its last byte says what."""
S2_SHIFT = 11
S1_SHIFT = 17
D_SHIFT = 23
IMM_SHIFT = 32
FIELD_MASK = 63
WIDE_BIT, ASTRIDE_BIT, LINE_END_BIT = 29, 30, 31
WIDE = 1 << WIDE_BIT
"""A 32-bit instruction in a program with compressed ones."""
ASTRIDE = 1 << ASTRIDE_BIT
"""One astride a word boundary: jumps to it take longer."""
LINE_END = 1 << LINE_END_BIT
"""The next instruction is in another line of the cache."""

# --- registers: 64 places a core ------------------------------------------------------------
REG_SHIFT = 6
DUMMY = 32
"""Where results for x0 go."""
XDC = 33
"""Counter of the N:M gathers."""
XA = 34
"""Four accumulators of gather-and-accumulate, in the order of their control registers."""
XREADY = 38
"""The number of the instruction from which on they can be read without waiting."""

# --- operations that are not generated from the table ---------------------------------------
OP_ILLEGAL = 0
OP_STALL = 1
"""Pseudo: `imm` cycles of stall kind `s1`."""
OP_LOOP_END = 2
"""Pseudo: behind the last instruction of a hardware loop."""
OP_WIDE = 3
"""Pseudo: behind a 32-bit instruction among compressed ones: OP_STALL, and over its other half."""
OP_LOOP_END_WIDE = 4
"""Pseudo: both OP_WIDE and OP_LOOP_END."""
OP_LAYER = 5
"""Pseudo: core 0 enters a layer; the instruction itself is in the next slot."""
OP_CSR = 6
OP_FENCE = 7
OP_TRAP = 8
OP_WFI = 9
OP_MRET = 10
OP_BAD_LOOP = 11
OP_CROSSING = 12
"""Pseudo: fetches the second line of an instruction that lies in two; itself it is in the place's
third slot."""
OP_BODY = 13
"""Pseudo: the body of a hardware loop begins, for which there can be machine code, see
nmc.sim.native; the instruction itself is in the next slot."""
OP_FIRST_GENERATED = 16

# Memory operations: bit 8 set, bits 4:0 the type of access, bit 5 post-increment.
OP_MEMORY = 256
OP_POST, TYPE_MASK = 32, 31
LB, LBU, LH, LHU, LW, SB, SH, SW = range(8)
FIRST_CUSTOM_LOAD = 8
"""Gathers: of bytes up to the next, of words from there."""
FIRST_WORD_GATHER = 14
ELW = 30

# `.sc` forms of SIMD operations: the operation's number and one of these; the second operand is
# lane 0 replicated.
OP_SPLAT_B = 512
OP_SPLAT_H = 512 + 256

# --- what an entity of the time wheel waits for ---------------------------------------------
# Kinds below KIND_RESUME are operation numbers: the operation is carried out by `handle_event`.
KIND_RESUME = 1024
"""Fetches the instruction at IDX."""
KIND_FETCHED = 1025
"""Executes the instruction at IDX, which came past the disabled instruction cache."""
KIND_DONE = 1026
"""Goes on behind the instruction at IDX, which is done."""
KIND_FINISH = 1027
"""A gather's byte has come from outside L1, in DATA."""
KIND_MISS = 1028
KIND_ACCESS = 1029
"""A load or store that is not a plain L1 access."""
KIND_FETCH_FAULT = 1030
KIND_L3 = 1031
KIND_MISS_NEXT = 1032
"""The line with the second half of the instruction is missing."""

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
IDX, KIND, OFF, DATA = 0, 1, 2, 3
"""Slot of the instruction; what the core waits for; L1 offset (or address) and store data of its
memory access."""
LOOP = 6
"""Hardware loop L: start, end (slot indices), count at LOOP + 3*L."""
COUNT = 12
"""Instructions completed."""
BANKS = 13
"""Banks a DMA channel needs, one bit each."""
PROFILE_IDX, PROFILE_TIME = 14, 15
"""When profiling: slot of the last instruction begun, and when it was."""

# --- side: 32 int64 a core ------------------------------------------------------------------
SIDE_SHIFT = 5
EU_MASK, EU_BUFFER, EU_WAIT, EU_SINCE, EU_DEST = 0, 1, 2, 3, 4
"""Event mask and buffer; 0 awake, 1 waits, 2 waits and clears; when it fell asleep; where the
value goes."""
DMA_WORD, DMA_COMMAND, DMA_L1, DMA_EXT, DMA_LINE, DMA_ID = 5, 6, 7, 8, 9, 10
"""Command words received, their values, and the id last allocated."""
CSR_STATUS, CSR_TVEC, CSR_SCRATCH, CSR_EPC, CSR_CAUSE = 11, 12, 13, 14, 15
HART, BOOT, ENABLED = 16, 17, 18
SPLIT_STAGE, SPLIT_VALUE = 19, 20
"""Of an access that takes two turns at the banks: turns had, and what the first one read."""
STOP_TIME = 21
"""Where the work ends that the core did last without looking at the others: a time."""

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
STALL_COUNT = len(STALL_KINDS)

# --- globals -----------------------------------------------------------------------------
(
    NOW,
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
    SLOW,
    RECORDING,
    RECORDED,
    RECORDS_LOST,
    STREAMING,
    ASKED,
    COUNTING,
    FETCHING,
    ID_RETRIES,
    LOST_ROWS,
    PASSED_ABOVE,
) = range(96, 96 + 27)
"""SLOW: cores whose L1 request is completed by nmc.sim.split. STREAMING: cores with accesses noted
ahead of their time, see nmc.sim.ahead; ASKED: what their streams say now, or NO_ROW. RECORDING:
whether records are written; RECORDED: how many are not yet collected; RECORDS_LOST: for want of
room.
COUNTING: see nmc.sim.present. FETCHING: cores with a noted fetch among the events of now.
ID_RETRIES: cores that have waited for a DMA id since EU_SINCE and are about to ask again.
LOST_ROWS: how many there are at LOST. PASSED_ABOVE: TURNS of the cores that no row has, in one."""

# --- configuration, constant during a run ---------------------------------------------------
(
    CFG_CORES,
    CFG_CODE_BASE,
    CFG_CODE_BYTES,
    CFG_SLOT_SHIFT,
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
    CFG_ASTRIDE,
    CFG_LOAD_USE,
    CFG_CSR,
    CFG_FENCE,
    CFG_ACCUMULATE,
    CFG_REQUANTISE,
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
    CFG_TAGS,
    CFG_PAGE_SHIFT,
    CFG_STREAMS,
    CFG_AGES,
    CFG_SAVED,
    CFG_HORIZON,
    AT_CODE,
    AT_SOURCES,
    AT_REGIONS,
    AT_LINES,
    AT_AGES,
    AT_SAVED,
    AT_NOTES,
    AT_WAYS,
    AT_SHARED,
    AT_SHARED_FREE,
    AT_PROFILE,
    AT_OPEN,
    AT_RECORDS,
    AT_SANITIZE,
    AT_END,
) = range(85)
QUEUE_PLACES = 64

BODY = 123
"""What the machine code of a body leaves: time, lost cycles, where the next notes of a load and of
a store go, and the slot."""

# --- places of fixed size; a core's place is the base plus its number shifted -----------------
PEND = 128
SIDE = PEND + (32 << PEND_SHIFT)
STALLS = SIDE + (32 << SIDE_SHIFT)
WHEEL_AT = STALLS + (32 << STALL_SHIFT)
"""One place a cycle: who asks for a bank of L1, ATTENTION, and the banks that are asked for."""
EVENTS_AT = WHEEL_AT + 1024
"""One place a cycle: whose time it is for anything else."""
TURNS = EVENTS_AT + 1024
"""For each core: the banks of L1 whose turn has passed it, see nmc.sim.turns."""
WANTS = TURNS + 32
"""For each core: the bank of L1 it asks for."""
FEEDS = WANTS + 32
"""For each core that is STREAMING: what the time has to be added to for its place in its stream."""
LENGTHS = FEEDS + 32
"""For each core: places of its stream that may not be 0."""
PAGES_READ = LENGTHS + 32
"""For each core that is STREAMING: the pages of L1, a 64th of it each, that it has read ahead."""
LOADS_END, LOADS_KNOWN = PAGES_READ + 32, PAGES_READ + 64
"""For each core: where the notes of its loads end; and, when it is recalled, of those served."""
STORES_END, STORES_KNOWN = LOADS_KNOWN + 32, LOADS_KNOWN + 64
"""The same of its stores."""
STORES_NEXT, WAITED = LOADS_KNOWN + 96, LOADS_KNOWN + 128
"""Note of the next store of a core that is STREAMING; its waits that are not among its stalls."""
FETCHED, FETCHES_KNOWN, FETCHES_SERVED = WAITED + 32, WAITED + 64, WAITED + 96
"""For each core: lines fetched ahead, those served when it was recalled, those served by now."""
LAST_FETCH = WAITED + 128
"""The place in its stream of the last one that is served."""
BARRIERS = WAITED + 160
"""Four a barrier: trigger mask, arrived, target mask, unused."""
CHANNELS = BARRIERS + 4 * 32
"""32 for each of RX and TX, see nmc.sim.dma."""
QUEUE = CHANNELS + 2 * 32
"""For each of RX and TX 64 commands of 8."""
TRANSFERS = QUEUE + 2 * 64 * 8
"""Two an id: allocated, commands under way."""
L3 = TRANSFERS + 2 * 64
CONFLICTS = L3 + 16
"""For each bank of L1: how often an access of a core had to wait for it."""
LOST = CONFLICTS + 32
LOST_MAX = 64
"""Rows of accesses that were not served, and are not yet counted among the conflicts."""
REGS = 64 * ((LOST + LOST_MAX + 63) // 64)
OUTPUT_BYTES = 1024
OUT = REGS + (32 << REG_SHIFT)
"""Characters not yet collected."""
FIXED = OUT + OUTPUT_BYTES
"""Where the areas whose size depends on the program and the target begin, see AT_*."""

# --- profile: 16 places for each core and two bytes of code ----------------------------------
PROFILE_SHIFT = 4
EXECUTED, SPENT, STALLED = 0, 1, 2
"""Times executed, cycles, and the cycles of each kind of stall."""

# --- open segments: 64 places a core, see nmc.sim.recording ----------------------------------
OPEN_SHIFT = 6
OPEN_START, OPEN_EXECUTED, OPEN_REGION, OPEN_POLL = 0, 1, 2, 3
"""OPEN_POLL: when the core last read the status of the DMA or of the L3 channel."""
OPEN_STALLS = 16
"""Stalls of the core when its segment began."""
SEEN_STALLS = 32
"""Stalls of the core that the profile has given to an instruction."""

# --- records: 32 places each -----------------------------------------------------------------
RECORD_SHIFT = 5
RECORD_ENTITY, RECORD_START, RECORD_END = 0, 1, 2
RECORD_REGION, RECORD_EXECUTED, RECORD_WAIT = 3, 4, 5
"""Of a core's segment: where in the code, instructions, and kind of stall + 1 if it waited."""
RECORD_BYTES, RECORD_L1, RECORD_EXT, RECORD_CORE, RECORD_ASKED = 3, 4, 5, 6, 7
"""Of a transfer of the DMA or of the L3 channel: L3's is between L2 (`RECORD_L1`) and L3, and
`RECORD_ASKED` is when the command came. Bytes are negative out of L1, and to L3."""
RECORD_STALLS = 8
RECORDS = 1 << 15
"""Room for records."""
RECORDS_FULL = 1 << 13
"""From here on the engine returns to have them collected. What one step of the time wheel can
add fits above: each of 24 cores runs ahead at most `HORIZON` cycles."""

# --- time wheel -----------------------------------------------------------------------------
WHEEL = 1024
WHEEL_MASK = WHEEL - 1
ENTITY_BITS = (1 << 31) - 1
ATTENTION_BIT = 31
ATTENTION = 1 << ATTENTION_BIT
"""Not only cores that ask for different banks: there are events, or the DMA asks, or two cores ask
for one bank."""
BANKS_SHIFT = 32
HORIZON = 832
"""Cycles a core may run ahead before it lets the others catch up."""

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
    STATUS_RECORDS,
) = range(9)

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

MASK32 = 0xFFFF_FFFF
