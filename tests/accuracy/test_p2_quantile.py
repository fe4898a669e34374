"""The markers of P-square stand near the quantile of many values that do not repeat."""

import numpy as np
import pytest

from penstock.ops import P2Quantile, harness


@pytest.mark.parametrize("q", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("draw", ["normal", "exponential"])
def test_the_rank_is_within_half_a_percent(q: float, draw: str) -> None:
    values = getattr(np.random.default_rng(3), draw)(size=20_000)
    got = harness.evaluate(P2Quantile(harness.X, q=q), x=values.tolist())[-1]
    assert np.mean(values < got) == pytest.approx(q, abs=0.005)
