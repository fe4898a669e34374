"""The compiled loop with counters: what an engine runs while it is profiled, and never otherwise.

Most runs take the time of whole segments. Every so many runs the steps run one by one and the time of each is
taken. The steps, their order and their memory are the same, and so are the bits.
"""

from collections.abc import Callable
from types import FunctionType
from typing import Any

from penstock.compile.layout import NEVER, RESUME
from penstock.compile.probe import (
    ADMITTED,
    COUNTERS,
    FIRST,
    HEAD,
    LEAST,
    LEFT,
    LEFT_TICKED,
    READ,
    RUNS,
    SETTLED,
    STEP,
    TICKED,
    TIME,
)
from penstock.compile.program import (
    G_FIRST,
    G_HOST,
    G_LAST,
    G_TICKS,
    PROBE,
    SEGMENT,
    SEGMENTS,
)
from penstock.core.arrays import Cells
from penstock.core.jit import jit
from penstock.core.memory import call, load, now, store
from penstock.engine import admit as admission
from penstock.engine import process as loop
from penstock.engine import settle as plain
from penstock.engine.process import needs_host

FAR = 16  # times the shortest reading


@jit
def add(counter: int, time: int, ticks: int, interruption: int) -> None:
    """Count a reading; one far above the shortest so far was taken while the system did something else."""
    store(counter + 8 * READ, load(counter + 8 * READ) + 1)
    least, of_one = load(counter + 8 * LEAST), time // ticks + 1
    if least and time > interruption and of_one > FAR * least:
        store(counter + 8 * LEFT, load(counter + 8 * LEFT) + 1)
        store(counter + 8 * LEFT_TICKED, load(counter + 8 * LEFT_TICKED) + ticks)
        return
    if least > FAR * of_one and load(counter + 8 * TIME) > interruption:  # all so far were
        store(counter + 8 * LEFT, load(counter + 8 * READ) - 1)
        store(
            counter + 8 * LEFT_TICKED, load(counter + 8 * LEFT_TICKED) + load(counter + 8 * TICKED)
        )
        store(counter + 8 * TIME, 0)
        store(counter + 8 * TICKED, 0)
    if least == 0 or of_one < least:
        store(counter + 8 * LEAST, of_one)
    store(counter + 8 * TIME, load(counter + 8 * TIME) + time)
    store(counter + 8 * TICKED, load(counter + 8 * TICKED) + ticks)


@jit
def since(p: Cells, which: int, before: int) -> None:
    """Count the time of work outside the steps."""
    counter = load(p[PROBE]) + 8 * which
    store(counter, load(counter) + now() - before)
    store(counter + 8, load(counter + 8) + 1)


@jit
def execute(program: int, p: Cells, a: Cells, arena: int, resume: int) -> int:
    """Run the segments as ``process.execute`` does, and take the time."""
    probe = p[PROBE]
    counters = load(probe)
    runs, interruption = load(counters + 8 * RUNS) + 1, load(probe + 16)
    store(counters + 8 * RUNS, runs)
    one_by_one = runs % load(probe + 8) == 0
    before = now()
    for i in range(resume, p[SEGMENTS + 1]):
        segment = p[SEGMENTS] + SEGMENT * i
        n = a[p[segment + G_TICKS]]
        if n == 0:
            continue
        if p[segment + G_HOST] >= 0 and a[RESUME] != i + 1 and needs_host(p, a, segment, n):
            return i
        if one_by_one:
            bounds = probe + 8 * (HEAD + 2 * i)
            for k in range(load(bounds), load(bounds + 8), STEP):
                step = probe + 8 * k
                call(load(step), arena, load(step + 8), n)
                after = now()
                add(counters + load(step + 16), after - before, n, interruption)
                before = after
        else:
            for batch in range(
                program + 8 * p[segment + G_FIRST], program + 8 * p[segment + G_LAST], 16
            ):
                call(load(batch), arena, load(batch + 8), n)
            after = now()
            add(counters + 8 * (FIRST + COUNTERS * i), after - before, n, interruption)
            before = after
    return -1


@jit
def admit(p: Cells, a: Cells, stream: int, table: int, row: int) -> bool:
    """Append one event, timed."""
    before = now()
    done = admission.admit(p, a, stream, table, row)
    since(p, ADMITTED, before)
    return done


@jit
def fill(p: Cells, a: Cells, streams: int, rows: int, stop: int, tables: int, until: int) -> bool:  # noqa: PLR0913, PLR0917
    """Fill a block, timed."""
    before = now()
    moved = admission.fill(p, a, streams, rows, stop, tables, until)
    since(p, ADMITTED, before)
    return moved


@jit
def hand_out(p: Cells, a: Cells, arena: int, out: int, room: int, rows: int) -> int:
    """Copy rows, timed."""
    before = now()
    made = loop.hand_out(p, a, arena, out, room, rows)
    since(p, SETTLED, before)
    return made


@jit
def settle(p: Cells, a: Cells, arena: int) -> int:
    """Count ticks and make room, timed."""
    before = now()
    grow = plain.settle(p, a, arena)
    since(p, SETTLED, before)
    return grow


@jit
def idle(counter: int, times: int) -> int:
    """What taking the time costs by itself, ``times`` times over."""
    start = now()
    before = start
    for _ in range(times):
        after = now()
        add(counter, after - before, 1, NEVER)
        before = after
    return before - start


@jit
def stamp() -> int:
    """The counter that the others read."""
    return now()


def variant(function: Callable[..., Any], **changed: Callable[..., Any]) -> Callable[..., Any]:
    """A function of the loop that calls others in place of some: same code, other globals."""
    names = {**function.__globals__, **changed}
    made = FunctionType(function.__code__, names, function.__name__, function.__defaults__)
    made.__module__, made.__doc__ = __name__, function.__doc__
    return jit(made)


process = variant(loop.process, execute=execute, fill=fill, hand_out=hand_out, settle=settle)
run = variant(loop.run, execute=execute, settle=settle)
catch_up = variant(loop.catch_up, run=run)
enter = variant(loop.enter, execute=execute, admit=admit, settle=settle, catch_up=catch_up)
push = variant(loop.push, enter=enter)
