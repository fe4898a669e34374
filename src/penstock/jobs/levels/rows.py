"""Rows of the view as the gold table's columns: one row for each level that was touched."""

import datetime as dt
import hashlib
from collections.abc import Mapping

import numpy as np
import polars as pl

from penstock.core.arrays import F8, I8
from penstock.formulas.levels.parameters import Parameters
from penstock.formulas.levels.physics import Physics
from penstock.formulas.levels.prices import SINGLES
from penstock.jobs.levels.columns import COLUMNS
from penstock.ops.level.barrier import STATES
from penstock.ops.level.score_track import SIGNALS

WAYS = {1: "UP", -1: "DOWN"}


def flat(times: I8, values: Mapping[str, F8], parameters: Parameters) -> pl.DataFrame:
    """One row for each touch: the columns of its moment and its own, without numbers in their names."""
    moment = [name for name in values if "#" not in name]
    own = list(dict.fromkeys(name.partition("#")[0] for name in values if "#" in name))
    parts = []
    for j in range(parameters.most_at_once):
        there = np.flatnonzero(np.isfinite(values[f"slot#{j}"]))
        columns = {"ts": times[there], "place": np.full(there.size, j)}
        columns |= {name: values[name][there] for name in moment}
        columns |= {name: values[f"{name}#{j}"][there] for name in own}
        parts.append(pl.DataFrame(columns))
    return pl.concat(parts).sort("ts", "place", maintain_order=True)


def signals(
    rows: pl.DataFrame, date: dt.date, parameters: Parameters, limit: float
) -> pl.DataFrame:
    """The gold table's columns from touches."""
    p = parameters
    levels = Physics(p)
    slot = rows["slot"].cast(pl.Int64).to_numpy()
    strike, number = slot >= len(SINGLES), slot >= len(SINGLES) + levels.strike_cells
    kinds = [
        "ROUND" if n else "STRIKE" if s else SINGLES[k]
        for k, s, n in zip(slot.tolist(), strike.tolist(), number.tolist(), strict=True)
    ]
    price = rows["level"].to_list()
    names = [
        f"{kind}_{level:g}" if s else kind
        for kind, s, level in zip(kinds, strike.tolist(), price, strict=True)
    ]
    ways = [WAYS[int(way)] for way in rows["way"].to_list()]
    stamps = rows["ts"].to_list()
    ids = [
        hashlib.sha1(
            f"{date}|{p.symbol}|{name}|{ts}|{way}".encode(), usedforsecurity=False
        ).hexdigest()[:16]
        for name, ts, way in zip(names, stamps, ways, strict=True)
    ]
    made = rows.with_columns(
        event_id=pl.Series(ids, dtype=pl.String), ts_event_ns=pl.col("ts"),
        date=pl.lit(str(date)), symbol=pl.lit(p.symbol),
        level_price=pl.col("level"), level_kind=pl.Series(kinds, dtype=pl.String),
        level_id=pl.Series(names, dtype=pl.String), direction=pl.Series(ways, dtype=pl.String),
        distance=(pl.col("spot") - pl.col("level")).abs(),
    ).with_columns(**context(p), **book(), **tape(), **fuel(limit), **scores(p), **runway(), **extras(p))  # fmt: skip
    return made.select(column.name for column in COLUMNS)


def words(column: str, known: tuple[str, ...]) -> pl.Expr:
    """A code as its word; unknown as null."""
    code = pl.col(column).fill_nan(None).cast(pl.Int64)
    return code.replace_strict(dict(enumerate(known)), default=None, return_dtype=pl.String)


def context(p: Parameters) -> dict[str, pl.Expr]:
    """Where the price is."""
    return {
        "is_first_15m": pl.col("since_open") < 15.0,
        "is_opening_range": pl.col("since_open") < float(p.or_minutes),
        "dist_to_sma_200": pl.col("spot") - pl.col("level_sma_200"),
        "dist_to_sma_400": pl.col("spot") - pl.col("level_sma_400"),
        "dist_to_vwap": pl.col("spot") - pl.col("level_vwap"),
    }


def book() -> dict[str, pl.Expr]:
    """What the book did."""
    known = pl.col("wall").is_not_nan() | (pl.col("valid") > 0.0)
    return {
        "barrier_state": words("state", STATES),
        "barrier_delta_liq": pl.col("delta"),
        "barrier_replenishment_ratio": pl.col("replenishment"),
        **{
            f"barrier_{name}": pl.col(of).fill_nan(None).cast(pl.Int64)
            for name, of in (("added", "added"), ("canceled", "cancelled"), ("filled", "filled"))
        },
        "wall_ratio": pl.col("wall"),
        "depth_in_zone": pl.when(known).then(pl.col("depth").fill_nan(None).cast(pl.Int64)),
    }


