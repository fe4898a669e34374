"""The lines of a block of text: which are rows, and which of them have the right cells."""

import csv
import re
from functools import cached_property

import numpy as np

from penstock.events.checks import Marks
from penstock.events.quarantine import Quarantine

_NEWLINE, _RETURN, _QUOTE = 10, 13, 34


def split(line: bytes, separator: str) -> list[str]:
    """The cells of a line, with quotes; none where it cannot be one line of CSV."""
    try:
        return next(csv.reader([line.decode("utf-8", "replace")], delimiter=separator), [])
    except csv.Error:
        return []


class Lines:
    """Whole lines of CSV text, looked at without parsing them.

    Parameters
    ----------
    text
        Lines, each with its newline.
    separator
        Between cells.
    width
        Cells of a row.
    row
        The number of the first row in the file.
    skip
        Whether the first line is the header.
    """

    def __init__(self, text: bytes, separator: str, width: int, row: int, *, skip: bool) -> None:
        self.text = text
        self.separator = separator
        self.row = row
        data = np.frombuffer(text, np.uint8)
        places = np.flatnonzero((data == ord(separator)) | (data == _NEWLINE))
        ends = places[width - 1 :: width]
        # the usual case, seen in one pass: every width-th mark is a newline, and no other is
        even = places.size == ends.size * width == text.count(b"\n") * width
        self.even = even and bool((data[ends] == _NEWLINE).all())
        if not self.even:
            ends = places[data[places] == _NEWLINE]
        starts = np.concatenate(([0], ends[:-1] + 1)) if ends.size else ends
        if skip:
            starts, ends = starts[1:], ends[1:]
        empty = ends - starts <= 1
        if empty.any():
            empty &= (ends == starts) | (data[starts] == _RETURN)
            starts, ends = starts[~empty], ends[~empty]
        self.blank = int(empty.sum())
        self._bare = not skip and not self.blank
        self.starts, self.ends = starts, ends
        self.rows = int(starts.size)
        self.wrong = self._wrong(data, separator, width)
        self.kept = np.flatnonzero(~self.wrong)

    def _wrong(self, data: np.ndarray, separator: str, width: int) -> np.ndarray:
        """Which rows have too many cells, too few, or an open quote."""
        quoted = b'"' in self.text
        if not self.rows or (self.even and not quoted):
            return np.zeros(self.rows, bool)
        wrong = self._count(data, ord(separator)) + 1 != width
        if quoted:
            quotes = self._count(data, _QUOTE)
            for place in np.flatnonzero(wrong & (quotes > 0)).tolist():
                wrong[place] = len(split(self._line(place), separator)) != width
            wrong |= quotes % 2 == 1
        return wrong

    def _count(self, data: np.ndarray, byte: int) -> np.ndarray:
        """How often a byte is in each row."""
        places = np.flatnonzero(data == byte)
        return np.searchsorted(places, self.ends) - np.searchsorted(places, self.starts)

    def _line(self, place: int) -> bytes:
        return self.text[self.starts[place] : self.ends[place]].rstrip(b"\r")

    def refuse_quotes(self) -> None:
        """Refuse rows with a quote inside a cell that is not quoted, or after the quote that ends one."""
        between = re.escape(self.separator.encode())
        cell = rb'(?:[^"%s]*|"(?:[^"]|"")*")' % between
        whole = re.compile(cell + rb"(?:" + between + cell + rb")*", re.DOTALL)
        quotes = self._count(np.frombuffer(self.text, np.uint8), _QUOTE)
        for place in np.flatnonzero(~self.wrong & (quotes > 0)).tolist():
            self.wrong[place] = whole.fullmatch(self._line(place)) is None
        self.kept = np.flatnonzero(~self.wrong)
        self.__dict__.pop("good", None)

    @cached_property
    def good(self) -> bytes:
        """The text of the rows that have the right cells."""
        if self._bare and self.kept.size == self.rows:
            return self.text
        if self.kept.size == self.rows and not self.blank:
            return self.text[self.starts[0] :]
        return b"".join(self.text[self.starts[i] : self.ends[i] + 1] for i in self.kept.tolist())

    def number(self, place: int) -> int:
        """The number in the file of a good row."""
        return self.row + int(self.kept[place])

    def raw(self, place: int) -> bytes:
        """The line of a good row."""
        return self._line(int(self.kept[place]))

    def report(self, quarantine: Quarantine, name: str) -> Marks:
        """Keep aside the rows with wrong cells; returns marks for the others."""
        places = np.flatnonzero(self.wrong).tolist()
        lines = [self._line(place) for place in places]
        texts = [line.decode("utf-8", "replace") for line in lines]
        rows = [self.row + place for place in places]
        quarantine.add(name, "wrong number of cells", rows, lines, texts)
        return Marks(int(self.kept.size))
