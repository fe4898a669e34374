"""How likely a level is to break, from the book, the options and the tape."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8
from penstock.core.jit import jit
from penstock.core.units import ONE
from penstock.expr import Expr, Operator

POINTS = (50.0, 100.0, 60.0, 0.0, 0.0, 75.0)  # by state of the barrier
HEDGING = (100.0, 50.0, 0.0)


@jit
def _unit(x: float) -> float:
    return min(max(x, -1.0), 1.0)


@jit
def _tape(
    way: float, bought: float, sold: float, sweep: float, slope: float, scale: float, literal: int
) -> float:
    """The tape's part: with the break 100, against it 0, between by how fast and how one-sided it is."""
    pace = way * slope / scale if maths.is_finite(slope) else 0.0
    volume = bought + sold
    lean = way * (bought - sold) / volume if volume > 0.0 else 0.0
    if sweep * way > 0.0:
        return 100.0
    if literal == 1:
        return 25.0 * max(_unit(pace), 0.0) + 25.0 * max(lean, 0.0)
    if sweep * way < 0.0:
        return 0.0
    return min(max(50.0 + 25.0 * _unit(pace) + 25.0 * lean, 0.0), 100.0)


@jit
def _kernel(
    liquidity: F8,
    hedge: F8,
    tape: F8,
    raw: F8,
    parts: F8,
    state: F8,
    valid: F8,
    effect: F8,
    bought: F8,
    sold: F8,
    sweep: F8,
    slope: F8,
    traded: F8,
    ways: F8,
    weights: F8,
    points: F8,
    hedging: F8,
    scale: float,
    literal: int,
) -> None:
    for i in range(state.size):
        for out in (liquidity, hedge, tape, raw, parts):
            out[i] = np.nan
        way = ways[i]
        if not (way > 0.0 or way < 0.0) or (maths.is_nan(state[i]) and maths.is_nan(bought[i])):
            continue
        total, weight, used = 0.0, 0.0, 0.0
        if valid[i] > 0.0 and 0.0 <= state[i] < points.size:
            liquidity[i] = points[int(state[i])]
            total, weight, used = weights[0] * liquidity[i], weights[0], 1.0
        if maths.is_finite(effect[i]):
            hedge[i] = hedging[1 if effect[i] == 0.0 else 0 if effect[i] < 0.0 else 2]
            total, weight, used = total + weights[1] * hedge[i], weight + weights[1], used + 1.0
        if traded[i] > 0.0 and maths.is_finite(bought[i] + sold[i]):
            side = 1.0 if way > 0.0 else -1.0
            tape[i] = _tape(side, bought[i], sold[i], sweep[i], slope[i], scale, literal)
            total, weight, used = total + weights[2] * tape[i], weight + weights[2], used + 1.0
        parts[i] = used
        if weight > 0.0:
            raw[i] = min(max(total / weight, 0.0), 100.0)


def _oracle(
    state: F8, valid: F8, effect: F8, bought: F8, sold: F8, sweep: F8, slope: F8, traded: F8, ways: F8,
    weights: tuple[float, ...], points: tuple[float, ...], hedging: tuple[float, ...], scale: float, literal: int,
) -> dict[str, F8]:  # fmt: skip
    out = {name: np.full(state.shape, np.nan) for name in BreakScore.outputs}
    for at in np.ndindex(state.shape):
        way = np.sign(ways[at])
        if np.isnan(way) or way == 0 or (np.isnan(state[at]) and np.isnan(bought[at])):
            continue
        found: list[tuple[float, float]] = []
        if valid[at] > 0 and 0 <= state[at] < 6:
            out["liquidity"][at] = points[int(state[at])]
            found.append((weights[0], float(out["liquidity"][at])))
        if np.isfinite(effect[at]):
            out["hedge"][at] = hedging[int(np.sign(effect[at])) + 1]
            found.append((weights[1], float(out["hedge"][at])))
        volume = bought[at] + sold[at]
        if traded[at] > 0 and np.isfinite(volume):
            pace = np.clip(way * slope[at] / scale, -1, 1) if np.isfinite(slope[at]) else 0.0
            lean = way * (bought[at] - sold[at]) / volume if volume > 0 else 0.0
            swept = np.sign(sweep[at]) * way if np.isfinite(sweep[at]) or np.isinf(sweep[at]) else 0
            if literal:
                value = 100.0 if swept > 0 else 25 * max(pace, 0) + 25 * max(lean, 0)
            else:
                value = {1: 100.0, -1: 0.0}.get(
                    int(swept), np.clip(50 + 25 * pace + 25 * lean, 0, 100)
                )
            out["tape"][at] = value
            found.append((weights[2], float(value)))
        out["parts"][at] = len(found)
        whole = sum(w for w, _ in found)
        if whole > 0:
            out["raw"][at] = np.clip(sum(w * x for w, x in found) / whole, 0, 100)
    return out


