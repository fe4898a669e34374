"""The exponent of a detrended fluctuation analysis."""

import numpy as np
import pytest

from penstock.core.errors import FitError
from penstock.fits import DFA
from penstock.fits.dfa import fit_dfa, fluctuation, sizes


def test_values_without_memory_have_one_half() -> None:
    values = np.sign(np.random.default_rng(1).normal(size=20_000))
    assert fit_dfa(values)[0] == pytest.approx(0.5, abs=0.03)


def test_a_random_walk_has_three_halves() -> None:
    walk = np.cumsum(np.random.default_rng(2).normal(size=20_000))
    assert DFA.fit(walk)[0] == pytest.approx(1.5, abs=0.05)


def test_the_exponent_has_no_unit() -> None:
    values = np.random.default_rng(3).normal(size=500)
    np.testing.assert_allclose(fit_dfa(values * 1e6 + 7.0), fit_dfa(values), rtol=1e-6)


def test_sizes_are_those_that_nolds_takes() -> None:
    # nolds.measures.logarithmic_n(4, 100, 1.2) of nolds 0.6.2
    assert sizes(1_000) == [4, 5, 6, 8, 9, 11, 14, 17, 20, 24, 29, 35, 42, 51, 61, 73, 88]


def test_boxes_on_a_line_do_not_fluctuate() -> None:
    assert fluctuation(np.arange(40.0) * 0.25, 8) == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("window", "message"),
    [(np.ones(69), "at least 70 values"), (np.ones(100), "values must differ")],
)
def test_too_few_or_equal_values_are_a_fit_error(window: np.ndarray, message: str) -> None:
    with pytest.raises(FitError, match=message):
        fit_dfa(window)
