"""An autoregression by least squares, against statsmodels."""

import numpy as np
import pytest
from statsmodels.tsa.ar_model import AutoReg

from penstock.core.errors import FitError
from penstock.fits import autoregression


def series(size: int) -> np.ndarray:
    noise = np.random.default_rng(3).normal(size=size)
    for t in range(2, size):
        noise[t] += 0.5 * noise[t - 1] - 0.3 * noise[t - 2]
    return noise + 9.0


@pytest.mark.parametrize("lags", [1, 2, 5])
def test_the_coefficients_are_those_of_statsmodels(lags: int) -> None:
    window = series(250)
    expected = AutoReg(window, lags, trend="c").fit().params
    np.testing.assert_allclose(autoregression(lags).fit(window), expected, rtol=1e-9)


def test_a_row_with_a_gap_is_left_out() -> None:
    window = series(60)
    whole = autoregression(1).fit(np.delete(window, 59))
    window[59] = np.nan
    np.testing.assert_allclose(autoregression(1).fit(window), whole, rtol=1e-12)


@pytest.mark.parametrize(
    ("window", "rule"),
    [(series(9), "at least 12 whole rows"), (np.full(99, 2.0), "columns must be independent")],
)
def test_what_gives_no_coefficients_is_refused(window: np.ndarray, rule: str) -> None:
    with pytest.raises(FitError, match=rule):
        autoregression(5).fit(window)
