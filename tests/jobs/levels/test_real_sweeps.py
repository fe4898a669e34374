"""The threshold of sweeps on the real hour of futures, against a loop over all of its runs."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from tests.events.dbn_files import shared
from tests.jobs.levels.test_real_futures import of_day

from penstock.engine import Engine, Rows
from penstock.events import Book, Keys, Quarantine, Trade
from penstock.formulas.levels.parameters import Parameters
from penstock.formulas.levels.physics import Physics
from penstock.formulas.levels.prices import BOOKS, OPTIONS, TRADES
from penstock.jobs.levels.sources import frames, source_of
from penstock.jobs.quality.consistency import route
from penstock.plan import build
from penstock.streams.merge import merge

GAP, WIDTH, LEAST = 100_000_000, 120_000_000_000, 40
RUNS = Parameters(
    calendar="24/7", ratio="static", sweep_quantile=0.95, sweep_baseline="2m", sweep_runs=LEAST
)


@pytest.fixture(scope="module")
def day():
    folder = shared("futures_dbn/esh4-glbx-mdp3-20231225.mbo.dbn.zst").parent
    return of_day(folder, "mbp-10")


def thresholds(day) -> tuple[np.ndarray, np.ndarray]:
    """What the engine says at each sample."""
    physics = Physics(RUNS)
    streams = (TRADES, BOOKS, OPTIONS)
    plan = build({"least": physics.sweep_least}, physics.samples, streams)
    keys, quarantine = Keys(), Quarantine()
    engine, kept = Engine(plan, keys), Rows(("least",))
    slots = [plan.streams.index(s) if s in plan.streams else -1 for s in streams]
    sources = [
        (source_of(day.trades[0], Trade), {Trade: 0}),
        (source_of(day.books[0], Book), {Book: 1}),
    ]
    for merged in merge(sources, keys, quarantine):
        kept.extend(engine.push_merged(*route(merged.blocks, merged.streams, merged.rows, slots)))
    return kept.times(), kept.values()[:, 0]


def runs(day) -> tuple[list[int], list[float]]:
    """When each run was ended, and what it was worth, in points times contracts."""
    trades = pl.concat(frames(day.trades, Trade, Quarantine()))
    books = pl.concat(frames(day.books, Book, Quarantine()))
    middle = ((books["bid_price_0"] + books["ask_price_0"]) / 2.0).to_numpy()
    # a trade stands before the book of its own time
    place = np.searchsorted(books["time"].to_numpy(), trades["time"].to_numpy()) - 1
    guess = np.where(
        place < 0, 0, np.sign(np.nan_to_num(trades["price"].to_numpy() - middle[place]))
    )
    said = trades["side"].to_numpy()
    known = trades.with_columns(side=np.where(said != 0, said, guess)).filter(pl.col("side") != 0)
    groups: list[list[tuple]] = []
    for time, price, size, side in known.select("time", "price", "size", "side").rows():
        if groups and side == groups[-1][-1][3] and time - groups[-1][-1][0] <= GAP:
            groups[-1].append((time, price, size, side))
        else:
            groups.append([(time, price, size, side)])
    ended = [(b[0][0], a) for a, b in pairwise(groups) if b[0][0] - a[-1][0] < WIDTH]
    return [time for time, _ in ended], [sum(p * q for _, p, q, _ in run) for _, run in ended]


def test_the_threshold_is_the_quantile_of_the_runs_that_have_ended(day):
    at, found = thresholds(day)
    times, worth = (np.array(x) for x in runs(day))
    some = np.unique(np.linspace(0, at.size - 1, 600).astype(int))
    wanted = np.full(some.size, RUNS.sweep_notional / RUNS.multiplier)
    for i, now in enumerate(at[some].tolist()):
        mine = worth[(times > now - WIDTH) & (times <= now)]
        if mine.size >= LEAST:
            wanted[i] = np.quantile(mine, RUNS.sweep_quantile)
    relative = wanted != RUNS.sweep_notional / RUNS.multiplier
    assert 0.1 < relative.mean() < 1.0
    np.testing.assert_allclose(found[some], wanted, rtol=1e-12)
