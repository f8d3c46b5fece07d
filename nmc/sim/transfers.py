"""The table of transfers of the DMA's two channels and of the L3 channel, one row each."""

import numpy as np

from nmc.sim import layout as at
from nmc.sim.jit import Ints
from nmc.sim.merging import groups

ENGINE, START, END, BYTES, L1, EXT, CORE, ASKED, MERGED, BUSY = range(10)
"""ENGINE: RX, TX or L3_CHANNEL (`nmc.sim.layout`). BYTES: negative to L3. L1, EXT: addresses in L1
and L2; of the L3 channel, the address in L2 and the offset in L3. ASKED: time of the command.
MERGED: transfers the row stands for. BUSY: cycles in which one of them was under way."""
COLUMNS = 10


def transfer_rows(records: Ints) -> Ints:
    """The rows of some records of transfers, in the order in which they ended."""
    rows = np.empty((len(records), COLUMNS), np.int64)
    rows[:, ENGINE] = records[:, at.RECORD_ENTITY]
    rows[:, START] = records[:, at.RECORD_START]
    rows[:, END] = records[:, at.RECORD_END]
    rows[:, BYTES] = records[:, at.RECORD_BYTES]
    rows[:, L1] = records[:, at.RECORD_L1]
    rows[:, EXT] = records[:, at.RECORD_EXT]
    rows[:, CORE] = records[:, at.RECORD_CORE]
    rows[:, ASKED] = records[:, at.RECORD_ASKED]
    rows[:, MERGED] = 1
    rows[:, BUSY] = rows[:, END] - rows[:, START]
    dma = rows[:, ENGINE] != at.L3_CHANNEL
    rows[dma, BYTES] = np.abs(rows[dma, BYTES])
    return rows


def sorted_transfers(rows: Ints) -> Ints:
    """By engine, then by time."""
    return rows[np.lexsort((rows[:, START], rows[:, ENGINE]))]


def transfer_groups(rows: Ints, grain: int) -> Ints:
    """The first of each group of sorted rows that become one where what is short is merged.

    Neighbours on one engine and in one direction, shorter than `grain` cycles, whose starts lie in
    the same `grain` cycles, are a group.
    """
    keys = (rows[:, ENGINE], np.sign(rows[:, BYTES]))
    return groups(rows[:, START], rows[:, END], keys, grain)


def join_transfers(rows: Ints, first: Ints) -> Ints:
    """One row for each group, given the first of each, with the addresses of that one."""
    if not len(rows):
        return rows
    merged = rows[first]
    merged[:, END] = rows[np.append(first[1:], len(rows)) - 1, END]
    for column in (BYTES, MERGED, BUSY):
        merged[:, column] = np.add.reduceat(rows[:, column], first)
    return merged
