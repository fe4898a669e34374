"""Autoregressive conditional durations: known parameters come back, and nothing beside them is likelier."""

import numpy as np
import pytest

arch = pytest.importorskip("arch", reason="the extra `fits` is absent: arch")

from penstock.core.errors import FitError  # noqa: E402
from penstock.fits import ACD  # noqa: E402
from penstock.fits.acd import fit_acd  # noqa: E402


def simulated(omega, alpha, beta, count, seed=1):
    """Durations of the process."""
    rng, psi, found = np.random.default_rng(seed), omega / (1 - alpha - beta), []
    for shock in rng.exponential(size=count):
        found.append(psi * shock)
        psi = omega + alpha * found[-1] + beta * psi
    return np.array(found)


def exponential(durations, omega, alpha, beta):
    """The log-likelihood of exponential durations as printed, after the first hundred."""
    psi, total = durations.mean(), 0.0
    for i, x in enumerate(durations):
        total -= (np.log(psi) + x / psi) * (i >= 100)
        psi = omega + alpha * x + beta * psi
    return total


def test_known_parameters_come_back_in_the_unit_of_the_durations():
    found = fit_acd(np.sqrt(simulated(0.02, 0.1, 0.85, 20_000)))
    omega = found[0] / found[4] ** 2
    np.testing.assert_allclose([omega, *found[1:3]], [0.02, 0.1, 0.85], rtol=0.15)
    assert found[3] == 0.0


def test_nothing_far_from_the_fit_is_likelier_by_the_exponential_likelihood():
    durations = simulated(0.02, 0.1, 0.85, 4_000)
    found = fit_acd(np.sqrt(durations))
    at = np.array([found[0] / found[4] ** 2, found[1], found[2]])
    best = exponential(durations, *at)
    for k in range(3):
        for factor in (0.9, 1.1):
            beside = at.copy()
            beside[k] *= factor
            assert exponential(durations, *beside) < best


def test_too_few_durations_are_a_fit_error():
    with pytest.raises(FitError, match="fit_acd: at least 50 finite values"):
        fit_acd(np.ones(49))


def test_the_model_declares_as_many_parameters_as_it_fits():
    assert ACD.fit(np.sqrt(simulated(0.02, 0.1, 0.85, 500))).size == ACD.size
