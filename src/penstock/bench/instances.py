"""Operators to measure: each over columns of its own stream, as many instances as are wanted."""

import numpy as np

from penstock.bench.feed import books
from penstock.bench.series import GAP, START
from penstock.core.schema import EventType, Field
from penstock.events import Block
from penstock.expr import Column, Constant, Expr, Operator, Output, operand_names
from penstock.expr.expression import hints
from penstock.ops.asof import AsOf
from penstock.ops.group.cell import Cell
from penstock.ops.laws.cases import candles
from penstock.streams import Stream

WINDOW, WIDTH = 100, "10s"  # 10 s hold 200 rows
INTEGERS = ("id",)
AROUND_ZERO = frozenset({"Abs", "Clip", "GarchVolatility", "Hysteresis", "RollingTail", "Sign"})


def kind(cls: type[Operator]) -> str:
    """The kind of an operator's window."""
    names = hints(cls).keys()
    for name, found in (("width", "time window"), ("window", "count window")):
        if name in names:
            return found
    if names & {"halflife", "span"}:
        return "fading"
    if "reset" in names:
        return "session"
    return "book" if "book" in names else "state" if cls.registers.names else "one tick"


def example(cls: type[Operator]) -> Operator:
    """An operator with its example's parameters and a window of a size that is in use."""
    if cls is AsOf:
        return AsOf(Column(stream_of(("x",), "1", "slow"), "x"), on=stream_of(("y",), "1"))
    given = dict(cls.example)
    given |= {
        name: size
        for name, size in (("window", WINDOW), ("width", WIDTH), ("step", "1s"))
        if name in given and not isinstance(given[name], float)  # a step of prices is none of time
    }
    names = operand_names(cls)
    free = stream_of(names, "1")
    # operands that have to be of one unit are of one; an example may bring columns of its own
    return cls(**{name: Column(free, name) for name in names} | given)


def stream_of(names: tuple[str, ...], unit: str, called: str = "bench") -> Stream:
    """A stream with these columns."""
    fields = tuple(Field(name, unit, "i8" if name in INTEGERS else "f8") for name in names)
    return Stream(EventType(called, "Columns of a case.", fields))


def again(expr: Expr, turn: int, made: dict[Expr, Expr] | None = None) -> Expr:
    """The same definition as a node of its own.

    Equal definitions are one node; a subclass that adds nothing is another definition, with the
    same kernel over the same columns.
    """
    made = {} if made is None else made
    if expr in made or isinstance(expr, Column | Constant):
        return made.get(expr, expr)
    if isinstance(expr, Output):
        made[expr] = Output(again(expr.source, turn, made), expr.name)
        return made[expr]
    cls = type(expr)
    values = {name: getattr(expr, name) for name in hints(cls)}
    values = {n: again(v, turn, made) if isinstance(v, Expr) else v for n, v in values.items()}
    made[expr] = type(f"{cls.__name__}{turn}", (cls,), {})(**values)
    return made[expr]


def columns(outputs: tuple[Expr, ...], count: int) -> dict[str, Expr]:
    """Columns of a view of so many instances; of a wide output the first cell."""
    found = {}
    for turn in range(count):
        made: dict[Expr, Expr] = {}
        for place, output in enumerate(outputs):
            expr = again(output, turn, made)
            found[f"c{turn}_{place}"] = Cell(expr, cell=0) if expr.cells > 1 else expr
    return found


def rows(stream: Stream, count: int, name: str, seed: int = 5) -> Block:
    """Seeded events of a stream; a price walks about 100, or about 0 where the sign matters."""
    rng = np.random.default_rng(seed)
    time = START + GAP * np.arange(count)
    level = 0.0 if name in AROUND_ZERO else 100.0
    made = {field.name: values(field, count, level, rng) for field in stream.type.fields}
    return Block.of(stream.type, time=time, **made)


def values(field: Field, count: int, level: float, rng: np.random.Generator) -> np.ndarray:
    """Values of one column, by its shape and name."""
    if field.dtype == "i8":
        return rng.integers(0, 3, count)
    if field.name in ("book", "levels"):
        best = 5_000.0 + 0.25 * np.cumsum(rng.integers(-2, 3, count))
        none = np.zeros(count, np.int64)
        return books(none, none, best, rng).columns["levels"][:, : field.width]
    if field.width > 1:
        wide = field.name == "candles"
        shares = (count, field.width)
        return candles(rng, count, 100.0, 0.0) if wide else rng.uniform(0.05, 0.45, shares)
    if field.name == "condition" or field.name.endswith("size"):
        return rng.integers(0, 2 if field.name == "condition" else 50, count).astype(float)
    if level == 0.0:
        return rng.normal(0.0, 1.0, count)
    return level + np.cumsum(rng.normal(0.0, 0.01, count))
