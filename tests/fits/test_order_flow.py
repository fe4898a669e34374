"""The direction in which several flows move together."""

import numpy as np
import pytest

from penstock.core.errors import FitError
from penstock.fits.order_flow import component, fit_component


def test_the_direction_that_flows_were_made_from_is_found() -> None:
    rng = np.random.default_rng(5)
    wanted = np.array([0.5, 0.3, 0.2])
    rows = 7.0 + np.outer(rng.normal(size=4_000), wanted) + 1e-3 * rng.normal(size=(4_000, 3))
    rows[::50, 1] = np.nan
    np.testing.assert_allclose(fit_component(rows, levels=3), wanted, atol=1e-3)
    np.testing.assert_array_equal(component(3).fit(rows), fit_component(rows, levels=3))


def test_one_flow_has_all_the_weight() -> None:
    np.testing.assert_array_equal(fit_component(np.arange(9.0)[:, None], levels=1), [1.0])


@pytest.mark.parametrize(
    ("rows", "message"),
    [(np.ones((5, 2)), "at least 6 whole rows"), (np.ones((9, 2)), "rows must differ")],
)
def test_too_few_or_equal_rows_give_no_direction(rows: np.ndarray, message: str) -> None:
    with pytest.raises(FitError, match=message):
        fit_component(rows, levels=2)
