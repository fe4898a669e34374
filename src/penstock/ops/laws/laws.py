"""What holds for every operator. Each law is a function that raises LawError where it is broken.

A law about values takes an operator and a case of hostile data; the others take the operator alone.
"""

import re
from typing import Any

import numpy as np

from penstock.core.errors import LawError
from penstock.core.native import compiled
from penstock.core.units import factors
from penstock.expr import ROOM, Column, Operator
from penstock.ops.harness import Harness, run
from penstock.ops.laws.cases import Case, expected, make, outputs
from penstock.ops.laws.text import documented
from penstock.ops.pane.ring import Paned, beginning

Values = dict[str, np.ndarray]


def oracle(node: Operator, case: Case) -> None:
    """The kernel gives what the oracle gives, to 1e-9."""
    got = run(node, case.columns, splits=case.splits(), **case.clock)
    for name, wanted in expected(node, case).items():
        finite = wanted[np.isfinite(wanted)]
        scale = float(np.median(abs(finite))) if finite.size else 0.0
        near(node, f"{name} must be what the oracle says", got[name], wanted, 1e-9, 1e-9 * scale)


def blocks(node: Operator, case: Case) -> None:
    """No split into blocks changes a bit; so no value depends on a later tick either."""
    whole = run(node, case.columns, **case.clock)
    split = run(node, case.columns, splits=case.splits(), **case.clock)
    same(node, "blocks of any size must give the same bits", split, whole)


def recovery(node: Operator, case: Case) -> None:
    """State that is saved and restored at any tick goes on with the same bits."""
    cut = int(case.rng.integers(0, case.ticks + 1))
    whole = Harness(node, case.columns, case.clock)
    saved, restored = (Harness(node, case.columns, case.clock) for _ in range(2))
    outputs(saved, [cut])
    for mine, theirs in ((restored.registers, saved.registers), (restored.history, saved.history)):
        if mine is not None and theirs is not None:
            mine[:] = np.frombuffer(theirs.tobytes(), theirs.dtype)
    restored.done = cut
    rest = outputs(restored, [case.ticks - cut])
    wanted = {n: x[cut:] for n, x in outputs(whole, [case.ticks]).items()}
    same(node, f"registers and history must be all that tick {cut} needs", rest, wanted)


def machine_code(node: Operator, case: Case) -> None:
    """The compiled kernel gives the bits of the interpreted one."""
    interpreted = run(node, case.columns, splits=case.splits(), **case.clock)
    machine = run(node, case.columns, kernel=compiled(type(node).kernel), **case.clock)
    same(node, "the compiled kernel must give the interpreted one's bits", machine, interpreted)


def memory(node: Operator, case: Case) -> None:
    """A windowed kernel needs no more of the past than the engine keeps."""
    if not node.windowed:
        return
    kept = Harness(node, case.columns, case.clock, forgetful(node, case))
    if node.history_items == ROOM and kept.history is not None:  # it holds a window at least
        oldest = np.searchsorted(case.clock["ts"], case.clock["at"] - node.retention, "right")
        room = max(1, *(case.clock["upto"] - oldest).tolist())
        kept.history = kept.history[: node.room_items(room)]
    whole = run(node, case.columns, **case.clock)
    rule = "a window must need no tick that is older than its retention"
    try:
        found = outputs(kept, case.splits())
    except IndexError as error:
        raise broken(node, rule, f"{error}") from error
    same(node, rule, found, whole)


def merging(node: Operator, case: Case) -> None:
    """Two parts of a stream that are merged go on as the whole does, to 1e-9."""
    if not hasattr(type(node), "merge") or "merging" in node.exempt:
        return
    one, two = np.sort(case.rng.integers(0, case.ticks + 1, 2)).tolist()
    whole, first, second = (Harness(node, case.columns, case.clock) for _ in range(3))
    first.block(one)
    second.done = one
    second.block(two - one)
    first.merge(second)
    rest = {n: x[two:] for n, x in outputs(whole, [case.ticks]).items()}
    for name, value in outputs(first, [case.ticks - two]).items():
        rule = f"{name} must go on from two merged parts as from the whole"
        near(node, rule, value, rest[name], 1e-9, 0.0)


def forgetful(node: Operator, case: Case) -> Any:
    """The kernel, given no more of the past than the engine keeps, and nothing in its place."""
    own = np.array_equal(case.clock["at"], case.clock["ts"])
    names, kernel = node.kernel_arguments, type(node).kernel

    def forgets(*values: Any) -> None:
        bound = dict(zip(names, values, strict=True))
        # what was there before this block: on the operands' own clock, all but the block's ticks
        newest = int(bound["upto"][0]) - 1 - own if bound["upto"].size else -1
        if newest >= 0:
            ts = case.clock["ts"]
            again = 1 if own or node.reads_once else 2
            kept = ts[newest] - (0 if own and node.reads_once else again * node.retention) - 1
            first = min(int(np.searchsorted(ts, kept, "right")), newest)
            first = first if own and node.reads_once else max(first - 1, 0)  # the one before too
            of_source = {*case.columns, "ts"} - {*node.queries}
            shifted = {n: bound[n][first:].copy() for n in of_source if n in bound}
            bound |= shifted | {"first": first}
        kernel(*(bound[name] for name in names))

    return forgets


