"""What was bought and sold at each price of a bar."""

from typing import Literal

from penstock.core.errors import DefinitionError
from penstock.core.time import Duration
from penstock.expr import TRADE, Expr
from penstock.formulas.columns import PRICE, SIZE
from penstock.formulas.order_flow.signs import Rule, direction
from penstock.formulas.spans import MINUTE
from penstock.ops.asof import AsOf
from penstock.ops.profile.bins import AUTO
from penstock.ops.profile.stacked_imbalance import StackedImbalance
from penstock.streams import TimeBars


def stacked_imbalance_count(
    *,
    ratio: float = 3.0,
    min: int = 3,
    bar: Duration = MINUTE,
    tick: float | Literal["auto"] = "auto",
    bins: int = 512,
    sign: Rule = "flag",
) -> Expr:
    r"""Longest run of successive prices of the last bar at which one side outweighs the other, with its sign.

    .. math::
        \operatorname{run} \{ p : B_p > 0, B_p \ge r S_{p - \text{tick}} \} \; \text{ or } \;
        -\operatorname{run} \{ p : S_p > 0, S_p \ge r B_{p + \text{tick}} \}

    Notes
    -----
    The longer of both; 0 where neither has `min` prices, or both have as many. What was bought at a price is weighed
    against what was sold a `tick` below, where nothing weighs nothing; ``tick="auto"`` is that of `point_of_control`.
    Bars in which nothing traded are skipped; NaN if the last one has no trade whose sign is known by the rule of
    `signed_volume`.
    """
    if tick != "auto" and not tick > 0.0:
        raise DefinitionError(f"stacked_imbalance_count: tick must be positive or auto, got {tick}")
    bars = TimeBars(bar, TRADE)
    running = StackedImbalance(
        PRICE,
        SIZE,
        direction(sign),
        tick=AUTO if tick == "auto" else float(tick),
        bins=bins,
        ratio=float(ratio),
        least=min,
        reset=bars,
    )
    return AsOf(AsOf(running, on=bars))
