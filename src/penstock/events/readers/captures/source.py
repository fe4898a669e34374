"""Recorded websocket captures of exchanges as sources of events."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np

from penstock.core.errors import DefinitionError, nearest
from penstock.core.schema import EventType
from penstock.events.block import Block, Keys
from penstock.events.checks import LATEST, Marks, Rules, Times, check
from penstock.events.quarantine import Quarantine
from penstock.events.readers.captures.batch import Batch, Names
from penstock.events.readers.captures.depth import Sequencer
from penstock.events.readers.captures.exchanges import exchange_of, head_of, sole_symbol
from penstock.events.readers.captures.order import SLACK, Held, Loose
from penstock.events.readers.captures.scan import (
    BLANK,
    BROKEN,
    CONNECTION,
    GOOD,
    HEAD,
    NOTE,
    REQUEST,
    STAMP,
    STATE,
    UNSTAMPED,
    Lines,
)
from penstock.events.readers.captures.sequence import (
    BEGIN,
    END,
    KEY,
    KIND,
    LOST,
    RECEIVE,
    RISING,
    ROW,
    TIME,
    UNCHECKED,
)
from penstock.events.readers.pieces import (
    content_hash,
    members,
    pieces,
)
from penstock.events.readers.whole_lines import whole_lines
from penstock.events.types import Depth

Order = Literal["event", "receive"]
BYTES = 1 << 21  # of text in a chunk, about
COLUMNS = ("symbol", "venue")
SKIPPED = {BLANK: "blank line", CONNECTION: "connection", REQUEST: "request", NOTE: "configuration"}


class CaptureSource:
    """The messages of an exchange's websocket, recorded a line each, as events.

    A line is the object alone, or a stamp of the recorder and the object: ``<ns> {…}`` or
    ``<seconds>.<fraction>: {…}``. Trades, quotes and what else the exchange sends become events of their types;
    changes of depth become `Depth` events once they are known to follow one another (`sequence`): what is
    missing is a gap, counted as ``sequence gap``, after which the book is invalid until a snapshot.
    `open_source` builds books of them. Every line is delivered, kept aside with its reason, or skipped
    and counted by kind (``quarantine.skipped``).

    Parameters
    ----------
    path
        A file, plain or packed as ``.gz``, ``.zst`` or ``.zip``.
    exchange
        ``binance``, ``binance-usdm``, … (`EXCHANGES`); else by the first messages.
    order
        Which stamp is an event's ``time``: ``"receive"`` (the recorder's, the default) or ``"event"`` (the
        exchange's). Lines stand in order of receipt; the exchange's stamps go back by up to 0.2 s, since its
        streams run beside one another, so that events are held and put in order, and one that comes more than a
        second late is bad. What carries no stamp of the exchange (Binance spot's best bids and asks) is skipped
        in that order. ``receive`` holds the recorder's stamp in both.
    rules
        What this market may do.
    symbols
        The symbols that are known; others are bad. All are by default.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        exchange: str | None = None,
        order: Order = "receive",
        rules: Rules | None = None,
        symbols: tuple[str, ...] | None = None,
    ) -> None:
        if order not in ("event", "receive"):
            raise DefinitionError(
                f"CaptureSource: order must be 'event' or 'receive', got {order!r}"
            )
        self.order: Order = order
        self.path = Path(path)
        self.rules = rules or Rules()
        self.symbols = symbols
        self.member = members(self.path)[0] if self.path.suffix == ".zip" else None
        head = head_of(self.path, self.member)
        self.exchange = exchange_of(str(path), exchange, head)
        declared = symbols[0] if symbols and len(symbols) == 1 else ""
        self.symbol = sole_symbol(head) or declared

    @property
    def name(self) -> str:
        """The path, as given."""
        return str(self.path)

    @property
    def types(self) -> tuple[EventType, ...]:
        """What the exchange's messages can give in this order."""
        if self.order == "receive":
            return self.exchange.types
        return tuple(t for t in self.exchange.types if t not in self.exchange.unstamped)

    def content_hash(self) -> str:
        """The SHA-256 of the file, in hex."""
        return content_hash(self.path)

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:
        """The capture's events; see `Source.chunks`."""
        for part in keys.columns:
            if part not in COLUMNS:
                raise DefinitionError(
                    f"{self.name}: a key column must be one of {', '.join(COLUMNS)}, "
                    f"got {part!r}{nearest(part, COLUMNS)}"
                )
        one = _Pass(self, keys, quarantine)
        number = 0
        with contextlib.closing(pieces(self.path, self.member)) as source:
            for text, cut in whole_lines(source, BYTES):
                lines = Lines.of(text, number)
                number += len(lines)
                if len(lines):
                    yield one.read(lines)
                if cut is not None:
                    quarantine.add(self.name, cut.reason, [number], [cut.raw], [cut.detail])
                    quarantine.saw(self.name, 1)
                    number += 1
        if one.held.waiting:
            yield one.held.release([block.take(slice(0)) for block in one.held.waiting], LATEST)
        one.sequencer.finish(quarantine)
        quarantine.ended(self.name)


class _Pass:
    """One pass over a capture: what is remembered from chunk to chunk."""

    def __init__(self, source: CaptureSource, keys: Keys, quarantine: Quarantine) -> None:
        self.source = source
        self.quarantine = quarantine
        self.exchange = source.exchange(source.symbol)
        self.names = Names(keys, source.exchange.venue, source.symbols)
        self.sequencer = Sequencer(source.name, source.exchange.rule)
        self.event = source.order == "event"
        self.times: Times | Loose = Loose() if self.event else Times()
        self.held = Held()
        self.last = 0  # the last good stamp of the recorder
        self.last_depth = 0  # the last stamp of depth

    def read(self, lines: Lines) -> tuple[Block, ...]:
        """The events of some lines."""
        batch, name = Batch(lines, self.names), self.source.name
        rows = self._sorted(batch)
        self.exchange.read(batch, rows, lines.bodies(rows))
        if self.event:
            self._leave_unstamped(batch)
        time, receive = self._stamps(batch)
        for type_, parts in batch.events.items():
            for part in parts:
                check(type_, part, self.source.rules, batch.marks, part["row"])
        depth = self._depth(batch, time, receive)
        batch.marks.report(self.quarantine, name, lambda i: lines.number + i, lines.raw)
        for kind, count in batch.skipped.items():
            self.quarantine.skip(name, kind, count)
        self.quarantine.saw(name, len(lines))
        stamps = {"time": time, "receive": receive}
        types = self.source.types
        blocks = tuple(depth if t is Depth else batch.block(t, stamps) for t in types)
        return self.held.release(blocks, self.times.last - SLACK) if self.event else blocks

    def _sorted(self, batch: Batch) -> np.ndarray:
        """The lines that hold an object; the others are marked."""
        state = batch.lines.table[:, STATE]
        for code, kind in SKIPPED.items():
            batch.skip(kind, np.flatnonzero(state == code))
        for code, reason in ((HEAD, "malformed line"), (BROKEN, "malformed JSON")):
            wrong = np.flatnonzero(state == code)
            batch.bad(reason, wrong, [_text(batch.lines.raw(row)) for row in wrong.tolist()])
        return np.flatnonzero(state == GOOD)

    def _leave_unstamped(self, batch: Batch) -> None:
        """In the exchange's order: leave out what carries no stamp of it."""
        for type_ in self.exchange.unstamped:
            for part in batch.events.pop(type_, []):
                batch.skip(f"{type_.name} without the exchange's stamp", part["row"])
        batch.depth.stamp_snapshots(batch.sent)

    def _stamps(self, batch: Batch) -> tuple[np.ndarray, np.ndarray]:
        """Per line the time that orders it, and when it was known; bad ones are marked."""
        receive = batch.lines.table[:, STAMP]
        receive = np.where(receive == UNSTAMPED, batch.sent, receive)
        time = batch.sent if self.event else receive
        good = batch.marks.good
        rest = np.arange(time.size) if good is None else np.flatnonzero(good)
        marks = Marks(rest.size)
        self.times.check(time[rest], marks)
        for reason, places, texts in marks.found:
            batch.bad(reason, rest[places], texts)
        if self.event:
            return time, receive
        good = batch.marks.good
        known = receive if good is None else np.where(good, receive, 0)
        known = np.maximum.accumulate(np.maximum(known, self.last))
        self.last = int(known[-1])
        return known, known

    def _depth(self, batch: Batch, time: np.ndarray, receive: np.ndarray) -> Block:
        """The depth events of the good messages."""
        messages, levels, sides = batch.depth.gathered()
        rows = np.repeat(messages[:, ROW], messages[:, END] - messages[:, BEGIN])
        columns = {"price": levels[:, 0], "size": levels[:, 1], "side": sides}
        check(Depth, columns, self.source.rules, batch.marks, rows)
        good = batch.marks.good
        if good is not None:
            messages = messages[good[messages[:, ROW]]]
        if self.source.exchange.rule[0] in (RISING, UNCHECKED):
            messages = self._with_lost(messages, batch)
        # messages apply in the order of their ids, so that no stamp may stand before one applied earlier
        time = np.maximum.accumulate(np.maximum(time[messages[:, ROW]], self.last_depth))
        self.last_depth = int(time[-1]) if time.size else self.last_depth
        messages[:, TIME], messages[:, RECEIVE] = time, receive[messages[:, ROW]]
        return self.sequencer.apply((messages, levels, sides), batch, self.quarantine)

    def _with_lost(self, messages: np.ndarray, batch: Batch) -> np.ndarray:
        """A bad line that may have been of depth leaves no gap in ids: every book is invalid after it."""
        found = [rows for _, rows, _ in batch.marks.found]
        bad = np.setdiff1d(np.concatenate(found), batch.harmless) if found else np.empty(0, int)
        lost = np.zeros((bad.size * len(self.names.numbers), messages.shape[1]), np.int64)
        lost[:, KEY] = np.tile(list(self.names.numbers.values()), bad.size)
        lost[:, ROW], lost[:, KIND] = np.repeat(bad, len(self.names.numbers)), LOST
        both = np.concatenate((messages, lost))
        return both[np.argsort(both[:, ROW], kind="stable")]


def _text(line: bytes) -> str:
    return line[:200].decode("utf-8", "replace")
