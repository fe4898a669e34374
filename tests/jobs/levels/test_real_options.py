"""Real minutes of index options alone, from files to the state of a moment."""

import datetime as dt
import itertools
import math
from dataclasses import replace
from statistics import NormalDist

import polars as pl
import pytest
from scipy.optimize import brentq
from tests.jobs.levels.market import at, written
from tests.jobs.levels.spxw import DAY, SPX, bronze_of, closes, minutes

from penstock.jobs.levels import contracts
from penstock.jobs.levels.carry import Carry
from penstock.jobs.levels.day import run_day
from penstock.jobs.levels.exposures import exposures
from penstock.jobs.levels.inputs import find
from penstock.jobs.levels.state import state

EXPIRIES = tuple(dt.date(2021, 1, day) for day in (4, 6, 8))


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


def sigma_of(price, spot, strike, years, right):
    """The volatility that gives a price, by halving; NaN where none does."""
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
    return low


def gamma_at(sigma, spot, strike, years):
    """Gamma at a volatility."""
    now, later = spot * math.exp(-SPX.dividend * years), strike * math.exp(-SPX.rate * years)
    spread = sigma * math.sqrt(years)
    return (
        now
        * NormalDist().pdf(math.log(now / later) / spread + spread / 2.0)
        / (spot * spot * spread)
    )


def gamma_of(price, spot, strike, years, right):
    """Gamma at the volatility that gives a price."""
    sigma = sigma_of(price, spot, strike, years, right)
    return sigma if math.isnan(sigma) else gamma_at(sigma, spot, strike, years)


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
    one, inputs = replace(SPX, touch_tol=1.0), replace(inputs, trades=(path,))
    return inputs, run_day(inputs, one, Carry()).signals


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


@pytest.fixture(scope="module")
def by_interest(alone, index, tmp_path_factory):
    """That day by the open interest of the morning, of all its expiries."""
    inputs, _ = alone
    days = {f"{day:%Y%m%d}": contracts.expiry(day, SPX) for day in EXPIRIES}
    rows = [
        (end, "SPX", float(cells[1]), strike, days[expires], 1 if right == "call" else -1)
        for _, right, strike, expires, end, cells in minutes("openinterest")
    ]
    frame = pl.DataFrame(
        rows, schema=["ts", "symbol", "contracts", "strike", "expiry", "right"], orient="row"
    )
    path = written(
        tmp_path_factory.mktemp("open") / "spx_open_interest_20210104.parquet", frame.sort("ts")
    )
    with_walls = replace(SPX, touch_tol=1.0, wall_mode="oi", flip_from="oi")
    return run_day(replace(inputs, open_interest=(path,)), with_walls, Carry()).signals


def test_walls_and_flip_by_open_interest_are_those_of_a_loop_over_the_day(
    alone, by_interest, index
):
    inputs, _ = alone
    spots, close = dict(index), at(DAY, "16:00:00")
    opens = at(DAY, "09:30:00")
    calls = {strike: float(c[1]) for _, right, strike, ends, _, c in minutes("openinterest")
             if right == "call" and ends == "20210104"}  # fmt: skip
    puts = {strike: float(c[1]) for _, right, strike, ends, _, c in minutes("openinterest")
            if right == "put" and ends == "20210104"}  # fmt: skip
    assert (calls, puts) == ({3700.0: 1732.0, 3800.0: 1949.0}, {3700.0: 3515.0, 3820.0: 5.0})
    trades = pl.read_parquet(inputs.options[0]).to_dicts()
    sigmas: dict[float, float] = {}
    wall: dict[str, float | None] = {"call": None, "put": None}
    found, flips = {}, {}
    todo = sorted(trades, key=lambda row: row["ts"])
    for now, spot in sorted(index):
        if not opens <= now < close:
            continue
        while todo and todo[0]["ts"] < now:  # of one time the price comes before the option
            row = todo.pop(0)
            years = (close - row["ts"]) / (365 * 86_400 * 10**9)
            terms = (spots[row["ts"]], row["strike"], years, "call" if row["right"] > 0 else "put")
            sigma = sigma_of(row["mid"] or math.nan, *terms)
            sigma = sigma_of(row["price"], *terms) if math.isnan(sigma) else sigma
            sigmas[row["strike"]] = (
                sigmas.get(row["strike"], math.nan) if math.isnan(sigma) else sigma
            )
        years = (close - now) / (365 * 86_400 * 10**9)
        known = {k: v for k, v in sigmas.items() if not math.isnan(v)}
        for name, numbers, side in (("call", calls, 1), ("put", puts, -1)):
            held = {k: n * gamma_at(known[k], spot, k, years) * spot**2 for k, n in numbers.items()
                    if k in known and side * (k - spot) >= 0}  # fmt: skip
            best = max(held, key=held.__getitem__, default=None)
            if best is None or held[best] < SPX.wall_least:
                wall[name] = None
            elif wall[name] not in held or held[best] > 1.1 * held[wall[name]]:
                wall[name] = best
        found[now] = (wall["call"], wall["put"])
        before = spots.get(
            now - 60 * 10**9, math.nan
        )  # the flip is valued before the minute's close is known

        def net(x, known=known, years=years):
            return sum(
                (calls.get(k, 0.0) - puts.get(k, 0.0)) * gamma_at(v, x, k, years)
                for k, v in known.items()
            )

        prices = (
            [before * 0.95 + 0.25 * k for k in range(int(0.1 * before / 0.25) + 1)]
            if before > 0
            else []
        )
        turns = [(a, b) for a, b in itertools.pairwise(prices) if net(a) * net(b) < 0]
        roots = [brentq(net, a, b, xtol=1e-12) for a, b in turns]
        flips[now] = min(roots, key=lambda x, s=before: abs(x - s), default=None)
    rows = by_interest.select(
        "ts_event_ns", "level_call_wall", "level_put_wall", "level_gamma_flip"
    ).rows()
    assert len(rows) > 20
    assert {(call, put) for _, call, put, _ in rows} >= {(3700.0, None), (3800.0, 3700.0)}
    assert [row[1:3] for row in rows] == [found[row[0]] for row in rows]
    flip = [row[3] for row in rows]
    assert [x is None for x in flip] == [flips[row[0]] is None for row in rows]
    pairs = [(x, flips[row[0]]) for x, row in zip(flip, rows, strict=True) if x is not None]
    assert len(pairs) > 10
    assert [x for x, _ in pairs] == pytest.approx([y for _, y in pairs], rel=1e-7)
