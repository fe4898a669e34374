"""The oracles of lagged features say what statsmodels says of single windows."""

import numpy as np
import pytest
from statsmodels.tsa.ar_model import AutoReg, ar_select_order
from statsmodels.tsa.stattools import acf, acovf, pacf
from tests.catalog.market import Market, bars
from tests.catalog.oracles import lags
from tests.catalog.oracles.stats import log_return

ROWS, W = (120, 180, 299), 100


@pytest.fixture(scope="module")
def market() -> Market:
    rng = np.random.default_rng(12)
    returns = np.zeros(300)
    for t in range(1, 300):
        returns[t] = 0.4 * returns[t - 1] + rng.normal(0.0, 0.01)
    close = 100.0 * np.exp(np.cumsum(returns))
    return Market("made", bar=bars(np.arange(300), *([close] * 4), np.ones(300)))


@pytest.mark.parametrize("row", ROWS)
def test_the_oracles_are_those_of_statsmodels(market: Market, row: int) -> None:
    at = market.bar["time"]
    r = log_return(market, at)[row - W + 1 : row + 1]
    close = market.bar["close"][row - W + 1 : row + 1]
    wanted = [
        (lags.autocorrelation(market, at, w=W, k=3), acf(r, nlags=3)[3]),
        (lags.partial_autocorrelation(market, at, w=W, k=4), pacf(r, nlags=4, method="ldb")[4]),
        (lags.autocovariance(market, at, w=W, k=2), acovf(r, nlag=2)[2]),
        (lags.decorrelation_time(market, at, w=W), np.argmax(acf(close, nlags=W - 1) < np.exp(-1))),
        (lags.absolute_acf_sum(market, at, w=W, K=5), np.abs(acf(np.abs(r), nlags=5)[1:]).sum()),
        (lags.ar_coefficient(market, at, w=W, p=3), AutoReg(r, 3).fit().params[1]),
        (lags.ar_forecast(market, at, w=W, p=2), AutoReg(r, 2).fit().forecast()[0]),
        (lags.optimal_ar_order(market, at, w=W, pmax=6), len(ar_select_order(r, 6).ar_lags or [])),
    ]
    for column, value in wanted:
        assert column[row] == pytest.approx(value, rel=1e-9)
