"""Hawkes processes: the likelihood by its definition, and known parameters that come back."""

import numpy as np
import pytest

scipy = pytest.importorskip("scipy", reason="the extra `fits` is absent: scipy")

from penstock.core.errors import FitError  # noqa: E402
from penstock.fits import HAWKES  # noqa: E402
from penstock.fits.hawkes import fit_hawkes, log_likelihood  # noqa: E402


def simulated(mu, alpha, beta, seconds, seed=1):
    """Gaps between the events of a Hawkes process, by thinning."""
    random = np.random.default_rng(seed)
    time, excited, times = 0.0, 0.0, [0.0]
    while time < seconds:
        bound = mu + alpha * excited
        wait = random.exponential(1.0 / bound)
        time, excited = time + wait, excited * np.exp(-beta * wait)
        if random.random() * bound < mu + alpha * excited:
            times.append(time)
            excited += 1.0
    return np.diff(times)


def direct(gaps, mu, alpha, beta):
    """The log-likelihood as printed: every event against every earlier one."""
    times = np.cumsum(gaps)
    rates = [mu + alpha * np.exp(-beta * (t - times[times < t])).sum() for t in times]
    spent = mu * times[-1] + alpha / beta * (1.0 - np.exp(-beta * (times[-1] - times))).sum()
    return np.log(rates).sum() - spent


def test_the_likelihood_is_that_of_its_definition():
    gaps = simulated(0.5, 0.8, 2.0, 200.0)
    found = log_likelihood(gaps, np.empty(3), 0.4, 0.7, 1.8)
    assert found == pytest.approx(direct(gaps, 0.4, 0.7, 1.8), rel=1e-12)


def test_the_gradient_is_the_slope_of_the_likelihood():
    gaps, at, gradient = simulated(0.5, 0.8, 2.0, 200.0), np.array([0.4, 0.7, 1.8]), np.empty(3)
    log_likelihood(gaps, gradient, *at)
    for k, step in enumerate(np.eye(3) * 1e-6):
        slope = (direct(gaps, *(at + step)) - direct(gaps, *(at - step))) / 2e-6
        assert gradient[k] == pytest.approx(slope, rel=1e-6)


def test_known_parameters_come_back_within_a_tenth():
    found = fit_hawkes(simulated(0.5, 0.8, 2.0, 4_000.0))
    np.testing.assert_allclose(found, [0.5, 0.8, 2.0], rtol=0.1)


def test_no_neighbour_of_the_fit_is_likelier():
    gaps = simulated(0.5, 0.8, 2.0, 300.0)
    found = fit_hawkes(gaps)
    best = direct(gaps, *found)
    for k in range(3):
        for factor in (0.97, 1.03):
            beside = found.copy()
            beside[k] *= factor
            assert direct(gaps, *beside) < best


def test_a_fit_scales_with_the_unit_of_time():
    gaps = simulated(0.5, 0.8, 2.0, 300.0)
    np.testing.assert_allclose(fit_hawkes(gaps * 1024.0) * 1024.0, fit_hawkes(gaps), rtol=1e-6)


def test_events_of_one_time_are_one_event():
    gaps = simulated(0.5, 0.8, 2.0, 300.0)
    doubled = np.insert(gaps, [0, 20, 20], [np.nan, 0.0, 0.0])
    np.testing.assert_array_equal(fit_hawkes(doubled), fit_hawkes(gaps))


def test_the_jump_is_below_the_decay():
    _, alpha, beta = fit_hawkes(simulated(0.1, 1.9, 2.0, 500.0))
    assert 0.0 < alpha < beta


@pytest.mark.parametrize("window", [np.zeros(0), np.zeros(100), np.full(100, np.nan), np.ones(19)])
def test_too_few_gaps_are_a_fit_error(window):
    with pytest.raises(FitError, match="fit_hawkes: at least 20 positive gaps"):
        fit_hawkes(window)


def test_the_model_declares_as_many_parameters_as_it_fits():
    assert HAWKES.fit(simulated(0.5, 0.8, 2.0, 100.0)).size == HAWKES.size
