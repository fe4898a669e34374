"""What trades do to prices, where that is known."""

import numpy as np
import pytest

from penstock.core.errors import FitError
from penstock.fits.trade_impact import (
    fit_impact_response,
    fit_price_revision,
    fit_quote_revision,
    fit_spread_parts,
    impact_response,
)


def sides(count: int, stays: float, seed: int) -> np.ndarray:
    """Sides of which one follows itself with a probability."""
    rng = np.random.default_rng(seed)
    return np.cumprod(np.where(rng.random(count) < stays, 1.0, -1.0))


def noise(count: int, seed: int) -> np.ndarray:
    return 1e-3 * np.random.default_rng(seed).standard_normal(count)


def test_what_stays_in_the_price_and_what_goes_are_told_apart() -> None:
    side = sides(20_000, 0.6, 1)
    size = np.random.default_rng(2).integers(1, 100, len(side)).astype(float)
    flow = side * size
    truth = 0.02 * side + 3e-4 * flow  # lasting
    price = np.cumsum(truth + noise(len(side), 3)) + 0.03 * side + 1e-4 * flow
    lasting, passing = fit_spread_parts(
        np.column_stack([np.diff(price, prepend=np.nan), side, size])
    )
    assert lasting == pytest.approx(0.02 + 3e-4 * size.mean(), rel=1e-2)
    assert passing == pytest.approx(0.03 + 1e-4 * size.mean(), rel=1e-2)


def test_quotes_follow_what_of_a_trade_was_not_expected_and_what_dealers_hold() -> None:
    side, half = sides(40_000, 0.3, 4), 0.02 + 0.01 * (np.arange(40_000) % 3)
    alpha, beta, reversal = 0.4, 0.25, 0.7
    moved = noise(len(side), 5)
    moved[2:] += (alpha + beta) * (half * side)[1:-1]
    moved[2:] -= alpha * (1.0 - 2.0 * reversal) * (half * side)[:-2]
    found = fit_quote_revision(np.column_stack([moved, half, side]))
    assert found == pytest.approx([alpha, beta, reversal], abs=0.02)

    # the moments of the joint estimate, as many as parameters, are all 0 there
    a, b, pi = found
    last, before = side[1:-1], side[:-2]
    x = np.column_stack([half[1:-1] * last, half[:-2] * before])
    left = moved[2:] - x @ [a + b, -a * (1.0 - 2.0 * pi)]
    moments = [left @ x[:, 0], left @ x[:, 1], (last - (1.0 - 2.0 * pi) * before) @ before]
    assert np.array(moments) / len(left) == pytest.approx([0.0, 0.0, 0.0], abs=1e-12)


def test_a_price_revision_counts_only_what_of_a_side_surprises() -> None:
    side, theta, phi = sides(40_000, 0.65, 6), 0.03, 0.05
    surprise = side.copy()
    surprise[1:] -= 0.3 * side[:-1]  # of a side that stays with 0.65
    price = np.cumsum(theta * surprise + noise(len(side), 7)) + phi * side
    found = fit_price_revision(np.column_stack([np.diff(price, prepend=np.nan), side]))
    assert found == pytest.approx([theta, phi, 0.3], abs=0.01)


def test_a_surprise_moves_quotes_by_the_sum_of_its_responses() -> None:
    rng, count = np.random.default_rng(8), 60_000
    side, moved = np.zeros(count), np.zeros(count)
    for t in range(1, count):
        side[t] = 0.3 * side[t - 1] + rng.standard_normal()
        moved[t] = 0.2 * moved[t - 1] + 0.5 * side[t] + 0.1 * side[t - 1]
        moved[t] += 0.1 * rng.standard_normal()
    # the long run: sides add up to 1 / 0.7, of which each moves by 0.6 at last, and moves add up by 1 / 0.8
    (found,) = fit_impact_response(np.column_stack([moved, side]), lags=2, steps=60)
    assert found == pytest.approx(0.6 / 0.7 / 0.8, abs=0.02)
    (first,) = fit_impact_response(np.column_stack([moved, side]), lags=2, steps=0)
    assert first == pytest.approx(0.5, abs=0.01)
    assert impact_response(2, 60).fit(np.column_stack([moved, side])) == found


def test_rows_that_are_not_known_are_left_out() -> None:
    rng = np.random.default_rng(9)
    window = rng.standard_normal((400, 2))
    holes = np.insert(window, 200, np.nan, axis=0)
    halves = [window[:200], window[200:]]
    x = np.vstack([np.column_stack([part[1:, 1], part[:-1, 1]]) for part in halves])
    y = np.concatenate([part[1:, 0] for part in halves])
    x = np.column_stack([np.ones(len(y)), x])
    both = np.linalg.solve(x.T @ x, x.T @ y)[1]
    theta, phi, _ = fit_price_revision(holes)
    assert theta + phi == pytest.approx(both, rel=1e-9)


def test_what_has_no_answer_is_refused() -> None:
    side = sides(100, 0.5, 10)
    same = np.column_stack([noise(100, 11), side, np.full(100, 5.0)])
    with pytest.raises(FitError, match="4 columns must be independent, got 2"):
        fit_spread_parts(same)
    with pytest.raises(FitError, match="at least 12 whole rows are needed, got 7"):
        fit_spread_parts(same[:8])
    with pytest.raises(FitError, match="must be independent"):
        fit_price_revision(np.column_stack([noise(100, 12), np.ones(100)]))
    turned = np.tile([1.0, 1.0, -1.0, -1.0], 25)[:-1]
    with pytest.raises(FitError, match="must depend on those before them"):
        fit_quote_revision(np.column_stack([noise(99, 13), np.ones(99), turned])[:-1])
    with pytest.raises(FitError, match="must be independent"):
        fit_impact_response(np.column_stack([noise(100, 14), np.zeros(100)]), 2, 5)
