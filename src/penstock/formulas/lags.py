"""Values from before, and how much the present depends on them."""

import math

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration, duration
from penstock.expr import BAR, Expr
from penstock.formulas.guards import known_count
from penstock.formulas.inputs import Input, column
from penstock.formulas.returns import log_return
from penstock.ops.clock.as_of_within import AsOfWithin
from penstock.ops.clock.delayed import Delayed
from penstock.ops.elementwise.abs import Abs
from penstock.ops.elementwise.exp import Exp
from penstock.ops.elementwise.greater import Greater
from penstock.ops.elementwise.less import Less
from penstock.ops.expanding.ew_moments import EwMoments
from penstock.ops.lag import Lag
from penstock.ops.rolling.rolling_autocorrelation import RollingAutocorrelation
from penstock.ops.rolling.rolling_autocorrelations import RollingAutocorrelations
from penstock.ops.rolling.rolling_autoregression import RollingAutoregression
from penstock.ops.rolling.rolling_decorrelation import RollingDecorrelation
from penstock.ops.rolling.rolling_mutual_delay import RollingMutualDelay
from penstock.ops.rolling.rolling_sum import RollingSum
from penstock.ops.row.partial_autocorrelation import PartialAutocorrelation
from penstock.ops.row.row_sum import RowSum
from penstock.ops.session.first_since import FirstSince
from penstock.streams import NEVER, Delay

DAY, NOW = duration("1d"), Duration(0)


def lag_value(*, x: Input = "log_return", k: int = 1) -> Expr:
    r"""The value of `k` ticks ago, :math:`x_{t-k}`."""
    return Lag(column(x), ticks=k)


def lag_vector(*, x: Input = "log_return", K: int = 10, k: int = 1) -> Expr:
    r"""One cell of the delay vector :math:`(x_{t-1}, \dots, x_{t-K})`.

    Notes
    -----
    A column of a view is one number, so the vector is asked for cell by cell, `k` from 1 to `K`. All cells read one
    history, which is not copied.
    """
    if not 1 <= k <= K:
        raise DefinitionError(f"lag_vector: k must be from 1 to K, {K}, got {k}")
    return Lag(column(x), ticks=k)


def seasonal_lag_value(*, x: Input = "log_return", period: Duration = DAY) -> Expr:
    r"""The value at the same time one period earlier, :math:`x(t - \text{period})`.

    Notes
    -----
    By the time of the bars, not by their number: NaN where no bar ended exactly then.
    """
    return AsOfWithin(Delayed(column(x), on=Delay(BAR, period)), tolerance=NOW)


def autocorrelation(*, w: int = 250, k: int = 1) -> Expr:
    r"""Autocorrelation of returns over `w` bars at lag `k`.

    .. math:: \rho_k = \frac{\sum (r_i - \bar r)(r_{i-k} - \bar r)}{\sum (r_i - \bar r)^2}

    Notes
    -----
    Mean and divisor are those of the whole window.
    """
    return RollingAutocorrelation(log_return(), window=w, lag=k)["correlation"]


def partial_autocorrelation(*, w: int = 250, k: int = 2) -> Expr:
    r"""Partial autocorrelation of returns over `w` bars at lag `k`, :math:`\phi_{kk}` by Durbin and Levinson.

    Notes
    -----
    From the autocorrelations that are divided by the whole window, as statsmodels has it under ``ldb``.
    """
    if k == 1:
        return autocorrelation(w=w, k=1)
    return PartialAutocorrelation(RollingAutocorrelations(log_return(), window=w, lags=k))


def autocovariance(*, w: int = 250, k: int = 1) -> Expr:
    r"""Autocovariance of returns over `w` bars at lag `k`.

    .. math:: \gamma_k = \frac{1}{w} \sum (r_i - \bar r)(r_{i-k} - \bar r)
    """
    return RollingAutocorrelation(log_return(), window=w, lag=k)["covariance"]


def decorrelation_time(*, w: int = 250) -> Expr:
    r"""First lag at which the autocorrelation of closes over `w` bars is low, :math:`\min \{k : \rho_k < 1/e\}`."""
    return RollingDecorrelation(column("close"), window=w, level=math.exp(-1.0))


