"""Does a view look ahead? Its events are run with the future cut off, with another future, in other blocks, twice.

A row may depend on nothing behind its position. So its bits are the same

1. on the events up to there alone (``cut``),
2. whatever comes after (``future``): values in another order and of other sizes, some events missing,
3. however the events are handed over (``blocks``): a kernel that reads ahead does so inside its block,
4. when it is computed again (``again``),

and an event that was derived of others (``Rekey`` and what is made like it: a source with a ``source`` and a declared
``latency``) is stamped no earlier than what it was derived of and the latency (``latency``): with another future of
the source from some time on, nothing changes before that time and the latency.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from penstock.core.arrays import I8
from penstock.core.errors import DataError, DefinitionError
from penstock.core.schema import RECEIVE
from penstock.declare import Feature, View, default_clock
from penstock.declare.facts import streams as streams_of
from penstock.engine import Rows
from penstock.events import Block, Keys
from penstock.events.source import Source
from penstock.expr import Expr
from penstock.jobs.tape import Recorded, Tape, record
from penstock.jobs.wiring import Sources, named

WHOLE = 1_024
CAPACITIES = (1, 7, 64)
MOST = 5  # latencies are tried at so many times
Bits = dict[int, tuple[I8, np.ndarray]]  # of a key: times and values


@dataclass(frozen=True, slots=True)
class Finding:
    """A value that should be the same and is not: the first of its column in one of the checks."""

    check: str
    column: str
    key: tuple[str, ...]
    ts: int
    wanted: float
    got: float
    how: str

    def __str__(self) -> str:
        return f"{self.column} ({', '.join(self.key)} at {self.ts}): {self.wanted!r} became {self.got!r} {self.how}"


@dataclass(slots=True)
class LookAhead:
    """What a check found; true where nothing was found.

    Attributes
    ----------
    findings
        The first value of each column that each check found to differ.
    events, rows, cuts
        How much was checked.
    """

    view: str
    events: int
    rows: int
    cuts: int
    findings: list[Finding] = field(default_factory=list)

    def __bool__(self) -> bool:
        return not self.findings

    def __str__(self) -> str:
        checked = f"{self.rows:,} rows of {self.events:,} events, {self.cuts} cuts"
        if self:
            return f"{self.view}: no look-ahead in {checked}"
        return "\n".join([f"{self.view}: found in {checked}", *map(str, self.findings)])

    def add(self, found: "Iterator[Finding]") -> None:
        """Add findings, the first of each check and column."""
        known = {(finding.check, finding.column) for finding in self.findings}
        for finding in found:
            if (finding.check, finding.column) not in known:
                known.add((finding.check, finding.column))
                self.findings.append(finding)


def check_lookahead(
    what: View | Feature | Expr | str,
    source: Sources,
    *,
    on: str | None = None,
    cuts: int = 12,
    events: int = 20_000,
    seed: int = 0,
) -> LookAhead:
    """Check that no row depends on what comes after it.

    Parameters
    ----------
    what
        A view; or a feature, a request such as ``"price.ema(span=9)"`` or an expression, which is made a view of.
    source
        One source, several, or sources by role.
    on
        The clock of the view that is made; by default events of what it reads.
    cuts
        At how many random positions the future is cut off, and replaced.
    events
        How many events are read.
    seed
        Of the positions and of the other futures.

    Returns
    -------
    LookAhead
        True where nothing was found; it prints what was.
    """
    view = what if isinstance(what, View) else view_of(what, source, on)
    if cuts < 1 or events < 2:
        raise DefinitionError(
            f"check_lookahead: a cut and two events are needed, got {cuts}, {events}"
        )
    tape, rng = record(view, source, events), np.random.default_rng(seed)
    if len(tape) < 2:
        raise DataError(f"check_lookahead: two events are needed, got {len(tape)} of {view.name}")
    whole = by_key(tape.run(WHOLE))
    rows = sum(len(times) for times, _ in whole.values())
    report = LookAhead(view.name, len(tape), rows, min(cuts, len(tape) - 1))
    differ = Compare(tape, whole)
    report.add(differ.whole("again", by_key(tape.run(WHOLE)), "when it was computed again"))
    report.add(in_blocks(differ, rng))
    places = rng.choice(np.arange(1, len(tape)), report.cuts, replace=False)
    for count in np.sort(places).tolist():
        report.add(cut(differ, count, rng))
    for _, one in named(source):
        report.add(latencies(one, view.key, events, rng))
    return report


def view_of(what: Feature | Expr | str, source: Sources, on: str | None) -> View:
    """The view of one feature."""
    features = {"value": what} if isinstance(what, Expr) else [what]
    made = View("check", features, on=on or "trade")  # type: ignore[arg-type]
    if on is not None:
        return made
    read = [name for item in made.definitions for name in streams_of(item.expr)]
    have = [type_.name for _, one in named(source) for type_ in one.types]
    return View("check", features, on=default_clock(read, have))  # type: ignore[arg-type]


def by_key(rows: Rows) -> Bits:
    """Times and values of each key's rows in the order in which they were made."""
    keys, times, values = rows.keys(), rows.times(), rows.values()
    return {k: (times[keys == k], values[keys == k]) for k in np.unique(keys).tolist()}


