"""Why a step takes the time it takes, from what is known of it."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock.core import maths
from penstock.core.native import global_values, reached
from penstock.core.time import duration_text
from penstock.expr import Expr, Operator
from penstock.expr.operator import CONSTANT, LINEAR, LOGARITHMIC
from penstock.ops.fitted import Fitted

# what the C library computes; a square root is one instruction
LIBRARY = ("log", "log2", "log1p", "exp", "exp2", "pow", "expm1", "sin", "cos", "tan", "tanh", "erf",
           "asin", "acos", "atan", "atan2", "sinh", "cosh", "log10", "gamma", "lgamma")  # fmt: skip
SLOW = 2.0  # times the median from which a step is slow for a reason
LARGE_TICKS = 100_000
UNITS = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
LEVELS = ("L1", "L2", "L3")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a measured step."""

    node: Expr
    ns_per_tick: float
    median: float
    ticks: int
    events: int
    bytes: int  # of its window and history
    host_ns: int = 0


def reasons(facts: Facts) -> list[str]:
    """The reasons, the weightiest first; what the step's time is against the median is always one."""
    said = [why for rule in RULES if (why := rule(facts))]
    times = facts.ns_per_tick / facts.median if facts.median else 1.0
    return [*said, f"{facts.ns_per_tick:.3g} ns a tick, {times:.2g} times the median step"]


def host(facts: Facts) -> str:
    """A refit is done by a library, in Python."""
    node = facts.node
    if not isinstance(node, Fitted):
        return ""
    spent = f"{facts.host_ns / 1e6:.3g} ms"
    return f"refit on the host: {spent} in fits of {node.window} ticks every {node.every}"


def memory(facts: Facts) -> str:
    """A window or a history that the near caches do not hold."""
    sizes = caches()
    beyond = [level for level in LEVELS if level in sizes and facts.bytes > sizes[level]]
    if not beyond:
        return ""
    return f"{span(facts.node)}: {size(facts.bytes)} does not fit {beyond[-1]} ({size(sizes[beyond[-1]])})"


def span(node: Expr) -> str:
    """How far back a step reads, in words."""
    if not isinstance(node, Operator):
        return "positions"
    if node.retention:
        return f"window of {duration_text(node.retention)} kept"
    if node.lookback:
        return f"window of {node.lookback:,} ticks kept"
    return "history kept"


def work(facts: Facts) -> str:
    """An operator whose work grows with its window."""
    cost = facts.node.cost if isinstance(facts.node, Operator) else CONSTANT
    return f"{cost} work a tick" if cost in {LOGARITHMIC, LINEAR} else ""


def library(facts: Facts) -> str:
    """Calls of the C library."""
    called = calls(type(facts.node).kernel) if isinstance(facts.node, Operator) else ()
    return f"libm call per tick: {', '.join(called)}" if called else ""


def wide(facts: Facts) -> str:
    """Operands of many cells."""
    operands = facts.node.operands if isinstance(facts.node, Operator) else ()
    cells = max((x.cells for x in operands), default=1)
    return f"reads {cells} cells a tick" if cells > 1 else ""


def rate(facts: Facts) -> str:
    """A clock that ticks nearly at every event."""
    if facts.ticks < 0.9 * facts.events or facts.ticks < LARGE_TICKS:
        return ""
    clock = facts.node.clock
    return (
        f"ticks on every event of {clock.text if clock else 'the view'}: {count(facts.ticks)} ticks"
    )


def carried(facts: Facts) -> str:
    """A loop in which each tick waits for the one before."""
    node = facts.node
    if not isinstance(node, Operator) or not node.registers.names or isinstance(node, Fitted):
        return ""
    slow = facts.ns_per_tick > SLOW * facts.median
    return "scalar loop: each tick needs the state after the one before" if slow else ""


RULES: tuple[Callable[[Facts], str], ...] = (host, memory, work, library, wide, carried, rate)


@functools.cache
def calls(kernel: Callable[..., Any]) -> tuple[str, ...]:
    """The functions of the C library that a kernel reaches."""
    found: dict[str, None] = {}
    seen = {kernel}
    stack = [kernel]
    while stack:
        function = stack.pop()
        modules = dict(global_values(function))
        if modules.get("math") is maths.math:
            found.update(dict.fromkeys(n for n in function.__code__.co_names if n in LIBRARY))
        for _, _, callee in reached(function):
            if callee not in seen:
                seen.add(callee)
                stack.append(callee)
    return tuple(sorted(found))


@functools.cache
def caches() -> dict[str, int]:
    """The sizes of this processor's data caches by level, where the system says."""
    found: dict[str, int] = {}
    for index in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        try:
            kind, level, text = (
                (index / name).read_text().strip() for name in ("type", "level", "size")
            )
        except OSError:
            continue
        match = re.fullmatch(r"(\d+)([KMG]?)", text)
        if match and kind != "Instruction":
            found[f"L{level}"] = int(match[1]) * UNITS.get(match[2], 1)
    return found


def size(number: float) -> str:
    """Bytes as a person reads them."""
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:.3g} GB"


def count(number: float) -> str:
    """A count as a person reads it."""
    for unit in ("", " k", " M"):
        if number < 1000:
            return f"{number:.3g}{unit}"
        number /= 1000
    return f"{number:.3g} G"
