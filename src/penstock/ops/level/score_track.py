"""Scores of levels over time: smoothed while the price is near, and the signals that they give."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from penstock.core import maths
from penstock.core.arrays import F8, I8
from penstock.core.jit import jit
from penstock.core.time import Duration
from penstock.core.units import ONE
from penstock.expr import Expr, Operator
from penstock.ops.level import LEVELS_AT, OTHERS, SPOT, VALUES, WAYS, near

TAU, FORGET, HOLD = Duration(2_000_000_000), Duration(60_000_000_000), Duration(3_000_000_000)
SIGNALS = ("NEUTRAL", "BREAK", "REJECT", "CONTESTED")
STATE = np.dtype(
    [
        ("price", "f8"),
        ("x", "f8"),
        *(
            (name, "i8")
            for name in ("known", "last", "high", "high_since", "low", "low_since", "signal")
        ),
    ]
)


@jit
def _forget(e: np.void) -> None:
    e["known"], e["high"], e["low"], e["signal"] = 0, 0, 0, 0


@jit
def _stands(e: np.void, x: float, at: int, high: float, low: float) -> None:
    """Since when the score has been above the one mark and below the other."""
    if not x > high:
        e["high"] = 0
    elif e["high"] == 0:
        e["high"], e["high_since"] = 1, at
    if not x < low:
        e["low"] = 0
    elif e["low"] == 0:
        e["low"], e["low_since"] = 1, at


@jit
def _kernel(
    smooth: F8,
    signal: F8,
    raw: F8,
    levels: F8,
    spot: F8,
    state: F8,
    volume: F8,
    at: I8,
    history: np.ndarray,
    singles: int,
    band: float,
    touch: float,
    tau: int,
    forget: int,
    hold: int,
    high: float,
    low: float,
    release_high: float,
    release_low: float,
    contested: float,
) -> None:
    for i in range(spot.size):
        for k in range(levels.shape[1]):
            e, level = history[k], levels[i, k]
            smooth[i, k], signal[i, k] = np.nan, np.nan
            if k >= singles and e["known"] == 1 and not near(level, e["price"], 0.0):
                _forget(e)
            if not near(spot[i], level, band):
                e["high"], e["low"], e["signal"] = 0, 0, 0
                continue
            if e["known"] == 1 and at[i] - e["last"] > forget:
                _forget(e)
            if maths.is_finite(raw[i, k]):
                if e["known"] == 0:
                    e["x"], e["known"] = raw[i, k], 1
                else:
                    gone = -maths.expm1(-float(at[i] - e["last"]) / float(tau))
                    e["x"] += gone * (raw[i, k] - e["x"])
                e["last"], e["price"] = at[i], level
            if e["known"] == 0:
                signal[i, k] = 0.0
                continue
            x = e["x"]
            _stands(e, x, at[i], high, low)
            if e["signal"] == 1 and x < release_high:
                e["signal"] = 0
            if e["signal"] == 2 and x > release_low:
                e["signal"] = 0
            if e["high"] == 1 and at[i] - e["high_since"] >= hold:
                e["signal"] = 1
            elif e["low"] == 1 and at[i] - e["low_since"] >= hold and near(spot[i], level, touch):
                e["signal"] = 2
            smooth[i, k], signal[i, k] = x, float(e["signal"])
            between = release_low <= x <= release_high and state[i, k] == 2.0
            if e["signal"] == 0 and between and volume[i, k] >= contested:
                signal[i, k] = 3.0


def _oracle(
    raw: F8, levels: F8, spot: F8, state: F8, volume: F8, at: I8, singles: int, band: float, touch: float, tau: int,
    forget: int, hold: int, high: float, low: float, release_high: float, release_low: float, contested: float,
) -> dict[str, F8]:  # fmt: skip
    out = {name: np.full(levels.shape, np.nan) for name in ("smooth", "signal")}
    for k in range(levels.shape[1]):
        snaps: list[
            tuple[int, float, float]
        ] = []  # time, smooth score, level of the visits of one memory
        visit: list[tuple[int, float]] = []  # those since the price came into the band
        latched = 0
        for t in range(spot.size):
            level, now = levels[t, k], int(at[t])
            gap = abs(spot[t] - level)
            if k >= singles and snaps and not abs(level - snaps[-1][2]) <= 1e-9:
                snaps, visit, latched = [], [], 0
            if not gap <= band + 1e-9:
                visit, latched = [], 0
                continue
            if snaps and now - snaps[-1][0] > forget:
                snaps, visit, latched = [], [], 0
            if np.isfinite(raw[t, k]):
                x = raw[t, k]
                if snaps:
                    weight = 1 - np.exp(-(now - snaps[-1][0]) / tau)
                    x = snaps[-1][1] + weight * (x - snaps[-1][1])
                snaps.append((now, x, level))
            out["signal"][t, k] = 0.0
            if not snaps:
                continue
            x = out["smooth"][t, k] = snaps[-1][1]
            visit.append((now, x))
            latched = {1: int(x >= release_high), 2: 2 * int(x <= release_low), 0: 0}[latched]
            above, below = _since(visit, lambda v: v > high), _since(visit, lambda v: v < low)
            if above is not None and now - above >= hold:
                latched = 1
            elif below is not None and now - below >= hold and gap <= touch + 1e-9:
                latched = 2
            out["signal"][t, k] = latched
            quiet = latched == 0 and release_low <= x <= release_high
            if quiet and state[t, k] == 2 and volume[t, k] >= contested:
                out["signal"][t, k] = 3
    return out


def _since(visit: list[tuple[int, float]], holds: Any) -> int | None:
    """Since when a rule has held without a break."""
    start = None
    for when, x in visit:
        start = (when if start is None else start) if holds(x) else None
    return start


@dataclass(frozen=True, eq=False, repr=False)
class ScoreTrack(Operator):
    r"""Score of each level, smoothed in time while the price is within `band` of it, and what it signals.

    .. math:: x \leftarrow x + (1 - e^{-\Delta t / \tau}) (s - x)

    Notes
    -----
    Seed: the first score. NaN: outside the band; a score that is not known changes nothing. Warm-up: 1. Unit: 1.
    After `forget` without a score a level begins anew, and so does a strike or round number (a cell from `singles`
    on) in the place of another. Signals: 1 (break) once the smooth score has been above `high` for `hold`, until it
    is below `release_high` or the band is left; 2 (reject) once it has been below `low` for `hold` with the price
    within `touch`, until it is above `release_low` or the band is left; 3 (contested) between the releases, where
    the barrier's `state` is 2 (consumed) and `volume` is at least `contested`; else 0.

    References
    ----------
    Eckner, A. (2019). Algorithms for unevenly spaced time series: moving averages and other rolling operators.

    Examples
    --------
    >>> node = ScoreTrack(**ScoreTrack.example | {"singles": 5, "band": 1.0, "tau": "1s"})
    >>> rows = [[90.0] * 5, [30.0] * 5]
    >>> still = [[1.0] * 5] * 2
    >>> found = evaluate(node, raw=rows, levels=still, spot=[1.0, 1.0], state=still, volume=still)
    >>> round(found["smooth"][1][0], 6)
    52.072766
    """

    raw: Expr
    levels: Expr
    spot: Expr
    state: Expr
    volume: Expr
    singles: int
    band: float = 0.50
    touch: float = 0.10
    tau: Duration = TAU
    forget: Duration = FORGET
    hold: Duration = HOLD
    high: float = 80.0
    low: float = 20.0
    release_high: float = 70.0
    release_low: float = 30.0
    contested: float = 500.0

    outputs: ClassVar = ("smooth", "signal")
    history: ClassVar = STATE
    kernel = staticmethod(_kernel)
    oracle = staticmethod(_oracle)
    example: ClassVar = {
        "raw": VALUES, "levels": LEVELS_AT, "spot": SPOT, "state": WAYS, "volume": OTHERS, "singles": 2, "band": 50.0,
        "touch": 25.0, "contested": 1.0,
    }  # fmt: skip
    exempt: ClassVar = {"unit": "the bands are in the unit of the price, and a score has its scale"}

    def check(self) -> None:
        self.require("tau must be positive", self.tau > 0, self.tau)
        self.require("hold must not be negative", self.hold >= 0, self.hold)
        wide = {x.cells for x in (self.raw, self.levels, self.state, self.volume)}
        self.require("raw, levels, state and volume must be as wide", len(wide) == 1, wide)

    @property
    def history_items(self) -> int:
        return self.levels.cells

    @property
    def cells(self) -> int:
        return self.levels.cells

    @property
    def unit(self) -> str:
        return ONE