def warmup(node: Operator) -> None:
    """The first finite output comes at the tick that ``warmup`` says."""
    case = make(node, np.random.default_rng(1), node.warmup + 20)
    case.clock["before"][:] = 0
    columns = {n: x if x.dtype == np.int64 else abs(x) for n, x in case.columns.items()}
    got = run(node, columns, **case.clock).values()
    finite = np.any([np.isfinite(x).reshape(len(x), -1).any(axis=1) for x in got], axis=0)
    first = int(np.flatnonzero(finite)[0]) + 1 if finite.any() else None
    if first != node.warmup:
        raise broken(node, f"the first finite output must come at warmup, {node.warmup}", first)


def unit(node: Operator) -> None:
    """An output scales as its unit says."""
    case = make(node, np.random.default_rng(2), 60)
    was = run(node, case.columns, **case.clock)
    operands = {n: x for n, x in vars(node).items() if n in case.columns and isinstance(x, Column)}
    for name in {name for x in operands.values() for name in factors(x.unit)}:
        powers = {n: factors(x.unit).get(name, 0) for n, x in operands.items()}
        scaled = {n: x * 4 ** int(powers[n]) for n, x in case.columns.items()}
        now = run(node, scaled, **case.clock)
        for output in node.outputs:
            factor = 4.0 ** float(factors(node.unit_of(output)).get(name, 0))
            rule = f"{output} must scale as its unit, {node.unit_of(output)}, when {name} does"
            near(node, rule, now[output], factor * was[output], 1e-12, 0.0)


def trace(node: Operator) -> None:
    """A value that is not finite makes its window NaN, and leaves no trace after."""
    if not re.search("not finite is in the window", documented(type(node), "NaN")):
        return
    case, k = make(node, np.random.default_rng(3), 90), 30
    at, name = case.clock["at"], next(iter(case.columns))
    clean = run(node, case.columns, **case.clock)
    since = np.arange(at.size) - k
    inside = at - at[k] < node.retention if node.windowed else since < getattr(node, "window", 0)
    if isinstance(node, Paned):
        inside = beginning(at, node.width, node.step, node.offset) < at[k]
    inside = inside & (since >= 0)
    for bad in (np.nan, np.inf, -np.inf):
        dirty = {n: x.copy() for n, x in case.columns.items()}
        dirty[name][k] = bad
        got = run(node, dirty, **case.clock)
        for output in [o for o in node.outputs if o != "count"]:  # a count is of what is known
            mask = inside.reshape(inside.shape + (1,) * (clean[output].ndim - 1))
            wanted = np.where(mask, np.nan, clean[output])
            rule = f"{output} must be NaN while {bad} is in the window, and as without it after"
            near(node, rule, got[output], wanted, 1e-9, 0.0)


def skipped(node: Operator) -> None:
    """A NaN that is said to be skipped is as if its tick were not there."""
    said = re.search("skipped|adds nothing|not counted", documented(type(node), "NaN"))
    if not said or "nan" in node.exempt:
        return
    case, k = make(node, np.random.default_rng(4), 90), 30
    name = next(iter(case.columns))
    case.columns[name][k] = np.nan
    got = run(node, case.columns, **case.clock)
    columns = {n: np.delete(x, k, axis=0) for n, x in case.columns.items()}
    clock: dict[str, Any] = {n: np.delete(x, k) for n, x in case.clock.items()}
    clock["upto"] = np.arange(1, 90)
    without = run(node, columns, **clock)
    for output in node.outputs:
        rule = f"{output} must be as if the tick of a NaN were not there"
        near(node, rule, np.delete(got[output], k, axis=0), without[output], 1e-9, 0.0)


def near(
    node: Operator, rule: str, got: np.ndarray, wanted: np.ndarray, relative: float, absolute: float
) -> None:
    """Raise where two outputs differ by more than rounding."""
    if got.shape != wanted.shape:
        raise broken(node, f"{rule}, {wanted.shape} values", f"{got.shape}")
    close = np.isclose(got, wanted, relative, absolute, equal_nan=True)
    if not close.all():
        at = tuple(np.argwhere(~close)[0].tolist())
        raise broken(node, f"{rule}, {wanted[at]} at tick {at[0]}", got[at])


def same(node: Operator, rule: str, got: Values, wanted: Values) -> None:
    """Raise where two runs differ in a bit; all NaN are one."""
    for name, value in wanted.items():
        one, two = (np.where(np.isnan(x), np.nan, x) for x in (got[name], value))
        differ = np.argwhere(one.view(np.int64) != two.view(np.int64))
        if len(differ):
            at = tuple(differ[0].tolist())
            raise broken(node, f"{rule}, {two[at]!r} of {name} at tick {at[0]}", one[at])


def broken(node: Operator, rule: str, value: object) -> LawError:
    """A law that an operator breaks."""
    return LawError(f"{type(node).__name__}: {rule}, got {value}")
