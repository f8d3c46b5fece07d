"""Constant bytes as lines of hexadecimal words, and back, a megabyte at a time.

A program can hold eleven megabytes of weights: nothing here makes a Python object per word.
"""

import re
from collections.abc import Iterator

import numpy as np

WORDS_PER_LINE = 8
_PREFIX = "\t.word "
_SEPARATOR = ", "
_RUN = re.compile(r"(?m)(?:^\t\.word 0x[0-9a-f]{8}(?:, 0x[0-9a-f]{8})*\n)+")


def data_runs(text: str) -> Iterator[tuple[int, int]]:
    """Spans of whole lines in `text` that `parse_words` can convert."""
    for found in _RUN.finditer(text):
        yield found.span()


def parse_words(lines: str) -> bytes:
    """The bytes of a run that `data_runs` found."""
    for noise in (_PREFIX, _SEPARATOR, "\n"):
        lines = lines.replace(noise, "")
    big_endian = bytes.fromhex(lines.replace("0x", ""))
    return np.frombuffer(big_endian, dtype=">u4").astype("<u4").tobytes()


def format_words(data: bytes) -> str:
    """Lines of `.word` for `data`, and one of `.byte` for what is left of a word."""
    count = len(data) // 4
    words = np.frombuffer(data, dtype="<u4", count=count)
    digits = np.frombuffer(words.astype(">u4").tobytes().hex().encode(), dtype=np.uint8)
    whole = count - count % WORDS_PER_LINE
    text = _format_lines(digits[: whole * 8].reshape(-1, WORDS_PER_LINE, 8))
    if count > whole:
        text += _format_lines(digits[whole * 8 :].reshape(1, -1, 8))
    if rest := data[count * 4 :]:
        text += f"\t.byte {_SEPARATOR.join(f'{byte:#04x}' for byte in rest)}\n"
    return text


def _format_lines(digits: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> str:
    """One line for each row of [lines][words][8] ASCII digits."""
    lines, words, _ = digits.shape
    cell = np.frombuffer(b"0x________" + _SEPARATOR.encode(), dtype=np.uint8)
    cells = np.tile(cell, (lines, words, 1))
    cells[:, :, 2:10] = digits
    body = cells.reshape(lines, words * len(cell))[:, : -len(_SEPARATOR)]
    prefix = np.tile(np.frombuffer(_PREFIX.encode(), dtype=np.uint8), (lines, 1))
    newline = np.full((lines, 1), ord("\n"), dtype=np.uint8)
    return np.hstack([prefix, body, newline]).tobytes().decode("ascii")
