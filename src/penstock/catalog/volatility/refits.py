"""Volatility over sessions and over memories of many lengths."""

import math

from penstock.core.errors import DefinitionError
from penstock.declare import Feature
from penstock.expr import Expr, When
from penstock.fits import har
from penstock.fits.har import MONTH, WEEK
from penstock.formulas.columns import CLOSE
from penstock.formulas.guards import NOTHING, one, positive, square
from penstock.formulas.returns import log_return
from penstock.formulas.volatility.realized import realized_variance, returns
from penstock.ops.asof import AsOf
from penstock.ops.elementwise.and_ import And
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.less import Less
from penstock.ops.elementwise.log import Log
from penstock.ops.elementwise.maximum import Maximum
from penstock.ops.elementwise.sqrt import Sqrt
from penstock.ops.elementwise.where import Where
from penstock.ops.ema import Ema
from penstock.ops.expanding.expanding_moments import ExpandingMoments
from penstock.ops.fitted import Fitted
from penstock.ops.group.cell import Cell
from penstock.ops.lag import Lag
from penstock.ops.process.autoregressive_level import AutoregressiveLevel
from penstock.ops.rolling.rolling_mean import RollingMean
from penstock.ops.rolling.rolling_regression import RollingRegression
from penstock.ops.session.completed import Completed
from penstock.ops.session.cumulative_sum import CumulativeSum

INFINITY = float("inf")
SEEN = -(math.log(2) + 0.5772156649015329)  # the mean of the log of a squared normal shock


def variances(W: str) -> Expr:
    """The variance of each session once it is over, at the first bar of the next one."""
    reset = returns(W).reset
    begun = Less(CumulativeSum(one(CLOSE), reset=reset), 2.0)
    return AsOf(Completed(realized_variance(W=W), reset=reset), on=When(begun))


def har_rv_forecast(*, w: int = 500, refit: int = 22, W: str = "session") -> Expr:
    r"""Variance of this session as those before it say.

    .. math:: b_0 + b_d v_t + b_w \frac{1}{5} \sum_{i<5} v_{t-i} + b_m \frac{1}{22} \sum_{i<22} v_{t-i}

    Notes
    -----
    :math:`v_t` is the realised variance of the last whole session. Fitted by least squares every `refit` sessions on
    the last `w`, and used from the next session on.
    """
    variance = variances(W)
    coefficients = Fitted(variance, har(), window=w, every=refit)
    past = [RollingMean(variance, window=span) for span in (WEEK, MONTH)]
    found = Cell(coefficients, cell=0) + Cell(coefficients, cell=1) * variance
    for cell, mean in enumerate(past, 2):
        found = found + Cell(coefficients, cell=cell) * mean
    return AsOf(found)


def volatility_half_life(*, w: int = 500, W: str = "session") -> Expr:
    r"""Sessions until half of a shock to log variance is gone, :math:`\ln 0.5 / \ln \phi`.

    Notes
    -----
    :math:`\phi` is the slope of the last `w` sessions' log realised variances on those before them; NaN unless it is
    between 0 and 1.
    """
    logged = Log(positive(variances(W)))
    slope = RollingRegression(Lag(logged, ticks=1), logged, window=w - 1)["slope"]
    fades = And(Greater(slope, 0.0), Less(slope, 1.0))
    return AsOf(math.log(0.5) / Log(Where(fades, slope, NOTHING)))


def riskmetrics2006_volatility(
    *, tau0: float = 1560.0, tau1: float = 4.0, kmax: int = 14, rho: float = math.sqrt(2.0)
) -> Expr:
    r"""Volatility of the next return by averages whose memories fade from days to years.

    .. math:: \sigma_t^2 = \sum_{k=1}^{K} w_k \sigma_{k,t}^2, \quad
              w_k \propto 1 - \frac{\ln \tau_k}{\ln \tau_0}, \quad \tau_k = \tau_1 \rho^{k-1}, \quad
              \sigma_{k,t}^2 = \mu_k \sigma_{k,t-1}^2 + (1 - \mu_k) r_t^2, \quad \mu_k = e^{-1 / \tau_k}

    Notes
    -----
    All averages start from the first squared return.
    """
    spans = [tau1 * rho**k for k in range(kmax)]
    if kmax < 1 or not (tau1 > 0.0 and rho > 1.0 and tau0 > max(1.0, spans[-1])):
        raise DefinitionError(
            f"riskmetrics2006_volatility: tau1 above 0, rho above 1, and tau0 above all spans are needed, got {tau1}, "
            f"{rho} and {tau0}"
        )
    weights = [1.0 - math.log(tau) / math.log(tau0) for tau in spans]
    total: Expr | float = 0.0
    for tau, weight in zip(spans, weights, strict=True):
        rate = 1.0 - math.exp(-1.0 / tau)
        total = Ema(square(log_return()), span=2.0 / rate - 1.0) * (weight / sum(weights)) + total
    return Sqrt(total)


def stochastic_volatility_filter(
    *, phi: float = 0.95, q: float = 0.05, floor: float = 1e-10
) -> Expr:
    r"""Log variance of a return as a hidden state that returns to its mean, by a Kalman filter.

    .. math:: \ln r_t^2 = m + h_t - 1.27 + u_t, \quad h_t = \phi h_{t-1} + e_t, \quad
              \operatorname{var} e = q, \; \operatorname{var} u = \pi^2 / 2

    Notes
    -----
    A quasi-likelihood: u is taken as normal. m is the mean of what was seen so far, and the feature is m + h. A return
    below `floor` in size counts as that.
    """
    if not floor > 0.0:
        raise DefinitionError(f"stochastic_volatility_filter: floor must be positive, got {floor}")
    seen = Log(Maximum(square(log_return()), floor * floor)) - SEEN
    mean = ExpandingMoments(seen)["mean"]
    return mean + AutoregressiveLevel(seen - mean, decay=phi, walk=q, noise=math.pi**2 / 2)


FEATURES = (
    Feature(
        "volatility.har_rv_forecast",
        har_rv_forecast,
        says="Variance of this session as those before it say.",
        source="Corsi 2009",
        oracle="numpy.linalg.lstsq",
    ),
    Feature(
        "volatility.volatility_half_life",
        volatility_half_life,
        says="Sessions until half of a shock to log variance is gone.",
        source="definition",
        oracle="statsmodels.tsa.ar_model.AutoReg",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volatility.riskmetrics2006_volatility",
        riskmetrics2006_volatility,
        says="Volatility of the next return by averages whose memories fade from days to years.",
        source="Zumbach 2007",
        oracle="arch.univariate.RiskMetrics2006",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volatility.stochastic_volatility_filter",
        stochastic_volatility_filter,
        says="Log variance of a return as a hidden state, by a Kalman filter.",
        source="Harvey-Ruiz-Shephard 1994",
        oracle="brute force",
    ),
)
