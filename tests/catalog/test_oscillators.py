"""What oscillators refuse, and what they say of each other."""

import numpy as np
import pytest
from tests.catalog import market
from tests.catalog.compute import compute

from penstock.core.errors import DefinitionError
from penstock.formulas.indicators.momentum import kst, td_setup_count
from penstock.formulas.indicators.stochastics import kdj_j, schaff_trend_cycle


@pytest.mark.parametrize(
    ("formula", "params", "message"),
    [
        (
            kst,
            {"rocs": (3, 5), "smas": (2,)},
            "kst: rocs and smas must be equally many, got 2 and 1",
        ),
        (td_setup_count, {"n": 0}, "td_setup_count: n must be at least 1, got 0"),
        (kdj_j, {"m": 0}, "kdj_j: m must be at least 1, got 0"),
        (schaff_trend_cycle, {"factor": 1.5}, "factor must be above 0 and at most 1, got 1.5"),
    ],
)
def test_a_length_that_means_nothing_is_refused(formula, params, message):
    with pytest.raises(DefinitionError, match=message):
        formula(**params)


def test_what_is_below_the_high_is_not_above_the_low():
    requests = ("indicators.williams_r", "indicators.stochastic_fast_k")
    below, above = compute(market.hostile_bars()["gap"], requests, "bar")[1].values()
    assert np.isfinite(below).sum() > 100
    np.testing.assert_allclose(below, above - 100.0, atol=1e-12)


def test_gains_and_losses_are_one_number_read_twice():
    requests = ("indicators.cmo(w=9)", "indicators.cutler_rsi(w=9)")
    balance, share = compute(market.hostile_bars()["spike"], requests, "bar")[1].values()
    assert np.isfinite(balance).sum() > 100
    np.testing.assert_allclose(balance, 2.0 * share - 100.0, atol=1e-12)
