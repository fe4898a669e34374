"""Rows of the view as the gold table's columns: one row for each level that was touched.

Columns are arrays and lists until a table is asked for: live, a touch is one row, and a data frame of one row takes
longer than all that the engine computes.
"""

import datetime as dt
import hashlib
import math
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from penstock.core.arrays import F8, I8
from penstock.formulas.levels.parameters import Parameters
from penstock.formulas.levels.words import DIRECTIONS, KINDS, WORDS
from penstock.jobs.levels.columns import COLUMNS, GoldColumn

NUMBERED = KINDS[-2:]  # there are several of a kind: the price is part of the name
IDENTITY = ("event_id", "ts_event_ns", "date", "symbol", "level_id")
Touches = dict[str, np.ndarray]  # ``ts`` and numbers by column, a cell for each touch


class Places(NamedTuple):
    """Where the columns of a view stand in its rows."""

    moment: dict[str, int]
    own: tuple[str, ...]  # names without numbers
    cells: I8  # of each of them by the number of the touched level


@cache
def places_of(names: tuple[str, ...]) -> Places:
    """The places of columns of the moment, and of those with a cell for each touched level."""
    place = {name: i for i, name in enumerate(names)}
    own = tuple(dict.fromkeys(name.partition("#")[0] for name in names if "#" in name))
    most = sum(name.startswith(f"{own[0]}#") for name in names)
    cells = [[place[f"{name}#{j}"] for j in range(most)] for name in own]
    moment = {name: i for name, i in place.items() if "#" not in name}
    return Places(moment, own, np.array(cells))


def flat(times: I8, values: F8, names: tuple[str, ...]) -> Touches:
    """The touches of some rows: the columns of the moment and their own, without numbers in their names."""
    places = places_of(names)
    kinds = values[:, places.cells[places.own.index("level_kind")]]
    rows, touched = np.nonzero(np.isfinite(kinds))  # by row, then by priority
    made: Touches = {"ts": times[rows]}
    made |= {name: values[rows, i] for name, i in places.moment.items()}
    return made | dict(zip(places.own, values[rows, places.cells[:, touched]], strict=True))


def described(touches: Touches, date: dt.date, parameters: Parameters) -> dict[str, list[Any]]:
    """The gold table's columns of touches as lists; what is unknown is None."""
    symbol, stamps = parameters.symbol, touches["ts"].tolist()
    kinds = [KINDS[int(code)] for code in touches["level_kind"].tolist()]
    names = [
        f"{kind}_{level:g}" if kind in NUMBERED else kind
        for kind, level in zip(kinds, touches["level_price"].tolist(), strict=True)
    ]
    ways = [DIRECTIONS[int(way)] for way in touches["direction"].tolist()]
    ids = [
        hashlib.sha1(
            f"{date}|{symbol}|{name}|{ts}|{way}".encode(), usedforsecurity=False
        ).hexdigest()[:16]
        for name, ts, way in zip(names, stamps, ways, strict=True)
    ]
    count = len(stamps)
    identity = dict(
        zip(IDENTITY, (ids, stamps, [str(date)] * count, [symbol] * count, names), strict=True)
    )
    return {
        column.name: identity[column.name]
        if column.name in identity
        else [
            None if math.isnan(x) else SHOWN[column.name](x) for x in touches[column.name].tolist()
        ]
        for column in COLUMNS
    }


def signals(touches: Touches, date: dt.date, parameters: Parameters) -> pl.DataFrame:
    """The gold table of touches."""
    types = {c.name: pl.String if isinstance(c.dtype, pl.Enum) else c.dtype for c in COLUMNS}
    return pl.DataFrame(described(touches, date, parameters), schema=types)


def shown(column: GoldColumn) -> Callable[[float], Any]:
    """How a number of the view becomes a value of its column."""
    if column.name in WORDS:
        words = WORDS[column.name]
        return lambda code: words.get(int(code))
    if column.dtype == pl.Boolean:
        return lambda x: x > 0.0
    return int if column.dtype == pl.Int64 else float


SHOWN = {column.name: shown(column) for column in COLUMNS if column.name not in IDENTITY}
