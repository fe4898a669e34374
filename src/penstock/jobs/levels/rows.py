"""Rows of the view as the gold table's columns: one row for each level that was touched."""

import datetime as dt
import hashlib
from collections.abc import Mapping

import numpy as np
import polars as pl

from penstock.core.arrays import F8, I8
from penstock.formulas.levels.parameters import Parameters
from penstock.formulas.levels.words import DIRECTIONS, KINDS, WORDS
from penstock.jobs.levels.columns import COLUMNS, GoldColumn

NUMBERED = KINDS[-2:]  # there are several of a kind: the price is part of the name


def flat(times: I8, values: Mapping[str, F8], parameters: Parameters) -> pl.DataFrame:
    """One row for each touch: the columns of its moment and its own, without numbers in their names."""
    moment = [name for name in values if "#" not in name]
    own = list(dict.fromkeys(name.partition("#")[0] for name in values if "#" in name))
    parts = []
    for j in range(parameters.most_at_once):
        there = np.flatnonzero(np.isfinite(values[f"level_kind#{j}"]))
        columns = {"ts": times[there], "place": np.full(there.size, j)}
        columns |= {name: values[name][there] for name in moment}
        columns |= {name: values[f"{name}#{j}"][there] for name in own}
        parts.append(pl.DataFrame(columns))
    return pl.concat(parts).sort("ts", "place", maintain_order=True)


def signals(rows: pl.DataFrame, date: dt.date, parameters: Parameters) -> pl.DataFrame:
    """The gold table's columns from touches."""
    symbol = parameters.symbol
    kinds = [KINDS[int(code)] for code in rows["level_kind"].to_list()]
    names = [
        f"{kind}_{level:g}" if kind in NUMBERED else kind
        for kind, level in zip(kinds, rows["level_price"].to_list(), strict=True)
    ]
    ways = [DIRECTIONS[int(way)] for way in rows["direction"].to_list()]
    ids = [
        hashlib.sha1(
            f"{date}|{symbol}|{name}|{ts}|{way}".encode(), usedforsecurity=False
        ).hexdigest()[:16]
        for name, ts, way in zip(names, rows["ts"].to_list(), ways, strict=True)
    ]
    identity = {
        "event_id": pl.Series(ids, dtype=pl.String),
        "ts_event_ns": pl.col("ts"),
        "date": pl.lit(str(date)),
        "symbol": pl.lit(symbol),
        "level_id": pl.Series(names, dtype=pl.String),
    }
    measured = {column.name: shown(column) for column in COLUMNS if column.name not in identity}
    made = rows.with_columns(**identity, **measured)
    return made.select(column.name for column in COLUMNS)


def shown(column: GoldColumn) -> pl.Expr:
    """A number of the view as the type of its column; unknown as null."""
    value = pl.col(column.name).fill_nan(None)
    if column.name in WORDS:
        code = value.cast(pl.Int64)
        return code.replace_strict(WORDS[column.name], default=None, return_dtype=pl.String)
    if column.dtype == pl.Boolean:
        return value > 0.0
    return value.cast(pl.Int64) if column.dtype == pl.Int64 else value
