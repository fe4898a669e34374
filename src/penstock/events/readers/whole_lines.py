"""A file of lines, some megabytes of whole ones at a time."""

from collections.abc import Iterator
from typing import NamedTuple

from penstock.events.readers.pieces import KEPT, BrokenError

LONGEST = 1 << 26  # bytes of a line: what is longer is none, and is not held


class Cut(NamedTuple):
    """What stands where a line should: why it is none, and its first bytes."""

    reason: str
    detail: str
    raw: bytes


class Whole:
    """The whole lines of pieces; what is left of the last waits for the next piece."""

    def __init__(self, goal: int) -> None:
        self.goal = goal
        self.parts: list[bytes] = []
        self.held = 0
        self.open = 0  # bytes since the last newline
        self.lost = 0  # bytes of a line that is too long, until its newline
        self.head = b""  # its first ones

    def add(self, piece: bytes) -> Cut | None:
        """Take a piece in; a line that is too long is given up, once it has ended."""
        cut = None
        if self.lost:
            end = piece.find(b"\n")
            self.lost += len(piece) if end < 0 else end
            if end < 0:
                return None
            cut = self.long()
            piece, self.lost = piece[end + 1 :], 0
        end = piece.rfind(b"\n")
        self.open = self.open + len(piece) if end < 0 else len(piece) - end - 1
        self.parts.append(piece)
        self.held += len(piece)
        return cut

    def take(self, *, last: bool) -> bytes:
        """The whole lines so far; at the end the last one needs no newline."""
        text = b"".join(self.parts)
        end = text.rfind(b"\n") + 1
        if last and end < len(text):
            text, end = text + b"\n", len(text) + 1
        rest = text[end:]
        if len(rest) > LONGEST:
            self.lost, self.head, rest = len(rest), rest[:KEPT], b""
        self.parts, self.held, self.open = [rest], len(rest), len(rest)
        return text[:end]

    def long(self) -> Cut:
        """The line that is given up."""
        return Cut("line too long", f"{self.lost} bytes", self.head)

    def broken(self, error: BrokenError) -> tuple[bytes, Cut]:
        """The whole lines before a file breaks, and what it broke inside."""
        text = b"".join(self.parts)
        end = text.rfind(b"\n") + 1
        rest = self.head if self.lost else text[end : end + KEPT]
        return text[:end], Cut(error.reason, error.detail, rest)


def whole_lines(source: Iterator[bytes], goal: int) -> Iterator[tuple[bytes, Cut | None]]:
    """Whole lines, about ``goal`` bytes of them, each with its newline; and what stood before them or ends them.

    What is lost stands where it was: a cut comes with the lines before it.
    """
    whole = Whole(goal)
    more = True
    while more:
        cut = None
        try:
            cut = whole.add(next(source))
        except StopIteration:
            more = False
        except BrokenError as error:
            yield whole.broken(error)
            return
        ready = whole.held - whole.open >= goal or whole.open > LONGEST
        if cut is not None:
            yield b"", cut
        if ready or not more:
            text = whole.take(last=not more)
            if text:
                yield text, None
    if whole.lost:
        yield b"", whole.long()
