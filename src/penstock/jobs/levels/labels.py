r"""What came after each touch: the first barrier that the price passed within the horizon, and how far it went.

With the side :math:`d` (1 from below), the level :math:`L`, the price :math:`p_0` at the touch and the threshold
:math:`\theta` a break is the first price with :math:`d (p - L) \ge \theta`, and a bounce the first with
:math:`d p \le d r - \theta`, where :math:`r` is the one of level and price that lies further back. Labels are of the
trades after the touch up to the horizon, and unknown where the session ends before it.
"""

import numpy as np
import polars as pl

from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.native import compiled
from penstock.core.time import duration
from penstock.formulas.levels.parameters import Parameters
from penstock.jobs.levels.rows import Touches

UNKNOWN, BREAK, BOUNCE, CHOP = range(4)
OUTCOMES = {BREAK: "BREAK", BOUNCE: "BOUNCE", CHOP: "CHOP"}


@jit
def _follow(  # noqa: PLR0913, PLR0917
    outcome: I8, later: F8, best: F8, worst: F8,
    times: I8, prices: F8, at: I8, after: I8, level: F8, spot: F8, way: F8,
    horizon: int, gap: int, threshold: float, close: int, literal: int, from_spot: int,
) -> None:  # fmt: skip
    for i in range(at.size):
        outcome[i] = 0
        later[i], best[i], worst[i] = np.nan, np.nan, np.nan
        end = at[i] + horizon
        if end > close:
            continue
        d, start = way[i], spot[i] if from_spot == 1 else level[i]
        goal = level[i] + d * threshold
        back = level[i] if literal == 1 or d * spot[i] > d * level[i] else spot[i]
        floor = back - d * threshold
        found = 3
        if d * (spot[i] - goal) >= -1e-9:
            found = 0
        decided = found == 0
        j = after[i]
        while j < times.size and times[j] <= end:
            p = prices[j]
            if not decided and d * (p - goal) >= -1e-9:
                found, decided = 1, True
            elif not decided and d * (floor - p) >= -1e-9:
                found, decided = 2, True
            up, down = d * (p - start), -d * (p - start)
            if not best[i] >= up:
                best[i] = up
            if not worst[i] >= down:
                worst[i] = down
            j += 1
        if j > 0 and end - times[j - 1] <= gap:
            later[i] = prices[j - 1]
        outcome[i] = found


def labels(
    rows: Touches, times: I8, prices: F8, parameters: Parameters, close: int | None
) -> pl.DataFrame:
    """The labels of touches.

    Parameters
    ----------
    rows
        ``ts``, ``trades`` (how many trades stood before or at the touch), ``level_price``, ``spot`` and
        ``direction``.
    times, prices
        The underlying's price at every trade of the run.
    close
        When the session closes, ns UTC; None for a day without one.
    """
    p, size = parameters, rows["ts"].size
    outcome = np.zeros(size, np.int64)
    later, best, worst = (np.full(size, np.nan) for _ in range(3))
    known = (rows[name].astype(np.float64) for name in ("level_price", "spot", "direction"))
    compiled(_follow)(
        outcome, later, best, worst, times, prices, rows["ts"].copy(),
        rows["trades"].astype(np.int64), *known,
        duration(p.horizon), duration(p.price_gap), p.threshold, 0 if close is None else close,
        int(p.labels == "seed_literal"), int(p.excursion_from == "spot"),
    )  # fmt: skip
    return pl.DataFrame(
        {
            "outcome": pl.Series([OUTCOMES.get(x) for x in outcome.tolist()], dtype=pl.String),
            "future_price_5min": later,
            "excursion_max": best,
            "excursion_min": worst,
        }
    )
