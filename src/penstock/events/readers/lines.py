"""The lines of a block of text: which are rows, and which of them have the right cells."""

import csv
from functools import cached_property

import numpy as np

from penstock.events.checks import Marks
from penstock.events.quarantine import Quarantine
from penstock.events.readers.records import QUOTE, grammar, joined

_NEWLINE, _RETURN = 10, 13


def split(line: bytes, separator: str) -> list[str]:
    """The cells of a line, with quotes; none where it cannot be one line of CSV."""
    try:
        return next(csv.reader([line.decode("utf-8", "replace")], delimiter=separator), [])
    except csv.Error:
        return []


class Lines:
    """Whole lines of CSV text, looked at without parsing them; a row may take several.

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
        Whether the first row is the header.
    more
        Whether text may follow.

    Attributes
    ----------
    rest
        What stands at the end without being whole: a row whose quote is open.
    """

    def __init__(
        self, text: bytes, separator: str, width: int, row: int, *, skip: bool, more: bool = False
    ) -> None:
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
        self.joined, self.rest = 0, b""
        if b'"' in text:
            if self.even:  # by lines, not by cells
                ends = np.flatnonzero(data == _NEWLINE)
                starts = np.concatenate(([0], ends[:-1] + 1))
            spans = joined(text, starts, ends, separator, width, more=more)
            starts, ends, self.joined = spans.starts, spans.ends, spans.joined
            self.text, self.rest = text[: spans.stop], text[spans.stop :]
            self.even &= not (self.joined or self.rest)
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
            quotes = self._count(data, QUOTE)
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
        whole = grammar(self.separator)
        quotes = self._count(np.frombuffer(self.text, np.uint8), QUOTE)
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
        lines = {place: self._line(place) for place in places}
        open_ = [place for place in places if lines[place].count(b'"') % 2]
        for reason, some in (("open quote", open_), ("wrong number of cells", places)):
            kept = [place for place in some if reason == "open quote" or place not in open_]
            raw = [lines[place] for place in kept]
            texts = [line.decode("utf-8", "replace") for line in raw]
            quarantine.add(name, reason, [self.row + place for place in kept], raw, texts)
        return Marks(int(self.kept.size))
