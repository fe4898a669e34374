"""Volatility by GARCH and its relatives: fitted from time to time, filtered at every bar."""

from typing import Literal

from penstock.core.errors import DefinitionError
from penstock.core.model import Model
from penstock.declare import Feature
from penstock.expr import Expr
from penstock.fits import APARCH, EGARCH, GARCH, GJR, STUDENT, figarch
from penstock.formulas.returns import log_return
from penstock.ops.fitted import Fitted
from penstock.ops.group.cell import Cell
from penstock.ops.volatility.egarch_volatility import EgarchVolatility
from penstock.ops.volatility.figarch_volatility import FigarchVolatility
from penstock.ops.volatility.garch_volatility import GarchVolatility
from penstock.ops.volatility.power_garch_volatility import PowerGarchVolatility

INFINITY = float("inf")
Estimated = Literal["est"]


def refitted(model: Model, w: int, refit: int) -> Expr:
    """Parameters of the log returns of the last `w` bars, fitted every `refit`."""
    return Fitted(log_return(), model, window=w, every=refit)


def garch11_volatility(*, w: int = 1000, refit: int = 250) -> Expr:
    r"""Volatility of the next return by a GARCH(1,1).

    .. math:: \sigma_{t+1}^2 = \omega + \alpha e_t^2 + \beta \sigma_t^2, \quad e_t = r_t - \mu

    Notes
    -----
    Fitted by maximum likelihood every `refit` bars on the last `w`, and used from the next bar on; the row refits once
    a day. A refit changes the parameters, not the volatility.
    """
    return GarchVolatility(log_return(), refitted(GARCH, w, refit))


def gjr_garch_volatility(*, o: int = 1, w: int = 1000, refit: int = 250) -> Expr:
    r"""Volatility of the next return by a GARCH in which losses weigh more.

    .. math:: \sigma_{t+1}^2 = \omega + (\alpha + \gamma 1\{e_t < 0\}) e_t^2 + \beta \sigma_t^2

    Notes
    -----
    Fitted as `garch11_volatility`. `o` is 1: one lag of the losses.
    """
    _ones("gjr_garch_volatility", o=o)
    return PowerGarchVolatility(log_return(), refitted(GJR, w, refit))


def egarch_volatility(
    *, p: int = 1, o: int = 1, q: int = 1, w: int = 1000, refit: int = 250
) -> Expr:
    r"""Volatility of the next return by an exponential GARCH.

    .. math:: \ln \sigma_{t+1}^2 = \omega + \alpha (|z_t| - \sqrt{2 / \pi}) + \gamma z_t + \beta \ln \sigma_t^2, \quad
              z_t = (r_t - \mu) / \sigma_t

    Notes
    -----
    Fitted as `garch11_volatility`. `p`, `o` and `q` are 1: one lag of each.
    """
    _ones("egarch_volatility", p=p, o=o, q=q)
    return EgarchVolatility(log_return(), refitted(EGARCH, w, refit))


def aparch_volatility(
    *,
    delta: Estimated = "est",  # noqa: ARG001  (the row's name: the power is always estimated)
    w: int = 1000,
    refit: int = 250,
) -> Expr:
    r"""Volatility of the next return by an asymmetric power ARCH.

    .. math:: \sigma_{t+1}^\delta = \omega + \alpha (|e_t| - \gamma e_t)^\delta + \beta \sigma_t^\delta

    Notes
    -----
    Fitted as `garch11_volatility`, the power too.
    """
    return PowerGarchVolatility(log_return(), refitted(APARCH, w, refit))


def figarch_volatility(
    *,
    d: Estimated = "est",  # noqa: ARG001  (the row's name: the power is always estimated)
    trunc: int = 1000,
    w: int = 1000,
    refit: int = 250,
) -> Expr:
    r"""Volatility of the next return by a GARCH whose memory fades slowly.

    .. math:: \sigma_{t+1}^2 = \frac{\omega}{1 - \beta} + \sum_{k=1}^{n} \lambda_k e_{t+1-k}^2, \quad
              \sum_k \lambda_k L^k = 1 - \frac{(1 - \phi L)(1 - L)^d}{1 - \beta L}

    Notes
    -----
    Fitted as `garch11_volatility`, `d` too; the sum has `trunc` terms, which cost some microseconds a bar.
    """
    params = refitted(figarch(trunc), w, refit)
    return FigarchVolatility(log_return(), params, terms=trunc)


def garch_persistence(*, w: int = 1000, refit: int = 250) -> Expr:
    r"""How slowly a GARCH(1,1) forgets, :math:`\alpha + \beta`; 1 is never.

    Notes
    -----
    Of the fits of `garch11_volatility`.
    """
    params = refitted(GARCH, w, refit)
    return Cell(params, cell=1) + Cell(params, cell=2)


def student_t_garch_dof(*, w: int = 1000, refit: int = 250) -> Expr:
    r"""Degrees of freedom :math:`\nu` of the shocks of a GARCH(1,1) with Student's t; few are fat tails.

    Notes
    -----
    Fitted as `garch11_volatility`.
    """
    return refitted(STUDENT, w, refit)


def _ones(name: str, **orders: int) -> None:
    for order, value in orders.items():
        if value != 1:
            raise DefinitionError(f"{name}: {order} must be 1, got {value}")


FEATURES = (
    Feature(
        "volatility.garch11_volatility",
        garch11_volatility,
        says="Volatility of the next return by a GARCH(1,1).",
        source="Bollerslev 1986",
        oracle="arch.arch_model; arch.univariate.GARCH",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volatility.gjr_garch_volatility",
        gjr_garch_volatility,
        says="Volatility of the next return by a GARCH in which losses weigh more.",
        source="Glosten-Jagannathan-Runkle 1993",
        oracle="arch.univariate.GARCH (o=1)",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volatility.egarch_volatility",
        egarch_volatility,
        says="Volatility of the next return by an exponential GARCH.",
        source="Nelson 1991",
        oracle="arch.univariate.EGARCH",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volatility.aparch_volatility",
        aparch_volatility,
        says="Volatility of the next return by an asymmetric power ARCH.",
        source="Ding-Granger-Engle 1993",
        oracle="arch.univariate.APARCH",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volatility.figarch_volatility",
        figarch_volatility,
        says="Volatility of the next return by a GARCH whose memory fades slowly.",
        source="Baillie-Bollerslev-Mikkelsen 1996",
        oracle="arch.univariate.FIGARCH",
        range=(0.0, INFINITY),
    ),
    Feature(
        "volatility.garch_persistence",
        garch_persistence,
        says="How slowly a GARCH(1,1) forgets.",
        source="Bollerslev 1986",
        oracle="arch.univariate.GARCH",
        range=(0.0, 1.2),
    ),
    Feature(
        "volatility.student_t_garch_dof",
        student_t_garch_dof,
        says="Degrees of freedom of the shocks of a GARCH(1,1).",
        source="Bollerslev 1987",
        oracle="arch.univariate.StudentsT",
        range=(2.0, INFINITY),
    ),
)
