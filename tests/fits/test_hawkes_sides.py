"""Hawkes processes of two sides: the likelihood by its definition, and known parameters that come back."""

import numpy as np
import pytest

scipy = pytest.importorskip("scipy", reason="the extra `fits` is absent: scipy")

from penstock.core.errors import FitError  # noqa: E402
from penstock.fits import SIDES  # noqa: E402
from penstock.fits.hawkes_sides import fit_hawkes_sides, log_likelihood  # noqa: E402

AT = np.array([0.3, 0.2, 0.6, 0.3, 0.2, 0.5, 2.0])  # base rates, jumps, decay


def simulated(seconds, seed=1):
    """Gaps and sides of a process with the parameters AT, by thinning."""
    rng = np.random.default_rng(seed)
    base, jumps, beta = AT[:2], AT[2:6].reshape(2, 2), AT[6]
    time, excited, events = 0.0, np.zeros(2), []
    while time < seconds:
        bound = (base + jumps @ excited).sum()
        wait = rng.exponential(1.0 / bound)
        time, excited = time + wait, excited * np.exp(-beta * wait)
        rates = base + jumps @ excited
        drawn = rng.random() * bound
        if drawn < rates.sum():
            side = int(drawn >= rates[0])
            excited[side] += 1.0
            events.append((time, side))
    times, sides = np.array(events).T
    return np.diff(times, prepend=0.0), 1.0 - 2.0 * sides


def rows(gaps, sides):
    """A window as the fit takes it: each gap in the column of its event's side."""
    return np.column_stack([np.where(sides > 0, gaps, np.nan), np.where(sides < 0, gaps, np.nan)])


def direct(gaps, sides, at):
    """The log-likelihood as printed: every event against every earlier one."""
    times, total = np.cumsum(gaps), 0.0
    for row, way in enumerate((1, -1)):
        jumps = np.where(sides > 0, at[2 + 2 * row], at[3 + 2 * row])
        for t in times[sides == way]:
            past = times < t
            total += np.log(at[row] + (jumps[past] * np.exp(-at[6] * (t - times[past]))).sum())
        total -= at[row] * times[-1]
        total -= (jumps / at[6] * (1.0 - np.exp(-at[6] * (times[-1] - times)))).sum()
    return total


def test_the_likelihood_is_that_of_its_definition_and_its_slopes_are_right():
    gaps, sides = simulated(150.0)
    gaps[10] = gaps[30] = 0.0  # events of one time do not excite each other
    at, slopes = AT * np.linspace(0.8, 1.2, 7), np.empty(7)
    assert log_likelihood(gaps, sides, at, slopes) == pytest.approx(
        direct(gaps, sides, at), rel=1e-12
    )
    for k, step in enumerate(np.eye(7) * 1e-6):
        slope = (direct(gaps, sides, at + step) - direct(gaps, sides, at - step)) / 2e-6
        assert slopes[k] == pytest.approx(slope, rel=1e-5, abs=1e-5)


def test_known_parameters_come_back():
    found = fit_hawkes_sides(rows(*simulated(9_000.0)))
    np.testing.assert_allclose(found, [0.3, 0.6, 0.3, 0.2, 0.2, 0.5, 2.0], rtol=0.2)


def test_no_neighbour_of_the_fit_is_likelier():
    gaps, sides = simulated(300.0)
    found = fit_hawkes_sides(rows(gaps, sides))
    at = found[[0, 3, 1, 2, 4, 5, 6]]
    best = direct(gaps, sides, at)
    for k in range(7):
        for factor in (0.97, 1.03):
            beside = at.copy()
            beside[k] *= factor
            assert direct(gaps, sides, beside) < best


def test_the_sides_are_alike():
    gaps, sides = simulated(300.0)
    one, other = fit_hawkes_sides(rows(gaps, sides)), fit_hawkes_sides(rows(gaps, -sides))
    np.testing.assert_allclose(other, one[[3, 5, 4, 0, 2, 1, 6]], rtol=1e-3, atol=1e-4)


def test_too_few_events_of_a_side_are_a_fit_error():
    gaps = np.ones(100)
    with pytest.raises(FitError, match="at least 20 events of each side"):
        fit_hawkes_sides(rows(gaps, np.ones(100)))


def test_the_model_declares_as_many_parameters_as_it_fits():
    assert SIDES.fit(rows(*simulated(150.0))).size == SIDES.size
