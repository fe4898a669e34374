"""Ridge regression, principal components and k-means: what they must find, and windows that give none."""

import numpy as np
import pytest

from penstock.core.errors import FitError
from penstock.fits.kmeans import fit_kmeans, kmeans
from penstock.fits.principal import fit_principal, principal
from penstock.fits.ridge import fit_ridge, ridge


def test_a_ridge_minimises_what_it_says():
    rng = np.random.default_rng(3)
    window = rng.standard_normal((80, 5))
    window[7, 2] = np.nan
    rows = np.delete(window, 7, axis=0)
    theta = fit_ridge(window, 2.0)

    def loss(t):
        return ((rows[:, :4] @ t - rows[:, 4]) ** 2).sum() + 2.0 * (t**2).sum()

    for step in np.vstack([np.eye(4), -np.eye(4)]) * 1e-4:
        assert loss(theta) < loss(theta + step)
    assert ridge(4, 2.0).size == 4


def test_a_ridge_of_nothing_is_no_fit():
    with pytest.raises(FitError, match="whole row"):
        fit_ridge(np.full((5, 3), np.nan), 1.0)


def test_components_turn_a_stretched_cloud_onto_its_axes():
    rng = np.random.default_rng(4)
    turn = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    turn *= np.sign(turn[np.arange(6), np.abs(turn).argmax(axis=1)])[:, None]
    window = rng.standard_normal((4_000, 6)) * [9, 5, 2, 0.1, 0.1, 0.1] @ turn + 7.0
    found = fit_principal(window, 3).reshape(3, 7)
    assert found[:, :6] == pytest.approx(turn[:3], abs=0.05)
    z = window @ found[:, :6].T + found[:, 6]
    assert z.mean(axis=0) == pytest.approx(np.zeros(3), abs=1e-9)
    assert np.corrcoef(z.T) == pytest.approx(np.eye(3), abs=1e-9)
    assert principal(6, 3).size == 21


def test_signs_do_not_turn_with_the_window():
    rng = np.random.default_rng(5)
    window = rng.standard_normal((500, 8)) * 0.5 ** np.arange(8)
    one, other = (fit_principal(rows, 3).reshape(3, 9) for rows in (window[:400], window[100:]))
    assert ((one[:, :8] * other[:, :8]).sum(axis=1) > 0.8).all()


@pytest.mark.parametrize("window", [np.zeros((50, 8)), np.full((50, 8), np.nan), np.ones((5, 8))])
def test_rows_without_directions_are_no_fit(window):
    with pytest.raises(FitError, match="fit_principal"):
        fit_principal(window, 3)


def test_groups_that_lie_apart_are_found_and_stand_in_their_order():
    rng = np.random.default_rng(6)
    middles = np.array([[-9.0, 2.0], [0.0, -50.0], [4.0, 30.0]])
    kind = rng.integers(0, 3, 300)
    window = middles[kind] + rng.standard_normal((300, 2)) * 0.3
    window[5] = np.nan
    for seed in range(4):
        found = fit_kmeans(window, 3, seed).reshape(3, 3)
        nearest = (np.column_stack([window, np.ones(300)]) @ found.T).argmax(axis=1)
        known = np.isfinite(window).all(axis=1)
        assert np.array_equal(nearest[known], kind[known])
    assert kmeans(2, 3, 0).size == 9


def test_fewer_different_rows_than_groups_are_no_fit():
    with pytest.raises(FitError, match="different rows"):
        fit_kmeans(np.repeat(np.arange(6.0).reshape(3, 2), 9, axis=0), 4, 0)
