"""A date through the engine: the real ES hour, cut off, in other blocks, and event by event."""

import datetime as dt
from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest
from tests.events.dbn_files import shared

from penstock.events import Quarantine
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.carry import Carry
from penstock.jobs.levels.columns import COLUMNS
from penstock.jobs.levels.day import Engines, run_day
from penstock.jobs.levels.feeds import feeds
from penstock.jobs.levels.inputs import Inputs
from penstock.streams.merge import merge

DATE = dt.date(2023, 12, 25)
TICKS = Parameters(ratio="static", calendar="24/7")
BARS = Parameters(ratio="static", calendar="24/7", mode="bar")
RUNS = Parameters(ratio="static", calendar="24/7", sweep_quantile=0.9, sweep_runs=20)


@pytest.fixture(scope="module")
def hour() -> Inputs:
    folder = shared("futures_dbn/esh4-glbx-mdp3-20231225.mbo.dbn.zst").parent
    return Inputs(
        DATE,
        (folder / "esh4-glbx-mdp3-20231225.trades.derived.dbn.zst",),
        (folder / "esh4-glbx-mdp3-20231225.mbp-10.derived.dbn.zst",),
    )


def events(inputs: Inputs, made: Engines, parameters: Parameters) -> Iterator[tuple]:
    """Merged events of a date."""
    sources = feeds(inputs, parameters, Carry(), "")
    for merged in merge(made.ranked(sources), made.keys, Quarantine()):
        yield merged.blocks, merged.streams, merged.rows


def table(made: Engines) -> np.ndarray:
    rows = made.rows[0].ordered()
    values = np.where(np.isnan(rows.values()), np.nan, rows.values())
    return np.column_stack([rows.times().view(np.float64), values]).view(np.int64)


def played(
    inputs: Inputs, parameters: Parameters, size: int, until: int = 2**62, capacity: int = 1_024
) -> np.ndarray:
    """The rows of touches, from blocks of so many events, up to a time."""
    made = Engines(parameters, capacity)
    end = 0
    for blocks, streams, rows in events(inputs, made, parameters):
        times = np.array(
            [
                blocks[s].columns["time"][r]
                for s, r in zip(streams.tolist(), rows.tolist(), strict=True)
            ]
        )
        last = int(np.searchsorted(times, until, side="right"))
        for start in range(0, last, size):
            stop = min(start + size, last)
            part = slice(start, stop)
            some = {s: blocks[s] for s in set(streams[part].tolist())}
            kept = {s: rows[part][streams[part] == s] for s in some}
            cut = {s: b.take(slice(int(kept[s][0]), int(kept[s][-1]) + 1)) for s, b in some.items()}
            moved = np.array(
                [
                    r - kept[s][0]
                    for s, r in zip(streams[part].tolist(), rows[part].tolist(), strict=True)
                ]
            )
            made.push(cut, streams[part], moved)
        end = max(end, int(times[:last][-1]) if last else 0)
        if last < times.size:
            break
    made.finish(min(end, until))
    return table(made)


def test_touches_of_a_real_hour_have_the_columns_of_the_document(hour: Inputs) -> None:
    day = run_day(hour, TICKS, Carry())
    assert day.signals.columns == [column.name for column in COLUMNS]
    assert day.signals.height == day.labels.height > 4
    assert day.signals["event_id"].n_unique() == day.signals.height
    assert (day.signals["distance"] <= TICKS.touch_tol + 1e-9).all()
    flows = day.signals.select(
        pl.col("barrier_added")
        - pl.col("barrier_canceled")
        - pl.col("barrier_filled")
        - pl.col("barrier_delta_liq")
    )
    assert flows.to_series().drop_nulls().abs().max() == 0.0
    up = day.signals.filter(pl.col("direction") == "UP")
    assert (up["spot"] <= up["level_price"] + TICKS.touch_tol + 1e-9).all()


def test_nothing_of_a_row_comes_from_after_its_touch(hour: Inputs) -> None:
    whole = played(hour, TICKS, 10_000)
    for row in (0, len(whole) // 2, len(whole) - 1):
        cut = played(hour, TICKS, 10_000, until=int(whole[row, 0]))
        assert np.array_equal(cut, whole[: len(cut)])
        assert len(cut) > row


@pytest.mark.parametrize("parameters", [TICKS, BARS, RUNS], ids=["tick", "bar", "runs"])
def test_blocks_of_any_size_give_the_same_bits(hour: Inputs, parameters: Parameters) -> None:
    assert np.array_equal(
        played(hour, parameters, 10_000), played(hour, parameters, 97, capacity=64)
    )


def test_live_gives_the_bits_of_history(hour: Inputs) -> None:
    whole = played(hour, TICKS, 10_000)
    until = int(whole[2, 0])
    live = played(hour, TICKS, 1, until=until, capacity=1)
    assert np.array_equal(live, whole[: len(live)])
    assert len(live) == 3