@dataclass(frozen=True, slots=True)
class Compare:
    """Rows against those of the whole tape."""

    tape: Tape
    wanted: Bits

    def whole(self, check: str, got: Bits, how: str) -> Iterator[Finding]:
        """All rows."""
        for key in sorted(self.wanted.keys() | got.keys()):
            yield from self.key(check, key, got, None, how)

    def key(
        self, check: str, key: int, got: Bits, count: int | None, how: str
    ) -> Iterator[Finding]:
        """The first rows of one key, or all."""
        none = np.empty(0, np.int64), np.empty((0, len(self.tape.plan.outputs)))
        wanted = tuple(part[:count] for part in self.wanted.get(key, none))
        found = tuple(part[:count] for part in got.get(key, none))
        name = self.tape.keys.names[key]
        for i, (column, _) in enumerate(self.tape.plan.outputs):
            at = first_difference(wanted[0], wanted[1][:, i], found[0], found[1][:, i])
            if at is not None:
                yield Finding(check, column, name, *at, how)


def first_difference(
    times: I8, values: np.ndarray, other_times: I8, others: np.ndarray
) -> tuple[int, float, float] | None:
    """Time and both values where rows differ first; NaN where one side has no such row."""
    size = min(len(times), len(other_times))
    same = (values[:size] == others[:size]) & (
        np.signbit(values[:size]) == np.signbit(others[:size])
    )
    same |= np.isnan(values[:size]) & np.isnan(others[:size])
    wrong = np.flatnonzero(~same | (times[:size] != other_times[:size]))
    if len(wrong):
        i = int(wrong[0])
        return int(times[i]), float(values[i]), float(others[i])
    if len(times) > size:
        return int(times[size]), float(values[size]), float("nan")
    if len(other_times) > size:
        return int(other_times[size]), float("nan"), float(others[size])
    return None


def in_blocks(differ: Compare, rng: np.random.Generator) -> Iterator[Finding]:
    """Hand the events over in blocks of other sizes."""
    for capacity in CAPACITIES:
        got = by_key(differ.tape.run(capacity))
        yield from differ.whole("blocks", got, f"in blocks of {capacity}")
    sizes = rng.integers(1, 50, 20).tolist()
    got = by_key(differ.tape.run(WHOLE, sizes))
    yield from differ.whole("blocks", got, f"in pieces of {sizes[:5]}… events")


def cut(differ: Compare, count: int, rng: np.random.Generator) -> Iterator[Finding]:
    """Cut the future off behind an event, and put another one there."""
    tape = differ.tape
    past = by_key(tape.upto(count).run(WHOLE))
    how = f"without what comes after {tape.time(count - 1)} (event {count})"
    other = by_key(tape.other_future(count, rng).run(WHOLE))
    for key, (times, _) in past.items():
        yield from differ.key("cut", key, past, len(times), how)
        yield from differ.key(
            "future", key, other, len(times), how.replace("without", "with another future for")
        )


def latencies(
    source: Source, columns: tuple[str, ...], events: int, rng: np.random.Generator
) -> Iterator[Finding]:
    """Give what a source derives from another future, and look at what must not change."""
    base: Any = getattr(source, "source", None)
    latency: Any = getattr(source, "latency", None)
    if not dataclasses.is_dataclass(source) or base is None or not isinstance(latency, int):
        return
    inner: tuple[str, ...] = getattr(getattr(source, "view", None), "key", columns)
    for _, one in named(base):
        yield from latencies(one, inner, events, rng)
        taped = Recorded.of(one, inner, events)
        wanted = derived(source, taped, columns)
        times = np.unique(np.concatenate([block.columns["time"] for block in taped.blocks]))
        for time in rng.choice(times, min(MOST, len(times)), replace=False).tolist():
            got = derived(source, taped.other_future(time, rng), columns)
            yield from early(source.name, wanted, got, time, time + latency)


def derived(source: Any, base: Recorded, columns: tuple[str, ...]) -> Recorded:
    """What a source derives from another one."""
    return Recorded.of(dataclasses.replace(source, source=base), columns, 1 << 62)


def early(
    name: str, wanted: Recorded, got: Recorded, changed: int, until: int
) -> Iterator[Finding]:
    """Events before ``until`` that differ although all is the same before ``changed``."""
    how = f"with another future from {changed} on: the declared latency is {until - changed} ns"
    for one, two in zip(wanted.blocks, got.blocks, strict=True):
        for field_ in (RECEIVE, *one.type.fields):
            sides = [
                (b.columns["time"][before], flat(b.columns[field_.name][before]))
                for b in (one, two)
                for before in [b.columns["time"] < until]
            ]
            at = first_difference(*sides[0], *sides[1])
            if at is not None:
                yield Finding(
                    "latency", f"{name}.{field_.name}", key_at(wanted.keys, one, at[0]), *at, how
                )


def flat(column: np.ndarray) -> np.ndarray:
    """One number per row, as a float."""
    return column.astype(np.float64) if column.ndim == 1 else column.sum(axis=1)


def key_at(keys: Keys, block: Block, time: int) -> tuple[str, ...]:
    """The key of the first event of a time."""
    rows = np.flatnonzero(block.columns["time"] == time)
    return keys.names[int(block.columns["key"][rows[0]])] if len(rows) else ("",)