def absolute_acf_sum(*, w: int = 500, K: int = 20) -> Expr:
    r"""Sum of the sizes of the autocorrelations of absolute returns, :math:`\sum_{k \le K} |\rho_k(|r|)|`."""
    return RowSum(Abs(RollingAutocorrelations(Abs(log_return()), window=w, lags=K)))


def ar_coefficient(*, w: int = 250, p: int = 1) -> Expr:
    r"""First coefficient of an autoregression of returns over `w` bars, by least squares.

    .. math:: r_i = c + \sum_{k=1}^{p} \phi_k r_{i-k} + e_i, \quad y_t = \phi_1
    """
    return RollingAutoregression(log_return(), window=w, order=p)["slope"]


def ar_forecast(*, w: int = 250, p: int = 5) -> Expr:
    r"""Forecast of the next return by an autoregression over the last `w` bars.

    .. math:: \hat r_{t+1} = c + \sum_{k=1}^{p} \phi_k r_{t+1-k}

    Notes
    -----
    Fitted anew at every bar, on returns up to this one.
    """
    return RollingAutoregression(log_return(), window=w, order=p)["forecast"]


def optimal_ar_order(*, w: int = 250, pmax: int = 10, ic: str = "bic") -> Expr:
    r"""Order of the autoregression of returns over `w` bars with the least information criterion of Schwarz.

    .. math:: p^* = \arg\min_{0 \le p \le p_{\max}} n \ln \frac{\text{RSS}_p}{n} + p \ln n

    Notes
    -----
    All orders are fitted to the n = `w` - `pmax` returns that have all lags.
    """
    if ic != "bic":
        raise DefinitionError(f"optimal_ar_order: ic must be bic, got {ic!r}")
    return RollingAutoregression(log_return(), window=w, order=pmax)["best"]


def steps(*, w: int) -> tuple[Expr, Expr]:
    """How many of `w` pairs of successive returns have one sign, and how many have two; returns of 0 are left out."""
    r = log_return()
    both = r * Lag(r, ticks=1)
    return (
        RollingSum(Greater(both, 0.0), window=w),
        RollingSum(Less(both, 0.0), window=w),
    )


def sign_persistence(*, w: int = 250) -> Expr:
    r"""Share of returns with the sign of the one before, :math:`S / (S + R)` over `w` pairs.

    Notes
    -----
    S sequences have one sign, R reversals two; pairs with a return of 0 are left out.
    """
    same, other = steps(w=w)
    return same / (same + other)


def cowles_jones_ratio(*, w: int = 250) -> Expr:
    r"""Sequences against reversals of returns, :math:`S / R` over `w` pairs.

    Notes
    -----
    Pairs with a return of 0 are left out.
    """
    same, other = steps(w=w)
    return same / other


def best_lag_by_mutual_information(*, w: int = 500, kmax: int = 20) -> Expr:
    r"""First minimum over lags of the mutual information of closes and earlier closes.

    .. math:: \min \{ k : I_{k+1} > I_k \}, \quad I_k = \sum_{a,b} p_{ab} \ln \frac{p_{ab}}{p_a p_b}

    Notes
    -----
    Over `w` bars, in eight even parts of their range. Where the information never rises, the lag with the least.
    """
    return RollingMutualDelay(column("close"), window=w, maximum=kmax)


def exponential_lag_sum(*, x: Input = "log_return", halflife: float = 10.0) -> Expr:
    r"""Sum of all values with weights that halve every `halflife` ticks, :math:`\sum_i 2^{-i/h} x_{t-i}`.

    Notes
    -----
    The sum begins with the first known value; an unknown value adds nothing, and nothing fades at it.
    """
    rate, values = -math.log(2.0) / halflife, column(x)
    # a mean whose first value weighs as much as all that it stands for: what is too much fades with it
    mean = EwMoments(values, halflife=halflife)["mean"]
    surplus = Exp(known_count(values) * rate) * FirstSince(values, reset=NEVER)
    return (mean - surplus) / -math.expm1(rate)
