"""Who was the aggressor: worked out by hand, and against a loop over all trades and quotes."""

import math

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.jobs.levels.signing import QUOTES, sign


def frame(rows, columns):
    return pl.DataFrame(rows, schema=columns, orient="row")


TRADES = {"ts": pl.Int64, "contract": pl.String, "price": pl.Float64, "side": pl.Int64}


def made(trades, *quotes):
    return sign(frame(trades, TRADES), [frame(rows, QUOTES) for rows in quotes])


def signed(trades, *quotes):
    found = made(trades, *quotes)
    return list(zip(found["side"].to_list(), found["signed_by"].to_list(), strict=True))


def test_quotes_say_it_where_there_are_any():
    quotes = [(1, "a", 1.0, 2.0), (1, "b", 5.0, 6.0)]
    trades = [(2, "a", 2.0, 0), (3, "a", 1.4, 0), (4, "a", 1.5, 0), (5, "b", 5.0, 0)]
    assert signed(trades, quotes) == [(1, "quote"), (-1, "quote"), (0, "quote"), (-1, "quote")]


def test_ticks_say_it_where_there_are_none():
    trades = [(1, "a", 2.0, 0), (2, "a", 2.0, 0), (3, "a", 2.1, 0), (4, "b", 9.0, 0), (5, "a", 2.1, 0),
              (6, "a", 2.0, 0)]  # fmt: skip
    found = [(0, "none"), (0, "none"), (1, "tick"), (0, "none"), (1, "tick"), (-1, "tick")]
    assert signed(trades) == found


def test_a_given_side_stands():
    assert signed([(2, "a", 2.0, -1)], [(1, "a", 1.0, 2.0)]) == [(-1, "given")]


def test_a_quote_of_the_same_time_comes_after_the_trade():
    quotes = [(1, "a", 1.0, 2.0), (5, "a", 3.0, 4.0)]
    assert signed([(5, "a", 2.0, 0)], quotes) == [(1, "quote")]


def test_a_crossed_or_missing_side_leaves_it_to_the_ticks():
    nan = math.nan
    quotes = [(1, "a", 3.0, 2.0), (1, "b", nan, 2.0), (1, "c", 1.0, nan)]
    trades = [
        (2, "a", 2.0, 0),
        (3, "a", 1.0, 0),
        (3, "b", 2.0, 0),
        (4, "b", 1.0, 0),
        (5, "c", 1.0, 0),
    ]
    found = [(0, "none"), (-1, "tick"), (1, "quote"), (-1, "tick"), (-1, "quote")]
    assert signed(trades, quotes) == found


def test_the_middle_is_of_the_contracts_last_quote_before_the_trade_and_of_both_its_sides():
    nan = math.nan
    quotes = [(1, "a", 1.0, 2.0), (3, "a", 2.0, 3.0), (3, "a", 2.0, 3.5), (4, "b", 7.0, 9.0), (6, "a", nan, 4.0),
              (8, "a", 5.0, 4.0), (10, "a", 4.0, 4.0)]  # fmt: skip
    trades = [(t, "a", 2.0, 1) for t in (1, 2, 3, 4, 5, 6, 7, 9, 11)]
    wanted = [None, 1.5, 1.5, 2.75, 2.75, 2.75, None, None, 4.0]
    for cut in range(len(quotes) + 1):
        found = made(trades, quotes[:cut], quotes[cut:])
        assert found["mid"].fill_nan(None).to_list() == wanted


def by_hand(trades, quotes):
    out = []
    for i, (ts, contract, price, side) in enumerate(trades):
        before = [q for q in quotes if q[1] == contract and q[0] < ts]
        prices = [t[2] for t in trades[:i] if t[1] == contract and t[2] != price]
        if side:
            out.append((side, "given"))
        elif before and before[-1][2] <= before[-1][3]:
            mid = (before[-1][2] + before[-1][3]) / 2
            out.append(((price > mid) - (price < mid), "quote"))
        elif prices:
            out.append((1 if price > prices[-1] else -1, "tick"))
        else:
            out.append((0, "none"))
    return out


prices = st.integers(1, 5).map(float)
contracts = st.sampled_from("ab")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 30), contracts, prices, st.sampled_from([0, 0, 0, 1])), max_size=20
    ),
    st.lists(st.tuples(st.integers(0, 30), contracts, prices, prices), max_size=20),
    st.integers(0, 20),
)
def test_it_is_the_loop_over_all_however_quotes_are_cut(trades, quotes, cut):
    trades, quotes = sorted(trades, key=lambda t: t[0]), sorted(quotes, key=lambda q: q[0])
    assert signed(trades, quotes[:cut], quotes[cut:]) == by_hand(trades, quotes)
    middles = made(trades, quotes[:cut], quotes[cut:])["mid"].fill_nan(None).to_list()
    for (ts, contract, _, _), mid in zip(trades, middles, strict=True):
        before = [q for q in quotes if q[1] == contract and q[0] < ts]
        known = before and before[-1][2] <= before[-1][3]
        assert mid == ((before[-1][2] + before[-1][3]) / 2 if known else None)
