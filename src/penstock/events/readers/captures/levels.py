"""Price levels written as ``[["price","size"],…]``, read by compiled code.

A decimal of at most 15 significant digits is a whole number over a power of ten, both exact in
float64, so that one division gives the nearest float (Clinger 1990, the fast path of every exact
parser). Whatever is written in another way is left to the JSON library.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from penstock.core.jit import jit
from penstock.core.native import compiled

POWERS = tuple(10.0**power for power in range(23))  # all exact
EXACT = 1 << 53

_QUOTE, _COMMA, _MINUS, _POINT, _OPEN, _CLOSE, _ZERO, _NINE = 34, 44, 45, 46, 91, 93, 48, 57

Pairs = list[tuple[float, float]]
_pairs = msgspec.json.Decoder(Pairs, strict=False)


@jit
def decimal(data: np.ndarray, at: int, stop: int) -> tuple[float, int]:
    """The quoted decimal at a place, and the place after it; -1 where it is not written plainly."""
    if at + 2 >= stop or data[at] != _QUOTE:
        return 0.0, -1
    at += 1
    negative = data[at] == _MINUS
    if negative:
        at += 1
    start, whole, point = at, 0, -1
    if data[at] == _ZERO and _ZERO <= data[at + 1] <= _NINE:
        return 0.0, -1  # as in JSON, no number begins with a zero and another digit
    while at < stop and data[at] != _QUOTE:
        byte = data[at]
        if _ZERO <= byte <= _NINE:
            whole = 10 * whole + (byte - _ZERO)
            if whole >= EXACT:
                return 0.0, -1
        elif byte == _POINT and point < 0 and at > start:
            point = at
        else:
            return 0.0, -1
        at += 1
    decimals = at - point - 1 if point >= 0 else 0
    if at >= stop or at == start or at == point + 1 or decimals > 22:
        return 0.0, -1
    value = whole / POWERS[decimals]
    return (-value if negative else value), at + 1


@jit
def level(data: np.ndarray, at: int, stop: int, out: np.ndarray) -> int:
    """Read one level into a row; the place after it, or -1."""
    if data[at] != _OPEN:
        return -1
    price, at = decimal(data, at + 1, stop)
    if at < 0 or at >= stop or data[at] != _COMMA:
        return -1
    size, at = decimal(data, at + 1, stop)
    if at < 0 or at >= stop or data[at] != _CLOSE:
        return -1
    out[0], out[1] = price, size
    return at + 1


@jit
def read_list(data: np.ndarray, at: int, stop: int, out: np.ndarray, count: int) -> tuple[int, int]:
    """Read one list of levels into rows of ``out`` from ``count`` on: the rows then, and where it ended."""
    if at + 1 >= stop or data[at] != _OPEN:
        return count, -1
    if data[at + 1] == _CLOSE:
        return count, at + 2
    while True:
        at = level(data, at + 1, stop, out[count])
        if at < 0 or at >= stop:
            return count, -1
        count += 1
        if data[at] == _CLOSE:
            return count, at + 1
        if data[at] != _COMMA or at + 1 >= stop:
            return count, -1


@jit
def read_lists(data: np.ndarray, edges: np.ndarray, out: np.ndarray, ends: np.ndarray) -> None:
    """Read lists [edges[i], edges[i+1]); ``ends`` gets the rows after each, or ``~rows`` before a bad one."""
    count = 0
    for i in range(ends.shape[0]):
        rows, at = read_list(data, edges[i], edges[i + 1], out, count)
        if at == edges[i + 1]:
            count = rows
            ends[i] = count
        else:
            ends[i] = ~count


def read_levels(texts: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray, list[tuple[int, str]]]:
    """The levels of many lists.

    Returns
    -------
    tuple
        Rows (price, size) of all lists in order; where each list ends in them; and the places of those
        that are no lists of levels, each with the reason.
    """
    data = b"".join(texts)
    edges = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) for text in texts], out=edges[1:])
    rows = np.empty((data.count(b"["), 2))
    ends = np.empty(len(texts), np.int64)
    compiled(read_lists)(np.frombuffer(data or b" ", np.uint8), edges, rows, ends)
    if not ends.size or ends.min() >= 0:
        return rows[: int(ends[-1]) if ends.size else 0], ends, []
    return _otherwise(texts, rows, ends)


def _otherwise(
    texts: Sequence[bytes], rows: np.ndarray, ends: np.ndarray
) -> tuple[np.ndarray, np.ndarray, list[tuple[int, str]]]:
    """The same where some lists must be read by the JSON library."""
    plain = np.where(ends < 0, ~ends, ends)
    begins = np.concatenate(([0], plain[:-1]))
    parts: list[np.ndarray] = []
    bad: list[tuple[int, str]] = []
    for place, text in enumerate(texts):
        if ends[place] >= 0:
            parts.append(rows[begins[place] : plain[place]])
            continue
        try:
            found = _pairs.decode(text)
        except msgspec.DecodeError as error:
            bad.append((place, str(error)))
            found = []
        parts.append(np.array(found, np.float64).reshape(-1, 2))
    return np.concatenate(parts), np.cumsum([len(part) for part in parts]), bad
