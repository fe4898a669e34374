"""GARCH(1,1): known parameters come back, and arch's own filter is ours."""

import numpy as np
import pytest

arch = pytest.importorskip("arch", reason="the extra `fits` is absent: arch")

from arch.univariate.recursions_python import garch_recursion_python  # noqa: E402

from penstock.core.errors import FitError  # noqa: E402
from penstock.fits import GARCH  # noqa: E402
from penstock.fits.garch import fit_garch  # noqa: E402
from penstock.ops.harness import run  # noqa: E402
from penstock.ops.volatility.garch_volatility import GarchVolatility  # noqa: E402

NODE = GarchVolatility(**GarchVolatility.example)


def simulated(size, omega, alpha, beta, mean, seed=1):
    random = np.random.default_rng(seed)
    values, variance = np.empty(size), omega / (1.0 - alpha - beta)
    for t in range(size):
        values[t] = mean + np.sqrt(variance) * random.standard_normal()
        variance = omega + alpha * (values[t] - mean) ** 2 + beta * variance
    return values


def filtered(values, params):
    columns = {"x": values, "params": np.tile(params, (values.size, 1))}
    return run(NODE, columns)["out"]


def test_known_parameters_come_back_within_three_of_their_standard_errors():
    values = simulated(8_000, omega=0.05, alpha=0.1, beta=0.85, mean=0.02)
    omega, alpha, beta, mean, scale, _ = fit_garch(values * 0.01)
    assert omega / (scale * 0.01) ** 2 == pytest.approx(0.05, abs=0.03)
    assert alpha == pytest.approx(0.1, abs=0.03)
    assert beta == pytest.approx(0.85, abs=0.05)
    assert mean / (scale * 0.01) == pytest.approx(0.02, abs=0.03)


def test_a_fit_does_not_depend_on_the_unit_of_the_values():
    values = simulated(1_000, omega=0.05, alpha=0.1, beta=0.85, mean=0.0)
    small, large = fit_garch(values), fit_garch(values * 2.0**20)
    np.testing.assert_array_equal(np.delete(small, 4), np.delete(large, 4))
    assert small[4] == large[4] * 2.0**20


def test_the_filter_is_the_recursion_of_arch_for_the_same_parameters():
    values = simulated(500, omega=0.05, alpha=0.1, beta=0.85, mean=0.02) * 0.01
    params = fit_garch(values)
    omega, alpha, beta, mean, scale, _ = params
    shocks = values * scale - mean
    variance, bounds = np.empty(values.size), np.tile([0.0, 1e12], (values.size, 1))
    garch_recursion_python(
        np.array([omega, alpha, beta]),
        shocks**2,
        np.sign(shocks),
        variance,
        1,
        0,
        1,
        values.size,
        1.3,
        bounds,
    )
    ours = filtered(values, np.append(params[:5], variance[0]))
    np.testing.assert_allclose(ours[:-1] * scale, np.sqrt(variance[1:]), rtol=1e-12)


def test_the_seed_is_the_one_step_forecast_of_arch():
    values = simulated(1_000, omega=0.05, alpha=0.1, beta=0.85, mean=0.02)
    params = fit_garch(values)
    model = arch.arch_model(
        values * params[4], mean="Constant", vol="GARCH", p=1, q=1, rescale=False
    )
    fixed = model.fix(params[[3, 0, 1, 2]])
    assert params[5] == pytest.approx(
        fixed.forecast(horizon=1).variance.to_numpy()[-1, 0], rel=1e-12
    )


def test_a_fit_depends_on_its_window_alone():
    values = simulated(600, omega=0.05, alpha=0.1, beta=0.85, mean=0.0)
    first = fit_garch(values)
    fit_garch(values[::-1] * 3.0)
    np.testing.assert_array_equal(fit_garch(values), first)


def test_values_that_are_not_finite_are_left_out():
    values = simulated(600, omega=0.05, alpha=0.1, beta=0.85, mean=0.0)
    holed = np.insert(values, [0, 300], [np.nan, np.inf])
    np.testing.assert_array_equal(fit_garch(holed), fit_garch(values))


@pytest.mark.parametrize(
    "window",
    [
        np.zeros(0),
        np.full(200, np.nan),
        np.full(200, 0.1),
        np.arange(49.0),
        np.geomspace(1e190, 1e200),
    ],
)
def test_a_window_without_parameters_is_a_fit_error(window):
    with pytest.raises(FitError, match="fit_garch: "):
        fit_garch(window)


def test_an_optimiser_that_does_not_converge_is_a_fit_error():
    with pytest.raises(FitError, match="converge"):
        fit_garch(np.exp(np.arange(200.0)))


def test_the_model_declares_as_many_parameters_as_it_fits():
    assert GARCH.fit(simulated(300, 0.05, 0.1, 0.85, 0.0)).size == GARCH.size
