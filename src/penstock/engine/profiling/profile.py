"""A profile: the engine runs its loop with counters for a while, and says where time and memory went.

Time is read from the time-stamp counter (the monotonic clock elsewhere) and turned into nanoseconds by what both
counted. In the live layout one run in `LIVE_PERIOD` is timed step by step, since reading the counter takes longer
than many a step; the segments' times of all other runs scale it. In blocks every run is.
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

import numpy as np

from penstock.compile.layout import POSITION
from penstock.compile.probe import COUNTERS, Probe, counters, probe, steps_of
from penstock.compile.program import PROBE, Program
from penstock.core.counters import Counters
from penstock.core.errors import DefinitionError
from penstock.core.native import cache_counts, compiled
from penstock.engine import process as loop
from penstock.engine.arena import Arena
from penstock.engine.profiling import counted
from penstock.engine.profiling.costs import Report, StepCost, features, users
from penstock.engine.profiling.footprint import by_kind, of_steps, pieces, reads
from penstock.engine.profiling.measure import Times, times
from penstock.engine.profiling.reasons import Facts, reasons
from penstock.engine.refit import waiting
from penstock.engine.runner import SIGNATURE, Runner
from penstock.expr import Expr
from penstock.plan.text import numbers_of, step_text

LIVE_PERIOD = 31  # a prime: streams that take turns are met in every turn
REASONED = 10  # steps that get reasons
IDLE = 20_000  # readings that say what a reading takes
SHORTEST = 2_000_000  # ns between two comparisons of the counter with the clock
INTERRUPTION = 20_000  # ns: a reading that is longer may be one of something else
PUSH = "int64(int64, int64, int64, int64)"

Use = Callable[[Callable[..., int] | None], None]


class Profile:
    """What an engine does inside a ``with`` block; ``report`` says it afterwards.

    Parameters
    ----------
    runner
        The plan at work.
    use
        Puts a form of ``push`` to use; None the plain one.
    """

    def __init__(self, runner: Runner, use: Use) -> None:
        self._runner, self._use, self._registry = runner, use, runner.registry
        self._period = LIVE_PERIOD if self._registry.capacity == 1 else 1
        self._counted = counters(self._registry.first)
        self._probes: list[Probe] = []
        self._plain_fit = runner.fit
        if runner.threads > 1:
            raise DefinitionError(f"Engine.profile: one thread is needed, got {runner.threads}")
        self._host: dict[Expr, int] = {}
        self._hardware = Counters()
        self._stamp = compiled(counted.stamp, "int64()")
        self._process = compiled(counted.process, SIGNATURE)
        self._push = compiled(counted.push, PUSH, brief=True)
        self._idle, self._interruption, self._scale, self._seconds = 0.0, 0, 1.0, 0.0
        self._began, self._ended = (0, 0), False
        self._positions: dict[int, int] = {}
        self._events = 0

    def __enter__(self) -> Self:
        if self._registry.watch is not None:
            raise DefinitionError(
                "Engine.profile: one profile at a time is needed, got another that is on"
            )
        self._idle, self._interruption = calibrated()
        for program in self._registry.programs:
            self._watch(program)
        self._registry.watch = self._watch
        self._runner.process, self._runner.fit = self._process, self._fit
        self._use(self._push)
        self._positions = self._reached()
        self._hardware.__enter__()
        self._began = (time.perf_counter_ns(), self._stamp())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._seconds = (time.perf_counter_ns() - self._began[0]) / 1e9
        self._hardware.__exit__(kind, error, trace)
        self._events = sum(
            now - self._positions.get(key, 0) for key, now in self._reached().items()
        )
        while time.perf_counter_ns() - self._began[0] < SHORTEST:
            pass
        passed = time.perf_counter_ns() - self._began[0]
        self._scale = passed / max(self._stamp() - self._began[1], 1)
        self._registry.watch = None
        self._runner.process = compiled(loop.process, SIGNATURE)
        self._runner.fit = self._plain_fit
        for program in self._registry.programs:
            program.cells[PROBE] = 0
        self._use(None)
        self._ended = True

    def report(self) -> Report:
        """What was found, once the block has ended."""
        if not self._ended:
            raise DefinitionError(
                "Profile.report: the end of its with block is needed, got a profile that is on"
            )
        found = times(self._registry.first, self._counted, self._idle, self._scale)
        arena = max(
            self._registry.arenas.values(),
            key=lambda arena: arena.cells.nbytes,
            default=Arena(self._registry.first),
        )
        made, plan = arena.program.layout, self._runner.plan
        sizes, events = of_steps(made), self._events
        steps = self._steps(found, sizes)
        ns = {node: cost.ns for node, cost in steps.items()}
        slow = sorted(steps, key=lambda node: -steps[node].ns)
        numbers = numbers_of(plan)
        return Report(
            events=events,
            keys=len(self._registry.arenas),
            capacity=self._registry.capacity,
            period=self._period,
            seconds=self._seconds,
            steps_ns=sum(ns.values()),
            admission_ns=found.admission,
            settling_ns=found.settling,
            interrupted=found.left,
            host_ns=sum(self._host.values()),
            steps=self._reasoned([(node, steps[node]) for node in slow], made, events),
            features=features(plan, ns, sizes, events),
            memory=by_kind(made),
            bytes_per_key=arena.cells.nbytes,
            columns=tuple(
                {
                    "step": numbers.get(piece.node),
                    "column": piece.node.text if piece.node not in numbers else None,
                    "name": piece.name,
                    "kind": piece.kind,
                    "bytes": piece.bytes,
                }
                for piece in sorted(pieces(made), key=lambda piece: -piece.bytes)
            ),
            bytes_of_all_keys=sum(arena.cells.nbytes for arena in self._registry.arenas.values()),
            cache=cache_counts(),
            hardware=self._hardware.found,
            hardware_why=self._hardware.why,
        )

    def _steps(self, found: Times, sizes: dict[Expr, int]) -> dict[Expr, StepCost]:
        plan = self._runner.plan
        needed, numbers, nodes = users(plan), numbers_of(plan), steps_of(plan)
        ns = [found.ns[i] + self._host.get(node, 0) for i, node in enumerate(nodes)]
        whole = float(sum(ns)) or 1.0
        return {
            node: StepCost(
                number=numbers[node],
                step=step_text(node, numbers),
                operator=type(node).__name__,
                clock=node.clock.text if node.clock else "",
                ns=float(ns[i]),
                ns_per_tick=float(ns[i] / max(found.ticks[i], 1)),
                ticks=int(found.ticks[i]),
                calls=int(found.calls[i]),
                share=float(ns[i] / whole),
                bytes=sizes.get(node, 0),
                features=len(needed[node]),
            )
            for i, node in enumerate(nodes)
        }

    def _reasoned(
        self, slow: list[tuple[Expr, StepCost]], made: Any, events: int
    ) -> tuple[StepCost, ...]:
        """The steps, the slowest first, and these with their reasons."""
        median = statistics.median(cost.ns_per_tick for _, cost in slow) if slow else 0.0
        histories = {
            node: items * node.history.itemsize for node, (_, items) in made.histories.items()
        }
        done = []
        for rank, (node, cost) in enumerate(slow):
            if rank < REASONED:
                size = max(reads(made, node), histories.get(node, 0))
                host = self._host.get(node, 0)
                known = Facts(node, cost.ns_per_tick, median, cost.ticks, events, size, host)
                done.append(replace(cost, reasons=tuple(reasons(known))))
            else:
                done.append(cost)
        return tuple(done)

    def _watch(self, program: Program) -> None:
        """Let a program be profiled."""
        made = probe(program, self._counted, self._period, self._interruption)
        self._probes.append(made)
        program.cells[PROBE] = made.address

    def _fit(self, arena: Arena) -> None:
        """A refit, timed."""
        node, before = waiting(arena), time.perf_counter_ns()
        self._plain_fit(arena)
        self._host[node] = self._host.get(node, 0) + time.perf_counter_ns() - before

    def _reached(self) -> dict[int, int]:
        """The position of each key: it counts events and timed ticks."""
        return {key: int(arena.cells[POSITION]) for key, arena in self._registry.arenas.items()}


def calibrated() -> tuple[float, int]:
    """What taking the time once costs, and the shortest interruption, both in counts."""
    scratch = np.zeros(COUNTERS, np.int64)
    spent = compiled(counted.idle, "int64(int64, int64)")
    before = time.perf_counter_ns()
    idle = [spent(scratch.ctypes.data, IDLE) for _ in range(5)]
    scale = (time.perf_counter_ns() - before) / max(sum(idle), 1)
    return statistics.median(idle) / IDLE, round(INTERRUPTION / max(scale, 1e-3))