@dataclass(frozen=True, eq=False, repr=False)
class BreakScore(Operator):
    r"""Score from 0 (a level holds) to 100 (it breaks), from the barrier's state, dealers' hedging and the tape.

    .. math::
        s = \frac{\sum_{c \text{ known}} w_c S_c}{\sum_{c \text{ known}} w_c}, \quad
        S_T = 50 + 25 \operatorname{clip}\Big(\frac{d v}{v_0}, -1, 1\Big) + 25 d \frac{B - S}{B + S}

    Notes
    -----
    Seed: none. NaN: a part that is not known is left out, and the weights of the others share; NaN without any, and
    where there is no side d (`ways`). Warm-up: 1. Unit: 1. The barrier's part is that of its state in `points`, by
    default 100 for a vacuum, 75 weak, 60 consumed, 50 neutral and 0 for a wall and absorption. That of hedging is the
    first of `hedging` where it amplifies (`effect` below 0), the last where it dampens. That of the tape is 100 with a
    sweep towards the break, 0 with one against it, else by slope and imbalance; with `literal` 1 it is 25 each for
    slope and imbalance towards the break, so that a quiet tape scores 0. `parts` says how many are known.

    References
    ----------
    Osler, C. L. (2005). Stop-loss orders and price cascades in currency markets. Journal of International Money and
    Finance 24(2), 219-241.

    Examples
    --------
    >>> from penstock.expr import Constant
    >>> one = Constant(1.0)
    >>> node = BreakScore(one, one, x, one, one, one, one, one, one)
    >>> evaluate(node, effect=[0.0, -1.0])["raw"]
    [82.5, 100.0]
    """

    state: Expr
    valid: Expr
    effect: Expr
    bought: Expr
    sold: Expr
    sweep: Expr
    slope: Expr
    traded: Expr
    ways: Expr
    weights: tuple[float, ...] = (0.45, 0.35, 0.20)
    points: tuple[float, ...] = POINTS
    hedging: tuple[float, ...] = HEDGING
    scale: float = 0.05
    literal: int = 0

    outputs: ClassVar = ("liquidity", "hedge", "tape", "raw", "parts")
    flat: ClassVar = True
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    exempt: ClassVar = {"unit": "scores go by signs and by the scale of the slope"}

    def check(self) -> None:
        self.require("weights must be three", len(self.weights) == 3, self.weights)
        self.require("weights must not be negative", min(self.weights) >= 0.0, self.weights)
        self.require("points must be six", len(self.points) == len(POINTS), self.points)
        self.require("hedging must be three", len(self.hedging) == len(HEDGING), self.hedging)
        for name in ("points", "hedging"):
            inside = all(0.0 <= x <= 100.0 for x in getattr(self, name))
            self.require(f"{name} must be within 0 and 100", inside, getattr(self, name))
        self.require("scale must be positive", self.scale > 0.0, self.scale)
        self.require("literal must be 0 or 1", self.literal in (0, 1), self.literal)

    @property
    def cells(self) -> int:
        return self.state.cells

    @property
    def unit(self) -> str:
        return ONE