def tape() -> dict[str, pl.Expr]:
    """What was traded."""
    bought, sold = pl.col("bought"), pl.col("sold")
    total = bought + sold
    sweep = pl.col("sweep")
    return {
        "tape_imbalance": pl.when(total > 0.0).then((bought - sold) / total).otherwise(total),
        "tape_buy_vol": bought.fill_nan(None).cast(pl.Int64),
        "tape_sell_vol": sold.fill_nan(None).cast(pl.Int64),
        "tape_sweep_detected": sweep.fill_nan(None) != 0.0,
        "tape_sweep_direction": pl.when(sweep > 0.0)
        .then(pl.lit("UP"))
        .when(sweep < 0.0)
        .then(pl.lit("DOWN"))
        .otherwise(pl.lit("NONE")),
    }


def fuel(limit: float) -> dict[str, pl.Expr]:
    """What hedging may do."""
    net = pl.col("exposure").fill_nan(None)
    return {
        "gamma_exposure": net,
        "fuel_net_dealer_gamma": net,
        "fuel_effect": pl.when(net < -limit)
        .then(pl.lit("AMPLIFY"))
        .when(net > limit)
        .then(pl.lit("DAMPEN"))
        .when(net.is_not_null())
        .then(pl.lit("NEUTRAL")),
        "fuel_call_wall": pl.col("level_call_wall"),
        "fuel_put_wall": pl.col("level_put_wall"),
        "fuel_hvl": pl.col("level_gamma_flip"),
        "fuel_call_gamma": pl.col("call_gamma"),
        "fuel_put_gamma": pl.col("put_gamma"),
    }


def scores(p: Parameters) -> dict[str, pl.Expr]:
    """How likely a break is, and how much there was to judge by."""
    parts = [
        (pl.col(name).fill_nan(0.0) / busy).clip(0.0, 1.0)
        for name, busy in (("churn", p.busy_barrier), ("option_volume", p.busy_fuel))
    ]
    parts.append(((pl.col("bought") + pl.col("sold")).fill_nan(0.0) / p.busy_tape).clip(0.0, 1.0))
    sure = pl.mean_horizontal(parts)
    whole = pl.col("parts").fill_nan(0.0) >= 3.0
    return {
        "break_score_raw": pl.col("raw"),
        "break_score_smooth": pl.col("smooth"),
        "liquidity_score": pl.col("liquidity"),
        "hedge_score": pl.col("hedge"),
        "tape_score": pl.col("tape"),
        "signal": words("signal", SIGNALS),
        "confidence": pl.when(whole & (sure >= p.confidence_cuts[0]))
        .then(pl.lit("HIGH"))
        .when(whole & (sure >= p.confidence_cuts[1]))
        .then(pl.lit("MEDIUM"))
        .otherwise(pl.lit("LOW")),
        "tape_sweep_notional": pl.col("sweep").abs() * p.multiplier,
    }


def runway() -> dict[str, pl.Expr]:
    """How far the price may go."""
    return {
        "runway_direction": pl.when(pl.col("onward") > 0.0)
        .then(pl.lit("UP"))
        .when(pl.col("onward") < 0.0)
        .then(pl.lit("DOWN")),
        "runway_next_level_price": pl.col("next_level"),
        "runway_distance": pl.col("gap"),
        "runway_quality": words("obstructed", ("CLEAR", "OBSTRUCTED")),
    }


def extras(p: Parameters) -> dict[str, pl.Expr]:
    """What the document does not list."""
    towards = pl.col("way") * pl.col("run").fill_nan(0.0)
    nearest = (pl.col("spot") / p.round_step).round() * p.round_step
    return {
        "level_round": pl.when((nearest - pl.col("spot")).abs() <= p.round_range).then(nearest),
        "level_confluence_count": pl.col("confluence").cast(pl.Int64),
        "approach_velocity": pl.col("way") * pl.col("climb"),
        "approach_bars": pl.when(towards > 0.0).then(towards).otherwise(0.0).cast(pl.Int64),
        "prior_touch_count": pl.col("episode").cast(pl.Int64) - 1,
        "time_since_last_touch": pl.col("since"),
        "barrier_zone_coverage": pl.col("known") / (2.0 * p.zone_ticks + 1.0),
    }
