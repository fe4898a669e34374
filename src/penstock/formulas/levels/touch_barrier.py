"""What the book did near the level of the last touch, on the side that defends it."""

from penstock.core.time import Duration, duration_text
from penstock.expr import Expr
from penstock.formulas.levels.last_touch import Ratio, own
from penstock.formulas.spans import HALF_HOUR, TEN_SECONDS


def barrier_zone_coverage(*, zone_ticks: int = 8, cell: int = 0, ratio: Ratio = "dynamic") -> Expr:
    r"""Share of the zone's prices that the book shows.

    .. math:: \frac{|\{p \in Z : p \text{ visible}\}|}{2 z + 1}

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. On the side that defends the level.
    """
    return own("barrier_zone_coverage", cell, ratio, zone_ticks=zone_ticks)


def barrier_state(
    *,
    R_vac: float = 0.3,
    R_wall: float = 1.5,
    R_abs: float = 1.0,
    F: float = 100.0,
    weak_q: float = 0.2,
    cell: int = 0,
    ratio: Ratio = "dynamic",
) -> Expr:
    r"""What the side of the book that defends the level does.

    .. math:: s \in \{\text{neutral, vacuum, consumed, absorption, wall, weak}\}

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. Codes 0 neutral, 1 vacuum, 2 consumed,
    3 absorption, 4 wall, 5 weak; the first rule that holds counts: vacuum, consumed, absorption, wall, weak. See
    the operator Barrier for them.
    """
    return own(
        "barrier_state",
        cell,
        ratio,
        vacuum_ratio=R_vac,
        wall_ratio=R_wall,
        absorption_ratio=R_abs,
        flow=F,
        weak_quantile=weak_q,
    )


def barrier_delta_liq(
    *, W_b: Duration = TEN_SECONDS, zone: int = 8, cell: int = 0, ratio: Ratio = "dynamic"
) -> Expr:
    r"""Size added less cancelled less filled near the level.

    .. math:: A - C - F

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. On the side that defends it, within
    `zone` ticks, in the last `W_b`.
    """
    return own("barrier_delta_liq", cell, ratio, barrier_window=duration_text(W_b), zone_ticks=zone)


def barrier_replenishment_ratio(
    *, cap: float = 10.0, cell: int = 0, ratio: Ratio = "dynamic"
) -> Expr:
    r"""Size added against size cancelled and filled near the level.

    .. math:: \min\Big(cap, \frac{A}{\max(1, C + F)}\Big)

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority.
    """
    return own("barrier_replenishment_ratio", cell, ratio, replenishment_cap=cap)


def barrier_added(*, cell: int = 0, ratio: Ratio = "dynamic") -> Expr:
    r"""Size added near the level.

    .. math:: A = \sum_{p \in Z} \max(0, \Delta q_p + X_p)

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. X is what was executed at a price: a
    refill behind prints counts as added.
    """
    return own("barrier_added", cell, ratio)


def barrier_canceled(*, cell: int = 0, ratio: Ratio = "dynamic") -> Expr:
    r"""Size cancelled near the level.

    .. math:: C = \sum_{p \in Z} \max(0, -(\Delta q_p + X_p))

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority.
    """
    return own("barrier_canceled", cell, ratio)


def barrier_filled(*, cell: int = 0, ratio: Ratio = "dynamic") -> Expr:
    r"""Size executed near the level, by aggressors against its side.

    .. math:: F = \sum_{p \in Z} X_p

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority.
    """
    return own("barrier_filled", cell, ratio)


def wall_ratio(*, baseline: Duration = HALF_HOUR, cell: int = 0, ratio: Ratio = "dynamic") -> Expr:
    r"""Size displayed in the zone against the usual size at as many prices.

    .. math:: \frac{Q}{\bar Q \, n}

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. The usual size is a mean in time over
    `baseline` before the barrier's window; NaN before five minutes of it are known.
    """
    return own("wall_ratio", cell, ratio, barrier_baseline=duration_text(baseline))


def depth_in_zone(*, zone: int = 8, cell: int = 0, ratio: Ratio = "dynamic") -> Expr:
    r"""Size displayed near the level.

    .. math:: Q = \sum_{p \in Z} q_p

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority. NaN where less than a quarter of the
    zone is seen.
    """
    return own("depth_in_zone", cell, ratio, zone_ticks=zone)


def churn(*, cell: int = 0, ratio: Ratio = "dynamic") -> Expr:
    r"""Size added, cancelled and filled near the level.

    .. math:: A + C + F

    Notes
    -----
    Of the last touch, and of those at one moment the `cell`-th by priority.
    """
    return own("churn", cell, ratio)
