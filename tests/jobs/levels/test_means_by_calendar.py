"""Which closes the running means are over: days by the calendar, on which futures trade more often than the market.

One run over all days, and the last day with what the others leave, are held against a mean by pandas.
"""

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pytest
from exchange_calendars import get_calendar
from tests.jobs.levels.script import NEW_YORK, SECOND, stamp

from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.carry import carry, daily
from penstock.jobs.levels.day import run_day
from penstock.jobs.levels.inputs import Inputs
from penstock.jobs.levels.live import LiveDay

CASES = {
    # a half day, and Christmas
    "christmas": ("2025-12-23", "2025-12-24", "2025-12-25", "2025-12-26"),
    # the evening of a Sunday, and Martin Luther King's day
    "king": ("2026-01-15", "2026-01-16", "2026-01-18", "2026-01-19", "2026-01-20"),
    # summer: a half day, the Fourth of July, and a Sunday
    "fourth": ("2025-07-02", "2025-07-03", "2025-07-04", "2025-07-06", "2025-07-07"),
}
CHANGES = {
    "eth": {},
    "rth": {"sma_sessions": "rth", "sma": (150, 160)},
    "a minute": {"sma_bar": "60s", "sma": (150, 400)},
}
SESSIONS = get_calendar("XNYS").schedule
SUNDAY = 6


def trades_of(date: dt.date, rng: np.random.Generator) -> pl.DataFrame:
    """A trade in most minutes: on days without a session at prices that no mean would survive."""
    hours = range(18, 24) if date.weekday() == SUNDAY else range(24)
    minutes = [60 * hour + minute for hour in hours for minute in range(60) if rng.random() < 0.8]
    start = stamp("00:00:00", date)
    ts = np.array(minutes) * 60 * SECOND + start + rng.integers(0, 59, len(minutes)) * SECOND
    usual = 6_000.0 if str(date) in SESSIONS.index else 9_000.0
    price = usual + np.round(rng.normal(0.0, 6.0, len(minutes)) * 4) / 4
    return pl.DataFrame(
        {"ts": ts, "symbol": "ESH6", "price": price, "size": 1.0, "side": 1}
    ).with_columns(pl.col("side").cast(pl.Int64))


def mean_by_pandas(
    trades: pl.DataFrame, parameters: Parameters, n: int, at: list[int]
) -> list[float]:
    """The mean of the last closes that count before each time."""
    price = trades["price"].to_numpy() / 10.0
    times = pd.to_datetime(trades["ts"].to_numpy(), utc=True).tz_convert(NEW_YORK)
    bars = pd.Series(price, times).resample(parameters.sma_bar, label="right").last().dropna()
    days = bars.index.tz_localize(None).normalize()
    known = days.isin(SESSIONS.index)
    if parameters.sma_sessions == "eth":
        clock = (bars.index - bars.index.normalize()).total_seconds()
        known &= (clock > 4 * 3600) & (clock <= 20 * 3600)
    else:
        own = SESSIONS.reindex(days)
        ends = bars.index.tz_convert("UTC")
        known &= (ends > pd.DatetimeIndex(own["open"])) & (ends <= pd.DatetimeIndex(own["close"]))
    means = bars[known].rolling(n).mean()
    ends = means.index.tz_convert("UTC").as_unit("ns").asi8
    return means.to_numpy()[np.searchsorted(ends, at, side="right") - 1].tolist()


@pytest.mark.parametrize("changed", CHANGES.values(), ids=list(CHANGES))
@pytest.mark.parametrize("case", CASES)
def test_means_are_over_days_of_the_calendar(case, changed, tmp_path):
    rng = np.random.default_rng(len(case))
    dates = [dt.date.fromisoformat(text) for text in CASES[case]]
    parameters = Parameters(ratio="static", **changed)
    days = {date: trades_of(date, rng) for date in dates}
    last = dates[-1]
    files = {}
    for date, frame in [*days.items(), (None, pl.concat(days.values()))]:
        path = tmp_path / f"{date}.parquet"
        frame.write_parquet(path)
        files[date] = Inputs(date or last, trades=(path,))
    before = [daily(files[date], parameters) for date in dates if str(date) in SESSIONS.index][:-1]
    carried = run_day(files[last], parameters, carry(before)).signals
    whole = run_day(files[None], parameters, carry([])).signals
    whole = whole.filter(pl.col("ts_event_ns") >= stamp("00:00:00", last))
    names = "level_sma_200", "level_sma_400"
    for found in (
        carried,
        whole,
    ):  # a level touched the day before is touched again later: not the same rows
        assert found.height > 50
        for name, n in zip(names, parameters.sma, strict=True):
            at = found["ts_event_ns"].to_list()
            wanted = mean_by_pandas(pl.concat(days.values()), parameters, n, at)
            assert found[name].to_list() == pytest.approx(wanted, rel=1e-12)
    live = LiveDay(files[last], parameters, carry(before), clock=lambda: 0)
    rows = [row for said in live.events() for _, row in said]
    for name in names:
        assert [row[name] for row in rows] == carried[name].to_list()
