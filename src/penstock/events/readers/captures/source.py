"""Recorded websocket captures of exchanges as sources of events."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from penstock.core.errors import DefinitionError, nearest
from penstock.core.schema import EventType
from penstock.events.block import Block
from penstock.events.checks import LATEST, Marks, Rules, Times, check
from penstock.events.keys import Keys
from penstock.events.quarantine import Quarantine
from penstock.events.readers.captures.batch import Batch, Names
from penstock.events.readers.captures.depth import Sequencer
from penstock.events.readers.captures.exchanges import exchange_of, named, sole_symbol
from penstock.events.readers.captures.files import head_of, pieces_of
from penstock.events.readers.captures.order import SLACK, Held, Loose
from penstock.events.readers.captures.parts import DepthParts
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
from penstock.events.readers.pieces import content_hash
from penstock.events.source import Source
from penstock.events.types import Depth

Order = Literal["event", "receive"]
HEAD_BYTES = 1 << 18  # of text that tells the exchange
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
        A file, plain or packed as ``.gz``, ``.zst`` or ``.zip``; or several of one exchange, which are read as
        one in the order of their stamps: a recording's parts, or streams and the snapshots asked for beside them.
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
        path: str | Path | Sequence[str | Path],
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
        given = [path] if isinstance(path, str | Path) else path
        self.paths = tuple(Path(one) for one in given)
        if not self.paths:
            raise DefinitionError("CaptureSource: at least one file is needed, got none")
        self.rules = rules or Rules()
        self.symbols = symbols
        head = b"".join(head_of(one, HEAD_BYTES) for one in self.paths).replace(b'": ', b'":')
        self.kind = exchange or exchange_of(self.name, head)
        self.exchange = named(self.name, self.kind)
        declared = symbols[0] if symbols and len(symbols) == 1 else ""
        self.symbol = sole_symbol(head) or declared

    @property
    def name(self) -> str:
        """The path, as given; of several files all, with a plus between."""
        return " + ".join(map(str, self.paths))

    @property
    def types(self) -> tuple[EventType, ...]:
        """What the exchange's messages can give in this order."""
        if self.order == "receive":
            return self.exchange.types
        return tuple(t for t in self.exchange.types if t not in self.exchange.unstamped)

    def content_hash(self) -> str:
        """The SHA-256 of the file in hex, or of the files' hashes."""
        found = [content_hash(path) for path in self.paths]
        return found[0] if len(found) == 1 else hashlib.sha256("".join(found).encode()).hexdigest()

    def chunks(self, keys: Keys, quarantine: Quarantine) -> Iterator[tuple[Block, ...]]:
        """The capture's events; see `Source.chunks`."""
        for part in keys.columns:
            if part not in COLUMNS:
                raise DefinitionError(
                    f"{self.name}: a key column must be one of {', '.join(COLUMNS)}, "
                    f"got {part!r}{nearest(part, COLUMNS)}"
                )
        one = _Pass(self, keys, quarantine)
        for lines, cut in pieces_of(self.paths):
            if len(lines):
                yield one.read(lines)
            if cut is not None:
                row = lines.number + len(lines)
                quarantine.add(self.name, cut.reason, [row], [cut.raw], [cut.detail])
                quarantine.saw(self.name, 1)
                one.cut = True
        if one.held.waiting:
            yield one.held.release([block.take(slice(0)) for block in one.held.waiting], LATEST)
        one.sequencer.finish(quarantine)
        quarantine.ended(self.name)


def together(sources: Sequence[Source]) -> list[Source]:
    """The same sources, with captures of one exchange read as one."""
    found: list[Source] = []
    places: dict[str, int] = {}
    for source in sources:
        if not isinstance(source, CaptureSource):
            found.append(source)
            continue
        place = places.setdefault(source.kind, len(found))
        if place == len(found):
            found.append(source)
            continue
        first = found[place]
        paths = [*first.paths, *source.paths] if isinstance(first, CaptureSource) else []
        found[place] = CaptureSource(
            paths,
            exchange=source.kind,
            order=source.order,
            rules=source.rules,
            symbols=source.symbols,
        )
    return found


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
        self.cut = False  # a line before these was lost in the file

    def read(self, lines: Lines) -> tuple[Block, ...]:
        """The events of some lines."""
        batch, name = Batch(lines, self.names), self.source.name
        rows = self._sorted(batch)
        self.exchange.read(batch, rows, lines.bodies(rows))
        if self.event:
            self._leave_unstamped(batch)
        gathered = batch.depth.gathered()
        time, receive = self._stamps(batch, gathered[0][:, ROW])
        for type_, parts in batch.events.items():
            for part in parts:
                check(type_, part, self.source.rules, batch.marks, part["row"])
        depth = self._depth(batch, gathered, time, receive)
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
        if Depth in self.exchange.unstamped:
            messages, _, _ = batch.depth.gathered()
            batch.skip("depth without the exchange's stamp", np.unique(messages[:, ROW]))
            batch.depth = DepthParts()
        batch.depth.stamp_snapshots(batch.sent)

    def _stamps(self, batch: Batch, depth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Per line the time that orders it, and when it was known; bad ones are marked."""
        receive = batch.lines.table[:, STAMP]
        receive = np.where(receive == UNSTAMPED, batch.sent, receive)
        time = batch.sent if self.event else receive
        if self.event:  # a snapshot carries the stamp of its book's last change, old as that may be
            before = np.maximum.accumulate(np.concatenate(([self.times.last], time)))[:-1]
            time[depth] = np.maximum(time[depth], before[depth] - SLACK)
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

    def _depth(
        self,
        batch: Batch,
        gathered: tuple[np.ndarray, np.ndarray, np.ndarray],
        time: np.ndarray,
        receive: np.ndarray,
    ) -> Block:
        """The depth events of the good messages."""
        messages, levels, sides = gathered
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
        everyone = tuple(self.names.numbers.values())
        bad = sorted(row for _, rows, _ in batch.marks.found for row in rows.tolist())
        found = [(key, 0) for key in everyone if self.cut]
        found += [(key, row) for row in bad for key in batch.blamed.get(row, everyone)]
        self.cut = False
        if not found:
            return messages
        lost = np.zeros((len(found), messages.shape[1]), np.int64)
        lost[:, [KEY, ROW]], lost[:, KIND] = found, LOST
        both = np.concatenate((lost, messages))
        return both[np.argsort(both[:, ROW], kind="stable")]


def _text(line: bytes) -> str:
    return line[:200].decode("utf-8", "replace")
