"""Numbers for the L1 accesses that are made ahead of their time, see nmc.sim.ahead."""

LOOKAHEAD_MAX = 768
"""Most cycles a core may make accesses ahead, and so most accesses."""

# --- a core's notes: LOOKAHEAD_MAX places for loads, as many for stores, and its fetches -------
# Bits 23:0 of a note are the offset in L1, 26:24 the type of a store, the upper 32 the word that
# was read, or is to be written.
OFF_MASK = (1 << 24) - 1
KIND_SHIFT = 24
WORD_SHIFT = 32
STORES = LOOKAHEAD_MAX
FETCHES = 2 * LOOKAHEAD_MAX
FETCHES_MAX = 32
MISS_MAX = 64
"""Cycles of a miss to L2 up to which lines are fetched ahead: what follows has to fit the wheel."""
FETCH_LINE, FETCH_WAY, FETCH_VICTIM, FETCH_PLACES = 0, 1, 2, 3
"""Of a fetch: the line, where its way of the private cache is, and the line that was in it."""
NOTES = FETCHES + FETCHES_MAX * FETCH_PLACES

# --- a core's stream: one byte for each cycle from where it began to run ahead ------------------
STREAM_SHIFT = 11
STREAM = 1 << STREAM_SHIFT
"""As the time wheel, it is longer than any core runs ahead."""
# A byte is 0, or bits 5:0 the bank of an access and 1, and these bits. The last one is the core's
# next stop: an access that is not noted, or an event, which has no bank.
BANK_MASK, STOP, WRITES = 63, 64, 128
FETCH = STOP | WRITES
"""A whole byte: the core asks the shared cache for a line."""

NO_ROW = -1
"""No row says this: a byte above all others for each core."""

STORES_FULL = 255
"""At most so many stores to a word are noted and not yet served, as its tag counts: a byte for each
word of L1, behind the memories."""

# --- what `execute` begins with -------------------------------------------------------------
GRANTED, COMPLETED, WOKEN, AGAIN = range(4)
"""The access the core waits with has won its bank; is done; an event that let it wait is over;
again from where it began last, up to the first access that has not been served."""

# What is kept of a core for AGAIN: places of its block at AT_SAVED, the ages of its cache behind.
SAVED_REGS, SAVED_LOOPS, SAVED_IDX, SAVED_STALLS, SAVED_START, SAVED_AGES = 0, 40, 46, 47, 50, 56
