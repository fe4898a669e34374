"""The lines of a capture, found without parsing their JSON: where each begins, its stamp, its object.

A line is an object, or a stamp and an object: ``<ns> {…}`` or ``<seconds>.<fraction>: {…}``. A whole
number is seconds, milliseconds, microseconds or nanoseconds by its size. Braces, brackets and quotes
are followed, so that a line passed on holds exactly one object: many can then be decoded at once.
"""

from dataclasses import dataclass

import numpy as np

from penstock.core.jit import jit
from penstock.core.native import compiled

START, END, BODY, STAMP, STATE = range(5)
# states; a HEAD is neither a stamp nor an object, until it is looked at
GOOD, BLANK, HEAD, BROKEN, REQUEST, CONNECTION, NOTE = range(7)
UNSTAMPED = -1

_NEWLINE, _RETURN, _SPACE, _QUOTE, _ESCAPE, _COLON, _POINT = 10, 13, 32, 34, 92, 58, 46
_OPEN, _CLOSE, _OPEN_LIST, _CLOSE_LIST, _ZERO, _NINE = 123, 125, 91, 93, 48, 57
_SECONDS, _MILLISECONDS, _MICROSECONDS = 11, 14, 17  # digits, at most


@jit
def stamp_at(data: np.ndarray, at: int, stop: int) -> tuple[int, int]:
    """The stamp at a place in ns, and the place after it; ``UNSTAMPED`` where there is none."""
    start, whole = at, 0
    while at < stop and at - start < 19 and _ZERO <= data[at] <= _NINE:
        whole = 10 * whole + (data[at] - _ZERO)
        at += 1
    digits = at - start
    if digits == 0:
        return UNSTAMPED, at
    if at < stop and data[at] == _POINT and digits <= _SECONDS:
        at += 1
        scale = 1_000_000_000
        whole *= scale
        while at < stop and _ZERO <= data[at] <= _NINE:
            scale //= 10
            whole += (data[at] - _ZERO) * scale
            at += 1
        return whole, at
    if digits <= _SECONDS:
        return whole * 1_000_000_000, at
    if digits <= _MILLISECONDS:
        return whole * 1_000_000, at
    return (whole * 1_000 if digits <= _MICROSECONDS else whole), at


@jit
def is_object(data: np.ndarray, at: int, stop: int) -> bool:
    """Whether the bytes are one object, by its braces, brackets and quotes."""
    if at >= stop or data[at] != _OPEN:
        return False
    depth, quoted = 0, False
    while at < stop:
        byte = data[at]
        if quoted:
            if byte == _ESCAPE:
                at += 1
            elif byte == _QUOTE:
                quoted = False
        elif byte == _QUOTE:
            quoted = True
        elif byte in (_OPEN, _OPEN_LIST):
            depth += 1
        elif byte in (_CLOSE, _CLOSE_LIST):
            depth -= 1
            if depth == 0:
                return at == stop - 1
        at += 1
    return False


@jit
def scan(data: np.ndarray, table: np.ndarray) -> int:
    """Fill a row of the table for each line; how many there are."""
    size, at, row = data.shape[0], 0, 0
    while at < size:
        stop = at
        while stop < size and data[stop] != _NEWLINE:
            stop += 1
        end = stop
        while end > at and data[end - 1] in (_RETURN, _SPACE):
            end -= 1
        stamp, body = stamp_at(data, at, end)
        state = GOOD
        if stamp != UNSTAMPED:
            if body < end and data[body] == _COLON:
                body += 1
            if body < end and data[body] == _SPACE:
                body += 1
            else:
                state = HEAD
        if end == at:
            state = BLANK
        elif state == GOOD and not is_object(data, body, end):
            state = HEAD if data[body] != _OPEN else BROKEN
        table[row, START], table[row, END], table[row, BODY] = at, end, body
        table[row, STAMP], table[row, STATE] = stamp, state
        row += 1
        at = stop + 1
    return row


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a piece of text.

    Attributes
    ----------
    text
        The bytes.
    table
        Per line: start, end, start of the object, stamp, state.
    number
        The number of the first line in the file.
    urls
        The addresses of those that are answers to requests.
    """

    text: bytes
    table: np.ndarray
    number: int
    urls: dict[int, str]

    @classmethod
    def of(cls, text: bytes, number: int) -> "Lines":
        """The lines of a text, of which each but the last ends with a newline."""
        table = np.empty((text.count(b"\n") + 1, 5), np.int64)
        count = compiled(scan)(np.frombuffer(text, np.uint8), table) if text else 0
        lines = cls(text, table[:count], number, {})
        for row in np.flatnonzero(table[:count, STATE] == HEAD).tolist():
            lines.head(row)
        return lines

    def __len__(self) -> int:
        return self.table.shape[0]

    def bodies(self, rows: np.ndarray) -> list[bytes]:
        """The objects of some lines."""
        begin, end = self.table[rows, BODY].tolist(), self.table[rows, END].tolist()
        return [self.text[a:b] for a, b in zip(begin, end, strict=True)]

    def raw(self, row: int) -> bytes:
        """The bytes of a line."""
        return self.text[self.table[row, START] : self.table[row, END]]

    def head(self, row: int) -> None:
        """Look at a line with an address before its stamp, as recorders of many connections write them."""
        line = self.raw(row)
        if line.startswith(b"configuration: "):
            self.table[row, STATE] = NOTE
            return
        for mark, state in ((b" <-> ", CONNECTION), (b" <- ", REQUEST), (b" -> ", GOOD)):
            url, found, rest = line.partition(mark)
            if not found or b"://" not in url:
                continue
            data = np.frombuffer(rest or b" ", np.uint8)
            stamp, at = compiled(stamp_at)(data, 0, len(rest))
            if stamp == UNSTAMPED:
                return
            if state == GOOD:
                body = len(rest) - len(rest[at:].lstrip(b": "))
                self.urls[row] = url.decode("utf-8", "replace")
                self.table[row, BODY] = self.table[row, END] - (len(rest) - body)
                found_object = compiled(is_object)(data, body, len(rest))
                self.table[row, STATE] = GOOD if found_object else BROKEN
            else:
                self.table[row, STATE] = state
            self.table[row, STAMP] = stamp
            return
