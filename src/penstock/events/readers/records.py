"""Rows of CSV that take several lines, because a cell in quotes holds a newline.

A line with an odd number of quotes opens such a row, and the next line with an odd number closes it. It is a row only
where it has the right cells and every quote begins or ends one; else the line that seemed to open it stands alone, and
is refused. So a stray quote costs its own line, however many follow.
"""

import re
from typing import NamedTuple

import numpy as np

from penstock.core.arrays import I8

LONGEST = 1 << 16  # bytes of such a row: what has not ended by then is a stray quote
QUOTE = 34


class Spans(NamedTuple):
    """Where rows begin and end, how many of them take several lines, and where the text is cut off.

    ``stop`` is before the end of the text where a row is open there, and more may come.
    """

    starts: I8
    ends: I8
    joined: int
    stop: int


def grammar(separator: str, width: int | None = None) -> re.Pattern[bytes]:
    """What a row must look like: cells without quotes, or in quotes, where two of them stand for one."""
    between = re.escape(separator.encode())
    cell = rb'(?:[^"\r\n%s]*|"(?:[^"]|"")*")' % between
    more = b"*" if width is None else b"{%d}" % (width - 1)
    return re.compile(cell + rb"(?:" + between + cell + rb")" + more, re.DOTALL)


def first_row(text: bytes) -> bytes:
    r"""The text up to the first newline that stands in no quotes; the first line where all do.

    Examples
    --------
    >>> first_row(b'a,"b\nc"\n1,2\n'), first_row(b'a,"b\n1,2\n')
    (b'a,"b\nc"', b'a,"b')
    """
    end = text.find(b"\n")
    while end >= 0 and text.count(b'"', 0, end) % 2:
        end = text.find(b"\n", end + 1)
    return text[:end] if end >= 0 else text.split(b"\n", 1)[0]


def joined(text: bytes, starts: I8, ends: I8, separator: str, width: int, *, more: bool) -> Spans:
    """Join lines that are one row; ``more`` says that text may follow."""
    quotes = np.flatnonzero(np.frombuffer(text, np.uint8) == QUOTE)
    counts = np.searchsorted(quotes, ends) - np.searchsorted(quotes, starts)
    odd = np.flatnonzero(counts % 2).tolist()
    row, keep, ends = grammar(separator, width), np.ones(starts.size, bool), ends.copy()
    place, count, stop = 0, 0, len(text)
    while place < len(odd):
        first = odd[place]
        start = int(starts[first])
        if place + 1 == len(odd):
            if more and len(text) - start <= LONGEST:
                stop, keep[first:] = start, False
            break
        last = odd[place + 1]
        end = int(ends[last])
        if end - start <= LONGEST and row.fullmatch(text[start:end].removesuffix(b"\r")):
            ends[first], keep[first + 1 : last + 1] = end, False
            place, count = place + 2, count + 1
        else:
            place += 1
    return Spans(starts[keep], ends[keep], count, stop)
