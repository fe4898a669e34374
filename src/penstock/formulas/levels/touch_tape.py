"""What was traded near the level of the last touch, in the future and in options."""

from typing import Literal

from penstock.core.time import Duration, duration_text
from penstock.expr import Expr
from penstock.formulas.levels.last_touch import Ratio, moment, own
from penstock.formulas.spans import FIVE_SECONDS, HALF_HOUR, TENTH, THREE_SECONDS

Quantile = float | Literal["fixed"]


def tape_price_velocity(*, W: Duration = THREE_SECONDS, ratio: Ratio = "dynamic") -> Expr:
    r"""Slope of the price over the last seconds, in dollars a second.

    .. math:: \frac{\sum (t_i - \bar t)(p_i - \bar p)}{\rho \sum (t_i - \bar t)^2}

    Notes
    -----
    Of the last touch. Least squares over trades.
    """
    return moment("tape_price_velocity", ratio, tape_slope=duration_text(W))


def tape_velocity(*, W_v: Duration = FIVE_SECONDS, ratio: Ratio = "dynamic") -> Expr:
    r"""Trades a second at all prices.

    .. math:: \frac{n}{W_v}

    Notes
    -----
    Of the last touch.
    """
    return moment("tape_velocity", ratio, tape_rate=duration_text(W_v))


def tape_imbalance(
    *, W_t: Duration = FIVE_SECONDS, band: float = 0.5, cell: int = 0, ratio: Ratio = "dynamic"
) -> Expr:
    r"""Bought less sold over both, by aggressors near the level.

    .. math:: \frac{B - S}{B + S}

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. 0 without trades.
    """
    return own("tape_imbalance", cell, ratio, tape_window=duration_text(W_t), tape_band=band)


def tape_buy_vol(*, cell: int = 0, ratio: Ratio = "dynamic") -> Expr:
    r"""Size that aggressors bought near the level.

    .. math:: B = \sum_{|p_i - L| \le band, d_i > 0} v_i

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority.
    """
    return own("tape_buy_vol", cell, ratio)


def tape_sell_vol(*, cell: int = 0, ratio: Ratio = "dynamic") -> Expr:
    r"""Size that aggressors sold near the level.

    .. math:: S = \sum_{|p_i - L| \le band, d_i < 0} v_i

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority.
    """
    return own("tape_sell_vol", cell, ratio)


def tape_sweep_detected(
    *,
    gap: Duration = TENTH,
    min_notional: float = 1e7,
    min_prints: int = 3,
    min_levels: int = 2,
    quantile: Quantile = "fixed",
    baseline: Duration = HALF_HOUR,
    min_runs: int = 100,
    cell: int = 0,
    ratio: Ratio = "dynamic",
) -> Expr:
    r"""Whether a sweep was seen near the level.

    .. math:: [\exists \text{ run of one side with gaps} \le gap]

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. A run of trades of one aggressor with
    at most `gap` between two of them, at least `min_prints` trades at `min_levels` prices for `min_notional`
    dollars; or for that `quantile` of the runs, at all prices, that ended in the last `baseline`, if they are
    at least `min_runs`.
    """
    return own(
        "tape_sweep_detected",
        cell,
        ratio,
        sweep_gap=duration_text(gap),
        sweep_notional=min_notional,
        sweep_prints=min_prints,
        sweep_prices=min_levels,
        sweep_quantile=None if quantile == "fixed" else quantile,
        sweep_baseline=duration_text(baseline),
        sweep_runs=min_runs,
    )


def tape_sweep_direction(*, cell: int = 0, ratio: Ratio = "dynamic") -> Expr:
    r"""1 where the largest sweep near the level bought, -1 where it sold, 0 without one.

    .. math:: \operatorname{sgn}(N)

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority.
    """
    return own("tape_sweep_direction", cell, ratio)


def tape_sweep_notional(*, mult: float = 50.0, cell: int = 0, ratio: Ratio = "dynamic") -> Expr:
    r"""Value of the largest sweep near the level, in dollars.

    .. math:: mult \sum_{i \in \text{sweep}} p_i v_i

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. 0 without one.
    """
    return own("tape_sweep_notional", cell, ratio, multiplier=mult)


def gamma_exposure(
    *, dK: float = 2.0, W_g: Literal["session"] = "session", cell: int = 0, ratio: Ratio = "dynamic"
) -> Expr:
    r"""Net gamma of dealers at strikes near the level, in shares a dollar.

    .. math:: G = -100 \sum_{|K - L| \le dK} e_i v_i \Gamma_i

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. Below 0 dealers are short gamma. A
    model: dealers stand opposite every trade of the session, and gamma is that of Black and Scholes.
    """
    return own("gamma_exposure", cell, ratio, fuel_reach=dK)


def fuel_effect(*, G_th: float = 10_000.0, cell: int = 0, ratio: Ratio = "dynamic") -> Expr:
    r"""What hedging does to a move: 1 dampens, -1 amplifies, 0 neither.

    .. math:: \operatorname{sgn}(G) [|G| > G_{th}]

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority.
    """
    return own("fuel_effect", cell, ratio, fuel_threshold=G_th)


def fuel_net_dealer_gamma(*, cell: int = 0, ratio: Ratio = "dynamic") -> Expr:
    r"""Net gamma of dealers at strikes near the level, under its other name.

    .. math:: G

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. The same as gamma_exposure.
    """
    return own("fuel_net_dealer_gamma", cell, ratio)


def fuel_call_wall(*, ratio: Ratio = "dynamic") -> Expr:
    r"""The call wall, as it stood at the touch.

    .. math:: L_{\text{call wall}}

    Notes
    -----
    Of the last touch.
    """
    return moment("fuel_call_wall", ratio)


def fuel_put_wall(*, ratio: Ratio = "dynamic") -> Expr:
    r"""The put wall, as it stood at the touch.

    .. math:: L_{\text{put wall}}

    Notes
    -----
    Of the last touch.
    """
    return moment("fuel_put_wall", ratio)


def fuel_hvl(*, ratio: Ratio = "dynamic") -> Expr:
    r"""The gamma flip, as it stood at the touch.

    .. math:: L_{\text{gamma flip}}

    Notes
    -----
    Of the last touch.
    """
    return moment("fuel_hvl", ratio)


def fuel_call_gamma(
    *, dK: float = 2.0, W_g: Literal["session"] = "session", cell: int = 0, ratio: Ratio = "dynamic"
) -> Expr:
    r"""Gamma of the calls that were traded near the level.

    .. math:: 100 \sum_{|K - L| \le dK, \text{calls}} v_i \Gamma_i

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority.
    """
    return own("fuel_call_gamma", cell, ratio, fuel_reach=dK)


def fuel_put_gamma(
    *, dK: float = 2.0, W_g: Literal["session"] = "session", cell: int = 0, ratio: Ratio = "dynamic"
) -> Expr:
    r"""Gamma of the puts that were traded near the level.

    .. math:: 100 \sum_{|K - L| \le dK, \text{puts}} v_i \Gamma_i

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority.
    """
    return own("fuel_put_gamma", cell, ratio, fuel_reach=dK)
