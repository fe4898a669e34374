"""The probability of informed trading: the likelihood by its definition, and known parameters that come back."""

import numpy as np
import pytest

scipy = pytest.importorskip("scipy", reason="the extra `fits` is absent: scipy")

from scipy.optimize import minimize  # noqa: E402
from scipy.stats import poisson  # noqa: E402

from penstock.core.errors import FitError  # noqa: E402
from penstock.fits import PIN  # noqa: E402
from penstock.fits.pin import fit_pin, negative_log_likelihood  # noqa: E402


def sessions(alpha, delta, mu, eb, es, count=60, seed=3):
    """Buys and sells of sessions that the model makes."""
    rng = np.random.default_rng(seed)
    news = rng.random(count) < alpha
    bad = news & (rng.random(count) < delta)
    return np.column_stack(
        [rng.poisson(eb + mu * (news & ~bad)), rng.poisson(es + mu * bad)]
    ).astype(float)


def direct(counts, alpha, delta, mu, eb, es):
    """The log-likelihood as printed: a mixture of three pairs of Poisson numbers."""
    b, s = counts.T
    each = (
        (1 - alpha) * poisson.pmf(b, eb) * poisson.pmf(s, es)
        + alpha * delta * poisson.pmf(b, eb) * poisson.pmf(s, es + mu)
        + alpha * (1 - delta) * poisson.pmf(b, eb + mu) * poisson.pmf(s, es)
    )
    return np.log(each).sum()


def test_the_likelihood_is_that_of_its_definition_and_its_slopes_are_right():
    counts, at = sessions(0.4, 0.3, 20, 30, 25), np.array([0.35, 0.4, *np.log([18.0, 29.0, 27.0])])
    value, slopes = negative_log_likelihood(at, counts)
    assert -value * 60 == pytest.approx(direct(counts, 0.35, 0.4, 18.0, 29.0, 27.0), rel=1e-12)
    for k, step in enumerate(np.eye(5) * 1e-6):
        beside = [negative_log_likelihood(at + way * step, counts)[0] for way in (1, -1)]
        assert slopes[k] == pytest.approx((beside[0] - beside[1]) / 2e-6, rel=1e-4, abs=1e-8)


def test_known_parameters_come_back():
    found = fit_pin(sessions(0.4, 0.3, 200, 300, 250, count=400))
    np.testing.assert_allclose(found, [80 / 630, 0.4, 0.3, 200, 300, 250], rtol=0.15)


@pytest.mark.parametrize("seed", range(4))
def test_no_other_search_finds_likelier_parameters(seed):
    rng = np.random.default_rng(seed)
    counts = sessions(rng.uniform(0.2, 0.6), rng.uniform(0.2, 0.8), 12, 20, 15, 40, seed)
    best = direct(counts, *fit_pin(counts)[1:])

    def cost(x):
        shares = 1 / (1 + np.exp(-x[:2]))
        return -direct(counts, *shares, *np.exp(x[2:]))

    for _ in range(6):
        start = np.array([*rng.normal(size=2), *np.log([12.0, 20.0, 15.0]) + rng.normal(0, 0.4, 3)])
        other = minimize(cost, start, method="Nelder-Mead", options={"maxiter": 2_000})
        assert best >= -other.fun - 1e-5


def test_sessions_of_many_trades_do_not_overflow():
    found = fit_pin(sessions(0.4, 0.3, 20_000, 90_000, 80_000))
    assert found[0] == pytest.approx(8_000 / 178_000, rel=0.3)


@pytest.mark.parametrize("counts", [np.ones((4, 2)), np.zeros((60, 2)), np.full((60, 2), np.nan)])
def test_too_few_sessions_are_a_fit_error(counts):
    with pytest.raises(FitError, match="at least 5 sessions with buys and sells"):
        fit_pin(counts)


def test_the_model_declares_as_many_parameters_as_it_fits():
    assert PIN.fit(sessions(0.4, 0.3, 20, 30, 25)).size == PIN.size
