"""Every candle pattern is found, wherever TA-Lib finds it; and a spike leaves no trace."""

import numpy as np
from tests.catalog.compute import compute
from tests.catalog.market import SECOND, Market, bars
from tests.catalog.oracles import candles

import penstock.catalog  # noqa: F401  (what requests find)
from penstock.catalog.candlestick import FEATURES

NAMES = tuple(feature.name for feature in FEATURES)
# open, high, low and close in ticks from where the price stands: what chance hardly ever makes
RARE = (
    [(0, 9, 0, 9), (13, 14, 11, 12), (12, 12, 8, 11), (9, 10, 8, 8), (9, 16, 9, 16)],  # mat hold
    [(0, 12, 0, 12), (11, 11, 9, 10), (10, 10, 8, 9), (9, 9, 6, 8), (9, 20, 9, 20)],
    [(0, 0, -12, -12), (-11, -9, -11, -10), (-10, -8, -10, -9), (-9, -6, -9, -8), (-9, -9, -20, -20)],
    [(0, 0, -6, -6), (-6, -6, -12, -12), (-15, -9, -16, -16), (-8, -8, -17, -17)],  # baby swallow
    [(0, 0, -25, -12), (-9, -9, -20, -11), (-10, -10, -11, -11)],  # stars in the south
    [(0, 0, -12, -12), (-14, -13, -17, -16), (-16, -14, -19, -17), (-17, -15, -20, -19), (-19, -12, -20, -13)],
    [(0, 12, 0, 12), (14, 17, 13, 16), (16, 19, 14, 17), (17, 20, 15, 19), (19, 20, 12, 13)],
    [(0, 0, -12, -12), (3, 15, 3, 15)],  # kicking
    [(0, 12, 0, 12), (-3, -3, -15, -15)],
)  # fmt: skip


def walk(size: int) -> Market:
    """Candles in whole ticks: bodies that often go on in one direction, gaps, shadows; and the rare patterns."""
    rng = np.random.default_rng(5)
    bodies = rng.choice([-9, -6, -4, -3, -2, -1, 0, 0, 1, 2, 3, 4, 6, 9], size)
    gaps = rng.choice([-6, -3, -2, -1, 0, 0, 0, 1, 2, 3, 6], size)
    up, down = rng.choice([0, 0, 0, 1, 2, 4, 8], (2, size))
    made: list[tuple[int, int, int, int]] = []
    while len(made) < size:
        i, last = len(made), made[-1][3] if made else 1_000
        last = last if 500 < last < 1_500 else 1_000
        if rng.random() < 0.005:
            rare = RARE[rng.integers(len(RARE))]
            made += [tuple(last + x for x in candle) for candle in rare]  # type: ignore[misc]
            continue
        onward = i % 4 == 0 and bodies[i] * bodies[i - 1] < 0
        begin, body = last + gaps[i], -bodies[i] if onward else bodies[i]
        end = begin + body
        made.append((begin, max(begin, end) + up[i], min(begin, end) - down[i], end))
    table = np.array(made[:size], float)
    return Market("walk", bar=bars(np.arange(1, size + 1) * SECOND, *table.T, np.ones(size)))


def test_every_pattern_is_found_and_where_ta_lib_finds_it() -> None:
    market = walk(60_000)
    at, got = compute(market, NAMES, "bar")
    for feature in FEATURES:
        wanted = getattr(candles, feature.name.partition(".")[2])(market, at)
        np.testing.assert_array_equal(got[feature.name], wanted, feature.name)
        found = set(wanted[np.isfinite(wanted)])
        assert set(feature.range) <= found, feature.name


def test_a_spike_leaves_no_trace_where_ta_libs_running_sums_keep_one() -> None:
    market = walk(1_000)
    spiked = {name: column.copy() for name, column in market.bar.items()}
    for name in ("open", "high", "low", "close"):
        spiked[name] *= 0.01
    clean = Market("clean", bar={name: column.copy() for name, column in spiked.items()})
    spiked["high"][50] = 1e13
    _, before = compute(clean, NAMES, "bar")
    at, after = compute(Market("spiked", bar=spiked), NAMES, "bar")
    later = slice(50 + 20, None)
    drifted = False
    for name in NAMES:
        np.testing.assert_array_equal(after[name][later], before[name][later])
        theirs = getattr(candles, name.partition(".")[2])(Market("spiked", bar=spiked), at)
        drifted |= bool((theirs[later] != before[name][later]).any())
    assert drifted
