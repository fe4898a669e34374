"""Messages of depth and their levels, gathered from the lines of a piece of a capture."""

from collections.abc import Sequence

import numpy as np

from penstock.events.readers.captures.levels import read_levels
from penstock.events.readers.captures.sequence import (
    BEGIN,
    DIFF,
    END,
    FIRST,
    KEY,
    KIND,
    LAST_ID,
    PREVIOUS,
    ROW,
    SNAPSHOT,
)

CELLS = 10
Ids = tuple[np.ndarray, ...]  # three: of the first and last change, of the message before


class DepthParts:
    """Messages of depth, in any order.

    Attributes
    ----------
    messages
        Tables of messages; see `sequence` for the cells.
    levels, sides
        Rows (price, size) and their sides, which the messages point into.
    """

    def __init__(self) -> None:
        self.messages: list[np.ndarray] = []
        self.levels: list[np.ndarray] = []
        self.sides: list[np.ndarray] = []
        self._size = 0

    def add(  # noqa: PLR0913, PLR0917  (the columns of a message)
        self,
        kind: int,
        rows: np.ndarray,
        key: np.ndarray,
        ids: Ids,
        levels: np.ndarray,
        sides: np.ndarray,
        ends: np.ndarray,
    ) -> None:
        """Add messages of one kind whose levels follow one another, each up to its end."""
        table = np.zeros((rows.size, CELLS), np.int64)
        table[:, KEY], table[:, KIND], table[:, ROW] = key, kind, rows
        table[:, FIRST], table[:, LAST_ID], table[:, PREVIOUS] = ids
        table[1:, BEGIN], table[:, END] = ends[:-1], ends
        table[:, [BEGIN, END]] += self._size
        self._size += levels.shape[0]
        self.messages.append(table)
        self.levels.append(levels)
        self.sides.append(sides)

    def add_texts(
        self,
        kind: int,
        rows: np.ndarray,
        key: np.ndarray,
        ids: Ids,
        bids: Sequence[bytes],
        asks: Sequence[bytes],
    ) -> list[tuple[int, str]]:
        """Add messages whose levels are texts; the places of those that are none, with the reason."""
        texts = [text for pair in zip(bids, asks, strict=True) for text in pair]
        levels, ends, bad = read_levels(texts)
        counts = np.diff(ends, prepend=0)
        sides = np.repeat(np.tile([1, -1], rows.size), counts)
        self.add(kind, rows, key, ids, levels, sides, ends[1::2])
        return [(place // 2, why) for place, why in bad]

    def stamp_snapshots(self, sent: np.ndarray) -> None:
        """Give a snapshot without a stamp that of the first message that reaches its id.

        By then all that it holds had happened; an earlier stamp would let the future in.
        """
        messages, _, _ = self.gathered()
        for snapshot in messages[(messages[:, KIND] == SNAPSHOT) & (sent[messages[:, ROW]] == 0)]:
            reach = messages[:, KIND] == DIFF
            reach &= messages[:, KEY] == snapshot[KEY]
            reach &= messages[:, LAST_ID] >= snapshot[LAST_ID]
            if reach.any():
                sent[snapshot[ROW]] = sent[messages[reach, ROW][0]]

    def gathered(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """All messages in order of their lines, and the levels and sides that they point into."""
        if not self.messages:
            return np.empty((0, CELLS), np.int64), np.empty((0, 2)), np.empty(0, np.int64)
        messages = np.concatenate(self.messages)
        messages = messages[np.argsort(messages[:, ROW], kind="stable")]
        return messages, np.concatenate(self.levels), np.concatenate(self.sides)


def picked(
    messages: np.ndarray, levels: np.ndarray, sides: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Some messages with copies of the levels that they point into, and of no others."""
    counts = messages[:, END] - messages[:, BEGIN]
    ends = np.cumsum(counts)
    places = np.arange(int(ends[-1]) if ends.size else 0)
    places += np.repeat(messages[:, BEGIN] - (ends - counts), counts)
    copied = messages.copy()
    copied[:, BEGIN], copied[:, END] = ends - counts, ends
    return copied, levels[places], sides[places]


def joined(
    first: tuple[np.ndarray, np.ndarray, np.ndarray],
    second: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Messages and after them others, each with the levels that they point into."""
    if not first[0].size:
        return second
    moved = second[0].copy()
    moved[:, [BEGIN, END]] += first[1].shape[0]
    return (
        np.concatenate((first[0], moved)),
        np.concatenate((first[1], second[1])),
        np.concatenate((first[2], second[2])),
    )
