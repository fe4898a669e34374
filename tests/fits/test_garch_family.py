"""Relatives of GARCH: what values were made from is found again, and the filters go on from there."""

import numpy as np
import pytest

arch = pytest.importorskip("arch", reason="the extra `fits` is absent: arch")

from penstock.core.errors import FitError  # noqa: E402
from penstock.fits import APARCH, EGARCH, GJR, STUDENT, figarch  # noqa: E402
from penstock.fits.har import fit_har  # noqa: E402


def gjr(size: int, seed: int = 3, freedom: float | None = None) -> np.ndarray:
    """Values of a GJR-GARCH with omega 0.05, alpha 0.03, gamma 0.12 and beta 0.88, a hundredth as large."""
    rng = np.random.default_rng(seed)
    values, variance = np.empty(size), 1.0
    for t in range(size):
        z = rng.standard_normal()
        if freedom:
            z = rng.standard_t(freedom) * np.sqrt((freedom - 2) / freedom)
        values[t] = np.sqrt(variance) * z
        variance = 0.05 + (0.03 + 0.12 * (z < 0)) * values[t] ** 2 + 0.88 * variance
    return values / 100


def test_losses_weigh_more_as_they_were_made_to() -> None:
    _, up, down, beta, power, _, scale, sigma = GJR.fit(gjr(8_000))
    assert [up, down, beta] == pytest.approx([0.03, 0.15, 0.88], abs=0.03)
    assert power == 2.0
    assert 0.001 < sigma / scale < 0.1
    _, up, down, *_ = APARCH.fit(gjr(8_000))
    assert down > 3 * up
    _, _, gamma, beta, *_ = EGARCH.fit(gjr(8_000))
    assert gamma < -0.05
    assert 0.9 < beta < 1.0


def test_fat_tails_are_seen() -> None:
    assert STUDENT.fit(gjr(6_000, freedom=5.0))[0] == pytest.approx(5.0, abs=1.0)
    assert STUDENT.fit(gjr(6_000))[0] > 20


def test_memory_that_fades_slowly_has_an_order_between_0_and_1() -> None:
    _, phi, d, beta, *_ = figarch(100).fit(gjr(3_000))
    assert 0.0 <= phi < 1.0
    assert 0.0 < d <= 1.0
    assert 0.0 <= beta < 1.0
    assert figarch(100).name != figarch(50).name


def test_values_that_say_nothing_are_refused() -> None:
    for model in (GJR, APARCH, EGARCH, STUDENT, figarch(20)):
        with pytest.raises(FitError, match="at least 50 finite values are needed, got 10"):
            model.fit(np.arange(10.0))
        with pytest.raises(FitError, match="must vary"):
            model.fit(np.ones(100))


def test_the_coefficients_of_a_heterogeneous_autoregression_come_back() -> None:
    rng = np.random.default_rng(8)
    v = np.full(20_000, 1.0)
    for t in range(22, len(v)):
        past = v[t - 22 : t]
        v[t] = 0.1 + 0.4 * past[-1] + 0.3 * past[-5:].mean() + 0.2 * past.mean()
        v[t] += 0.05 * rng.standard_normal()
    assert fit_har(v * 1e-6) * [1e6, 1, 1, 1] == pytest.approx([0.1, 0.4, 0.3, 0.2], abs=0.05)
    with pytest.raises(FitError, match="at least 12 whole rows are needed, got 8"):
        fit_har(v[:30])
    with pytest.raises(FitError, match="must be independent"):
        fit_har(np.ones(100))
