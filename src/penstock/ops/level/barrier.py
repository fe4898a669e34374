"""What a side of the book is at a level: a vacuum, consumed, absorbing, a wall, weak."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator

STATES = ("NEUTRAL", "VACUUM", "CONSUMED", "ABSORPTION", "WALL", "WEAK")


@jit
def _kernel(
    state: F8,
    valid: F8,
    delta: F8,
    replenishment: F8,
    churn: F8,
    wall: F8,
    added: F8,
    cancelled: F8,
    filled: F8,
    depth: F8,
    known: F8,
    shown: F8,
    updates: F8,
    usual: F8,
    share: F8,
    zone: float,
    coverage: float,
    flow: float,
    flow_share: float,
    vacuum: float,
    strong: float,
    absorption: float,
    quantile: float,
    multiple: float,
    cap: float,
) -> None:
    for i in range(added.size):
        plus, minus, taken = added[i], cancelled[i], filled[i]
        delta[i] = plus - minus - taken
        churn[i] = plus + minus + taken
        gone = minus + taken
        ratio = plus / gone if gone > 1.0 else plus
        replenishment[i] = min(ratio, cap)
        if maths.is_nan(churn[i]):
            replenishment[i] = np.nan
        seen = known[i] / zone >= coverage
        wall[i] = maths.divide(depth[i], usual[i] * shown[i]) if seen else np.nan
        ok = seen and updates[i] >= 2.0 and not maths.is_nan(churn[i])
        valid[i], state[i] = 1.0 if ok else 0.0, 0.0
        if maths.is_nan(known[i]):
            valid[i], state[i] = np.nan, np.nan
        if not ok:
            continue
        least = flow if flow_share == 0.0 else flow_share * usual[i] * zone
        if replenishment[i] < vacuum and delta[i] <= -least and minus >= taken:
            state[i] = 1.0
        elif delta[i] <= -least and taken > minus:
            state[i] = 2.0
        elif taken >= least and replenishment[i] >= absorption and delta[i] > -least:
            state[i] = 3.0
        elif (delta[i] >= least and replenishment[i] > strong) or wall[i] >= multiple:
            state[i] = 4.0
        elif share[i] < quantile:
            state[i] = 5.0


def _oracle(
    added: F8, cancelled: F8, filled: F8, depth: F8, known: F8, shown: F8, updates: F8, usual: F8, share: F8,
    zone: float, coverage: float, flow: float, flow_share: float, vacuum: float, strong: float, absorption: float,
    quantile: float, multiple: float, cap: float,
) -> dict[str, F8]:  # fmt: skip
    delta, churn = added - cancelled - filled, added + cancelled + filled
    gone = cancelled + filled
    ratio = np.where(np.isnan(churn), np.nan, np.minimum(cap, added / np.where(gone > 1, gone, 1)))
    seen = known / zone >= coverage
    whole = usual * shown
    wall = np.where(seen & (whole != 0), depth / np.where(whole == 0, 1, whole), np.nan)
    valid = seen & (updates >= 2) & ~np.isnan(churn)
    least = flow if flow_share == 0 else flow_share * usual * zone
    rules = [
        ~valid,
        (ratio < vacuum) & (delta <= -least) & (cancelled >= filled),
        (delta <= -least) & (filled > cancelled),
        (filled >= least) & (ratio >= absorption) & (delta > -least),
        ((delta >= least) & (ratio > strong)) | (wall >= multiple),
        share < quantile,
    ]
    state = np.select(rules, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], 0.0)
    unknown = np.isnan(known)
    return {
        "state": np.where(unknown, np.nan, state),
        "valid": np.where(unknown, np.nan, valid.astype(float)),
        "delta": delta,
        "replenishment": ratio,
        "churn": churn,
        "wall": wall,
    }


@dataclass(frozen=True, eq=False, repr=False)
class Barrier(Operator):
    r"""State of the side of a book that defends a level, from what was added, cancelled and filled near it.

    .. math::
        \Delta = A - C - F, \quad R = \min\Big(c, \frac{A}{\max(1, C + F)}\Big), \quad
        w = \frac{Q}{\bar Q \, n}

    Notes
    -----
    Seed: none. NaN: where nothing is known of the level; the wall ratio also below `coverage` and without a usual
    size. Warm-up: 1. Unit: that of `added` for `delta` and `churn`, else 1. Of the states the first that holds counts,
    with f the least flow: `flow`, or the share `flow_share` of the usual depth of the zone.

    =============  ==========================================================================
    0 neutral      less than `coverage` of the zone is known, or the window has no two books
    1 vacuum       R < `vacuum`, delta <= -f and C >= F: pulled without prints
    2 consumed     delta <= -f and F > C: eaten faster than replaced
    3 absorption   F >= f, R >= `absorption` and delta > -f: hit, but replaced
    4 wall         delta >= f and R > `strong`, or w >= `multiple`
    5 weak         `share`, of samples of the last while that displayed no more, is below `quantile`
    0 neutral      none of these
    =============  ==========================================================================

    References
    ----------
    Bouchaud, J.-P., Bonart, J., Donier, J., Gould, M. (2018). Trades, Quotes and Prices, chapter 5.

    Examples
    --------
    >>> node = Barrier(*[x] * 7, y, z, zone=1.0)
    >>> node.outputs[:3]
    ('state', 'valid', 'delta')
    """

    added: Expr
    cancelled: Expr
    filled: Expr
    depth: Expr
    known: Expr
    shown: Expr
    updates: Expr
    usual: Expr
    share: Expr
    zone: float = 17.0
    coverage: float = 0.25
    flow: float = 100.0
    flow_share: float = 0.0
    vacuum: float = 0.3
    strong: float = 1.5
    absorption: float = 1.0
    quantile: float = 0.20
    multiple: float = 2.0
    cap: float = 10.0

    outputs: ClassVar = ("state", "valid", "delta", "replenishment", "churn", "wall")
    flat: ClassVar = True
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {"zone": 50.0, "flow": 5.0}
    exempt: ClassVar = {"unit": "the least flow is in the unit of a size"}

    @property
    def cells(self) -> int:
        return self.added.cells

    def unit_of(self, output: str) -> str:
        return self.added.unit if output in ("delta", "churn") else ONE
