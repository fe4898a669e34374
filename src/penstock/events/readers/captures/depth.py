"""Depth events from messages of depth: what follows, what is missing, what waits for a snapshot."""

import numpy as np

from penstock.core.native import compiled
from penstock.events.block import Block
from penstock.events.quarantine import Quarantine
from penstock.events.readers.captures.batch import Batch
from penstock.events.readers.captures.parts import joined, picked
from penstock.events.readers.captures.sequence import (
    APPLIED,
    BEGIN,
    END,
    FIRST,
    GAP,
    HEAD,
    KEY,
    KINDS,
    LAST_ID,
    NOTED,
    PREVIOUS,
    ROW,
    WAITING,
    DepthRows,
    Judged,
    judge,
    lay,
)
from penstock.events.types import Depth

KEPT = 1 << 14  # messages that wait for a snapshot, at most: about half an hour of one symbol
KEPT_LEVELS = 1 << 20
EMPTY = (np.empty((0, 10), np.int64), np.empty((0, 2)), np.empty(0, np.int64))


class Sequencer:
    """The books' ids, and the messages that wait for a snapshot.

    Parameters
    ----------
    name
        What the quarantine calls the capture.
    rule
        A rule of `sequence`, and whether messages wait for a snapshot.
    """

    def __init__(self, name: str, rule: tuple[int, bool]) -> None:
        self.name = name
        self.rule = np.array(rule, np.int64)
        self.books = np.zeros((0, 4), np.int64)
        self.kept = EMPTY
        self.kept_raw: list[tuple[int, bytes]] = []  # line number and line
        self._judge, self._lay = compiled(judge), compiled(lay)

    def apply(self, fresh: tuple[np.ndarray, ...], batch: Batch, quarantine: Quarantine) -> Block:
        """The depth events of messages in the order of the capture; marks the lines that give none."""
        old = self.kept[0].shape[0]
        messages, levels, sides = joined(self.kept, (fresh[0], fresh[1], fresh[2]))
        size = messages.shape[0]
        out = Judged(
            np.zeros(size, np.int64),
            np.zeros(size, np.int64),
            np.empty((2 * size, 2), np.int64),
            np.zeros(1, np.int64),
        )
        self._room(int(messages[:, KEY].max()) + 1 if size else 0)
        self._judge(messages, self.books, self.rule, out)
        self._tell(messages, out.verdict, old, batch, quarantine)
        block = self._block(messages, out.emitted[: int(out.size[0])], levels, sides)
        self._keep(messages, levels, sides, out.verdict, batch, quarantine)
        return block

    def finish(self, quarantine: Quarantine) -> None:
        """Count what waits at the end."""
        quarantine.skip(self.name, KINDS[WAITING], len(self.kept_raw))
        self.kept, self.kept_raw = EMPTY, []

    def _room(self, keys: int) -> None:
        more = np.zeros((max(0, keys - self.books.shape[0]), 4), np.int64)
        more[:, HEAD] = -1
        self.books = np.concatenate((self.books, more))

    def _block(
        self, messages: np.ndarray, emitted: np.ndarray, levels: np.ndarray, sides: np.ndarray
    ) -> Block:
        given = np.maximum(emitted[:, 0], 0)
        counts = np.where(emitted[:, 0] >= 0, messages[given, END] - messages[given, BEGIN], 1)
        size = int(np.maximum(counts, 1).sum())
        whole, real = np.empty((5, size), np.int64), np.empty((2, size))
        rows = DepthRows(whole[0], whole[1], whole[2], real[0], real[1], whole[3], whole[4])
        self._lay(messages, emitted, levels, sides, rows)
        return Block(Depth, rows._asdict())

    def _tell(
        self,
        messages: np.ndarray,
        verdict: np.ndarray,
        old: int,
        batch: Batch,
        quarantine: Quarantine,
    ) -> None:
        """Count what gives no event, by kind, and keep gaps aside."""
        for code in np.unique(verdict).tolist():
            places = np.flatnonzero(verdict == code)
            if code in (APPLIED, WAITING, NOTED):
                continue
            now, before = places[places >= old], places[places < old].tolist()
            if code != GAP:
                batch.skip(KINDS[code], messages[now, ROW])
                quarantine.skip(self.name, KINDS[code], len(before))
                continue
            batch.bad("sequence gap", messages[now, ROW], [_ids(messages[i]) for i in now.tolist()])
            numbers, raws = [[self.kept_raw[i][part] for i in before] for part in (0, 1)]
            texts = [_ids(messages[i]) for i in before]
            quarantine.add(self.name, "sequence gap", numbers, raws, texts)

    def _keep(
        self,
        messages: np.ndarray,
        levels: np.ndarray,
        sides: np.ndarray,
        verdict: np.ndarray,
        batch: Batch,
        quarantine: Quarantine,
    ) -> None:
        """Keep what waits, the latest of it."""
        places = np.flatnonzero(verdict == WAITING)
        counts = messages[places, END] - messages[places, BEGIN]
        later = np.cumsum(counts[::-1])[::-1]  # levels of a message and of those after it
        fits = (later <= KEPT_LEVELS) & (np.arange(places.size)[::-1] < KEPT)
        quarantine.skip(self.name, KINDS[WAITING], int((~fits).sum()))
        places = places[fits]
        old, lines = self.kept_raw, batch.lines
        rows = messages[places, ROW].tolist()
        self.kept_raw = [
            (lines.number + row, lines.raw(row)) if row >= 0 else old[place]
            for place, row in zip(places.tolist(), rows, strict=True)
        ]
        self.kept = picked(messages[places], levels, sides)
        self.kept[0][:, ROW] = -1


def _ids(message: np.ndarray) -> str:
    return f"first {message[FIRST]}, last {message[LAST_ID]}, previous {message[PREVIOUS]}"
