"""Where a price is found, where that is known."""

import numpy as np
import pytest

from penstock.core.errors import FitError
from penstock.fits.price_discovery import fit_price_discovery


def two_markets(count: int, noise: float, seed: int = 2) -> np.ndarray:
    """A random walk, and a market that follows it a step later with noise of its own."""
    rng = np.random.default_rng(seed)
    walk = 1e-4 * rng.standard_normal(count + 1).cumsum()
    return np.column_stack([walk[1:], walk[:-1] + noise * rng.standard_normal(count)])


def test_the_market_that_moves_first_finds_the_price() -> None:
    share, component, leadership = fit_price_discovery(two_markets(20_000, 1e-4), 10)
    assert share > 0.98
    assert component == pytest.approx(1.0, abs=0.05)
    assert leadership > 0.9
    turned = fit_price_discovery(two_markets(20_000, 1e-4)[:, ::-1], 10)
    assert turned == pytest.approx([1 - share, 1 - component, 1 - leadership], abs=1e-9)


def test_markets_that_are_alike_share_it() -> None:
    rng = np.random.default_rng(4)
    walk = 1e-4 * rng.standard_normal(50_000).cumsum()[:, None]
    share, component, leadership = fit_price_discovery(
        walk + 2e-4 * rng.standard_normal((50_000, 2)), 4
    )
    assert [share, component, leadership] == pytest.approx([0.5, 0.5, 0.5], abs=0.05)


def test_what_has_no_answer_is_refused() -> None:
    with pytest.raises(FitError, match="at least 18 whole rows are needed, got 5"):
        fit_price_discovery(two_markets(8, 1e-5), 2)
    with pytest.raises(FitError, match="must be independent"):
        fit_price_discovery(np.zeros((100, 2)), 2)
    holes = two_markets(400, 1e-5)
    holes[::3] = np.nan
    with pytest.raises(FitError, match="whole rows are needed, got 0"):
        fit_price_discovery(holes, 2)
