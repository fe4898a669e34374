"""Real minutes of index options alone, from files to the state of a moment."""

import math
from dataclasses import replace
from statistics import NormalDist

import polars as pl
import pytest
from tests.jobs.levels.market import at, written
from tests.jobs.levels.spxw import DAY, SPX, bronze_of, closes, minutes

from penstock.jobs.levels.carry import Carry
from penstock.jobs.levels.day import run_day
from penstock.jobs.levels.exposures import exposures
from penstock.jobs.levels.inputs import find
from penstock.jobs.levels.state import state


@pytest.fixture(scope="module")
def bronze(tmp_path_factory):
    """The day's files, and what became of them."""
    folder = tmp_path_factory.mktemp("spxw")
    return folder, bronze_of(folder)


def test_only_what_expires_on_the_day_is_kept_and_nearly_all_of_it_is_signed_by_quotes(bronze):
    _, made = bronze
    own = [row for row in minutes("trade") if row[3] == "20210104"]
    assert made.rows["spx_options_2021-01-04.parquet"] == len(own) > 400
    assert made.left["other expiries"] == len(list(minutes("trade"))) - len(own)
    assert made.signed["given"] == 0
    assert made.signed["quote"] > 0.95 * len(own)
    assert sum(made.signed.values()) == len(own)


@pytest.mark.parametrize("clock", ["10:00:00", "12:30:00", "16:00:00"])
def test_the_state_is_the_sum_over_all_minutes_up_to_the_time(bronze, clock):
    folder, _ = bronze
    found = state(find(folder / "bronze", prefix="spx"), at(DAY, clock), SPX).strikes
    sums: dict[tuple[float, str], list[float]] = {}
    for _, right, strike, expiry, end, cells in minutes("trade"):
        if expiry == "20210104" and end <= at(DAY, clock):
            volume, price = float(cells[5]), int(cells[4]) / 1e4
            total = sums.setdefault((strike, right), [0.0, 0.0])
            total[0] += volume
            total[1] += volume * price * 100
    merged = found.group_by("strike", "right").agg(pl.col("volume", "premium").sum())
    assert {(strike, right): [v, pytest.approx(p)] for strike, right, v, p in merged.rows()} == sums
    assert set(found["aggressor"].unique()) <= {"buyer", "seller", "unknown"}


@pytest.fixture(scope="module")
def index():
    """Closes of the index by minute."""
    return closes()


def gamma_of(price, spot, strike, years, right):
    """Gamma at the volatility that gives a price, by halving; NaN where none does."""
    rate, dividend, cdf = SPX.rate, SPX.dividend, NormalDist().cdf
    sign = 1.0 if right == "call" else -1.0
    now, later = spot * math.exp(-dividend * years), strike * math.exp(-rate * years)

    def first(sigma):
        spread = sigma * math.sqrt(years)
        return math.log(now / later) / spread + spread / 2.0

    def worth(sigma):
        d = first(sigma)
        return sign * (now * cdf(sign * d) - later * cdf(sign * (d - sigma * math.sqrt(years))))

    low, high = 1e-4, 10.0
    if not worth(low) < price < worth(high):
        return float("nan")
    for _ in range(80):
        middle = (low + high) / 2.0
        low, high = (middle, high) if worth(middle) < price else (low, middle)
    return now * NormalDist().pdf(first(low)) / (spot * spot * low * math.sqrt(years))


def test_exposures_of_the_day_are_the_gammas_of_its_trades_minute_by_minute(bronze, index):
    wide = replace(SPX, fuel_reach=60.0)
    (inputs,) = find(bronze[0] / "bronze", prefix="spx")
    path = pl.DataFrame(index, schema=["time", "path"], orient="row")
    found = exposures(inputs, wide, path)
    trades = pl.read_parquet(inputs.options[0])
    ends = {end: price for end, price in index if end <= at(DAY, "16:00:00")}
    close, sums, wanted = at(DAY, "16:00:00"), dict.fromkeys((3700.0, 3800.0), 0.0), []
    known = 0
    for end, spot in sorted(ends.items()):
        for row in trades.filter(pl.col("ts") == end).iter_rows(named=True):
            years = max(close - end, 60 * 10**9) / (365 * 86_400 * 10**9)
            terms = (spot, row["strike"], years, "call" if row["right"] > 0 else "put")
            own = gamma_of(row["mid"] or math.nan, *terms)
            if math.isnan(own):  # no quotes, or a middle that no volatility gives
                own = gamma_of(row["price"], *terms)
            if not math.isnan(own):
                sums[row["strike"]] -= row["side"] * row["size"] * own * 100.0
                known += 1
        wanted.append(abs(sum(s for strike, s in sums.items() if abs(strike - spot) <= 60.0)))
    assert known > 300
    assert len(found) == len(wanted) == 390
    assert found.tolist() == pytest.approx(wanted, rel=1e-5, abs=1e-3)


@pytest.fixture(scope="module")
def alone(bronze, index, tmp_path_factory):
    """The day with the index as the price of a future at ten times that, and no book."""
    folder = tmp_path_factory.mktemp("index")
    rows = [(end, "SPX", 10.0 * price, 1.0, 0) for end, price in index]
    frame = pl.DataFrame(rows, schema=["ts", "symbol", "price", "size", "side"], orient="row")
    path = written(folder / "index_20210104.trades.parquet", frame)
    (inputs,) = find(bronze[0] / "bronze", prefix="spx")
    one = replace(SPX, touch_tol=1.0)
    return inputs, run_day(replace(inputs, trades=(path,)), one, Carry()).signals


def test_walls_are_the_strikes_on_their_side_of_the_index_and_the_book_is_unknown(alone):
    inputs, signals = alone
    assert signals.height > 20
    walls = signals.select("ts_event_ns", "spot", "fuel_call_wall", "fuel_put_wall")
    assert set(walls["fuel_call_wall"].drop_nulls()) <= {3700.0, 3800.0}
    assert walls["fuel_put_wall"].drop_nulls().len() > 0
    first = pl.read_parquet(inputs.options[0])["ts"].min()
    assert (
        walls.filter(pl.col("ts_event_ns") < first)["fuel_put_wall"].null_count()
        == walls.filter(pl.col("ts_event_ns") < first).height
    )
    for name in ("barrier_state", "barrier_added", "depth_in_zone", "wall_ratio", "churn"):
        assert signals[name].null_count() == signals.height, name
